"""Import of a whole state, in one transaction: a bad document changes nothing, and the row is named. The way out is beside it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.exc import DataError, IntegrityError

from kinetix_core.io import files
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import Extension
from kinetix_local.store import emotes, process_steps, worlds
from kinetix_local.store import seal as seals
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.cleaning import removals
from kinetix_local.store.clock import month_start
from kinetix_local.store.exchange import exchange_model as model
from kinetix_local.store.exchange.exchange_out import LARGEST_DOCUMENT
from kinetix_local.store.queue import captures
from kinetix_local.store.sql import settings as settings_store
from kinetix_local.store.sql import tables


def load(
    db: Connection, blobs: Blobs, seal: seals.Seal, now: int, source: Path, *, replace: bool = False
) -> dict[str, int]:
    """Import the document at `source` inside the caller's transaction; return how many rows of each kind it had.

    Args:
        replace: forget everything that is here first.

    Raises:
        InputError: with the row that is wrong. The transaction is to be rolled back.
    """
    document = _parse(source)
    if replace:
        for table in reversed(tables.metadata.sorted_tables):
            if table is not tables.going_files:  # a purge may be about to remove them
                db.execute(delete(table))
    return _Import(db, blobs, seal, now, source.parent).run(document)


def _bad(row: str, reason: str) -> InputError:
    return InputError(
        f"The import was refused: {row}.",
        code="badImport",
        detail=reason,
        next_step="Nothing was changed. Correct the row and import again.",
    )


def _parse(source: Path) -> model.Document:
    from pydantic import ValidationError

    if source.stat().st_size > LARGEST_DOCUMENT:
        raise _bad("the document", f"It is larger than {LARGEST_DOCUMENT >> 20} MiB: export with --files.")
    try:
        raw = json.loads(source.read_text(encoding="utf-8"), parse_constant=_no_constant)
        _no_zero(raw, ())
        return model.Document.model_validate(raw)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            first = error.errors(include_url=False, include_input=False)[0]
            raise _bad(model.place(first["loc"]) or "the document", first["msg"]) from error
        raise _bad("the document", f"It is not JSON: {error}") from error


def _providers(row: model.Asset) -> list[dict[str, Any]]:
    if row.providers is not None:
        return row.providers
    return emotes.OFFERED if row.type == "emote" and row.source != "backOffice" else []


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")


def _no_zero(value: Any, location: tuple[int | str, ...]) -> None:
    """PostgreSQL holds no text with a zero character."""
    if isinstance(value, str):
        if "\x00" in value:
            raise _bad(model.place(location), "It contains a zero character.")
    elif isinstance(value, dict):
        for name, part in value.items():
            _no_zero(part, (*location, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _no_zero(part, (*location, index))


class _Import:
    def __init__(self, db: Connection, blobs: Blobs, seal: seals.Seal, now: int, folder: Path) -> None:
        self.db, self.blobs, self.seal, self.now, self.folder = db, blobs, seal, now, folder
        self.plans: dict[str, int] = {}
        self.worlds: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self.users: dict[tuple[int, str], int] = {}
        self.counts: dict[str, int] = {}
        self.put: list[str] = []  # names of blobs

    def run(self, document: model.Document) -> dict[str, int]:
        for name, value in document.settings.model_dump(exclude_none=True).items():
            settings_store.put(self.db, name, value)
        known = {row.name: row.id for row in self.db.execute(select(tables.plans.c.name, tables.plans.c.id))}
        self.plans = known
        self._each("plans", document.plans, self._plan)
        worlds.ensure_plans(self.db, self.now)
        self.plans = {row.name: row.id for row in self.db.execute(select(tables.plans.c.name, tables.plans.c.id))}
        self._each("categories", document.categories, self._category)
        self._each("worlds", document.worlds, self._world)
        self._each("assets", document.assets, self._asset)
        self._each("processes", document.processes, self._process)
        removals.check_there(self.db, self.blobs, self.put)
        settings_store.touch(self.db)
        return self.counts

    def _each(self, kind: str, rows: list[Any], add: Callable[[str, Any], None]) -> None:
        self.counts[kind.rpartition(".")[2]] = self.counts.get(kind.rpartition(".")[2], 0) + len(rows)
        for index, row in enumerate(rows):
            add(f"{kind}[{index}]", row)

    def _insert(self, place: str, table: Table, row: model.Row | None = None, **values: Any) -> int:
        """Insert what the document tells of a row, with `values` besides. Left out, it is new: its uuid, and its time."""
        told = {} if row is None else row.values(table)
        if "uuid" in told:
            told["uuid"] = told["uuid"] or worlds.new_uuid()
        if "created_at" in told and told["created_at"] is None:
            told["created_at"] = self.now
        try:  # without a savepoint: a row that fails ends the whole import
            key: Any = self.db.execute(table.insert(), told | values).inserted_primary_key
        except IntegrityError as error:
            raise _bad(place, "It is here already, or an earlier row of the document has the same identity.") from error
        except (DataError, OverflowError, ValueError) as error:
            raise _bad(place, "The database cannot hold one of its values.") from error
        return int(key[0])

    def _plan(self, place: str, row: model.Plan) -> None:
        if row.name in self.plans:  # the two plans that every service has: the document's limits hold
            limits = row.model_dump(include={"muge_limit", "users_limit", "calls_limit", "monthly"})
            self.db.execute(tables.plans.update().where(tables.plans.c.name == row.name).values(**limits))
            return
        self.plans[row.name] = self._insert(place, tables.plans, row)

    def _category(self, place: str, row: model.Category) -> None:
        self._insert(place, tables.categories, row)

    def _plan_id(self, place: str, name: str) -> int:
        if name not in self.plans:
            raise _bad(f"{place}.plan", f"There is no plan {name}.")
        return self.plans[name]

    def _world(self, place: str, row: model.World) -> None:
        plan, owner = self._plan_id(place, row.plan), row.owner_uuid or worlds.new_uuid()
        world = self._insert(place, tables.worlds, row, owner_uuid=owner, plan_id=plan)
        if row.uuid:
            self.worlds[row.uuid] = world
        self._each(f"{place}.keys", row.keys, lambda where, key: self._key(where, world, key))
        self._each(f"{place}.users", row.users, lambda where, user: self._user(where, world, user))
        self._each(f"{place}.aliases", row.aliases, lambda where, alias: self._alias(where, world, alias))
        for index, listed in enumerate(row.emotes):
            self._insert(f"{place}.emotes[{index}]", tables.world_emotes, listed, world_id=world)
        self._each(f"{place}.usage", row.usage, lambda where, usage: self._usage(where, world, usage))

    def _key(self, place: str, world: int, row: model.Key) -> None:
        uuid = row.uuid or worlds.new_uuid()
        self.keys[uuid] = self._insert(
            place,
            tables.keys,
            row,
            uuid=uuid,
            world_id=world,
            name=row.name[:64],
            digest=row.hash or seals.digest(row.value or ""),
            sealed=self.seal.seal(row.value) if row.value else None,
            hint=f"{row.value[:4]}…{row.value[-4:]}" if row.value else "",
        )

    def _user(self, place: str, world: int, row: model.User) -> None:
        user = self._insert(place, tables.users, row, world_id=world)
        self.users[world, row.external_id] = user
        for index, entry in enumerate(row.bag):
            self._insert(f"{place}.bag[{index}]", tables.bag, entry, user_id=user)

    def _alias(self, place: str, world: int, row: model.Alias) -> None:
        self._insert(place, tables.aliases, row, world_id=world, name_key=row.name.casefold())

    def _usage(self, place: str, world: int, row: model.Usage) -> None:
        if row.key not in self.keys:
            raise _bad(f"{place}.key", "The world has no such key.")
        plan, period = self._plan_id(place, row.plan), 0 if row.period_start is None else month_start(row.period_start)
        ids = {"world_id": world, "plan_id": plan, "key_id": self.keys[row.key]}
        self._insert(place, tables.usages, row, **ids, period_start=period)

    def _world_id(self, place: str, uuid: str | None) -> int | None:
        if uuid is None:
            return None
        if uuid not in self.worlds:
            found = self.db.execute(select(tables.worlds.c.id).where(tables.worlds.c.uuid == uuid)).scalar()
            if found is None:
                raise _bad(f"{place}.world", f"There is no world {uuid}.")
            self.worlds[uuid] = found
        return self.worlds[uuid]

    def _asset(self, place: str, row: model.Asset) -> None:
        world = self._world_id(place, row.world)
        asset = self._insert(place, tables.assets, row, providers=_providers(row), world_id=world)
        for index, tag in enumerate(row.tags):
            self._insert(f"{place}.tags[{index}]", tables.tags, emote_uuid=row.uuid, tag=tag)
        for index, file in enumerate(row.files):
            where = f"{place}.files[{index}]"
            blob, size = self._content(where, file)
            self._insert(where, tables.files, file, asset_id=asset, blob=blob, bytes=size)

    def _content(self, place: str, file: model.File) -> tuple[str, int]:
        if file.url is not None:
            return file.url, 0
        if file.path is not None:
            source = (self.folder / file.path).resolve()
            if not source.is_relative_to(self.folder.resolve()) or not source.is_file():
                raise _bad(f"{place}.path", "There is no such file beside the document.")
            return self._added(source, file.extension)
        temporary = self.blobs.temporary().with_suffix(f".{file.extension}")
        try:
            data = base64.b64decode(file.data or "", validate=True)
            files.write(temporary, data, private=True, durable=False)
            return self._added(temporary, file.extension)
        except binascii.Error as error:
            raise _bad(f"{place}.data", "It is not base64.") from error
        finally:
            temporary.unlink(missing_ok=True)

    def _added(self, source: Path, extension: Extension) -> tuple[str, int]:
        kept = self.blobs.add(source, extension)
        self.put.append(kept[0])
        return kept

    def _process(self, place: str, row: model.Process) -> None:
        world = self._world_id(place, row.world)
        assert world is not None
        user = self.users.get((world, row.user))
        if user is None:
            raise _bad(f"{place}.user", f"The world has no user {row.user}.")
        if row.key not in self.keys:
            raise _bad(f"{place}.key", "The world has no such key.")
        self._insert(
            place,
            tables.processes,
            row,
            world_id=world,
            user_id=user,
            key_id=self.keys[row.key],
            request=row.request.model_dump(by_alias=True, exclude_unset=True),
            quality=row.quality and row.quality.plain(),
            attempts=0,
        )
        if row.step in process_steps.ALIVE and not row.rejected:
            captures.add(self.db, row.uuid, world, user, self.now if row.created_at is None else row.created_at)
