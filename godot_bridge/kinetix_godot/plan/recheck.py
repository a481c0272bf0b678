"""Emotes to compare once more, and own writes to ignore."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

from kinetix_godot.snapshot import Hint, read_hint

_DELAY_S = 0.05
_AT_ONCE = 6  # few, as a landing file waits for them
_MOST = 4096


class Rechecks:
    """Emotes whose hints were too fresh to reveal a later change."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}  # the earliest first

    def add(self, key: str) -> None:
        self._due.pop(key, None)
        self._due[key] = time.monotonic() + _DELAY_S

    def drop(self, key: str) -> None:
        self._due.pop(key, None)

    def take(self, now: float) -> list[str]:
        """Return a few that are due, by `time.monotonic()`."""
        keys = [key for key, due in islice(self._due.items(), _AT_ONCE) if due <= now]
        for key in keys:
            del self._due[key]
        return keys

    @property
    def due(self) -> float | None:
        """Time at which `take` returns something."""
        return next(iter(self._due.values()), None)


class OwnWrites:
    """Latest writes below a folder, whose events are ignored."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._written: dict[str, Hint | None] = {}

    def note(self, file: str, hint: Hint | None) -> None:
        """Note a file as written (`hint`) or removed (None)."""
        self._written[file] = hint

    def trim(self) -> None:
        """Forget many of them; call it when no events are pending."""
        if len(self._written) > _MOST:
            self._written.clear()

    def has(self, file: str) -> bool:
        """Return whether the file is unchanged since the last own write."""
        if file not in self._written:
            return False
        if read_hint(f"{self._root}/{file}") == self._written[file]:
            return True
        del self._written[file]
        return False
