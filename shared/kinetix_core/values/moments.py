"""Points in time far from today. Windows' C library knows none before 1970 nor after 3000, so they are counted, not asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch_ms(milliseconds: float) -> datetime:
    """In UTC. Raises OverflowError beyond the years 1 to 9999, ValueError for NaN."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def iso(moment: datetime) -> str:
    """Return a time in UTC to the millisecond, as in the hub protocol."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_local_time(moment: datetime) -> datetime:
    """By this machine's clock; unchanged where the system has no local time for it."""
    try:
        return moment.astimezone()
    except (OSError, OverflowError, ValueError):
        return moment
