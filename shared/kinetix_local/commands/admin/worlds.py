"""`kinetix local world`: what a key belongs to."""

from __future__ import annotations

import json
from typing import Any

import click

from kinetix_core.values.errors import InputError
from kinetix_local.commands.admin.common import Place, options, world_option


@click.group()
def world() -> None:
    """Virtual worlds: what a key belongs to."""


@world.command("list")
@options
def world_list(place: Place) -> None:
    """List the worlds with their plan and use."""
    with place.admin() as (admin, db, now):
        place.show(
            admin.list_worlds(db, now),
            {"name": "name", "uuid": "id", "plan": "plan", "usage": "use", "isDeleted": "deleted"},
        )


@world.command("create")
@click.argument("name")
@click.option("--plan", default="Unlimited", show_default=True, help="What the world may use.")
@options
def world_create(name: str, plan: str, place: Place) -> None:
    """Make a world."""
    with place.admin() as (admin, db, now):
        result = admin.add_world(db, now, name, plan)
    place.show(result)


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
    place: Place,
) -> None:
    """Change a world's plan or configuration."""
    configuration = dict(_pair(text) for text in pairs)
    with place.admin() as (admin, db, now):
        result = admin.change_world(
            db, now, name, name=rename, plan=plan, white_list=white_list, configuration=configuration
        )
    place.show(result)


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
def world_delete(name: str, place: Place) -> None:
    """Delete a world; its keys stop working, nothing is erased."""
    with place.admin() as (admin, db, _now):
        admin.delete_world(db, name)
    place.show({"deleted": name})


@world.command("usage")
@world_option
@options
def world_usage(world: str | None, place: Place) -> None:
    """Show the usage of each key in each period."""
    with place.admin() as (admin, db, _now):
        place.show(
            admin.usage_of(db, world),
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
