"""Retention of clips and rejected takes: a world's `keepClipsDays` and `keepRejectedDays`. Emotes of a bag stay."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from kinetix_local.store import processes, refinements
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.cleaning import erasure, removals
from kinetix_local.store.cleaning.erasure import Erased
from kinetix_local.store.configuration import is_count
from kinetix_local.store.sql import rows, settings
from kinetix_local.store.sql.database import Database
from kinetix_local.store.sql.rows import ProcessRow
from kinetix_local.store.sql.tables import assets, bag, worlds
from kinetix_local.store.sql.tables import processes as table

_LOG = logging.getLogger(__name__)
_CLIPS, _REJECTED = DAYS = ("keepClipsDays", "keepRejectedDays")
"""Values of a world's configuration, in whole days; without one everything stays."""
_DAY_MS = 86_400_000
_AT_ONCE = 200  # processes in one transaction


class LetGo(NamedTuple):
    """Numbers of deleted clips and rejected takes."""

    clips: int
    takes: int


def let_go(database: Database, blobs: Blobs, now: int) -> LetGo:
    """Delete what is older than its world keeps it (see `Retention`). The process stays, with its name and why it was rejected.

    Clips are deleted here, files of takes by the sweep that follows, which spares what is younger than a day.
    """
    clips = takes = 0
    with database.read() as db:
        found = [(row.id, row.configuration) for row in db.execute(select(worlds))]
    for world, configuration in found:
        if (days := _days(configuration, _REJECTED)) is not None:
            takes += _each(database, blobs, _rejected(world, now - days * _DAY_MS), of_clips=False)
        if (days := _days(configuration, _CLIPS)) is not None:
            clips += _each(database, blobs, _with_clip(world, now - days * _DAY_MS), of_clips=True)
    if clips or takes:
        _LOG.info("older than their worlds keep them: %s clips and %s rejected takes are deleted", clips, takes)
    return LetGo(clips, takes)


def _days(configuration: Mapping[str, Any], name: str) -> int | None:
    value = configuration.get(name)
    return value if is_count(value) else None


def _each(database: Database, blobs: Blobs, condition: ColumnElement[bool], *, of_clips: bool) -> int:
    """Delete in parts; return how many processes lost something."""
    count, last = 0, 0
    while True:
        query = processes.WITH_USER.where(condition, table.c.id > last).order_by(table.c.id).limit(_AT_ONCE)
        with database.read() as db:
            part = rows.every(db, ProcessRow, query)
        if not part:
            return count
        with database.write() as db:
            seen = part
            part = rows.every(db, ProcessRow, query)  # once more: a take of the same clip may have begun meanwhile
            last = max(row.id for row in (*seen, *part))
            erased = Erased()
            uuids = [row.video for row in part] if of_clips else _takes(db, part)
            erasure.erase_assets(db, uuids, erased)
            if erased.rows["assets"]:
                settings.touch(db)
        with database.read() as db:
            going, _ = removals.unnamed(db, erased.blobs)
        for blob in going:
            # Others are named by content: who delivers the same just now has put it there anew.
            if blob.startswith("uploads/"):
                blobs.remove(blob)
        count += erased.rows["assets"] if of_clips else len(part) if erased.rows["assets"] else 0


def _takes(db: Connection, part: list[ProcessRow]) -> list[str]:
    """Return the processes' results, except emotes that are in a bag and the observations of takes that stay."""
    made = [uuid for row in part for uuid in processes.emotes_of(row)]
    had = set(db.execute(select(bag.c.emote_uuid).where(bag.c.emote_uuid.in_(made), ~bag.c.is_deleted)).scalars())
    return [*(uuid for uuid in made if uuid not in had), *refinements.unneeded(db, made)]


def _rejected(world: int, before: int) -> ColumnElement[bool]:
    there = table.c.emote.in_(select(assets.c.uuid).where(assets.c.type == "emote"))
    return and_(table.c.world_id == world, table.c.rejected.is_(True), _ended(before), there)


def _with_clip(world: int, before: int) -> ColumnElement[bool]:
    """Nothing that is younger, or still at work, was made of the same clip."""
    there = table.c.video.in_(select(assets.c.uuid).where(assets.c.type == "video"))
    other = table.alias()
    younger = select(other.c.video).where(or_(other.c.ended_at.is_(None), other.c.ended_at >= before))
    return and_(table.c.world_id == world, _ended(before), there, table.c.video.not_in(younger))


def _ended(before: int) -> ColumnElement[bool]:
    return and_(table.c.ended_at.is_not(None), table.c.ended_at < before)
