# SPDX-License-Identifier: Apache-2.0
"""Memory that this process and the daemon have both mapped."""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import tempfile

import numpy as np

from .frames import Bytes

_FOLDER = "/dev/shm"


class Region:
    """A file without a name, mapped. Owned by one connection."""

    def __init__(self, size: int) -> None:
        """Reserves the memory.

        Raises:
            OSError: there is not so much
        """
        folder = _FOLDER if os.path.isdir(_FOLDER) else tempfile.gettempdir()
        self.path = os.path.join(folder, f"saguaro-{os.getpid()}-{secrets.token_hex(8)}")
        self.size = size
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        try:
            # A file with holes would end this process by a signal when the memory is used up.
            os.posix_fallocate(descriptor, 0, size)
            self._map = mmap.mmap(descriptor, size)
        except BaseException:
            self.remove_name()
            raise
        finally:
            os.close(descriptor)

    def remove_name(self) -> None:
        """Once the other side has mapped it, or will not. The memory stays as long as one has it mapped."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def bytes(self, offset: int, length: int) -> Bytes:
        """A part of it, as a view that must not outlive it."""
        return np.frombuffer(self._map, np.uint8, length, offset)

    def close(self) -> None:
        """Unmaps it."""
        # Somebody still holds a view: then it goes with the view.
        with contextlib.suppress(BufferError):
            self._map.close()
