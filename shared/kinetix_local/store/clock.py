"""The service's clock: whole milliseconds, with an offset for tests and for rehearsing tomorrow's alias."""

from __future__ import annotations

import datetime
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kinetix_core.values.moments import from_epoch_ms


@dataclass
class Clock:
    """Attributes:
    offset_ms: how far it is set ahead of the computer's clock.
    passed_ms: how much more time has passed than really did; only tests change it.
    wall: the computer's clock, in nanoseconds.
    """

    offset_ms: int = 0
    passed_ms: int = 0
    wall: Callable[[], int] = time.time_ns
    _followed: int | None = field(default=None, init=False)

    def follow(self, now: int) -> None:
        """Take the time of a database that several services share: their own clocks differ, and may be set."""
        self._followed = now - time.monotonic_ns() // 1_000_000

    def now(self) -> int:
        """Return milliseconds since 1970."""
        real = self.wall() if self._followed is None else time.monotonic_ns() + self._followed * 1_000_000
        return real // 1_000_000 + self.offset_ms + self.passed_ms

    def ticks(self) -> int:
        """Return milliseconds since some moment, for what lives as long as the process: no clock that is set changes them."""
        return time.monotonic_ns() // 1_000_000 + self.passed_ms


@functools.lru_cache(8192)  # the files of an emote share their time
def iso(ms: int) -> str:
    """`2024-07-01T10:00:00.000Z`."""
    moment = from_epoch_ms(ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def parse_iso(text: str) -> int:
    """Return milliseconds of an ISO 8601 day or time (UTC where it names no zone).

    Raises:
        ValueError: it is neither.
    """
    moment = datetime.datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    # Not `timestamp() * 1000`: a float would move the millisecond.
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(milliseconds=1)


def month_start(ms: int) -> int:
    """The first millisecond of the month (UTC) that `ms` lies in."""
    moment = from_epoch_ms(ms)
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(first.timestamp()) * 1000
