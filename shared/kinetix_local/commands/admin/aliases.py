"""`kinetix local alias`: named slots that rotate over emotes."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_local.commands.admin.common import options, show, store, world_option

__all__ = ["alias"]


@click.group()
def alias() -> None:
    """Aliases: named slots that rotate over emotes."""


@alias.command("list")
@world_option
@options
def alias_list(world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """List the aliases."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(
            admin.list_aliases(db, world),
            as_json,
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
    home: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Make an alias for these emotes (uuids)."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        result = admin.add_alias(
            db, now, world, name, list(emotes), interval_ms=interval, start=start, description=description
        )
    show(result, as_json)


@alias.command("delete")
@click.argument("name")
@world_option
@options
def alias_delete(name: str, world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """Delete an alias."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        admin.delete_alias(db, world, name)
    show({"deleted": name}, as_json)
