"""Machines that may capture for the service, each with a token of which only the digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from sqlalchemy import Connection, select, update

from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import MachineRow
from kinetix_local.store.sql.tables import machines
from kinetix_local.store.worlds import new_uuid

__all__ = ["add", "every", "find", "note", "remove"]


def add(db: Connection, name: str, now: int) -> tuple[str, str]:
    """A new machine; returns (uuid, token). Nobody can read the token later."""
    uuid, token = new_uuid(), secrets.token_urlsafe(32)
    db.execute(machines.insert().values(uuid=uuid, name=name, digest=_digest(token), is_deleted=False, created_at=now))
    return uuid, token


def find(db: Connection, token: str) -> str | None:
    """The uuid of the machine that has the token."""
    query = select(machines.c.uuid).where(machines.c.digest == _digest(token), machines.c.is_deleted.is_(False))
    return db.execute(query).scalar()


def note(db: Connection, uuid: str, statement: dict[str, Any], refused: str | None, now: int) -> None:
    """Store a machine's self-description when it joins, and the reason if it was refused."""
    values: dict[str, Any] = {"statement": statement, "refused": refused, "seen_at": now}
    db.execute(update(machines).where(machines.c.uuid == uuid).values(**values))


def every(db: Connection) -> list[MachineRow]:
    """Those that are not removed, oldest first."""
    return rows.every(db, MachineRow, select(machines).where(machines.c.is_deleted.is_(False)).order_by(machines.c.id))


def remove(db: Connection, name: str) -> bool:
    """By name or uuid; False when there is none. Its token opens nothing any more."""
    wanted = ((machines.c.uuid == name) | (machines.c.name == name)) & machines.c.is_deleted.is_(False)
    return db.execute(update(machines).where(wanted).values(is_deleted=True)).rowcount > 0


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
