"""Size limit of the library: the least recently used emotes are evicted first, pinned and cut ones never."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.identity import EmoteId
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.library import Library

log = logging.getLogger(__name__)
DEFAULT_LIMIT = 20 * 1024**3


def choose(emotes: Iterable[Emote], limit: int) -> list[EmoteId]:
    """Return the ids to evict so that the rest fits into `limit` bytes (0: no limit)."""
    rows = list(emotes)
    excess = sum(row.bytes for row in rows) - limit
    if limit <= 0:
        return []
    chosen = []
    for row in sorted(rows, key=lambda row: (row.used, row.id)):
        if excess <= 0:
            break
        if row.bytes and not row.pinned and row.cut_from is None:
            chosen.append(row.id)
            excess -= row.bytes
    return chosen


class Evictor:
    """Eviction by `KINETIX_LIBRARY_LIMIT_MB`. An evicted emote keeps its sidecar and thumbnail."""

    def __init__(self, library: Library, limit: int | None = None) -> None:
        self._library = library
        given = os.environ.get("KINETIX_LIBRARY_LIMIT_MB", "")
        self.limit = limit if limit is not None else int(given) * 1024**2 if given.isdigit() else DEFAULT_LIMIT

    def run(self) -> list[EmoteId]:
        """Evict emotes above the limit and return their ids."""
        index = self._library.index
        if index.bytes_used() <= self.limit or self.limit <= 0:
            return []
        evicted = [emote_id for emote_id in choose(index.all(), self.limit) if self._evict(emote_id)]
        log.info("evicted %d emotes", len(evicted))
        return evicted

    def _evict(self, emote_id: str) -> bool:
        """Evict an emote; return False if it is gone or was pinned meanwhile."""
        library = self._library
        with library.lock:
            found = library.index.find(emote_id)
            if found is None or found.deleted is not None or found.pinned:
                return False
            with library.editing(emote_id) as emote:
                for kind, name in emote.files.items():
                    if kind is not FileKind.THUMBNAIL:
                        (library.root / emote.folder / name).unlink(missing_ok=True)
                if library.index.shares(emote.sha256) == 1:
                    library.originals.drop(emote.sha256)
                emote.evicted = True
                emote.files = {kind: name for kind, name in emote.files.items() if kind is FileKind.THUMBNAIL}
                if (library.root / emote.folder).is_dir():
                    library.measure(emote)
            return True
