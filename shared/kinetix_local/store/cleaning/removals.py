"""Removes files that no row names any more, with no lock held while the storage does its part.

What is to go is noted in the transaction that deletes the rows. Nobody names a file that is noted: files of emotes are named by
content, and another capture may deliver the same just now. After a kill the notes are there still: a note that was not renewed for ten
minutes is nobody's, so the file may be named again once it was put there anew, or is removed by the service that tidies.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from kinetix_local.store.blobs import Blobs, StorageError
from kinetix_local.store.sql import settings
from kinetix_local.store.sql.database import Database
from kinetix_local.store.sql.rows import parts
from kinetix_local.store.sql.tables import files, going_files

_NAMING = 0x6E616D696E67  # PostgreSQL's lock: many may name files, or one may see that nobody does
_NOTED = "purged"
_LATELY_MS = 86_400_000
_FORGOTTEN_MS = 600_000  # no storage takes so long to remove one file


def unnamed(db: Connection, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Split the blobs into those that no row names, and those that a row names or that are stored elsewhere."""
    going: list[str] = []
    kept: list[str] = []
    for part in parts(sorted(names)):
        named = set(db.execute(select(files.c.blob).where(files.c.blob.in_(part))).scalars())
        for name in part:
            (kept if name in named or name.startswith("http") else going).append(name)
    return going, kept


def note(db: Connection, names: Iterable[str]) -> None:
    """These may go, in the transaction that deletes rows which name them."""
    now = _now()
    for part in parts(sorted(name for name in names if not name.startswith("http"))):
        noted = set(db.execute(select(going_files.c.blob).where(going_files.c.blob.in_(part))).scalars())
        if noted:
            db.execute(update(going_files).where(going_files.c.blob.in_(noted)).values(noted_at=now))
        new = [{"blob": name, "noted_at": now} for name in part if name not in noted]
        if new:
            db.execute(insert(going_files), new)
    settings.put(db, _NOTED, now)


def leave(db: Connection, names: Iterable[str]) -> None:
    """These stay."""
    for part in parts(list(names)):
        db.execute(delete(going_files).where(going_files.c.blob.in_(part)))


def remove(database: Database, blobs: Blobs, name: str) -> bool:
    """Remove a file that is noted; False when a row names it by now, so that it stays.

    Raises:
        StorageError: it could not be removed, and is noted still.
    """
    # A power cut may take both transactions: the note of those that deleted the rows is on disk.
    with database.write(durable=False) as db:  # SQLite has one writer at a time
        if db.dialect.name == "postgresql":
            db.execute(select(func.pg_advisory_xact_lock(_NAMING)))
        own = update(going_files).where(going_files.c.blob == name).values(noted_at=_now())
        is_noted = db.execute(own).rowcount > 0
        going, _ = unnamed(db, [name])
        if not going:
            leave(db, [name])
            return False
    if is_noted:  # else another one has removed it
        blobs.remove(name)
        with database.write(durable=False) as db:
            leave(db, [name])
    return True


def finish(database: Database, blobs: Blobs) -> None:
    """Remove what somebody noted who was killed. Raises as `remove`."""
    with database.read() as db:
        left = list(db.execute(select(going_files.c.blob).where(_forgotten())).scalars())
    for name in left:
        remove(database, blobs, name)


def check_there(db: Connection, blobs: Blobs, names: Collection[str]) -> None:
    """In a transaction that names files: none of them is being removed, or was since it was put there.

    The files are looked for only if some were removed lately.

    Raises:
        StorageError: one is; it has to be put there once more.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock_shared(_NAMING)))
    noted = settings.get(db, _NOTED)
    lately = noted is not None and abs(_now() - noted) < _LATELY_MS
    for part in parts(names):
        gone = _going(db, part)
        if gone is None and lately:
            gone = next((name for name in part if blobs.size(name) is None), None)
        if gone is not None:
            raise StorageError(
                "A file of the same contents is deleted just now.",
                code="fileDeleted",
                detail=gone,
                next_step="Wait a moment: it is put there once more.",
            )


def _going(db: Connection, names: list[str]) -> str | None:
    """One that is removed just now. What nobody removes any more may be named."""
    own = going_files.c.blob.in_(names)
    noted = set(db.execute(select(going_files.c.blob).where(own)).scalars())
    if noted:
        forgotten = delete(going_files).where(own, _forgotten()).returning(going_files.c.blob)
        noted -= set(db.execute(forgotten).scalars())
    return min(noted, default=None)


def _forgotten() -> ColumnElement[bool]:
    """Match notes that are old, also those written by a clock that was set or by another machine's."""
    at, now = going_files.c.noted_at, _now()
    return or_(at < now - _FORGOTTEN_MS, at > now + _FORGOTTEN_MS)


def _now() -> int:
    """Return milliseconds since 1970. Machines may differ by less than what is looked back."""
    return time.time_ns() // 1_000_000
