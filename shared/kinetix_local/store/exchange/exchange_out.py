"""Export: the whole state as one document."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from kinetix_capture.quality_model import QualityReport
from kinetix_core.io import files
from kinetix_local.store import emotes, processes, worlds
from kinetix_local.store import seal as seals
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.clock import iso
from kinetix_local.store.exchange import exchange_model as model
from kinetix_local.store.library_edits import tags_of
from kinetix_local.store.sql import rows, tables
from kinetix_local.store.sql.rows import AssetRow, BagRow, CategoryRow, KeyRow, ListedEmoteRow, R, UserRow, WorldRow

LARGEST_DOCUMENT = 512 << 20
"""Bytes. What is in it lies in memory several times when it is written and read; files of a larger state lie beside it."""


def export(
    db: Connection, blobs: Blobs, seal: seals.Seal, now: int, *, values: bool, files: Path | None
) -> dict[str, Any]:
    """The document.

    Args:
        values: write the keys themselves, not only their hashes. Such a document is a secret.
        files: a folder that gets the files' contents; None puts them into the document.
    """
    world_uuid = _names(db, tables.worlds, "uuid")
    key_uuid = _names(db, tables.keys, "uuid")
    plan_name = _names(db, tables.plans, "name")
    assets = _all(db, AssetRow, tables.assets)
    tags = tags_of(db, [row.uuid for row in assets])
    stored = db.execute(select(tables.settings.c.name, tables.settings.c.value))
    kept = {name: value for name, value in stored if name in model.Settings.model_fields}
    return {
        "format": "kinetix-local",
        "version": 1,
        "exportedAt": iso(now),
        "settings": kept,
        "plans": [model.Plan.written(row) for row in worlds.all_plans(db)],
        "categories": [model.Category.written(row) for row in _all(db, CategoryRow, tables.categories)],
        "assets": [
            _asset_out(db, blobs, row, world_uuid, files) | ({"tags": tags[row.uuid]} if row.uuid in tags else {})
            for row in assets
        ],
        "worlds": [
            _world_out(db, seal if values else None, row, plan_name, key_uuid)
            for row in _all(db, WorldRow, tables.worlds)
        ],
        "processes": [
            model.Process.written(
                row,
                world=world_uuid[row.world_id],
                user=row.external_id,
                key=key_uuid[row.key_id],
                quality=QualityReport.read(row.quality).plain() or None,
            )
            for row in processes.every(db)
        ],
    }


def _all(db: Connection, kind: type[R], table: Table) -> list[R]:
    return rows.every(db, kind, select(table).order_by(table.c.id))


def _names(db: Connection, table: Table, column: str) -> dict[int, str]:
    return dict(db.execute(select(table.c.id, table.c[column])).all())


def _of(db: Connection, kind: type[R], table: Table, world_id: int) -> list[R]:
    return rows.every(db, kind, select(table).where(table.c.world_id == world_id).order_by(table.c.id))


def _asset_out(
    db: Connection, blobs: Blobs, row: AssetRow, world_uuid: dict[int, str], folder: Path | None
) -> dict[str, Any]:
    made = []
    for file in emotes.files_of(db, [row.id])[row.id]:
        entry = model.File.written(file)
        if file.blob.startswith(("http://", "https://")):
            entry["url"] = file.blob
        elif folder is None:
            entry["data"] = base64.b64encode(b"".join(blobs.read(file.blob))).decode()
        else:
            with files.writing(folder / file.blob) as written:
                for piece in blobs.read(file.blob):
                    written.write(piece)
            entry["path"] = f"{folder.name}/{file.blob}"
        made.append(entry)
    world = None if row.world_id is None else world_uuid.get(row.world_id)
    return model.Asset.written(row, world=world, files=made)


def _world_out(
    db: Connection, seal: seals.Seal | None, row: WorldRow, plan_name: dict[int, str], key_uuid: dict[int, str]
) -> dict[str, Any]:
    bags: dict[int, list[dict[str, Any]]] = {}
    query = (
        select(tables.bag)
        .join(tables.users, tables.users.c.id == tables.bag.c.user_id)
        .where(tables.users.c.world_id == row.id)
        .order_by(tables.bag.c.id)
    )
    for entry in rows.every(db, BagRow, query):
        bags.setdefault(entry.user_id, []).append(model.BagRow.written(entry))
    return model.World.written(
        row,
        plan=plan_name[row.plan_id],
        emotes=[model.ListedEmote.written(entry) for entry in _of(db, ListedEmoteRow, tables.world_emotes, row.id)],
        keys=[_key_out(key, seal) for key in _of(db, KeyRow, tables.keys, row.id)],
        users=[model.User.written(user, bag=bags.get(user.id, [])) for user in _of(db, UserRow, tables.users, row.id)],
        aliases=[model.Alias.written(alias) for alias in worlds.aliases_of(db, row.id)],
        usage=[
            model.Usage.written(
                usage,
                key=key_uuid[usage.key_id],
                plan=plan_name[usage.plan_id],
                periodStart=iso(usage.period_start) if usage.period_start else None,
                lastUsage=None if usage.last_usage is None else iso(usage.last_usage),
            )
            for usage in worlds.usage_rows(db, row.id)
        ],
    )


def _key_out(key: KeyRow, seal: seals.Seal | None) -> dict[str, Any]:
    value = seal.open(key.sealed) if seal is not None else None
    told = model.Key.written(key, **({"value": value} if value is not None else {"hash": key.digest}))
    return {name: entry for name, entry in told.items() if name != "role" or entry is not None}
