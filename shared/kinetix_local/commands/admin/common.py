"""What the administrating commands share: their options, the opened store, how a result is shown."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from kinetix_core import paths

__all__ = ["folder", "options", "show", "store", "world_option"]


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--home, --database and --json, which every command here has."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    command = click.option(
        "--database", envvar="KINETIX_LOCAL_DATABASE", help="Database URL (default: SQLite in the home folder)."
    )(command)
    return click.option(
        "--home", type=click.Path(path_type=Path), help="Home folder (default: KINETIX_HOME or yours)."
    )(command)


def world_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--world", help="Name or uuid of the virtual world; needless when there is one.")(command)


def folder(home: Path | None) -> Path:
    return home.absolute() / "local" if home else paths.local()


@contextlib.contextmanager
def store(home: Path | None, database: str | None) -> Iterator[tuple[Any, Any, int]]:
    """The store, one transaction, and now."""
    from kinetix_local.api.instance import Store
    from kinetix_local.store import settings, worlds
    from kinetix_local.store.clock import Clock

    opened = Store(folder(home), database)
    try:
        with opened.database.write() as db:
            offset = settings.load(db).clock_offset_s
            now = Clock(int(offset * 1000)).now()
            worlds.ensure_plans(db, now)
            yield opened, db, now
    finally:
        opened.close()


def show(value: Any, as_json: bool, columns: tuple[str, ...] = ()) -> None:
    """JSON, or a table of the columns (or one line per entry)."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False))
        return
    if not columns:
        for name, entry in (value or {}).items():
            click.echo(f"{name}: {entry}")
        return
    from rich.console import Console
    from rich.table import Column, Table

    # A uuid is there to be copied: it stays in one piece, whatever has to give way.
    table = Table(*(Column(name, overflow="fold", no_wrap=name == "uuid") for name in columns))
    for row in value:
        table.add_row(*("" if row.get(column) is None else str(row[column]) for column in columns))
    Console().print(table)
