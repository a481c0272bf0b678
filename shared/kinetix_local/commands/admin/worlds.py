"""`kinetix local world|plan|alias|avatar`: what a key belongs to, and what a world has."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from kinetix_core.values.errors import InputError
from kinetix_local.commands.admin.common import Place, administers, options, world_option


@click.group()
def world() -> None:
    """Virtual worlds: what a key belongs to."""


@world.command("list")
@administers({"name": "name", "uuid": "id", "plan": "plan", "usage": "use", "isDeleted": "deleted"})
def world_list(admin: Any, db: Any, now: int) -> Any:
    """List the worlds with their plan and use."""
    return admin.list_worlds(db, now)


@world.command("create")
@click.argument("name")
@click.option("--plan", default="Unlimited", show_default=True, help="What the world may use.")
@administers()
def world_create(admin: Any, db: Any, now: int, name: str, plan: str) -> Any:
    """Make a world."""
    return admin.add_world(db, now, name, plan)


@world.command("set")
@click.argument("name", required=False)
@click.option("--rename", help="A new name.")
@click.option("--plan", help="Another plan.")
@click.option("--white-list/--no-white-list", default=None, help="Whether only listed emotes may be given.")
@click.option(
    "--config", "pairs", multiple=True, help="KEY=JSON of the configuration, e.g. maxEmotes=5; null removes it."
)
@administers()
def world_set(
    admin: Any, db: Any, now: int, name: str | None, rename: str | None, pairs: tuple[str, ...], **given: Any
) -> Any:
    """Change a world's plan or configuration."""
    return admin.change_world(db, now, name, name=rename, configuration=dict(_pair(text) for text in pairs), **given)


def _pair(text: str) -> tuple[str, Any]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise InputError(f"“{text}” is not KEY=VALUE.", code="badOption", next_step="Write it like maxEmotes=5.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@world.command("delete")
@click.argument("name")
@administers()
def world_delete(admin: Any, db: Any, now: int, name: str) -> Any:
    """Delete a world; its keys stop working, nothing is erased."""
    admin.delete_world(db, name)
    return {"deleted": name}


_USAGE = {
    "periodStart": "from (UTC)",
    "key": "key",
    "users": "users",
    "uge": "emotes made",
    "mae": "emotes played",
    "maeu": "players",
    "calls": "calls",
    "lastUsage": "last use",
}


@world.command("usage")
@world_option
@administers(_USAGE)
def world_usage(admin: Any, db: Any, now: int, world: str | None) -> Any:
    """Show the usage of each key in each period."""
    return admin.usage_of(db, world)


@click.group()
def plan() -> None:
    """Plans: what a world may use."""


@plan.command("list")
@options
def plan_list(place: Place) -> None:
    """List the plans."""
    with place.admin() as (admin, db, _now):
        rows = admin.list_plans(db)
    if not place.as_json:
        rows = [{name: "no limit" if value is None else value for name, value in row.items()} for row in rows]
    limits = {"mugeLimit": "emotes made", "totalUsersLimit": "users", "callsLimit": "calls"}
    place.show(rows, {"name": "name", **limits, "monthly": "each month"})


@plan.command("create")
@click.argument("name")
@click.option("--emotes", "emotes_limit", type=click.IntRange(0), help="Most emotes; none is no limit.")
@click.option("--users", "users_limit", type=click.IntRange(0), help="Most users; none is no limit.")
@click.option("--calls", "calls_limit", type=click.IntRange(0), help="Most calls; none is no limit.")
@click.option("--monthly", is_flag=True, help="Count from the first of each month, not over all time.")
@administers()
def plan_create(admin: Any, db: Any, now: int, name: str, **limits: Any) -> Any:
    """Make a plan; a limit left out is none."""
    return admin.add_plan(db, now, name, **limits)


@click.group()
def alias() -> None:
    """Aliases: named slots that rotate over emotes."""


@alias.command("list")
@world_option
@administers({"name": "name", "emotes": "emotes", "interval": "changes every (ms)", "startDate": "since"})
def alias_list(admin: Any, db: Any, now: int, world: str | None) -> Any:
    """List the aliases."""
    return admin.list_aliases(db, world)


@alias.command("create")
@click.argument("name")
@click.argument("emotes", nargs=-1)
@click.option("--interval", "interval_ms", type=click.IntRange(1), help="Milliseconds that each emote holds.")
@click.option("--start", help="When the first one begins (ISO 8601; default: now).")
@click.option("--description", help="What it is for.")
@world_option
@administers()
def alias_create(
    admin: Any, db: Any, now: int, name: str, emotes: tuple[str, ...], world: str | None, **given: Any
) -> Any:
    """Make an alias for these emotes (uuids)."""
    return admin.add_alias(db, now, world, name, list(emotes), **given)


@alias.command("delete")
@click.argument("name")
@world_option
@administers()
def alias_delete(admin: Any, db: Any, now: int, name: str, world: str | None) -> Any:
    """Delete an alias."""
    admin.delete_alias(db, world, name)
    return {"deleted": name}


@click.group()
def avatar() -> None:
    """Characters that every new emote is also made for."""


@avatar.command("list")
@administers({"uuid": "id", "name": "name", "createdAt": "made (UTC)"})
def avatar_list(admin: Any, db: Any, now: int) -> Any:
    """List the characters."""
    return admin.list_avatars(db)


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
@administers()
def avatar_remove(admin: Any, db: Any, now: int, uuid: str) -> Any:
    """Forget a character; emotes keep their files."""
    admin.delete_avatar(db, uuid)
    return {"removed": uuid}
