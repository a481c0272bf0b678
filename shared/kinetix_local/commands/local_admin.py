"""`kinetix local world|key|user|alias|plan|avatar|export|import|sign-in`: administration on the database, service running or not."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from kinetix_core import paths
from kinetix_core.errors import InputError, KinetixError

__all__ = ["COMMANDS"]

Json = dict[str, Any]


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
    from kinetix_local.api.service import Store
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


# --- world ---


@click.group()
def world() -> None:
    """Virtual worlds: what a key belongs to."""


@world.command("list")
@options
def world_list(home: Path | None, database: str | None, as_json: bool) -> None:
    """List the worlds with their plan and use."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        show(admin.list_worlds(db, now), as_json, ("name", "uuid", "plan", "usage", "isDeleted"))


@world.command("create")
@click.argument("name")
@click.option("--plan", default="Unlimited", show_default=True)
@options
def world_create(name: str, plan: str, home: Path | None, database: str | None, as_json: bool) -> None:
    """Make a world."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        result = admin.add_world(db, now, name, plan)
    show(result, as_json)


@world.command("set")
@click.argument("name", required=False)
@click.option("--rename", help="A new name.")
@click.option("--plan", help="Another plan.")
@click.option("--white-list/--no-white-list", default=None, help="Whether only listed emotes may be given.")
@click.option(
    "--config", "pairs", multiple=True, help="KEY=JSON of the configuration, e.g. maxEmotes=5; null removes it."
)
@options
def world_set(
    name: str | None,
    rename: str | None,
    plan: str | None,
    white_list: bool | None,
    pairs: tuple[str, ...],
    home: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Change a world's plan or configuration."""
    from kinetix_local.store import admin

    configuration = dict(_pair(text) for text in pairs)
    with store(home, database) as (_, db, now):
        result = admin.change_world(
            db, now, name, name=rename, plan=plan, white_list=white_list, configuration=configuration
        )
    show(result, as_json)


def _pair(text: str) -> tuple[str, Any]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise InputError(f"“{text}” is not KEY=VALUE.", code="badOption", next_step="Write it like maxEmotes=5.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@world.command("delete")
@click.argument("name")
@options
def world_delete(name: str, home: Path | None, database: str | None, as_json: bool) -> None:
    """Delete a world; its keys stop working, nothing is erased."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        admin.delete_world(db, name)
    show({"deleted": name}, as_json)


@world.command("usage")
@world_option
@options
def world_usage(world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """What each key used in each period."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(
            admin.usage_of(db, world),
            as_json,
            ("periodStart", "key", "users", "uge", "mae", "maeu", "calls", "lastUsage"),
        )


# --- key ---


@click.group()
def key() -> None:
    """API keys of a world."""


