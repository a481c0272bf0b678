"""API keys in memory: one look-up in the database, then the cache, until a change by an administrator or 300 s."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from kinetix_local.api.errors import ApiError
from kinetix_local.store import seal, worlds
from kinetix_local.store.clock import Clock
from kinetix_local.store.roles import Role
from kinetix_local.store.sql.tables import keys

_MOST = 10_000  # entries; keys nobody knows are remembered as well, briefly


@dataclass(frozen=True, slots=True)
class Key:
    """A key with what a request needs of its world and plan. `flaw` is (errorCode, message) when it may not be used."""

    id: int
    world_id: int
    can_read: bool
    can_write: bool
    expires_at: int | None
    flaw: tuple[str, str] | None
    world: worlds.CallerRow
    configuration: dict[str, Any]
    white_list: bool
    plan_id: int
    muge_limit: int | None
    users_limit: int | None
    calls_limit: int | None
    monthly: bool
    name: str
    role: Role | None


def _key(row: worlds.CallerRow | None, *, strict: bool) -> Key | None:
    if row is None:
        return None

    def limit(value: int | None) -> int | None:
        return None if strict and value == 0 else value  # to the published server 0 is no limit

    flaw = None
    if row.is_deleted:
        flaw = ("deletedApiKey", "Deleted API key")
    elif row.world_deleted:
        flaw = ("deletedVW", "Deleted virtual world")
    return Key(
        id=row.id,
        world_id=row.world_id,
        can_read=row.can_read,
        can_write=row.can_write,
        expires_at=row.expires_at,
        flaw=flaw,
        world=row,
        configuration=row.configuration,
        white_list=row.white_list,
        plan_id=row.plan_id,
        muge_limit=limit(row.muge_limit),
        users_limit=limit(row.users_limit),
        calls_limit=limit(row.calls_limit),
        monthly=row.monthly,
        name=row.key_name,
        role=None if row.role is None else Role(row.role),
    )


class Keys:
    """Cache from a key's value to `Key` (or None: nobody has it). A key that changes while it is being read is not kept."""

    def __init__(self, clock: Clock, life_ms: int, *, strict: bool = False) -> None:
        self._clock = clock
        self._strict = strict
        self._life = life_ms
        self._known: dict[str, tuple[int, Key | None]] = {}
        self._values: dict[int, str] = {}
        self._lock = threading.Lock()
        self._version = 0

    def cached(self, value: str) -> tuple[int, Key | None] | None:
        found = self._known.get(value)
        return found if found is not None and found[0] > self._clock.ticks() else None

    def load(self, db: Connection, value: str) -> tuple[int, Key | None]:
        version = self._version
        key = _key(worlds.find_key(db, keys.c.digest == seal.digest(value)), strict=self._strict)
        life = self._life if key is not None else min(self._life, 5_000)
        entry = (self._clock.ticks() + life, key)
        with self._lock:
            if version == self._version:
                if len(self._known) >= _MOST:
                    self._known.clear()
                    self._values.clear()
                self._known[value] = entry
                if key is not None:
                    self._values[key.id] = value
        return entry

    def of_id(self, db: Connection, key_id: int) -> Key | None:
        """Return the key that asked for a token, for what is done on its behalf."""
        found = self.cached(self._values.get(key_id, ""))
        if found is not None:
            return found[1]
        return _key(worlds.find_key(db, keys.c.id == key_id), strict=self._strict)

    def clear(self) -> None:
        with self._lock:
            self._version += 1
            self._known.clear()
            self._values.clear()

    def admit(self, key: Key | None, auth: str) -> Key:
        """Check in the API's order: known, expired, deleted, world deleted, then the flag of this very key.

        Raises:
            ApiError: 403 with the code of the first check that fails.
        """
        if key is None:
            raise ApiError(403, "Unknown API key", "unknownApiKey")
        if key.expires_at is not None and key.expires_at <= self._clock.now():
            raise ApiError(403, "Expired API key", "expiredApiKey")
        if key.flaw is not None:
            raise ApiError(403, key.flaw[1], key.flaw[0])
        if not (key.can_read if auth == "read" else key.can_write):
            raise ApiError(403, "Wrong API key")
        return key
