# SPDX-License-Identifier: Apache-2.0
"""Finds, starts and stops the daemon of a distribution."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import DaemonNotRunningError, SaguaroError

SOCKET_VARIABLE = "SAGUARO_SOCKET"
HOME_VARIABLE = "SAGUARO_HOME"

_BUILT = Path("launcher/target/saguaro")


def homes() -> list[Path]:
    """Distributions that could be meant, the likeliest first.

    `$SAGUARO_HOME` alone, if it is set; else the one of the `saguaro` command on the PATH, the one built in the source
    tree around the working directory, and the one built in the source tree that this package lies in.
    """
    variable = os.environ.get(HOME_VARIABLE)
    if variable:
        return [Path(variable)]
    found: list[Path] = []
    command = shutil.which("saguaro")
    if command:
        # bin/saguaro of a distribution, or saguaro at the root of a source tree.
        folder = Path(command).resolve().parent
        found += [folder.parent, folder / _BUILT]
    for start in (Path.cwd(), Path(__file__).resolve()):
        found += [folder / _BUILT for folder in (start, *start.parents)]
    return [home for home in dict.fromkeys(found) if (home / "bin" / "saguaro").is_file()]


def address_of(home: Path) -> str | None:
    """Where a distribution's daemon takes requests, as it wrote it down; it may be gone by now."""
    try:
        lines = (home / "var" / "run" / "daemon").read_text().splitlines()
    except OSError:
        return None
    return lines[2] if len(lines) > 2 else None


def connect_to(address: str) -> socket.socket:
    """A connection.

    Raises:
        OSError: nobody listens there
    """
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        channel.connect(address)
    except BaseException:
        channel.close()
        raise
    return channel


def find() -> str:
    """The address of the daemon that runs.

    Raises:
        DaemonNotRunningError: none does; the message says where it was looked for and what to do
    """
    variable = os.environ.get(SOCKET_VARIABLE)
    if variable:
        return variable
    candidates = homes()
    for home in candidates:
        address = address_of(home)
        if address is not None and _answers(address):
            return address
    if not candidates:
        raise DaemonNotRunningError(
            f"found no Saguaro distribution: set {HOME_VARIABLE} to one, or {SOCKET_VARIABLE} to the socket of a"
            " daemon that runs, or put the 'saguaro' command on the PATH"
        )
    raise DaemonNotRunningError(
        f"no Saguaro daemon runs (looked in {', '.join(map(str, candidates))}): start it by"
        f" '{candidates[0] / 'bin' / 'saguaro'} start', or set {SOCKET_VARIABLE} to the socket of another"
    )


def _answers(address: str) -> bool:
    try:
        connect_to(address).close()
    except OSError:
        return False
    return True


@contextmanager
def daemon(home: str | os.PathLike[str] | None = None) -> Iterator[str]:
    """Sees to it that a daemon runs, and stops it afterwards if it did not run before.

    Args:
        home: the distribution; default: the first of those that `saguaro.connect()` looks at

    Yields:
        The socket's address, for `saguaro.connect()`.
    """
    candidates = [Path(home)] if home is not None else homes()
    if not candidates:
        raise DaemonNotRunningError(f"found no Saguaro distribution: set {HOME_VARIABLE} to one")
    chosen = candidates[0].resolve()
    running = address_of(chosen)
    if running is not None and _answers(running):
        yield running
        return
    _command(chosen, "start")
    try:
        address = address_of(chosen)
        if address is None:
            raise SaguaroError(f"{chosen}: the daemon started and did not say where it listens")
        yield address
    finally:
        _command(chosen, "stop")


def _command(home: Path, command: str) -> None:
    script = home / "bin" / "saguaro"
    if not script.is_file():
        raise SaguaroError(f"found no {script}, expected the folder of a Saguaro distribution")
    done = subprocess.run([script, command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SaguaroError(f"'{script} {command}' failed: {done.stderr.strip() or done.stdout.strip()}")
