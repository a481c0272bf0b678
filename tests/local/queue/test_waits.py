"""Estimated wait of a queued capture, on both databases: given only if there is something to go by."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import delete, update

from kinetix_core.values.failure import CaptureStage
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.store.queue.captures import Live
from kinetix_local.store.queue.waits import Wait, wait_of
from kinetix_local.store.sql import tables
from tests.support.present import present
from tests.support.studio import IdleService, add_clip, idle_service, place_of, store

__all__ = ["idle_service", "store"]
pytestmark = pytest.mark.xdist_group("local-postgres")


def waits(service: IdleService, processes: list[str]) -> list[Wait | None]:
    with service.database.read() as db:
        return [None if place is None else wait_of(db, place) for place in map(partial(place_of, db), processes)]


def ended(service: IdleService, process: str, seconds: int) -> None:
    """Record a capture that became an emote after so many seconds."""
    with service.database.write() as db:
        row = update(tables.processes).where(tables.processes.c.uuid == process)
        db.execute(row.values(step="done", ml_started_at=1_000, ended_at=1_000 + seconds * 1_000))
        db.execute(delete(tables.captures).where(tables.captures.c.process == process))


def test_the_wait_is_guessed_from_what_runs_and_from_the_last_captures(idle_service: IdleService) -> None:
    with idle_service.database.write() as db:
        db.execute(update(tables.processes).values(ended_at=None))
    clips = [add_clip(idle_service) for _ in range(5)]
    assert waits(idle_service, clips) == [Wait(place, None) for place in range(1, 6)], "no worker is heard of"
    for worker, remaining_s in (("a/local", 30), ("b/local", 10)):
        queue = DatabaseQueue(idle_service, worker)
        job = present(queue.take(idle_service.folder / "work" / worker))
        queue.beat(job.lease, Live(CaptureStage.TRACK, 50, remaining_s, 5, 1))
    assert waits(idle_service, clips) == [None, None, Wait(1, 10), Wait(2, 30), Wait(3, None)]
    for seconds in (20, 40, 60):
        ended(idle_service, add_clip(idle_service, "other"), seconds)
    assert waits(idle_service, clips[2:]) == [Wait(1, 10), Wait(2, 30), Wait(3, 10 + 40)]
