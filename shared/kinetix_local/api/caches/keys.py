"""API keys in memory: one look-up in the database, then the cache, until a change by an administrator or 300 s."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection

from kinetix_local.api.caches.cache import Cache
from kinetix_local.api.errors import ApiError
from kinetix_local.store import seal, worlds
from kinetix_local.store.clock import Clock
from kinetix_local.store.sql.tables import keys
from kinetix_local.store.worlds import CallerRow

Entry = tuple[int, CallerRow | None]
"""When it expires, in ticks of the clock; None: nobody has the key, which is remembered as well, briefly."""


class Keys:
    """Cache from a key's value, and from its id, to the key."""

    def __init__(self, clock: Clock, life_ms: int, *, strict: bool = False) -> None:
        self._clock = clock
        self._strict = strict
        self._life = life_ms
        self._known = Cache[str | int, Entry](20_000)
        self.clear = self._known.clear

    def cached(self, place: str | int) -> Entry | None:
        found = self._known.get(place)
        return found if found is not None and found[0] > self._clock.ticks() else None

    def load(self, db: Connection, value: str) -> Entry:
        version = self._known.version
        key = self._find(db, keys.c.digest == seal.digest(value))
        life = self._life if key is not None else min(self._life, 5_000)
        entry = (self._clock.ticks() + life, key)
        self._known.keep(value, entry, version)
        if key is not None:
            self._known.keep(key.id, entry, version)
        return entry

    def of_id(self, db: Connection, key_id: int) -> CallerRow | None:
        """Return the key that asked for a token, for what is done on its behalf."""
        found = self.cached(key_id)
        return found[1] if found is not None else self._find(db, keys.c.id == key_id)

    def _find(self, db: Connection, which: ColumnElement[bool]) -> CallerRow | None:
        row = worlds.find_key(db, which)
        if row is not None and self._strict:  # to the published server 0 is no limit
            row = row._replace(
                muge_limit=row.muge_limit or None,
                users_limit=row.users_limit or None,
                calls_limit=row.calls_limit or None,
            )
        return row

    def admit(self, key: CallerRow | None, auth: str) -> CallerRow:
        """Check in the API's order: known, expired, deleted, world deleted, then the flag of this very key.

        Raises:
            ApiError: 403 with the code of the first check that fails.
        """
        if key is None:
            raise ApiError(403, "Unknown API key", "unknownApiKey")
        if key.expires_at is not None and key.expires_at <= self._clock.now():
            raise ApiError(403, "Expired API key", "expiredApiKey")
        if key.is_deleted:
            raise ApiError(403, "Deleted API key", "deletedApiKey")
        if key.world_deleted:
            raise ApiError(403, "Deleted virtual world", "deletedVW")
        if not (key.can_read if auth == "read" else key.can_write):
            raise ApiError(403, "Wrong API key")
        return key
