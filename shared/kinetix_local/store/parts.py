"""Emotes that are cut out of another one of the same bag: they are the user's as that one is, with no process of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from kinetix_core.values.captured_body import METADATA as BODY
from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import emotes, library_edits, worlds
from kinetix_local.store.sql.rows import AssetRow

_GLBS = ("animation-v2", "animation")


class Take(NamedTuple):
    """The take to cut, and the blob of its GLB."""

    entry: library_edits.Entry
    asset: AssetRow
    glb: str


class MadeFile(NamedTuple):
    """A file of a part, `name` with its extension; `bytes` is its size."""

    name: str
    blob: str
    bytes: int


class Made(NamedTuple):
    """A part whose files are kept."""

    name: str
    duration_s: float
    files: Sequence[MadeFile]


def take(db: Connection, entry: int) -> Take:
    """The emote in a bag. Raises InputError `emoteNotFound`, or `noGlb` where there is nothing here to cut."""
    found = library_edits.find(db, entry)
    asset = emotes.asset(db, found.emote_uuid)
    if asset is None or found.is_deleted:
        raise MissingError(
            "This emote is not in the library any more.", code="emoteNotFound", next_step="Reload the page."
        )
    for name in _GLBS:
        file = emotes.file_by_name(db, found.emote_uuid, None, name, "glb")
        if file is not None and not file.blob.startswith("http"):
            return Take(found, asset, file.blob)
    raise InputError("This emote has no GLB here.", code="noGlb", next_step="Choose another emote.")


def keep(db: Connection, entry: int, made: Sequence[Made], now: int) -> Take:
    """Give the user an emote of each part; the first one is the newest. Raises InputError as `take` does."""
    found = take(db, entry)
    kept = {key: found.asset.metadata[key] for key in ("maturity", "metadata", BODY) if key in found.asset.metadata}
    for one in reversed(made):
        uuid = worlds.new_uuid()
        asset_id = emotes.add_asset(
            db,
            uuid,
            one.name,
            now,
            metadata=kept | {"duration": round(one.duration_s, 3)},
            world_id=found.entry.world_id,
            providers=emotes.OFFERED,
        )
        for file in one.files:
            stem, _, extension = file.name.rpartition(".")
            emotes.add_file(db, asset_id, stem, extension, file.blob, file.bytes, now)
        worlds.add_to_list(db, found.entry.world_id, uuid, now)
        emotes.give(db, found.entry.user_id, uuid, now, uge=True)
        library_edits.note_made(db, found.entry.user_id, uuid)
    return found
