"""Aliases: named slots that rotate over emotes."""

from __future__ import annotations

from sqlalchemy import Connection

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import emotes, worlds
from kinetix_local.store.admin.common import Json, moment, world_of
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.sql.tables import aliases


def list_aliases(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    return [
        {
            "uuid": alias.uuid,
            "name": alias.name,
            "description": alias.description,
            "categories": alias.categories,
            "mature": alias.mature,
            "emotes": alias.emotes,
            "startDate": None if alias.start_at is None else iso(alias.start_at),
            "interval": alias.interval_ms,
            "createdAt": iso(alias.created_at),
        }
        for alias in worlds.aliases_of(db, row.id)
    ]


@audited
def add_alias(
    db: Connection,
    now: int,
    world: str | None,
    name: str,
    uuids: list[str],
    *,
    interval_ms: int | None = None,
    start: str | None = None,
    description: str | None = None,
) -> Json:
    """A named slot. With several emotes it rotates: every `interval_ms` from `start` on."""
    row = world_of(db, world)
    if interval_ms is not None and interval_ms < 1:
        raise InputError("The interval is too short.", code="badInterval", next_step="Give milliseconds, one or more.")
    for uuid in uuids:
        if emotes.asset(db, uuid) is None:
            raise MissingError(
                f"There is no emote {uuid}.", code="emoteNotFound", next_step="Give the uuid of an emote."
            )
    alias = worlds.add_alias(
        db,
        row.id,
        now,
        name=name,
        emotes=uuids,
        interval_ms=interval_ms,
        start_at=moment(start) if start else (now if interval_ms else None),
        description=description,
    )
    return next(entry for entry in list_aliases(db, row.uuid) if entry["uuid"] == alias)


@audited
def delete_alias(db: Connection, world: str | None, name: str) -> None:
    row = worlds.alias(db, world_of(db, world).id, name)
    if row is None:
        raise MissingError(
            f"There is no alias {name}.", code="aliasNotFound", next_step="Choose an alias from the list."
        )
    db.execute(aliases.delete().where(aliases.c.id == row.id))
