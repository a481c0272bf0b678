"""Deletes processes, emotes and clips for good: all rows about them, and then the files that no other row names."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, update

from kinetix_local.store import processes, refinements, settings
from kinetix_local.store.blobs import Blobs, StorageError
from kinetix_local.store.database import Database
from kinetix_local.store.rows import ProcessRow
from kinetix_local.store.tables import (
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
from kinetix_local.store.tables import processes as processes_table

__all__ = [
    "Erased",
    "assets_of",
    "check_there",
    "erase_assets",
    "erase_emotes",
    "erase_processes",
    "note_purge",
    "remove_unnamed",
    "unnamed",
]

_BATCH = 500  # values of one IN list
_NAMING = 0x6E616D696E67  # PostgreSQL's lock: many may name files, or one may remove some
_PURGED = "purged"
_PURGE_MAY_RUN_MS = 86_400_000


@dataclass
class Erased:
    """What went. `rows` counts them by table; `blobs` are those that were named by the rows that went."""

    rows: Counter[str] = field(default_factory=Counter)
    blobs: set[str] = field(default_factory=set)

    def delete(self, db: Connection, table: Table, condition: ColumnElement[bool]) -> None:
        self.rows[table.name] += db.execute(delete(table).where(condition)).rowcount

    def counts(self) -> dict[str, int]:
        """Table → rows that went, of those that lost some."""
        return {table: count for table, count in sorted(self.rows.items()) if count}


def assets_of(row: ProcessRow) -> list[str]:
    """Everything that a process made, without its clip: the emotes of all people in it, and what was seen of them."""
    made = processes.emotes_of(row)
    return [*made, refinements.asset_of(row.emote)]


def erase_processes(db: Connection, uuids: Sequence[str], erased: Erased) -> None:
    """The processes, their place in the queue and their webhooks. Whoever captures one learns it at the next heartbeat."""
    for part in _parts(uuids):
        erased.delete(db, captures, captures.c.process.in_(part))
        erased.delete(db, deliveries, deliveries.c.process.in_(part))
        erased.delete(db, processes_table, processes_table.c.uuid.in_(part))


def erase_emotes(db: Connection, uuids: Sequence[str], erased: Erased) -> None:
    """The emotes, wherever they are: in bags of whomever, lists, aliases, with tags and edits."""
    for part in _parts(uuids):
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
    for part in _parts(uuids):
        own = assets.c.uuid.in_(part)
        of_assets = files.c.asset_id.in_(select(assets.c.id).where(own))
        erased.blobs |= set(db.execute(select(files.c.blob).where(of_assets)).scalars())
        erased.delete(db, files, of_assets)
        erased.delete(db, assets, own)


def unnamed(db: Connection, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Of the blobs those that no row names any more, and the others: they have a row still, or lie elsewhere."""
    going: list[str] = []
    kept: list[str] = []
    for part in _parts(sorted(names)):
        named = set(db.execute(select(files.c.blob).where(files.c.blob.in_(part))).scalars())
        for name in part:
            (kept if name in named or name.startswith("http") else going).append(name)
    return going, kept


def note_purge(db: Connection) -> None:
    """Before its files are removed."""
    settings.put(db, _PURGED, _now())


def remove_unnamed(database: Database, blobs: Blobs, name: str) -> bool:
    """Removes a file unless a row names it by now. Files of emotes are named by content, which another capture may deliver just now.

    Raises:
        StorageError: it could not be removed.
    """
    if name.startswith("uploads/"):  # nobody else ever has this name
        blobs.remove(name)
        return True
    with database.write() as db:  # SQLite has one writer at a time
        if db.dialect.name == "postgresql":
            db.execute(select(func.pg_advisory_xact_lock(_NAMING)))
        going, _ = unnamed(db, [name])
        for blob in going:
            blobs.remove(blob)
    return bool(going)


def check_there(db: Connection, blobs: Blobs, names: Iterable[str]) -> None:
    """In the transaction that names files, before it does: none of them was removed by a purge since it was put there.

    The files are looked at only if there was a purge lately.

    Raises:
        StorageError: one was; it has to be put there once more.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock_shared(_NAMING)))
    purged = settings.get(db, _PURGED)
    if purged is None or abs(_now() - purged) > _PURGE_MAY_RUN_MS:
        return
    gone = next((name for name in names if blobs.size(name) is None), None)
    if gone is not None:
        raise StorageError(
            "A file of the same contents was deleted just now.",
            code="fileDeleted",
            detail=gone,
            next_step="Nothing: it is put there once more.",
        )


def _now() -> int:
    """Milliseconds since 1970. Machines may differ by less than what is looked back."""
    return time.time_ns() // 1_000_000


def _parts(values: Collection[str]) -> Iterable[list[str]]:
    whole = list(values)
    return (whole[start : start + _BATCH] for start in range(0, len(whole), _BATCH))
