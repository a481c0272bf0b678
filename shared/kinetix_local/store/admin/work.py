"""Captures, webhooks and the log of the administration."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kinetix_core.values.errors import MissingError
from kinetix_local.store import audit, process_steps, processes
from kinetix_local.store.admin.common import Json
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.queue import captures
from kinetix_local.store.sql.rows import ProcessRow
from kinetix_local.store.sql.tables import captures as table
from kinetix_local.store.sql.tables import deliveries, users, worlds
from kinetix_local.store.sql.tables import processes as processes_table


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
            table.c.created_at.label("createdAt"),
        )
        .join(processes_table, processes_table.c.uuid == table.c.process)
        .join(worlds, worlds.c.id == table.c.world_id)
        .join(users, users.c.id == table.c.user_id)
        .order_by(table.c.worker.is_(None), table.c.id)
    )
    return [
        {
            **row,
            "stage": "waiting" if row["worker"] is None else row["stage"],
            "percent": None if row["worker"] is None else row["percent"],
            "createdAt": iso(row["createdAt"]),
        }
        for row in db.execute(query).mappings()
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


def list_deliveries(db: Connection, limit: int = 100, process: str | None = None) -> list[Json]:
    """Webhooks out, newest first, with every attempt."""
    query = (
        select(
            deliveries.c.uuid,
            deliveries.c.process,
            deliveries.c.status,
            deliveries.c.state,
            deliveries.c.url,
            deliveries.c.attempts,
            deliveries.c.next_at.label("nextAt"),
            deliveries.c.created_at.label("createdAt"),
            worlds.c.name.label("world"),
            processes_table.c.name,
        )
        .join(worlds, worlds.c.id == deliveries.c.world_id)
        .join(processes_table, processes_table.c.uuid == deliveries.c.process, isouter=True)
    )
    if process is not None:
        query = query.where(deliveries.c.process == process)
    return [
        {
            **row,
            "createdAt": iso(row["createdAt"]),
            "nextAt": None if row["nextAt"] is None else iso(row["nextAt"]),
            "attempts": [
                {
                    "at": iso(attempt["at"]),
                    "status": attempt["status"],
                    "error": attempt["answer"] if attempt["status"] is None else "",
                    "answer": attempt["answer"],
                }
                for attempt in row["attempts"]
            ],
        }
        for row in db.execute(query.order_by(deliveries.c.id.desc()).limit(limit)).mappings()
    ]


def list_audit(db: Connection, limit: int) -> list[Json]:
    """The last entries, newest first."""
    return [
        {"at": iso(entry.at), "actor": entry.actor, "action": entry.action.replace("_", " "), "details": entry.details}
        for entry in audit.entries(db, limit)
    ]
