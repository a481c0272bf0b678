"""`kinetix local worker`: lets this machine capture for a service elsewhere."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from kinetix_core.io import paths
from kinetix_core.serving import core_dumps
from kinetix_core.values.errors import InputError

__all__ = ["worker"]


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
    from kinetix_local.queue.joining import join, join_by_dask

    if not url.startswith(("http://", "https://")):
        raise InputError("This is no address of a service.", code="badOption", next_step="Write it like https://host.")
    token = token_file.read_text(encoding="utf-8").strip()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    core_dumps.none_from_here()
    if executor is not None:
        join_by_dask(
            url,
            token,
            executor,
            workers=workers,
            max_idle_s=max_idle_s,
            ready=lambda: click.echo(f"The cluster captures for {url}. Ctrl-C stops it."),
        )
        return
    join(
        url,
        token,
        home.absolute() if home else paths.home(),
        workers=workers,
        max_idle_s=max_idle_s,
        ready=lambda: click.echo(f"Captures for {url}. Ctrl-C stops it."),
    )
