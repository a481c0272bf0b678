"""One process at a time syncs this user's targets; the system frees the lock when that process dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from kinetix_core.errors import KinetixError

__all__ = ["only_one"]


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Raises KinetixError when another process holds the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "sync.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise KinetixError(
                "Another process is syncing.",
                code="busy",
                next_step="Wait until it is done, or stop the other `kinetix sync run`.",
            ) from error
        yield
    finally:
        os.close(handle)
