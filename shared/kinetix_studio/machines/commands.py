"""`kinetix local worker` lets this machine capture for a service elsewhere, `kinetix local machine` lets such machines in."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from kinetix_core.io import files, paths
from kinetix_core.io.output_files import check_free
from kinetix_core.serving.process import forbid_core_dumps
from kinetix_core.values.errors import InputError
from kinetix_local.commands.admin.common import Place, administers, force_option, options

_SAID = ("version", "system", "cores", "refused")


@click.command()
@click.option("--join", "url", required=True, help="Address of the service, https://… or http://….")
@click.option(
    "--token",
    "token_file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with the token that `kinetix local machine add` made.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Captures at the same time.")
@click.option(
    "--max-idle",
    "max_idle_s",
    type=click.FloatRange(0),
    default=0.0,
    help="End after so many seconds without work; 0 is never.",
)
@click.option(
    "--executor",
    help="Let a Dask cluster capture: dask+tls://scheduler:8786, or dask://127.0.0.1:8786 on this machine.",
)
@click.option("--home", type=click.Path(path_type=Path), help="Home folder (default: KINETIX_HOME or yours).")
def worker(
    url: str, token_file: Path, workers: int, max_idle_s: float, executor: str | None, home: Path | None
) -> None:
    """Capture for a service on another machine until stopped. Calls go out only: nothing listens here."""
    from kinetix_studio.machines.joining import join, join_by_dask

    if not url.startswith(("http://", "https://")):
        raise InputError("This is no address of a service.", code="badOption", next_step="Write it like https://host.")
    token = token_file.read_text(encoding="utf-8").strip()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    forbid_core_dumps()
    who = "Captures" if executor is None else "The cluster captures"
    asked: dict[str, Any] = {
        "workers": workers,
        "max_idle_s": max_idle_s,
        "ready": lambda: click.echo(f"{who} for {url}. Ctrl-C stops it."),
    }
    if executor is not None:
        join_by_dask(url, token, executor, **asked)
    else:
        join(url, token, home.absolute() if home else paths.home(), **asked)


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
    from kinetix_studio.machines import store

    check_free([out] if out else [], force=force)
    with place.store() as (_, db, now):
        result = store.add_machine(db, now, name)
    if out is not None:
        files.write(out, result.pop("token") + "\n", private=True)
        result["file"] = str(out)
    place.show(result)
    if not place.as_json and out is None:
        click.echo("Keep it now: it is not shown again.", err=True)


@machine.command("list")
@administers({"name": "name", "joinedAt": "joined (UTC)", **{name: name for name in _SAID}})
def machine_list(admin: Any, db: Any, now: int) -> Any:
    """List the machines, what they said of themselves, and why one was refused."""
    from kinetix_studio.machines import store

    return store.list_machines(db)


@machine.command("remove")
@click.argument("name")
@administers()
def machine_remove(admin: Any, db: Any, now: int, name: str) -> Any:
    """Shut a machine out, by its name or uuid. What it captures now goes to another."""
    from kinetix_studio.machines import store

    store.remove_machine(db, name)
    return {"removed": name}
