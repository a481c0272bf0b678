"""Captures whose files the storage did not give: each is tried again later, the later the more often it was tried."""

from __future__ import annotations

import threading
from typing import NamedTuple

from kinetix_local.store.blobs import StorageError
from kinetix_local.store.captures import Lease
from kinetix_local.store.clock import Clock

__all__ = ["Postponed"]

_FIRST_MS, _LONGEST_MS = 2_000, 600_000
_KNOWN_MS = 3_600_000  # why it was put off: by then it was tried again, or another service or nobody has it


class _Entry(NamedTuple):
    """`due` in ticks of the clock."""

    due: int
    why: StorageError


class Postponed:
    """Of one service, while it runs: after a start each is tried at once. Safe from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()

    def add(self, lease: Lease, why: StorageError) -> None:
        """Twice as long as after the attempt before, up to ten minutes."""
        pause = min(_LONGEST_MS, _FIRST_MS << min(lease.attempt - 1, 16))
        with self._lock:
            self._entries[lease.process] = _Entry(self._clock.ticks() + pause, why)

    def processes(self) -> list[str]:
        """Whose turn it is not yet."""
        now = self._clock.ticks()
        with self._lock:
            self._entries = {name: one for name, one in self._entries.items() if one.due + _KNOWN_MS > now}
            return [name for name, one in self._entries.items() if one.due > now]

    def why(self, process: str) -> StorageError | None:
        """Why it was put off the last time, if it was."""
        with self._lock:
            found = self._entries.get(process)
        return None if found is None else found.why
