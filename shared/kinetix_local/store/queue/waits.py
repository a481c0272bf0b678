"""Estimated wait of a queued capture: its place, what runs, and how long the last ones took."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from sqlalchemy import Connection, select

from kinetix_local.store.queue.turns import MOST_SHOWN, Place
from kinetix_local.store.sql.tables import captures as captures_table
from kinetix_local.store.sql.tables import processes

_LAST = 20  # captures that tell how long one takes
_MOST_RUNNING = 1000


class Wait(NamedTuple):
    """`place` in the queue, 1 begins next; `seconds` until it begins, None where nothing tells."""

    place: int
    seconds: int | None


def wait_of(db: Connection, place: Place) -> Wait:
    """Estimate the wait from a place in the queue.

    No estimate while no worker is busy, and from place `MOST_SHOWN` on. Limits of worlds are ignored.
    """
    told = place.works and place.number < MOST_SHOWN
    return Wait(place.number, _seconds(db, place.number) if told else None)


def _seconds(db: Connection, place: int) -> int | None:
    held = captures_table.c.worker.is_not(None)
    query = select(captures_table.c.remaining_s).where(held).limit(_MOST_RUNNING)
    running = db.execute(query).scalars().all()
    if not running:
        return None
    usual = _usual_s(db)
    left = sorted(usual or 0 if remaining is None else remaining for remaining in running)
    rounds, slot = divmod(place - 1, len(left))
    if rounds and usual is None:
        return None
    return left[slot] + rounds * (usual or 0)


def _usual_s(db: Connection) -> int | None:
    """Return seconds that a capture takes: the median of the last ones that became emotes."""
    table = processes.c
    query = (
        select(table.ended_at - table.ml_started_at)
        .where(table.ended_at.is_not(None), table.ml_started_at.is_not(None), table.step.in_(("done", "validated")))
        .order_by(table.ended_at.desc())
        .limit(_LAST)
    )
    took = list(db.execute(query).scalars())
    return None if not took else max(1, round(statistics.median(took) / 1000))
