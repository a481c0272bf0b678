"""`kinetix local alias`: named slots that rotate over emotes."""

from __future__ import annotations

import click

from kinetix_local.commands.admin.common import Place, options, world_option


@click.group()
def alias() -> None:
    """Aliases: named slots that rotate over emotes."""


@alias.command("list")
@world_option
@options
def alias_list(world: str | None, place: Place) -> None:
    """List the aliases."""
    with place.admin() as (admin, db, _now):
        place.show(
            admin.list_aliases(db, world),
            {"name": "name", "emotes": "emotes", "interval": "changes every (ms)", "startDate": "since"},
        )


@alias.command("create")
@click.argument("name")
@click.argument("emotes", nargs=-1)
@click.option("--interval", type=click.IntRange(1), help="Milliseconds that each emote holds.")
@click.option("--start", help="When the first one begins (ISO 8601; default: now).")
@click.option("--description", help="What it is for.")
@world_option
@options
def alias_create(
    name: str,
    emotes: tuple[str, ...],
    interval: int | None,
    start: str | None,
    description: str | None,
    world: str | None,
    place: Place,
) -> None:
    """Make an alias for these emotes (uuids)."""
    with place.admin() as (admin, db, now):
        result = admin.add_alias(
            db, now, world, name, list(emotes), interval_ms=interval, start=start, description=description
        )
    place.show(result)


@alias.command("delete")
@click.argument("name")
@world_option
@options
def alias_delete(name: str, world: str | None, place: Place) -> None:
    """Delete an alias."""
    with place.admin() as (admin, db, _now):
        admin.delete_alias(db, world, name)
    place.show({"deleted": name})