@key.command("list")
@world_option
@options
def key_list(world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """List the keys; their values are not shown."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(
            admin.list_keys(db, world), as_json, ("uuid", "name", "hint", "canRead", "canWrite", "expire", "isDeleted")
        )


@key.command("create")
@world_option
@click.option("--name", default="", help="For you to tell keys apart.")
@click.option("--read/--no-read", "can_read", default=True)
@click.option("--write/--no-write", "can_write", default=True)
@click.option("--expire", help="ISO 8601 day or time.")
@options
def key_create(
    world: str | None,
    name: str,
    can_read: bool,
    can_write: bool,
    expire: str | None,
    home: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Make a key. Its value is shown this once."""
    from kinetix_local.store import admin

    with store(home, database) as (opened, db, now):
        result = admin.add_key(
            db, opened.seal, now, world, name=name, can_read=can_read, can_write=can_write, expire=expire
        )
    show(result, as_json)
    if not as_json:
        click.echo("Keep it now: it is not shown again.", err=True)


@key.command("delete")
@click.argument("uuid")
@options
def key_delete(uuid: str, home: Path | None, database: str | None, as_json: bool) -> None:
    """Delete a key (by its uuid)."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        admin.delete_key(db, uuid)
    show({"deleted": uuid}, as_json)


# --- user ---


@click.group()
def user() -> None:
    """Users of a world."""


@user.command("list")
@world_option
@options
def user_list(world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """List the users with the size of their bags."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(admin.list_users(db, world), as_json, ("id", "createdAt", "emotesCount"))


@user.command("create")
@click.argument("ids", nargs=-1, required=True)
@world_option
@options
def user_create(
    ids: tuple[str, ...], world: str | None, home: Path | None, database: str | None, as_json: bool
) -> None:
    """Make one user or several, all or none."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        result = [admin.add_user(db, now, world, entry) for entry in ids]
    show(result, as_json, ("id", "createdAt"))


# --- alias ---


@click.group()
def alias() -> None:
    """Aliases: named slots that rotate over emotes."""


@alias.command("list")
@world_option
@options
def alias_list(world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """List the aliases."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(admin.list_aliases(db, world), as_json, ("name", "emotes", "interval", "startDate"))


@alias.command("create")
@click.argument("name")
@click.argument("emotes", nargs=-1)
@click.option("--interval", type=click.IntRange(1), help="Milliseconds that each emote holds.")
@click.option("--start", help="When the first one begins (ISO 8601; default: now).")
@click.option("--description")
@world_option
@options
def alias_create(
    name: str,
    emotes: tuple[str, ...],
    interval: int | None,
    start: str | None,
    description: str | None,
    world: str | None,
    home: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Make an alias for these emotes (uuids)."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        result = admin.add_alias(
            db, now, world, name, list(emotes), interval_ms=interval, start=start, description=description
        )
    show(result, as_json)


@alias.command("delete")
@click.argument("name")
@world_option
@options
def alias_delete(name: str, world: str | None, home: Path | None, database: str | None, as_json: bool) -> None:
    """Delete an alias."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        admin.delete_alias(db, world, name)
    show({"deleted": name}, as_json)


# --- plan ---


@click.group()
def plan() -> None:
    """Plans: what a world may use."""


@plan.command("list")
@options
def plan_list(home: Path | None, database: str | None, as_json: bool) -> None:
    """List the plans."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(admin.list_plans(db), as_json, ("name", "mugeLimit", "totalUsersLimit", "callsLimit", "monthly"))


@plan.command("create")
@click.argument("name")
@click.option("--emotes", "emotes_limit", type=click.IntRange(0))
@click.option("--users", "users_limit", type=click.IntRange(0))
@click.option("--calls", "calls_limit", type=click.IntRange(0))
@click.option("--monthly", is_flag=True, help="Count from the first of each month, not over all time.")
@options
def plan_create(
    name: str,
    emotes_limit: int | None,
    users_limit: int | None,
    calls_limit: int | None,
    monthly: bool,
    home: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Make a plan; a limit left out is none."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, now):
        result = admin.add_plan(
            db,
            now,
            name,
            emotes_limit=emotes_limit,
            users_limit=users_limit,
            calls_limit=calls_limit,
            monthly=monthly,
        )
    show(result, as_json)


# --- avatar ---


@click.group()
def avatar() -> None:
    """Characters that every new emote is also made for."""


@avatar.command("list")
@options
def avatar_list(home: Path | None, database: str | None, as_json: bool) -> None:
    """List the characters."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        show(admin.list_avatars(db), as_json, ("uuid", "name", "createdAt"))


@avatar.command("add")
@click.argument("character", type=click.Path(path_type=Path))
@click.option("--name", help="Default: the file's name.")
@click.option("--world", help="Only for this world (default: every one).")
@options
def avatar_add(
    character: Path, name: str | None, world: str | None, home: Path | None, database: str | None, as_json: bool
) -> None:
    """Register a character: a GLB or VRM with the bones of a person, or an FBX where Blender is installed."""
    from kinetix_local.store import admin

    with store(home, database) as (opened, db, now):
        result = admin.add_avatar(db, opened.blobs, now, world, character, name or character.stem)
    show(result, as_json)


@avatar.command("remove")
@click.argument("uuid")
@options
def avatar_remove(uuid: str, home: Path | None, database: str | None, as_json: bool) -> None:
    """Forget a character; emotes keep their files."""
    from kinetix_local.store import admin

    with store(home, database) as (_, db, _now):
        admin.delete_avatar(db, uuid)
    show({"removed": uuid}, as_json)


# --- export, import, sign-in ---


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="Write the keys' values. The file is a secret then.")
@click.option("--files", "beside", is_flag=True, help="Put the files into a folder beside the document, not into it.")
@options
def export_(file: Path, with_keys: bool, beside: bool, home: Path | None, database: str | None, as_json: bool) -> None:
    """Write the whole state as one JSON document (docs/local.md)."""
    from kinetix_local.store import exchange

    with store(home, database) as (opened, db, now):
        place = file.with_name(f"{file.stem}-files") if beside else None
        document = exchange.export(db, opened.blobs, opened.seal, now, values=with_keys, files=place)
    paths.write_private(file, json.dumps(document, ensure_ascii=False, indent=1))
    counts = {name: len(document[name]) for name in ("plans", "worlds", "categories", "assets", "processes")}
    show({"file": str(file), **counts}, as_json)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Forget everything that is here first.")
@options
def import_(file: Path, replace: bool, home: Path | None, database: str | None, as_json: bool) -> None:
    """Take over a document; a bad one is refused whole, with the row that is wrong."""
    from kinetix_local.store import exchange

    if not file.is_file():
        raise InputError(f"There is no file {file}.", code="fileNotFound", next_step="Check the path.")
    with store(home, database) as (opened, db, now):
        result = exchange.load(db, opened.blobs, opened.seal, now, file, replace=replace)
    show(result, as_json)


@click.command("sign-in")
@options
def sign_in(home: Path | None, database: str | None, as_json: bool) -> None:
    """Print a link that opens the library page, once, within five minutes."""
    import requests

    place = folder(home) / "serve.json"
    try:
        info = json.loads(place.read_text(encoding="utf-8"))
        answer = requests.post(
            f"{info['url']}/_local/sign-in-links", headers={"authorization": f"Bearer {info['adminToken']}"}, timeout=10
        )
        url = str(answer.json()["url"])
    except (OSError, ValueError, KeyError) as error:
        raise KinetixError(
            "Kinetix Local does not run here.", code="notRunning", next_step="Start it with `kinetix local serve`."
        ) from error
    show({"url": url}, as_json)


COMMANDS: tuple[click.Command, ...] = (world, key, user, alias, plan, avatar, export_, import_, sign_in)
