"""`kinetix local world`: what a key belongs to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kinetix_core.values.errors import InputError
from kinetix_local.commands.admin.common import options, show, store, world_option

__all__ = ["world"]


@click.group()
def world() -> None:
    """Virtual worlds: what a key belongs to."""


@world.command("list")
@options
def world_list(home: Path | None, database: str | None, as_json: bool) -> None:
    """List the worlds with their plan and use."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        show(
            admin.list_worlds(db, now),
            as_json,
            {"name": "name", "uuid": "id", "plan": "plan", "usage": "use", "isDeleted": "deleted"},
        )


@world.command("create")
@click.argument("name")
@click.option("--plan", default="Unlimited", show_default=True, help="What the world may use.")
@options
def world_create(name: str, plan: str, home: Path | None, database: str | None, as_json: bool) -> None:
    """Make a world."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        result = admin.add_world(db, now, name, plan)
    show(result, as_json)


@world.command("set")
@click.argument("name", required=False)
@click.option("--rename", help="A new name.")
@click.option("--plan", help="Another plan.")
@click.option("--white-list/--no-white-list", default=None, help="Whether only listed emotes may be given.")
@click.option(
    "--config", "pairs", multiple=True, help="KEY=JSON of the configuration, e.g. maxEmotes=5; null removes it."
)
@options
def world_set(
    name: str | None,
    rename: str | None,
    plan: str | None,
    white_list: bool | None,
    pairs: tuple[str, ...],
    home: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Change a world's plan or configuration."""
    from kinetix_local.store import admin

    configuration = dict(_pair(text) for text in pairs)
    with store(home, database) as (_, db, now):
        result = admin.change_world(
            db, now, name, name=rename, plan=plan, white_list=white_list, configuration=configuration
        )
    show(result, as_json)


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
@options
def world_delete(name: str, home: Path | None, database: str | None, as_json: bool) -> None:
    """Delete a world; its keys stop working, nothing is erased."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        admin.delete_world(db, name)
    show({"deleted": name}, as_json)


@world.command("usage")
@world_option
@options
def world_usage(world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """Show the usage of each key in each period."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(
            admin.usage_of(db, world),
            as_json,
            {
                "periodStart": "from (UTC)",
                "key": "key",
                "users": "users",
                "uge": "emotes made",
                "mae": "emotes played",
                "maeu": "players",
                "calls": "calls",
                "lastUsage": "last use",
            },
        )
