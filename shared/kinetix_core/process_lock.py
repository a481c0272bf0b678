"""The lock that makes a process the only one of its kind in a folder."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kinetix_core import files

__all__ = ["ProcessLock"]


class ProcessLock:
    """Held through an open file: the system frees it however the process ends, so it is never stale.

    Only this user can open the file, so nobody else can hold it; one that was made for all to read is made private.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def take(self) -> bool:
        """Takes it, or keeps it, without waiting. False while another holder has it.

        Raises:
            OSError: the file cannot be opened.
        """
        if self._file is not None:
            return True
        file = files.open_log(self._path)
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Lets go of it; does nothing when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextlib.contextmanager
    def probe(self) -> Iterator[bool]:
        """Whether it is free just now; if so it is held inside."""
        taken = self.take()
        try:
            yield taken
        finally:
            self.release()


def _lock(file: BinaryIO) -> None:
    """Raises OSError while another open file has it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
