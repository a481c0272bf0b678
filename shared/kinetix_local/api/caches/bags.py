"""Bags ready to send: each page that was asked for, as the bytes that go out. 300 s, or until the bag changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

_MOST_BYTES = 256 << 20
_MOST_PAGES = 16  # of a bag: a game asks for the same few again and again


Asked = tuple[int, int, bool | None]
"""Offset, limit and `mature` of a page."""
Owner = tuple[int, str]
"""The world, and the game's own id of its user."""


@dataclass(frozen=True, slots=True)
class Bag:
    """The pages that were read: the JSON list of each, and the number of rows on all. `expires`: in ticks of the clock."""

    user_id: int
    expires: int
    pages: dict[Asked, tuple[bytes, int]] = field(default_factory=dict)

    def with_page(self, asked: Asked, page: tuple[bytes, int]) -> Bag:
        others = self.pages if len(self.pages) < _MOST_PAGES else {}
        return replace(self, pages={**others, asked: page})

    @property
    def size(self) -> int:
        return sum(len(body) for body, _ in self.pages.values())


class Bags:
    """Cache from a user to the bag. Nothing is kept that was being read while a bag was dropped.

    Attributes:
        version: grows with whatever is dropped.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Owner, Bag] = {}
        self._owners: dict[int, Owner] = {}
        self._bytes = 0
        self.version = 0
        self._reading: dict[Owner, threading.Lock] = {}

    def reading(self, owner: Owner) -> threading.Lock:
        """Held while the bag is read: of many requests for a large bag that is not cached, one reads and the rest wait for it."""
        with self._lock:
            if len(self._reading) > 1000:
                self._reading = {other: lock for other, lock in self._reading.items() if lock.locked()}
            return self._reading.setdefault(owner, threading.Lock())

    def get(self, owner: Owner, ticks: int) -> Bag | None:
        bag = self._known.get(owner)
        return bag if bag is not None and bag.expires > ticks else None

    def keep(self, owner: Owner, bag: Bag, version: int) -> None:
        """`version` is what it was before the rows were read."""
        with self._lock:
            if version != self.version:
                return
            self._forget(bag.user_id)
            if self._bytes + bag.size > _MOST_BYTES:
                self._empty()
            self._known[owner], self._owners[bag.user_id] = bag, owner
            self._bytes += bag.size

    def drop(self, *user_ids: int) -> None:
        with self._lock:
            self.version += 1
            self._forget(*user_ids)

    def drop_world(self, world_id: int) -> None:
        with self._lock:
            self.version += 1
            self._forget(*(user_id for user_id, owner in self._owners.items() if owner[0] == world_id))

    def clear(self) -> None:
        with self._lock:
            self.version += 1
            self._empty()

    def _forget(self, *user_ids: int) -> None:
        for user_id in user_ids:
            if (owner := self._owners.pop(user_id, None)) is not None:
                self._bytes -= self._known.pop(owner).size

    def _empty(self) -> None:
        self._known.clear()
        self._owners.clear()
        self._bytes = 0
