"""When a capture whose files the storage did not give is tried again: later, the more often it was tried.

It stands in the capture's row, so that all services keep to it, also over a restart.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_

from kinetix_local.store.sql.tables import captures

_FIRST_MS, _LONGEST_MS = 2_000, 600_000


def due_after(attempt: int, now: int) -> int:
    """When, in milliseconds since 1970: twice as long as after the attempt before, up to ten minutes."""
    return now + min(_LONGEST_MS, _FIRST_MS << min(attempt - 1, 16))


def is_due(now: int) -> ColumnElement[bool]:
    """Match captures that may start. A date beyond the longest pause comes from a clock that was set."""
    due = captures.c.due_at
    return or_(due.is_(None), due <= now, due > now + _LONGEST_MS)
