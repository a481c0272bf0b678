"""Empty files that lie ready to be written and renamed.

Making a file is the dearest step of putting one into a project, and on some file systems it takes a millisecond (ext4 without a
journal first looks through all that was deleted in the last minutes). No emote has to wait for what can be done beforehand.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from kinetix_core.project_files import LinkFound, refuse_link

__all__ = ["Spares"]

_SAFE = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
_MOST = 2  # a GLB and its `.import`
_MOST_IN_A_BURST = 32
_PAUSE_S = 0.0005
_SLOW_S = 0.0002  # for one file; where it is made faster, threads that wait for each other cost more than they save


class Spares:
    """The spare files of one target, in the folder that Godot keeps for what can be made again: no version control looks there.

    Where a project has no such folder, as before it is opened for the first time, there are no spares.

    Args:
        cache: Godot's folder in the project, `.godot`.
        owner: the target; only one process at a time has it.
    """

    def __init__(self, cache: Path, owner: str) -> None:
        self._cache, self._folder = str(cache), f"{cache}/kinetix"
        self._owner = f"{owner}-"
        self._ready: list[str] = []
        self._is_used = False
        self._cost_s = 0.0  # of one file, when some were made last

    def take(self) -> tuple[int, str] | None:
        """An empty file, open, and its path, which are the caller's from now on; None when there is none."""
        while self._ready:
            path = self._ready.pop()
            with contextlib.suppress(OSError):  # deleted with Godot's folder
                return os.open(path, os.O_RDWR | _SAFE), path
        return None

    def refill(self) -> None:
        """Makes what is missing, as far as the disk allows it."""
        if os.name == "nt" or len(self._ready) >= _MOST:  # a virus scanner would hold what was just made
            return
        try:
            if not self._is_used:
                refuse_link(self._cache)
                refuse_link(self._folder)
                if not os.path.isdir(self._folder):  # noqa: PTH112
                    os.mkdir(self._folder)  # noqa: PTH102 - fails without Godot's folder
                self._sweep()
                self._is_used = True
            started, missing = time.perf_counter(), _MOST - len(self._ready)
            for _ in range(missing):
                self._make_one()
            self._cost_s = (time.perf_counter() - started) / missing
        except (OSError, LinkFound):
            self._is_used = False  # somebody may have deleted Godot's folder, and it may come back

    @contextlib.contextmanager
    def making(self, count: int) -> Iterator[None]:
        """Where it is slow, makes up to `count` on a thread of its own while they are taken: the system does both at once."""
        if not self._is_used or self._cost_s < _SLOW_S:
            yield
            return
        done = threading.Event()
        thread = threading.Thread(target=self._make, args=(count, done), name="kinetix-spares")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _make(self, count: int, done: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while count and not done.is_set():
                if len(self._ready) < _MOST_IN_A_BURST:
                    self._make_one()
                    count -= 1
                else:
                    done.wait(_PAUSE_S)

    def _make_one(self) -> None:
        path = f"{self._folder}/{self._owner}{secrets.token_hex(4)}"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, 0o666))
        self._ready.append(path)

    def close(self) -> None:
        """Removes them. One who never had any leaves the folder alone: another process may be the owner."""
        if self._is_used or self._ready:
            with contextlib.suppress(OSError):
                self._sweep()
                os.rmdir(self._folder)  # noqa: PTH106
        self._ready, self._is_used = [], False

    def _sweep(self) -> None:
        """Removes all of this owner, also those that a killed process left."""
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.startswith(self._owner):
                    os.unlink(entry.path)  # noqa: PTH108
