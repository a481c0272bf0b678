"""One process at a time syncs this user's targets; the system frees the lock when that process dies."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kinetix_core import files
from kinetix_godot.target.places import Waiting

__all__ = ["Ownership", "only_one"]


class Ownership:
    """The right to write into the targets of one home folder: the hub has it while it runs, else one `kinetix sync run`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None

    def take(self) -> None:
        """Takes it, or keeps it. Raises Waiting while another process has it."""
        if self._file is not None:
            return
        file = files.open_log(self._folder / "sync.lock")
        handle = file.fileno()
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise Waiting(
                "Another process is syncing.",
                code="busy",
                next_step="Wait until it is done, or stop the hub (kinetix hub stop) or the other `kinetix sync run`.",
            ) from error
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Has the ownership inside. Raises Waiting when another process has it."""
    owner = Ownership(folder)
    owner.take()
    try:
        yield
    finally:
        owner.release()
