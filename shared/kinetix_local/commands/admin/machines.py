"""`kinetix local machine`: which machines may capture for this service."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_core.io import files
from kinetix_core.io.output_files import check_free
from kinetix_local.commands.admin.common import Place, force_option, options

__all__ = ["machine"]


@click.group()
def machine() -> None:
    """Machines that capture for this service.

    They run `kinetix local worker`.
    """


@machine.command("add")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the token into this file instead.")
@force_option
@options
def machine_add(name: str, out: Path | None, force: bool, place: Place) -> None:
    """Let a machine in. Its token is shown this once."""
    check_free([out] if out else [], force=force)
    with place.admin() as (admin, db, now):
        result = admin.add_machine(db, now, name)
    if out is not None:
        files.write(out, result.pop("token") + "\n", private=True)
        result["file"] = str(out)
    place.show(result)
    if not place.as_json and out is None:
        click.echo("Keep it now: it is not shown again.", err=True)


@machine.command("list")
@options
def machine_list(place: Place) -> None:
    """List the machines, what they said of themselves, and why one was refused."""
    with place.admin() as (admin, db, _now):
        place.show(
            admin.list_machines(db),
            {
                "name": "name",
                "joinedAt": "joined (UTC)",
                "version": "version",
                "system": "system",
                "cores": "cores",
                "refused": "refused",
            },
        )


@machine.command("remove")
@click.argument("name")
@options
def machine_remove(name: str, place: Place) -> None:
    """Shut a machine out, by its name or uuid. What it captures now goes to another."""
    with place.admin() as (admin, db, _now):
        admin.remove_machine(db, name)
    place.show({"removed": name})
