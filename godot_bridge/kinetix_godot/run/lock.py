"""One process at a time syncs this user's targets."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from kinetix_core.io import files, paths
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_godot.target.places import Waiting

__all__ = ["Ownership", "only_one"]


class Ownership:
    """The right to write into the targets of one home folder: the hub has it while it runs, else one `kinetix sync run`.

    Any thread may ask for it: while one takes it, the others wait.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock, self._is_swept = folder, ProcessLock(folder / "sync.lock"), False
        self._taking = threading.Lock()

    def take(self) -> None:
        """Takes it, or keeps it; whoever has it first clears what a killed one left. Raises Waiting while another process has it."""
        with self._taking:
            paths.own(self._folder)
            if not self._lock.take():
                raise Waiting(
                    "Another process is syncing.",
                    code="busy",
                    next_step="Wait until it is done, or end it: another Kinetix, or a sync at a terminal.",
                )
            if not self._is_swept:
                for state in (self._folder, *self._folder.rglob("*/")):
                    files.sweep(state)
                self._is_swept = True

    def release(self) -> None:
        self._lock.release()


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Has the ownership inside. Raises Waiting when another process has it."""
    owner = Ownership(folder)
    owner.take()
    try:
        yield
    finally:
        owner.release()
