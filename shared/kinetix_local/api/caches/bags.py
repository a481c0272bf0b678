"""Bags ready to send: each page that was asked for, as the bytes that go out. 300 s, or until the bag changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from kinetix_local.api.caches.cache import Cache

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


class Bags(Cache[Owner, Bag]):
    def __init__(self) -> None:
        super().__init__(256 << 20, lambda bag: bag.size)
        self._reading: dict[Owner, threading.Lock] = {}

    def reading(self, owner: Owner) -> threading.Lock:
        """Held while the bag is read: of many requests for a large bag that is not cached, one reads and the rest wait for it."""
        with self._lock:
            if len(self._reading) > 1000:
                self._reading = {other: lock for other, lock in self._reading.items() if lock.locked()}
            return self._reading.setdefault(owner, threading.Lock())

    def fresh(self, owner: Owner, ticks: int) -> Bag | None:
        bag = self.get(owner)
        return bag if bag is not None and bag.expires > ticks else None

    def drop(self, *user_ids: int) -> None:
        self.forget(lambda _owner, bag: bag.user_id in user_ids)

    def drop_world(self, world_id: int) -> None:
        self.forget(lambda owner, _bag: owner[0] == world_id)
