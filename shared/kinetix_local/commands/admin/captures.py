"""`kinetix local capture`: captures that wait or run."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_local.commands.admin.common import options, show, store

__all__ = ["capture"]


@click.group()
def capture() -> None:
    """Captures that wait or run."""


@capture.command("list")
@options
def capture_list(home: Path | None, database: str | None, as_json: bool) -> None:
    """List what runs, then what waits."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(
            admin.list_captures(db),
            as_json,
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
def capture_cancel(process: str, home: Path | None, database: str | None, as_json: bool) -> None:
    """Cancel a capture by its id. Its process is rejected."""
    from kinetix_local.store import admin
    from kinetix_local.webhooks import outbox

    with store(home, database) as (_, db, now):
        outbox.note(db, admin.cancel_capture(db, now, process), "rejected", now)
    show({"cancelled": process}, as_json)
