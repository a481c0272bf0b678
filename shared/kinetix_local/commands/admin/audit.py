"""`kinetix local audit`: who administered what."""

from __future__ import annotations

import click

from kinetix_local.commands.admin.common import Place, options


@click.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Entries, newest first.")
@options
def audit(limit: int, place: Place) -> None:
    """Show the administrators' actions.

    These are changes to worlds, keys, machines, aliases, avatars and plans, and purges.
    """
    with place.admin() as (admin, db, _now):
        columns = {"at": "when (UTC)", "actor": "who", "action": "what", "details": "details"}
        place.show(admin.list_audit(db, limit), columns)
