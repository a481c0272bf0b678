"""Counts what a plan counts and what a rate limit counts. Calls are counted in memory and written once a second."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque

from sqlalchemy import Connection

from kinetix_local.api.errors import ApiError
from kinetix_local.store import worlds
from kinetix_local.store.clock import Clock
from kinetix_local.store.sql.database import Database, is_away
from kinetix_local.store.worlds import CallerRow

Place = tuple[int, int, int, int]
"""World, plan, key and the start of the period."""


class UsageMeter:
    """Calls and emotes per key. A crash loses at most the last second of them.

    Users, and the emotes of a plan that limits them, are counted in their transactions.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: Counter[Place] = Counter()
        self._emotes: Counter[Place] = Counter()
        self._active: set[tuple[int, int, str, str]] = set()
        # World → (period, calls so far), for plans that limit them.
        self._totals: dict[int, tuple[int, int]] = {}

    def needs_total(self, key: CallerRow) -> bool:
        return key.calls_limit is not None and key.world_id not in self._totals

    def load_total(self, db: Connection, key: CallerRow) -> None:
        period = worlds.period(key.monthly, self._clock.now())
        with self._lock:
            waiting = sum(n for place, n in self._calls.items() if place[0] == key.world_id and place[3] == period)
        self._totals[key.world_id] = (period, worlds.used(db, key.world_id, key.plan_id, period)["calls"] + waiting)

    def call(self, key: CallerRow) -> None:
        """Counts one call.

        Raises:
            ApiError: 403 planLimitReached.
        """
        period = worlds.period(key.monthly, self._clock.now())
        with self._lock:
            if key.calls_limit is not None:
                known, total = self._totals.get(key.world_id, (period, 0))
                total = total if known == period else 0
                if total >= key.calls_limit:
                    raise ApiError(403, "Plan limit reached", "planLimitReached")
                self._totals[key.world_id] = (period, total + 1)
            self._calls[key.world_id, key.plan_id, key.id, period] += 1

    def emote(self, key: CallerRow) -> None:
        """Count an emote of a plan that does not limit them."""
        with self._lock:
            self._emotes[key.world_id, key.plan_id, key.id, worlds.period(key.monthly, self._clock.now())] += 1

    def active(self, key: CallerRow, kind: str, value: str) -> None:
        """Notes that an emote or a user was active this period."""
        with self._lock:
            self._active.add((key.world_id, worlds.period(key.monthly, self._clock.now()), kind, value))

    def pending(self) -> bool:
        return bool(self._calls or self._emotes or self._active)

    def flush(self, database: Database) -> None:
        """Write what is waiting. Raises what the database raises; where that was away, it waits on."""
        with self._lock:
            calls, self._calls = self._calls, Counter()
            emotes, self._emotes = self._emotes, Counter()
            active, self._active = self._active, set()
        now = self._clock.now()
        try:
            with database.write() as db:
                for place in calls.keys() | emotes.keys():
                    worlds.add_usage(db, *place, now, calls=calls[place], uge=emotes[place])
                worlds.add_actives(db, active)
        except Exception as error:
            if is_away(error):  # what it refuses it would refuse again, with all that comes after
                with self._lock:  # beside what was counted meanwhile
                    self._calls.update(calls)
                    self._emotes.update(emotes)
                    self._active |= active
            raise

    def forget(self) -> None:
        """After a change by an administrator: totals are read again."""
        self._totals.clear()


class Limiter:
    """A sliding window of five minutes per world and route group, in steps of five seconds."""

    _WINDOW_S, _STEP_S = 300, 5

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._windows: dict[tuple[int, str], deque[list[int]]] = defaultdict(deque)
        self._sums: Counter[tuple[int, str]] = Counter()

    def call(self, world_id: int, group: str, strict: bool) -> None:
        """Raises ApiError 429 rateLimiting beyond the limit."""
        if not self._limit:
            return
        place = (world_id, group)
        step = self._clock.ticks() // 1000 // self._STEP_S
        window = self._windows[place]
        while window and window[0][0] <= step - self._WINDOW_S // self._STEP_S:
            self._sums[place] -= window.popleft()[1]
        if self._sums[place] >= self._limit:
            headers = () if strict else ((b"retry-after", b"%d" % self._STEP_S),)
            raise ApiError(429, "Too many requests", "rateLimiting", headers=headers)
        if window and window[-1][0] == step:
            window[-1][1] += 1
        else:
            window.append([step, 1])
        self._sums[place] += 1
