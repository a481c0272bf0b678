"""`kinetix local key|user`: API keys and users of a world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kinetix_core.io import files
from kinetix_core.io.output_files import check_free
from kinetix_core.values.errors import InputError
from kinetix_local.commands.admin.common import Place, administers, force_option, options, world_option
from kinetix_local.store.roles import Role

_KEYS = {
    "uuid": "id",
    "name": "name",
    "hint": "begins with",
    "canRead": "reads",
    "canWrite": "writes",
    "role": "role",
    "expire": "until (UTC)",
    "isDeleted": "deleted",
}


@click.group()
def key() -> None:
    """API keys of a world."""


@key.command("list")
@world_option
@administers(_KEYS)
def key_list(admin: Any, db: Any, now: int, world: str | None) -> Any:
    """List the keys; their values are not shown."""
    return admin.list_keys(db, world)


@key.command("create")
@world_option
@click.option("--name", default="", help="For you to tell keys apart.")
@click.option("--read/--no-read", "can_read", default=True, help="Whether it may ask.")
@click.option("--write/--no-write", "can_write", default=True, help="Whether it may change something.")
@click.option("--expire", help="ISO 8601 day or time.")
@click.option(
    "--role",
    type=click.Choice([choice.value for choice in Role]),
    help="An artist's key cannot validate takes; what a lead's validates is noted in the audit log.",
)
@options
def key_create(world: str | None, place: Place, **given: Any) -> None:
    """Make a key. Its value is shown this once."""
    from kinetix_local.store import admin

    with place.store() as (opened, db, now):
        result = admin.add_key(db, opened.seal, now, world, **given)
    place.show(result)
    if not place.as_json:
        click.echo("Keep it now: it is not shown again.", err=True)


@key.command("delete")
@click.argument("uuid")
@administers()
def key_delete(admin: Any, db: Any, now: int, uuid: str) -> Any:
    """Delete a key (by its uuid)."""
    admin.delete_key(db, uuid)
    return {"deleted": uuid}


@click.group()
def user() -> None:
    """Users of a world."""


@user.command("list")
@world_option
@administers({"id": "user", "createdAt": "made (UTC)", "emotesCount": "emotes"})
def user_list(admin: Any, db: Any, now: int, world: str | None) -> Any:
    """List the users with the size of their bags."""
    return admin.list_users(db, world)


@user.command("create")
@click.argument("ids", nargs=-1, required=True)
@world_option
@administers({"id": "user", "createdAt": "made (UTC)"})
def user_create(admin: Any, db: Any, now: int, ids: tuple[str, ...], world: str | None) -> Any:
    """Make one user or several, all or none."""
    return [admin.add_user(db, now, world, entry) for entry in ids]


@user.command("purge")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the proof into this file.")
@force_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@world_option
@options
def user_purge(name: str, out: Path | None, force: bool, yes: bool, world: str | None, place: Place) -> None:
    """Delete everything of a user for good: clips, takes, emotes wherever they are. Prints a proof of what that was."""
    from kinetix_local.store import admin
    from kinetix_local.store.cleaning.purge import purge

    check_free([out] if out else [], force=force)
    with place.opened() as (opened, now):
        with opened.database.read() as db:
            row, found = admin.belongings_of(db, world, name)
        if not yes:
            if place.as_json:
                raise InputError("This deletes for good.", code="notConfirmed", next_step="Say --yes.")
            click.echo(f"{name} in {row.name}: {len(found.processes)} processes, {len(found.emotes)} emotes.")
            click.confirm("Delete them for good, in the bags of others too?", abort=True)
        proof = purge(opened.database, opened.blobs, row, name, now).as_dict()
    if out is not None:
        files.write(out, json.dumps(proof, indent=2, ensure_ascii=False) + "\n")
    if place.as_json:
        place.show(proof)
        return
    place.show({**proof, "files": len(proof["files"]), "kept": len(proof["kept"])})
