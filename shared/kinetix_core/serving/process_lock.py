"""The lock that makes a process the only one of its kind in a folder."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kinetix_core.io import files

_UNREAD = b"\n"  # on Windows nobody else can read the byte that is locked
_PROBE_S = 0.3


class ProcessLock:
    """Held through an open file: the system frees it however the process ends, so it is never stale. The file names its holder.

    Only this user can open the file; a world-readable one is made private.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def take(self) -> bool:
        """Acquire the lock. False while another holder has it; a probe, which has it for a moment, is waited for.

        Raises:
            OSError: the file cannot be opened.
        """
        last = time.monotonic() + _PROBE_S
        while self._file is None and not self._lock():
            if time.monotonic() > last:
                return False
            time.sleep(0.01)
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk: then nobody knows who holds it
                self._file.truncate(0)
                self._file.write(_UNREAD + str(os.getpid()).encode())
        return True

    def _lock(self) -> bool:
        file = files.open_log(self._path)
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def holder(self) -> int | None:
        """Process id of another holder; None when it is free, held here, or nobody knows who has it."""
        with self.probe() as free:
            if free:
                return None
        try:
            with self._path.open("rb") as file:
                file.seek(len(_UNREAD))
                return int(file.read(20))
        except (OSError, ValueError):
            return None

    def release(self) -> None:
        """Release the lock if it is held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextlib.contextmanager
    def probe(self) -> Iterator[bool]:
        """Yield whether the lock is free or ours; if so, hold it inside."""
        is_kept = self._file is not None
        taken = is_kept or self._lock()
        try:
            yield taken
        finally:
            if not is_kept:
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
