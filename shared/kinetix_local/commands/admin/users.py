"""`kinetix local user`: users of a world."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kinetix_core.io import files
from kinetix_core.io.output_files import check_free
from kinetix_core.values.errors import InputError
from kinetix_local.commands.admin.common import Place, force_option, options, world_option


@click.group()
def user() -> None:
    """Users of a world."""


@user.command("list")
@world_option
@options
def user_list(world: str | None, place: Place) -> None:
    """List the users with the size of their bags."""
    with place.admin() as (admin, db, _now):
        place.show(admin.list_users(db, world), {"id": "user", "createdAt": "made (UTC)", "emotesCount": "emotes"})


@user.command("create")
@click.argument("ids", nargs=-1, required=True)
@world_option
@options
def user_create(ids: tuple[str, ...], world: str | None, place: Place) -> None:
    """Make one user or several, all or none."""
    with place.admin() as (admin, db, now):
        result = [admin.add_user(db, now, world, entry) for entry in ids]
    place.show(result, {"id": "user", "createdAt": "made (UTC)"})


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
