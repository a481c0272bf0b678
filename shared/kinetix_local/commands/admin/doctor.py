"""`kinetix local doctor`: whether the state of the service is what was written, and what to do when it is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from kinetix_core.values.errors import KinetixError
from kinetix_local.commands.admin.common import folder, options, show

__all__ = ["doctor"]


@click.command()
@click.option("--fix", is_flag=True, help="Move aside what is damaged, so that the service starts anew.")
@options
def doctor(fix: bool, home: Path | None, database: str | None, as_json: bool) -> None:
    """Look for damage, and whether object storage answers; nothing is deleted, and --fix says what a new start will not have."""
    from kinetix_local.store import damage
    from kinetix_local.store.blobs.address import FOLDER

    place = folder(home)
    found = damage.look(place, own_database=database is None)
    moved = _fix(place, found) if fix and found else {}
    rows: list[dict[str, Any]] = [
        {
            "name": row.name,
            "reason": row.reason,
            "lost": row.lost,
            "movedTo": moved.get(row.name, []),
        }
        for row in found
    ]
    storage = os.environ.get("KINETIX_LOCAL_STORAGE")
    storage = None if storage == FOLDER else storage
    wrong = _storage(storage) if storage else None
    if as_json:
        told = {"storage": {"ok": wrong is None, **(wrong.as_dict() if wrong else {})}} if storage else {}
        show({"folder": str(place), "damage": rows, **told}, as_json)
        return
    if not rows:
        click.echo(f"{place}: sound")
    for row in rows:
        click.echo(f"{row['name']}: {row['reason']}. Lost with it: {row['lost']}.")
        for target in row["movedTo"]:
            click.echo(f"  kept as {target}")
        if not fix:
            click.echo("  `kinetix local doctor --fix` moves it aside; or put back a copy of your own first.")
    if wrong is not None:
        click.echo(f"storage: {wrong.title} {wrong.detail}")
        click.echo(f"  {wrong.next_step}")
    elif storage:
        click.echo("storage: sound")


def _storage(storage: str) -> KinetixError | None:
    """Return what is wrong with the object storage, or None."""
    from kinetix_local.store.blobs import opening

    try:
        opening.try_out(storage)
    except KinetixError as error:
        return error
    return None


def _fix(place: Path, found: list[Any]) -> dict[str, list[str]]:
    from kinetix_local.api.listening.server import take_folder
    from kinetix_local.store import damage

    lock = take_folder(place)
    try:
        return {row.name: [str(path) for path in damage.move_aside(place, row)] for row in found}
    finally:
        lock.release()
