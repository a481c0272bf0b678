"""Avatars: characters that every new emote is also made for."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from kinetix_core.io.given_files import check_file
from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import emotes, worlds
from kinetix_local.store.admin.common import Json, world_of
from kinetix_local.store.audit import audited
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.cleaning import removals
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import AssetRow
from kinetix_local.store.sql.tables import assets, files


def list_avatars(db: Connection) -> list[Json]:
    found = rows.every(db, AssetRow, select(assets).where(assets.c.type == "avatar").order_by(assets.c.id))
    return [{"uuid": row.uuid, "name": row.name, "createdAt": iso(row.created_at)} for row in found]


def usable_character(character: Path, folder: Path) -> Path:
    """The character as a GLB, which Blender may have to make in `folder`: seconds, so not while the database is held.

    Raises:
        InputError: it is not there, has no bones of a person, or Blender is needed and not here.
        FormatError: it is damaged.
    """
    check_file(character, instead="Give the file of one character.")
    from kinetix_core.formats import glb  # numpy: only needed here
    from kinetix_core.motion.mapping.automatic import map_bones
    from kinetix_tools import opening

    as_glb = opening.as_glb(character, folder)
    if "Hips" not in map_bones(glb.read_character(as_glb).skeleton):
        raise InputError(
            "The character's hips were not recognised.",
            code="noHips",
            next_step="Use a character with the bones of a person, named as Mixamo, VRM or another maker of rigs does.",
        )
    return as_glb


@audited
def add_avatar(db: Connection, blobs: Blobs, now: int, world: str | None, character: Path, name: str) -> Json:
    """Register a character (`usable_character`). Emotes made from now on get files for it."""
    world_id = world_of(db, world).id if world else None
    blob, size = blobs.add(character)
    uuid = worlds.new_uuid()
    asset = emotes.add_asset(db, uuid, name, now, kind="avatar", world_id=world_id)
    emotes.add_file(db, asset, "character", "glb", blob, size, now)
    removals.check_there(db, blobs, [blob])
    return {"uuid": uuid, "name": name}


@audited
def delete_avatar(db: Connection, uuid: str) -> None:
    """Emotes keep the files that were made for it."""
    row = emotes.asset(db, uuid, "avatar")
    if row is None:
        raise MissingError(
            f"There is no avatar {uuid}.", code="avatarNotFound", next_step="Choose an avatar from the list."
        )
    db.execute(files.delete().where(files.c.asset_id == row.id))
    db.execute(assets.delete().where(assets.c.id == row.id))
