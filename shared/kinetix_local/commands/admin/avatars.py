"""`kinetix local avatar`: characters that every new emote is also made for."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from kinetix_local.commands.admin.common import Place, options


@click.group()
def avatar() -> None:
    """Characters that every new emote is also made for."""


@avatar.command("list")
@options
def avatar_list(place: Place) -> None:
    """List the characters."""
    with place.admin() as (admin, db, _now):
        place.show(admin.list_avatars(db), {"uuid": "id", "name": "name", "createdAt": "made (UTC)"})


@avatar.command("add")
@click.argument("character", type=click.Path(path_type=Path))
@click.option("--name", help="Default: the file's name.")
@click.option("--world", help="Only for this world (default: every one).")
@options
def avatar_add(character: Path, name: str | None, world: str | None, place: Place) -> None:
    """Register a character: a GLB or VRM with the bones of a person, or an FBX where Blender is installed."""
    from kinetix_local.store import admin

    with TemporaryDirectory(prefix="kinetix-") as folder:
        usable = admin.usable_character(character, Path(folder))
        with place.store() as (opened, db, now):
            result = admin.add_avatar(db, opened.blobs, now, world, usable, name or character.stem)
    place.show(result)


@avatar.command("remove")
@click.argument("uuid")
@options
def avatar_remove(uuid: str, place: Place) -> None:
    """Forget a character; emotes keep their files."""
    with place.admin() as (admin, db, _now):
        admin.delete_avatar(db, uuid)
    place.show({"removed": uuid})
