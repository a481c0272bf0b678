"""`kinetix local capture|audit`: captures that wait or run, and who administered what."""

from __future__ import annotations

from typing import Any

import click

from kinetix_local.commands.admin.common import Place, administers, options

_CAPTURES = {
    "process": "id",
    "name": "name",
    "world": "world",
    "user": "user",
    "stage": "stage",
    "percent": "%",
    "worker": "worker",
    "createdAt": "since (UTC)",
}


@click.group()
def capture() -> None:
    """Captures that wait or run."""


@capture.command("list")
@administers(_CAPTURES)
def capture_list(admin: Any, db: Any, now: int) -> Any:
    """List what runs, then what waits."""
    return admin.list_captures(db)


@capture.command("cancel")
@click.argument("process")
@options
def capture_cancel(process: str, place: Place) -> None:
    """Cancel a capture by its id. Its process is rejected."""
    from kinetix_local.webhooks import outbox

    with place.admin() as (admin, db, now):
        outbox.note(db, admin.cancel_capture(db, now, process), "rejected", now)
    place.show({"cancelled": process})


@click.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Entries, newest first.")
@administers({"at": "when (UTC)", "actor": "who", "action": "what", "details": "details"})
def audit(admin: Any, db: Any, now: int, limit: int) -> Any:
    """Show the administrators' actions.

    These are changes to worlds, keys, machines, aliases, avatars and plans, and purges.
    """
    return admin.list_audit(db, limit)
