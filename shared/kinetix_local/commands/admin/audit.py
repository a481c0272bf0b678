"""`kinetix local audit`: who administered what."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_local.commands.admin.common import options, show, store

__all__ = ["audit"]


@click.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Entries, newest first.")
@options
def audit(limit: int, home: Path | None, database: str | None, as_json: bool) -> None:
    """Show who administered what: worlds, keys, machines, aliases, avatars, plans, purges."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        columns = {"at": "when (UTC)", "actor": "who", "action": "what", "details": "details"}
        show(admin.list_audit(db, limit), as_json, columns)
