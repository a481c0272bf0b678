"""Common parts of the administration commands: options, the opened store, output."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from kinetix_core.command_line.printed_table import print_table
from kinetix_core.io import paths

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kinetix_local.api.instance import Store

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


force_option = click.option("--force", is_flag=True, help="Replace a file that exists.")


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --home, --database and --json; it gets them as `place`."""

    @click.option("--home", type=click.Path(path_type=Path), help="Home folder (default: KINETIX_HOME or yours).")
    @click.option(
        "--database",
        envvar="KINETIX_LOCAL_DATABASE",
        show_envvar=True,
        help="Database URL (default: SQLite in the home folder).",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(command)
    def run(home: Path | None, database: str | None, as_json: bool, **given: Any) -> None:
        command(place=Place(home, database, as_json), **given)

    return run


def administers(columns: Mapping[str, str] | None = None) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Turn a function of the administration, a transaction and now into a command that shows the result (`Place.show`)."""

    def command_of(function: Callable[..., Any]) -> Callable[..., None]:
        @options
        @functools.wraps(function)
        def command(place: Place, **given: Any) -> None:
            with place.admin() as opened:
                result = function(*opened, **given)
            place.show(result, columns)

        return command

    return command_of


def world_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--world", help="Name or uuid of the virtual world; needless when there is one.")(command)


@dataclass(frozen=True)
class Place:
    """The service that a command administers, running or not, and the form of its output."""

    home: Path | None
    database: str | None
    as_json: bool

    @property
    def folder(self) -> Path:
        return self.home.absolute() / "local" if self.home else paths.local()

    @contextlib.contextmanager
    def opened(self) -> Iterator[tuple[Store, int]]:
        """The store, and now."""
        from kinetix_local.api.instance import Store
        from kinetix_local.store.clock import Clock
        from kinetix_local.store.sql import settings

        shared, storage = os.environ.get("KINETIX_LOCAL_SHARED"), os.environ.get("KINETIX_LOCAL_STORAGE")
        opened = Store(self.folder, self.database, shared=Path(shared) if shared else None, storage=storage)
        try:
            with opened.database.read() as db:
                clock = Clock(int(settings.load(db).clock_offset_s * 1000))
                if (now := opened.database.now(db)) is not None:
                    clock.follow(now)
            yield opened, clock.now()
        finally:
            opened.close()

    @contextlib.contextmanager
    def store(self) -> Iterator[tuple[Store, Connection, int]]:
        """The store, one transaction, and now."""
        from kinetix_local.store import worlds

        with self.opened() as (opened, now), opened.database.write() as db:
            worlds.ensure_plans(db, now)
            yield opened, db, now

    @contextlib.contextmanager
    def admin(self) -> Iterator[tuple[ModuleType, Connection, int]]:
        """The functions for administration, which take long to import, one transaction, and now."""
        from kinetix_local.store import admin

        with self.store() as (_, db, now):
            yield admin, db, now

    def show(self, value: Any, columns: Mapping[str, str] | None = None) -> None:
        """Print JSON, or a table (key of a row → heading), or one line per entry."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False))
            return
        if columns is None:
            for name, entry in (value or {}).items():
                click.echo(f"{name}: {_text(entry)}")
            return
        if not value:
            click.echo("None.")
            return
        print_table(list(columns.values()), ([_text(row.get(name)) for name in columns] for row in value))


def _text(value: Any) -> str:
    """Format a value for people: no braces, no None, times without fractions."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(entry) or 'no'}" for name, entry in value.items())
    if isinstance(value, list):
        return ", ".join(_text(entry) for entry in value)
    text = str(value)
    return f"{text[:10]} {text[11:16]}" if _TIME.fullmatch(text) else text
