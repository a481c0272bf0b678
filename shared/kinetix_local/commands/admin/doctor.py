"""`kinetix local doctor`: damaged state, object storage, and what a capture needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from kinetix_core.serving.capture_installation import capture_problem
from kinetix_core.values.errors import KinetixError
from kinetix_local.commands.admin.common import Place, options


@click.command()
@click.option("--fix", is_flag=True, help="Move aside what is damaged, so that the service starts anew.")
@options
def doctor(fix: bool, place: Place) -> None:
    """Look for damage, and check object storage and the capture. Nothing is deleted; --fix lists what is lost."""
    from kinetix_local.store import damage
    from kinetix_local.store.blobs.opening import FOLDER

    found = damage.look(place.folder, own_database=place.database is None)
    moved = _fix(place.folder, found) if fix and found else {}
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
    capture = capture_problem()
    if place.as_json:
        told = {"storage": _verdict(wrong)} if storage else {}
        place.show({"folder": str(place.folder), "damage": rows, "capture": _verdict(capture), **told})
        return
    if not rows:
        click.echo(f"{place.folder}: sound")
    for row in rows:
        click.echo(f"{row['name']}: {row['reason']}. Lost with it: {row['lost']}.")
        for target in row["movedTo"]:
            click.echo(f"  kept as {target}")
        if not fix:
            click.echo("  `kinetix local doctor --fix` moves it aside; or put back a copy of your own first.")
    click.echo("capture: ready" if capture is None else f"capture: {capture.title}\n  {capture.next_step}")
    if wrong is not None:
        click.echo(f"storage: {wrong.title} {wrong.detail}")
        click.echo(f"  {wrong.next_step}")
    elif storage:
        click.echo("storage: sound")


def _verdict(problem: KinetixError | None) -> dict[str, Any]:
    return {"ok": problem is None, **(problem.as_dict() if problem else {})}


def _storage(storage: str) -> KinetixError | None:
    """Return what is wrong with the object storage, or None."""
    from kinetix_local.store.blobs import opening

    try:
        opening.object_storage().try_out(storage)
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
