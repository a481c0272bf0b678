"""`kinetix local capture`: captures that wait or run."""

from __future__ import annotations

import click

from kinetix_local.commands.admin.common import Place, options


@click.group()
def capture() -> None:
    """Captures that wait or run."""


@capture.command("list")
@options
def capture_list(place: Place) -> None:
    """List what runs, then what waits."""
    with place.admin() as (admin, db, _now):
        place.show(
            admin.list_captures(db),
            {
                "process": "id",
                "name": "name",
                "world": "world",
                "user": "user",
                "stage": "stage",
                "percent": "%",
                "worker": "worker",
                "createdAt": "since (UTC)",
            },
        )


@capture.command("cancel")
@click.argument("process")
@options
def capture_cancel(process: str, place: Place) -> None:
    """Cancel a capture by its id. Its process is rejected."""
    from kinetix_local.webhooks import outbox

    with place.admin() as (admin, db, now):
        outbox.note(db, admin.cancel_capture(db, now, process), "rejected", now)
    place.show({"cancelled": process})
