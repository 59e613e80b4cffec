# SPDX-License-Identifier: Apache-2.0
"""Where the daemon is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_daemon import FakeDaemon

import saguaro
from saguaro import daemons


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is found by chance."""
    monkeypatch.delenv("SAGUARO_SOCKET", raising=False)
    monkeypatch.delenv("SAGUARO_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(daemons, "__file__", str(tmp_path / "site-packages" / "saguaro" / "daemons.py"))


def distribution(home: Path, address: str | None = None) -> Path:
    (home / "bin").mkdir(parents=True)
    script = home / "bin" / "saguaro"
    script.write_text('#!/bin/sh\necho "no java" >&2\nexit 1\n')
    script.chmod(0o755)
    if address is not None:
        (home / "var" / "run").mkdir(parents=True)
        (home / "var" / "run" / "daemon").write_text(f"1\nready\n{address}\n")
    return home


def test_nothing_at_all_says_what_to_set() -> None:
    with pytest.raises(saguaro.DaemonNotRunningError, match=r"set SAGUARO_HOME to one, or SAGUARO_SOCKET"):
        saguaro.connect()


def test_the_variable_for_the_socket_comes_first(fake: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGUARO_SOCKET", fake.address)
    monkeypatch.setenv("SAGUARO_HOME", "/absent")
    assert saguaro.connect().address == fake.address


def test_the_variable_for_the_distribution(fake: FakeDaemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAGUARO_HOME", str(distribution(tmp_path / "home", fake.address)))
    assert saguaro.connect().address == fake.address


def test_the_command_on_the_path_through_a_link(
    fake: FakeDaemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = distribution(tmp_path / "opt" / "saguaro", fake.address)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "saguaro").symlink_to(home / "bin" / "saguaro")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert saguaro.connect().address == fake.address


def test_the_source_tree_around(fake: FakeDaemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    distribution(tmp_path / "launcher" / "target" / "saguaro", fake.address)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert saguaro.connect().address == fake.address


@pytest.mark.parametrize("address", [None, "/absent/socket"])
def test_a_daemon_that_does_not_run_says_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str | None
) -> None:
    home = distribution(tmp_path / "home", address)
    monkeypatch.setenv("SAGUARO_HOME", str(home))
    with pytest.raises(saguaro.DaemonNotRunningError, match=f"start it by '{home}/bin/saguaro start'"):
        saguaro.connect()


def test_an_address_where_nobody_listens() -> None:
    with pytest.raises(saguaro.DaemonNotRunningError, match="no Saguaro daemon answers at /absent"):
        saguaro.connect("/absent")


def test_a_running_daemon_is_used_and_left_running(fake: FakeDaemon, tmp_path: Path) -> None:
    home = distribution(tmp_path / "home", fake.address)
    with saguaro.daemon(home) as address:
        assert address == fake.address
    assert saguaro.connect(fake.address).version == "9.9"


def test_a_daemon_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(saguaro.SaguaroError, match="saguaro start' failed: no java"),
        saguaro.daemon(distribution(tmp_path / "home")),
    ):
        pass
    with (
        pytest.raises(saguaro.SaguaroError, match="expected the folder of a Saguaro distribution"),
        saguaro.daemon(tmp_path / "absent"),
    ):
        pass
