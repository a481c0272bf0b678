"""Deletes everything of one user, and says what that was: counts of rows, and name, size and hash of each file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from kinetix_local.store import audit, processes, users
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.cleaning import erasure, removals
from kinetix_local.store.cleaning.erasure import Erased
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows, settings
from kinetix_local.store.sql.database import Database
from kinetix_local.store.sql.rows import ProcessRow, UserRow, WorldRow
from kinetix_local.store.sql.tables import assets, bag, captures, library_edits, tokens
from kinetix_local.store.sql.tables import processes as processes_table
from kinetix_local.store.sql.tables import users as users_table


class Belongings(NamedTuple):
    """Data of a user, by uuid.

    Attributes:
        processes: every attempt.
        emotes: those that the user made; other users may have been given some.
        assets: emotes, what was seen of the user, and the clips that no process of another user needs.
    """

    processes: list[str]
    emotes: list[str]
    assets: list[str]


@dataclass(frozen=True)
class Purged:
    """Deleted data. `kept`: files whose content emotes of other users share.

    Attributes:
        rows: deleted ones by table.
        files: name, size in bytes and SHA-256 of each; the hash is None of one that was not there any more.
        proof: SHA-256 of everything else here as JSON with sorted keys, without spaces.
    """

    user: str
    world: str
    purged_at: str
    rows: dict[str, int]
    files: list[dict[str, Any]]
    kept: list[str]

    def as_dict(self) -> dict[str, Any]:
        told = {
            "user": self.user,
            "world": self.world,
            "purgedAt": self.purged_at,
            "rows": self.rows,
            "files": self.files,
            "kept": self.kept,
        }
        plain = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return told | {"proof": hashlib.sha256(plain.encode()).hexdigest()}


def belongings(db: Connection, user: UserRow) -> Belongings:
    own = rows.every(db, ProcessRow, processes.WITH_USER.where(processes_table.c.user_id == user.id))
    made = [uuid for row in own for uuid in erasure.assets_of(row)]
    told = select(bag.c.emote_uuid).where(bag.c.user_id == user.id, bag.c.is_uge.is_(True))
    imported = select(assets.c.uuid).where(assets.c.uuid.in_(told), assets.c.source == "sdk")
    emotes = {*db.execute(imported).scalars(), *(uuid for row in own for uuid in processes.emotes_of(row))}
    others = select(processes_table.c.video).where(processes_table.c.user_id != user.id)
    videos = select(processes_table.c.video).where(processes_table.c.user_id == user.id)
    clips = select(assets.c.uuid).where(
        assets.c.type == "video", assets.c.uuid.in_(videos), assets.c.uuid.not_in(others)
    )
    return Belongings(
        [row.uuid for row in own],
        sorted(emotes),
        sorted({*made, *emotes, *db.execute(clips).scalars()}),
    )


def purge(database: Database, blobs: Blobs, world: WorldRow, name: str, now: int) -> Purged:
    """Rows in one transaction, then the files. Services forget what they keep of it within a moment.

    Raises:
        InputError: `userNotFound`.
        StorageError: a file could not be removed; the service that runs does so within two days, as no row names it any more.
    """
    user, erased = database.carry_out(lambda db: _erase(db, world, name))
    with database.write(durable=False) as db:
        going, kept = removals.unnamed(db, erased.blobs)
        removals.leave(db, kept)
    told = []
    for blob in going:
        about = {"name": blob, "bytes": blobs.size(blob) or 0, "sha256": _hash(blobs, blob)}
        if removals.remove(database, blobs, blob):
            told.append(about)
        else:
            kept.append(blob)
    purged = Purged(user.external_id, world.uuid, iso(now), erased.counts(), told, sorted(kept))
    with database.write() as db:
        audit.note(db, "prove_purge", {"world": world.uuid, "proof": purged.as_dict()["proof"]})
    return purged


def _erase(db: Connection, world: WorldRow, name: str) -> tuple[UserRow, Erased]:
    # With a lock: nobody begins anything for the user from here on.
    found = (
        select(users_table)
        .where(users_table.c.world_id == world.id, users_table.c.external_id == name)
        .with_for_update()
    )
    user = rows.first(db, UserRow, found)
    if user is None:
        raise users.not_found(name)
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA secure_delete = ON")  # what was deleted is overwritten, not only left out
    erased = Erased()
    erased.delete(db, captures, captures.c.user_id == user.id)  # first: it waits for who delivers one just now
    own = belongings(db, user)
    erasure.erase_processes(db, own.processes, erased)
    erasure.erase_emotes(db, own.emotes, erased)
    erasure.erase_assets(db, own.assets, erased)
    for table in (bag, tokens, library_edits):
        erased.delete(db, table, table.c.user_id == user.id)
    erased.delete(db, users_table, users_table.c.id == user.id)
    # Without the name: that is gone as well. The proof has an entry of its own, as files may be out of reach from here on.
    audit.note(db, "purge_user", {"world": world.uuid, "rows": erased.counts()})
    removals.note(db, erased.blobs)
    settings.touch(db)
    return user, erased


def _hash(blobs: Blobs, blob: str) -> str | None:
    digest = hashlib.sha256()
    try:
        for piece in blobs.read(blob):
            digest.update(piece)
    except FileNotFoundError:
        return None
    return digest.hexdigest()
