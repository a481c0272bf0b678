"""`/_local/library/audit`: administrative actions with readable names."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Connection, select

from kinetix_local.api.instance import Service
from kinetix_local.store import audit
from kinetix_local.store.clock import iso
from kinetix_local.store.sql.rows import AuditRow
from kinetix_local.store.sql.tables import assets, keys, worlds
from kinetix_local.web.library_answers import AuditEntry, AuditPage

_PAGE = 50
_IDENTIFIERS = ("emote", "uuid", "world")
"""Details that may hold an identifier; a world may also be told by its name."""


def _page(db: Connection, actor: str | None, before: int | None) -> AuditPage:
    found = audit.entries(db, _PAGE + 1, actor=actor, before=before)
    shown = found[:_PAGE]
    names = _names(db, shown)
    return AuditPage(entries=[_entry(row, names) for row in shown], actors=audit.actors(db), more=len(found) > _PAGE)


def _entry(row: AuditRow, names: dict[str, str]) -> AuditEntry:
    identifier = str(row.details.get("emote") or row.details.get("uuid") or "")
    world = str(row.details.get("world") or "")
    return AuditEntry(
        id=row.id,
        at=iso(row.at),
        actor=row.actor,
        action=row.action,
        about=names.get(identifier, identifier) or str(row.details.get("name") or ""),
        role=row.details.get("role"),
        world=names.get(world, world),
    )


def _names(db: Connection, entries: list[AuditRow]) -> dict[str, str]:
    """Identifier → name, of what still has a row. What was deleted has, and what was erased has not."""
    wanted = {str(row.details[field]) for row in entries for field in _IDENTIFIERS if row.details.get(field)}
    names: dict[str, str] = {}
    for table in (assets, worlds):
        query = select(table.c.uuid, table.c.name).where(table.c.uuid.in_(wanted))
        names |= {row.uuid: row.name for row in db.execute(query)}
    of_keys = select(keys.c.uuid, keys.c.name, keys.c.hint).where(keys.c.uuid.in_(wanted))
    return names | {row.uuid: row.name or row.hint for row in db.execute(of_keys)}


def create(service: Service) -> APIRouter:
    router = APIRouter(tags=["library"])

    @router.get("/library/audit")
    def audit_log(
        actor: Annotated[str | None, Query(max_length=128)] = None,
        before: Annotated[int | None, Query(ge=1, le=(1 << 31) - 1)] = None,
    ) -> AuditPage:
        """Fifty entries, newest first: of one `actor`, and older than the entry `before`; and everybody who has one."""
        with service.database.read() as db:
            return _page(db, actor, before)

    return router
