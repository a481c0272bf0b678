"""Machines that may capture for the service, each with a token of which only the digest is kept and which is shown once."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from sqlalchemy import Connection, select, update

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store.admin import Json
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import MachineRow
from kinetix_local.store.sql.tables import machines
from kinetix_local.store.worlds import new_uuid

# As the list calls it, and as the machine does (machine.py).
_STATED = {"version": "version", "system": "system", "cores": "cores", "memoryBytes": "memory_bytes"}


@audited
def add_machine(db: Connection, now: int, name: str) -> Json:
    """The new machine with its token, which is never shown again."""
    if any(row.name == name for row in _every(db)):
        raise InputError("A machine has this name already.", code="machineExists", next_step="Choose another name.")
    uuid, name, token = new_uuid(), name[:64], secrets.token_urlsafe(32)
    db.execute(machines.insert().values(uuid=uuid, name=name, digest=_digest(token), is_deleted=False, created_at=now))
    return {"uuid": uuid, "name": name, "token": token}


def find(db: Connection, token: str) -> str | None:
    """The uuid of the machine that has the token."""
    query = select(machines.c.uuid).where(machines.c.digest == _digest(token), machines.c.is_deleted.is_(False))
    return db.execute(query).scalar()


def note(db: Connection, uuid: str, statement: dict[str, Any], refused: str | None, now: int) -> None:
    """Store a machine's self-description when it joins, and the reason if it was refused."""
    values: dict[str, Any] = {"statement": statement, "refused": refused, "seen_at": now}
    db.execute(update(machines).where(machines.c.uuid == uuid).values(**values))


def list_machines(db: Connection) -> list[Json]:
    """Return those that are not removed, oldest first."""
    return [
        {
            "uuid": row.uuid,
            "name": row.name,
            "joinedAt": None if row.seen_at is None else iso(row.seen_at),
            "refused": row.refused,
            **{key: (row.statement or {}).get(name) for key, name in _STATED.items()},
            "createdAt": iso(row.created_at),
        }
        for row in _every(db)
    ]


@audited
def remove_machine(db: Connection, name: str) -> None:
    """By name or uuid. Its token opens nothing any more."""
    wanted = ((machines.c.uuid == name) | (machines.c.name == name)) & machines.c.is_deleted.is_(False)
    if not db.execute(update(machines).where(wanted).values(is_deleted=True)).rowcount:
        raise MissingError(
            "There is no such machine.",
            code="machineNotFound",
            next_step="List them with `kinetix local machine list`.",
        )


def _every(db: Connection) -> list[MachineRow]:
    return rows.every(db, MachineRow, select(machines).where(machines.c.is_deleted.is_(False)).order_by(machines.c.id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
