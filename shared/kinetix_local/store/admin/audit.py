"""The audit log for people."""

from __future__ import annotations

from sqlalchemy import Connection

from kinetix_local.store import audit
from kinetix_local.store.admin.common import Json
from kinetix_local.store.clock import iso


def list_audit(db: Connection, limit: int) -> list[Json]:
    """The last entries, newest first."""
    return [
        {"at": iso(entry.at), "actor": entry.actor, "action": entry.action.replace("_", " "), "details": entry.details}
        for entry in audit.entries(db, limit)
    ]
