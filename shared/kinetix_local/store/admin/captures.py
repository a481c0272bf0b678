"""Captures that wait or run."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from kinetix_core.values.errors import MissingError
from kinetix_local.store import process_steps, processes
from kinetix_local.store.admin.common import Json
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.queue import captures
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import ProcessRow
from kinetix_local.store.sql.tables import captures as table
from kinetix_local.store.sql.tables import processes as processes_table
from kinetix_local.store.sql.tables import users, worlds


class _Listed(NamedTuple):
    process: str
    name: str
    world: str
    user: str
    worker: str | None
    stage: str | None
    percent: int
    created_at: int


def list_captures(db: Connection) -> list[Json]:
    """Return what runs, then what waits, oldest first."""
    query = (
        select(
            table.c.process,
            processes_table.c.name,
            worlds.c.name.label("world"),
            users.c.external_id.label("user"),
            table.c.worker,
            table.c.stage,
            table.c.percent,
            table.c.created_at,
        )
        .join(processes_table, processes_table.c.uuid == table.c.process)
        .join(worlds, worlds.c.id == table.c.world_id)
        .join(users, users.c.id == table.c.user_id)
        .order_by(table.c.worker.is_(None), table.c.id)
    )
    return [
        {
            "process": row.process,
            "name": row.name,
            "world": row.world,
            "user": row.user,
            "worker": row.worker,
            "stage": "waiting" if row.worker is None else row.stage,
            "percent": None if row.worker is None else row.percent,
            "createdAt": iso(row.created_at),
        }
        for row in rows.every(db, _Listed, query)
    ]


@audited
def cancel_capture(db: Connection, now: int, process: str) -> ProcessRow:
    """Cancel a capture and reject its process; return the process as it was. Its worker stops at the next heartbeat."""
    captures.cancel(db, process)  # first: it waits for a delivery of this capture
    row = processes.find(db, process)
    if row is None or row.step not in process_steps.ALIVE:
        raise MissingError(
            "No such capture is waiting or running.",
            code="captureNotFound",
            next_step="List them with `kinetix local capture list`.",
        )
    processes.change(db, process, now, rejected=True, step="rejected", ended_at=now)
    return row
