"""`kinetix local plan`: what a world may use."""

from __future__ import annotations

import click

from kinetix_local.commands.admin.common import Place, options


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
    columns = {
        "name": "name",
        "mugeLimit": "emotes made",
        "totalUsersLimit": "users",
        "callsLimit": "calls",
        "monthly": "each month",
    }
    place.show(rows, columns)


@plan.command("create")
@click.argument("name")
@click.option("--emotes", "emotes_limit", type=click.IntRange(0), help="Most emotes; none is no limit.")
@click.option("--users", "users_limit", type=click.IntRange(0), help="Most users; none is no limit.")
@click.option("--calls", "calls_limit", type=click.IntRange(0), help="Most calls; none is no limit.")
@click.option("--monthly", is_flag=True, help="Count from the first of each month, not over all time.")
@options
def plan_create(
    name: str, emotes_limit: int | None, users_limit: int | None, calls_limit: int | None, monthly: bool, place: Place
) -> None:
    """Make a plan; a limit left out is none."""
    with place.admin() as (admin, db, now):
        result = admin.add_plan(
            db,
            now,
            name,
            emotes_limit=emotes_limit,
            users_limit=users_limit,
            calls_limit=calls_limit,
            monthly=monthly,
        )
    place.show(result)
