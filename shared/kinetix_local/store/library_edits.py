"""Edits on the library page: names, tags, deletion and restoration.

The hub keeps the same emotes in a library of its own. Each rename, deletion and return is therefore kept until the hub
says that it took it over. Changes over the API are not: whoever makes them knows.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import emotes, processes
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.tables import assets, bag, library_edits, users, worlds
from kinetix_local.store.sql.tables import tags as tags_table

LONGEST_NAME = 100
BIN_DAYS = 30
BINNED_BY = "Library page"
"""Who deleted it, in the bag's row: only what was deleted there can be brought back there."""
LONGEST_TAG, MOST_TAGS = 32, 20


class Entry(NamedTuple):
    """One emote in one user's bag; `id` is the bag's row."""

    id: int
    user_id: int
    emote_uuid: str
    is_deleted: bool
    deleted_by: str | None
    world_id: int
    world: str
    external_id: str
    name: str


class Edit(NamedTuple):
    """Changes of one emote that the hub has not applied yet.

    Attributes:
        version: another one after every further edit.
        name: the new one; None where it is the old.
        deleted: whether it is deleted, or back or new; None where nothing of it happened.
    """

    version: str
    emote_uuid: str
    external_id: str
    name: str | None
    deleted: bool | None


def find(db: Connection, entry: int) -> Entry:
    """Raises InputError `emoteNotFound`."""
    query = (
        select(
            bag.c.id,
            bag.c.user_id,
            bag.c.emote_uuid,
            bag.c.is_deleted,
            bag.c.deleted_by,
            users.c.world_id,
            worlds.c.name.label("world"),
            users.c.external_id,
            assets.c.name,
        )
        .join(assets, (assets.c.uuid == bag.c.emote_uuid) & (assets.c.type == "emote"))
        .join(users, users.c.id == bag.c.user_id)
        .join(worlds, worlds.c.id == users.c.world_id)
        .where(bag.c.id == entry)
    )
    found = rows.first(db, Entry, query)
    if found is None:
        raise _gone()
    return found


def checked_name(name: str) -> str:
    """The name without what no line can hold. Raises InputError `badName`."""
    name = _line(name)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InputError(
            f"An emote's name has 1 to {LONGEST_NAME} characters.", code="badName", next_step="Choose another name."
        )
    return name


def rename(db: Connection, entry: Entry, name: str, now: int) -> None:
    """Give the emote, and the process that made it, the name without what no line can hold. Raises InputError `badName`."""
    name = checked_name(name)
    emotes.rename(db, entry.emote_uuid, name)
    process = processes.of_emote(db, entry.emote_uuid, entry.world_id)
    if process is not None:
        processes.change(db, process.uuid, now, name=name)
    _note(db, entry, name=name)


def put_in_bin(db: Connection, entry: Entry, now: int) -> None:
    """Take the emote out of the user's bag; `bring_back` undoes it for `BIN_DAYS`. Raises InputError `emoteNotFound`."""
    if not emotes.remove(db, entry.user_id, entry.emote_uuid, now, None, by=BINNED_BY):
        raise _gone()
    _note(db, entry, deleted=True)


def bring_back(db: Connection, entry: Entry) -> None:
    """Put what was deleted here into the bag again, as it was. Raises InputError `emoteNotFound`."""
    if not entry.is_deleted or entry.deleted_by != BINNED_BY:
        raise _gone()
    if emotes.bag_row(db, entry.user_id, entry.emote_uuid) is None:  # else a game gave it back meanwhile
        values = {"is_deleted": False, "deleted_at": None, "deleted_by": None}
        db.execute(update(bag).where(bag.c.id == entry.id).values(**values))
    _note(db, entry, deleted=False)


def note_made(db: Connection, user_id: int, emote_uuid: str) -> None:
    """An emote that was made on the page is in the bag now: for the hub the same as one that came back."""
    row = emotes.bag_row(db, user_id, emote_uuid)
    if row is not None:
        _note(db, find(db, row.id), deleted=False)


def set_tags(db: Connection, entry: Entry, wanted: Sequence[str]) -> None:
    """The emote's tags from now on, in order, each once whatever its case. Raises InputError `badTag`."""
    kept = list({tag.casefold(): tag for tag in map(_line, wanted) if tag}.values())
    if len(kept) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in kept):
        raise InputError(
            f"An emote has up to {MOST_TAGS} tags of up to {LONGEST_TAG} characters.",
            code="badTag",
            next_step="Choose fewer or shorter tags.",
        )
    db.execute(delete(tags_table).where(tags_table.c.emote_uuid == entry.emote_uuid))
    if kept:
        db.execute(tags_table.insert(), [{"emote_uuid": entry.emote_uuid, "tag": tag} for tag in kept])


def tags_of(db: Connection, uuids: Sequence[str]) -> dict[str, list[str]]:
    """Emote → its tags, in the order in which they were given."""
    found: dict[str, list[str]] = defaultdict(list)
    for part in rows.parts(uuids):
        wanted = tags_table.c.emote_uuid.in_(part)
        query = select(tags_table.c.emote_uuid, tags_table.c.tag).where(wanted).order_by(tags_table.c.id)
        for uuid, tag in db.execute(query):
            found[uuid].append(tag)
    return found


def waiting(db: Connection, limit: int = 500) -> list[Edit]:
    """Return the edits that the hub has not applied yet, oldest first."""
    query = (
        select(
            library_edits.c.version,
            library_edits.c.emote_uuid,
            users.c.external_id,
            library_edits.c.name,
            library_edits.c.deleted,
        )
        .join(users, users.c.id == library_edits.c.user_id)
        .order_by(library_edits.c.id)
        .limit(limit)
    )
    return rows.every(db, Edit, query)


def taken_over(db: Connection, versions: Sequence[str]) -> None:
    """Forget these edits; one that was made meanwhile has another version and stays."""
    db.execute(delete(library_edits).where(library_edits.c.version.in_(versions)))


def _note(db: Connection, entry: Entry, name: str | None = None, *, deleted: bool | None = None) -> None:
    """Replace the emote's edit by one with everything that still waits."""
    of_entry = (library_edits.c.user_id == entry.user_id) & (library_edits.c.emote_uuid == entry.emote_uuid)
    before = db.execute(select(library_edits.c.name, library_edits.c.deleted).where(of_entry)).first()
    db.execute(delete(library_edits).where(of_entry))
    values = {
        "version": secrets.token_hex(8),
        "user_id": entry.user_id,
        "emote_uuid": entry.emote_uuid,
        "name": name if name is not None or before is None else before.name,
        "deleted": deleted if deleted is not None or before is None else before.deleted,
    }
    db.execute(library_edits.insert().values(**values))


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _gone() -> InputError:
    return MissingError(
        "This emote is not in the library any more.", code="emoteNotFound", next_step="Reload the page."
    )
