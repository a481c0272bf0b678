"""What is not to be believed yet, and what is known without a look."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

from kinetix_godot.snapshot import Hint, read_hint

__all__ = ["OwnWrites", "Rechecks"]

_SETTLE_S = 0.05
_AT_ONCE = 6  # so few that a file which lands meanwhile does not wait for them
_MOST = 4096


class Rechecks:
    """Emotes whose hints were too fresh to tell a later change: their contents are compared once more."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}  # the earliest first

    def add(self, key: str) -> None:
        self._due.pop(key, None)
        self._due[key] = time.monotonic() + _SETTLE_S

    def drop(self, key: str) -> None:
        self._due.pop(key, None)

    def take(self, now: float) -> list[str]:
        """A few that are due, by `time.monotonic()`."""
        keys = [key for key, due in islice(self._due.items(), _AT_ONCE) if due <= now]
        for key in keys:
            del self._due[key]
        return keys

    @property
    def due(self) -> float | None:
        """When `take` has something to give."""
        return next(iter(self._due.values()), None)


class OwnWrites:
    """Our latest writes below a folder, so that their events are known as ours."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._written: dict[str, Hint | None] = {}

    def note(self, file: str, hint: Hint | None) -> None:
        """`hint` is that of the file as it was written, None for one that was removed."""
        self._written[file] = hint

    def trim(self) -> None:
        """Forgets them when they have become many; to be called when no events are on their way."""
        if len(self._written) > _MOST:
            self._written.clear()

    def has(self, file: str) -> bool:
        """True when the file is as we left it."""
        if file not in self._written:
            return False
        if read_hint(f"{self._root}/{file}") == self._written[file]:
            return True
        del self._written[file]
        return False
