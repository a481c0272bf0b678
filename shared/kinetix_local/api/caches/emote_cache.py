"""Emotes ready to send: the row and the JSON of each, for each default avatar. Until something changes them."""

from __future__ import annotations

import threading

from kinetix_local.store.sql.rows import AssetRow

_MOST = 20_000  # about 30 MB
Entry = tuple[AssetRow, bytes]


class EmoteCache:
    """From any thread. An emote that changes while it is being read is not kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str | None], Entry] = {}
        self.version = 0

    def get(self, emote: str, avatar: str | None) -> Entry | None:
        return self._known.get((emote, avatar))

    def keep(self, emote: str, avatar: str | None, entry: Entry, version: int) -> None:
        """`version` is what it was before the row was read."""
        with self._lock:
            if version != self.version:
                return
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[emote, avatar] = entry

    def forget(self, emote: str) -> None:
        with self._lock:
            self.version += 1
            for place in [place for place in self._known if place[0] == emote]:
                del self._known[place]

    def clear(self) -> None:
        with self._lock:
            self.version += 1
            self._known.clear()
