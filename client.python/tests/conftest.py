# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_daemon import FakeDaemon

import saguaro

DISTRIBUTION = Path(__file__).resolve().parents[2] / "launcher" / "target" / "saguaro"


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's address."""
    folder = Path(tempfile.mkdtemp(prefix="sg-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def fake(short_folder: Path) -> Iterator[FakeDaemon]:
    daemon = FakeDaemon(str(short_folder))
    yield daemon
    daemon.close()


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A distribution whose state is its own; what is large is shared with the one that was built."""
    if not (DISTRIBUTION / "bin" / "saguaro").is_file():
        pytest.skip(f"no distribution at {DISTRIBUTION}: build it by './saguaro --help'")
    folder = Path(tempfile.mkdtemp(prefix="sg-home-"))
    (folder / "bin").mkdir()
    shutil.copy2(DISTRIBUTION / "bin" / "saguaro", folder / "bin" / "saguaro")
    for shared in ("lib", "bundle", "platforms", "examples"):
        (folder / shared).symlink_to(DISTRIBUTION / shared)
    for own in ("plugins", "conf", "var"):
        (folder / own).mkdir()
    (DISTRIBUTION / "var" / "natives").mkdir(parents=True, exist_ok=True)
    (folder / "var" / "natives").symlink_to(DISTRIBUTION / "var" / "natives")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """The socket of a real daemon."""
    with saguaro.daemon(home) as socket:
        yield socket


@pytest.fixture
def client(address: str) -> Iterator[saguaro.Client]:
    with saguaro.connect(address) as connected:
        yield connected
        leftovers = [deployment.name for deployment in connected.deployments()]
        for name in leftovers:
            connected.deployment(name).undeploy()
