"""A bounded cache that a change during a read leaves no old value in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """From any thread. Nothing is kept that was being read while something was forgotten.

    Attributes:
        version: grows with whatever is forgotten.
    """

    def __init__(self, most: int, size: Callable[[V], int] = lambda _value: 1) -> None:
        """`most`: what the sizes of all values may add up to; beyond it the cache starts anew."""
        self._lock = threading.Lock()
        self._most, self._size = most, size
        self._known: dict[K, V] = {}
        self._total = 0
        self.version = 0

    def get(self, key: K) -> V | None:
        return self._known.get(key)

    def keep(self, key: K, value: V, version: int) -> None:
        """`version` is what it was before the value was read."""
        with self._lock:
            if version != self.version:
                return
            self._pop(key)
            size = self._size(value)
            if self._total + size > self._most:
                self._empty()
            self._known[key] = value
            self._total += size

    def forget(self, is_old: Callable[[K, V], bool]) -> None:
        with self._lock:
            self.version += 1
            for key in [key for key, value in self._known.items() if is_old(key, value)]:
                self._pop(key)

    def clear(self) -> None:
        with self._lock:
            self.version += 1
            self._empty()

    def _pop(self, key: K) -> None:
        if key in self._known:
            self._total -= self._size(self._known.pop(key))

    def _empty(self) -> None:
        self._known.clear()
        self._total = 0
