"""Quota on the results that a machine uploads and does not deliver."""

from __future__ import annotations

import threading

_LEAST_SIZE = 4096  # of a file on disk
_KEPT_MS = 24 * 3600 * 1000  # then the daily clean-up has deleted them


class Undelivered:
    """Sizes of undelivered results by machine and blob. In memory: a restart begins anew, and each replica counts its own."""

    def __init__(self, most_bytes: int = 2 << 30) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._of: dict[str, dict[str, tuple[int, int]]] = {}

    def is_full(self, machine: str, now: int) -> bool:
        """Return whether the machine has to deliver first. `now`: in milliseconds of a steady clock."""
        with self._lock:
            fresh = {blob: one for blob, one in self._of.get(machine, {}).items() if now - one[0] < _KEPT_MS}
            self._of[machine] = fresh
            return sum(size for _, size in fresh.values()) >= self._most

    def add(self, machine: str, blob: str, size: int, now: int) -> None:
        with self._lock:
            self._of.setdefault(machine, {})[blob] = (now, max(size, _LEAST_SIZE))

    def delivered(self, machine: str, blobs: list[str]) -> None:
        with self._lock:
            for blob in blobs:
                self._of.get(machine, {}).pop(blob, None)
