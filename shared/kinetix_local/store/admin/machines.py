"""Machines that capture for the service. A token is shown once, when it is made."""

from __future__ import annotations

from sqlalchemy import Connection

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import machines
from kinetix_local.store.admin.common import Json
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso

__all__ = ["add_machine", "list_machines", "remove_machine"]


@audited
def add_machine(db: Connection, now: int, name: str) -> Json:
    """The new machine with its token, which is never shown again."""
    if any(row.name == name for row in machines.every(db)):
        raise InputError("A machine has this name already.", code="machineExists", next_step="Choose another name.")
    uuid, token = machines.add(db, name[:64], now)
    return {"uuid": uuid, "name": name[:64], "token": token}


def list_machines(db: Connection) -> list[Json]:
    return [
        {
            "uuid": row.uuid,
            "name": row.name,
            "joinedAt": None if row.seen_at is None else iso(row.seen_at),
            "refused": row.refused,
            **{key: (row.statement or {}).get(name) for key, name in _STATED.items()},
            "createdAt": iso(row.created_at),
        }
        for row in machines.every(db)
    ]


# As the list calls it, and as the machine does (queue/machine.py).
_STATED = {"version": "version", "system": "system", "cores": "cores", "memoryBytes": "memory_bytes"}


@audited
def remove_machine(db: Connection, name: str) -> None:
    if not machines.remove(db, name):
        raise MissingError(
            "There is no such machine.",
            code="machineNotFound",
            next_step="List them with `kinetix local machine list`.",
        )
