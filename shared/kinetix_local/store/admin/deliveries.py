"""Webhooks that went out, with every attempt."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from kinetix_local.store.admin.common import Json
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.tables import deliveries, processes
from kinetix_local.store.sql.tables import worlds as worlds_table


class _ListedDelivery(NamedTuple):
    """A delivery with the name of its world, and of the emote if its process is still known."""

    uuid: str
    process: str
    status: str
    state: str
    url: str
    attempts: list[Json]
    next_at: int | None
    created_at: int
    world: str
    emote_name: str | None


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
            deliveries.c.next_at,
            deliveries.c.created_at,
            worlds_table.c.name.label("world"),
            processes.c.name.label("emote_name"),
        )
        .join(worlds_table, worlds_table.c.id == deliveries.c.world_id)
        .join(processes, processes.c.uuid == deliveries.c.process, isouter=True)
    )
    if process is not None:
        query = query.where(deliveries.c.process == process)
    return [
        {
            "uuid": row.uuid,
            "world": row.world,
            "process": row.process,
            "name": row.emote_name,
            "status": row.status,
            "state": row.state,
            "url": row.url,
            "createdAt": iso(row.created_at),
            "nextAt": None if row.next_at is None else iso(row.next_at),
            "attempts": [
                {
                    "at": iso(attempt["at"]),
                    "status": attempt["status"],
                    "error": attempt["answer"] if attempt["status"] is None else "",
                    "answer": attempt["answer"],
                }
                for attempt in row.attempts
            ],
        }
        for row in rows.every(db, _ListedDelivery, query.order_by(deliveries.c.id.desc()).limit(limit))
    ]
