"""Deletes processes, emotes and clips for good: all rows about them. The files that no other row names go then (removals.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, Table, delete, select, update

from kinetix_local.store import processes, refinements
from kinetix_local.store.sql.rows import ProcessRow, parts
from kinetix_local.store.sql.tables import (
    aliases,
    assets,
    bag,
    captures,
    deliveries,
    files,
    library_edits,
    tags,
    world_emotes,
)
from kinetix_local.store.sql.tables import processes as processes_table


@dataclass
class Erased:
    """Deleted data: `rows` by table, and the `blobs` that the deleted rows named."""

    rows: Counter[str] = field(default_factory=Counter)
    blobs: set[str] = field(default_factory=set)

    def delete(self, db: Connection, table: Table, condition: ColumnElement[bool]) -> None:
        self.rows[table.name] += db.execute(delete(table).where(condition)).rowcount

    def counts(self) -> dict[str, int]:
        """Table → rows that went, of those that lost some."""
        return {table: count for table, count in sorted(self.rows.items()) if count}


def assets_of(row: ProcessRow) -> list[str]:
    """Return everything that a process made, without its clip: the emotes of all people in it, and what was seen of them."""
    made = processes.emotes_of(row)
    return [*made, *map(refinements.asset_of, made)]


def erase_processes(db: Connection, uuids: Sequence[str], erased: Erased) -> None:
    """The processes, their place in the queue and their webhooks. Whoever captures one learns it at the next heartbeat."""
    for part in parts(uuids):
        erased.delete(db, captures, captures.c.process.in_(part))
        erased.delete(db, deliveries, deliveries.c.process.in_(part))
        erased.delete(db, processes_table, processes_table.c.uuid.in_(part))


def erase_emotes(db: Connection, uuids: Sequence[str], erased: Erased) -> None:
    """The emotes, wherever they are: in bags of whomever, lists, aliases, with tags and edits."""
    for part in parts(uuids):
        for table in (bag, world_emotes, tags, library_edits):
            erased.delete(db, table, table.c.emote_uuid.in_(part))
    _leave_aliases(db, set(uuids), erased)
    erase_assets(db, uuids, erased)


def _leave_aliases(db: Connection, uuids: set[str], erased: Erased) -> None:
    for id_, named in db.execute(select(aliases.c.id, aliases.c.emotes)).all():
        left = [uuid for uuid in named if uuid not in uuids]
        if len(left) < len(named):
            db.execute(update(aliases).where(aliases.c.id == id_).values(emotes=left))
            erased.rows["alias entries"] += len(named) - len(left)


def erase_assets(db: Connection, uuids: Sequence[str], erased: Erased) -> None:
    """Assets with the rows of their files."""
    for part in parts(uuids):
        own = assets.c.uuid.in_(part)
        of_assets = files.c.asset_id.in_(select(assets.c.id).where(own))
        erased.blobs |= set(db.execute(select(files.c.blob).where(of_assets)).scalars())
        erased.delete(db, files, of_assets)
        erased.delete(db, assets, own)
