"""Bags ready to send: each row is kept as the bytes that go out, so a page is a join. 300 s, or until the bag changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

__all__ = ["Bag", "Bags"]

_MOST_ROWS = 200_000
_MOST_DROPPED = 10_000  # users of whom it is known when their bag was dropped last


@dataclass(frozen=True, slots=True)
class Bag:
    """`rows` newest first; `maturity` holds each row's flag (None where the emote has none); `expires` in ticks of the clock."""

    world_id: int
    rows: list[bytes]
    maturity: list[bool | None]
    expires: int
    # Pages that were asked for, joined. Small: a game asks for the same few again and again.
    pages: dict[tuple[int, int, bool | None], tuple[bytes, int]] = field(default_factory=dict)

    def page(self, offset: int, limit: int, mature: bool | None) -> tuple[bytes, int]:
        """The JSON list of one page, and how many rows there are in all."""
        key = (offset, limit, mature)
        known = self.pages.get(key)
        if known is None:
            rows = self.rows
            if mature is not None:
                rows = [row for row, flag in zip(rows, self.maturity, strict=True) if flag is mature]
            known = (b"[" + b",".join(rows[offset : offset + limit]) + b"]", len(rows))
            if len(self.pages) >= 16:
                self.pages.clear()
            self.pages[key] = known
        return known


class Bags:
    """Cache from a user's number to the bag. A bag dropped while it is being read is not kept; those of others are.

    Attributes:
        version: grows with whatever is dropped.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, Bag] = {}
        self._rows = 0
        self.version = 0
        # The version at which the bag of a user was dropped last; of everybody else it was not later than at `_cleared`.
        self._dropped: dict[int, int] = {}
        self._cleared = 0
        self._reading: dict[int, threading.Lock] = {}

    def reading(self, user_id: int) -> threading.Lock:
        """Held while the bag is read: of many requests for a large bag that is not cached, one reads and the rest wait for it."""
        with self._lock:
            if len(self._reading) > 1000:
                self._reading = {user: lock for user, lock in self._reading.items() if lock.locked()}
            return self._reading.setdefault(user_id, threading.Lock())

    def get(self, user_id: int, ticks: int) -> Bag | None:
        bag = self._known.get(user_id)
        return bag if bag is not None and bag.expires > ticks else None

    def keep(self, user_id: int, bag: Bag, version: int) -> None:
        """`version` is what it was before the rows were read."""
        with self._lock:
            if version < self._dropped.get(user_id, self._cleared):
                return
            self._forget(user_id)
            if self._rows + len(bag.rows) > _MOST_ROWS:
                self._known.clear()
                self._rows = 0
            self._known[user_id] = bag
            self._rows += len(bag.rows)

    def drop(self, *user_ids: int) -> None:
        with self._lock:
            self.version += 1
            self._forget(*user_ids)
            if len(self._dropped) + len(user_ids) > _MOST_DROPPED:
                self._forget_drops()
            else:
                self._dropped |= dict.fromkeys(user_ids, self.version)

    def drop_world(self, world_id: int) -> None:
        with self._lock:
            self.version += 1
            self._forget(*(user_id for user_id, bag in list(self._known.items()) if bag.world_id == world_id))
            self._forget_drops()  # of a bag that is being read nobody knows the world here

    def clear(self) -> None:
        with self._lock:
            self.version += 1
            self._known.clear()
            self._rows = 0
            self._forget_drops()

    def _forget_drops(self) -> None:
        """As if the bags of all had been dropped just now: none that is being read is kept."""
        self._dropped.clear()
        self._cleared = self.version

    def _forget(self, *user_ids: int) -> None:
        for user_id in user_ids:
            bag = self._known.pop(user_id, None)
            self._rows -= len(bag.rows) if bag else 0
