"""`kinetix local user`: users of a world."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_local.commands.admin.common import options, show, store, world_option

__all__ = ["user"]


@click.group()
def user() -> None:
    """Users of a world."""


@user.command("list")
@world_option
@options
def user_list(world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """List the users with the size of their bags."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(admin.list_users(db, world), as_json, {"id": "user", "createdAt": "made (UTC)", "emotesCount": "emotes"})


@user.command("create")
@click.argument("ids", nargs=-1, required=True)
@world_option
@options
def user_create(
    ids: tuple[str, ...], world: str | None, home: Path | None, database: str | None, as_json: bool
) -> None:
    """Make one user or several, all or none."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        result = [admin.add_user(db, now, world, entry) for entry in ids]
    show(result, as_json, {"id": "user", "createdAt": "made (UTC)"})
