"""Export: the whole state as one document."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from kinetix_capture.report.quality_model import QualityReport
from kinetix_core.io import files
from kinetix_local.store import emotes, processes, worlds
from kinetix_local.store import seal as seals
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.clock import iso
from kinetix_local.store.exchange.exchange_model import PROCESS_SAME
from kinetix_local.store.library_edits import tags_of
from kinetix_local.store.sql import rows, tables
from kinetix_local.store.sql.rows import AssetRow, BagRow, CategoryRow, KeyRow, ListedEmoteRow, R, UserRow, WorldRow

__all__ = ["export"]

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
    kept = {name: value for name, value in stored if name != "generation"}
    return {
        "format": "kinetix-local",
        "version": 1,
        "exportedAt": iso(now),
        "settings": kept,
        "plans": [
            {
                "name": row.name,
                "uuid": row.uuid,
                "mugeLimit": row.muge_limit,
                "totalUsersLimit": row.users_limit,
                "callsLimit": row.calls_limit,
                "monthly": row.monthly,
                "createdAt": iso(row.created_at),
            }
            for row in worlds.all_plans(db)
        ],
        "categories": [
            {"name": row.name, "uuid": row.uuid, "parent": row.parent_uuid, "createdAt": iso(row.created_at)}
            for row in _all(db, CategoryRow, tables.categories)
        ],
        "assets": [
            _asset_out(db, blobs, row, world_uuid, files) | ({"tags": tags[row.uuid]} if row.uuid in tags else {})
            for row in assets
        ],
        "worlds": [
            _world_out(db, seal if values else None, row, plan_name, key_uuid)
            for row in _all(db, WorldRow, tables.worlds)
        ],
        "processes": [
            {
                "uuid": row.uuid,
                "world": world_uuid[row.world_id],
                "user": row.external_id,
                "key": key_uuid[row.key_id],
                **{name: getattr(row, name) for name in PROCESS_SAME},
                "request": row.request,
                "quality": QualityReport.read(row.quality).plain() or None,
                "mlReturnCode": row.return_code,
                "fastML": row.fast_ml,
                "postMLError": row.post_ml_error,
                "errorMessage": row.error_message,
                "failure": row.failure,
                "createdAt": iso(row.created_at),
                "lastUpdateAt": _iso(row.updated_at),
                "mlStartedAt": _iso(row.ml_started_at),
                "mlEndedAt": _iso(row.ml_ended_at),
                "endedAt": _iso(row.ended_at),
            }
            for row in processes.every(db)
        ],
    }


def _all(db: Connection, kind: type[R], table: Table) -> list[R]:
    return rows.every(db, kind, select(table).order_by(table.c.id))


def _names(db: Connection, table: Table, column: str) -> dict[int, str]:
    return dict(db.execute(select(table.c.id, table.c[column])).all())


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)


def _of(db: Connection, kind: type[R], table: Table, world_id: int) -> list[R]:
    return rows.every(db, kind, select(table).where(table.c.world_id == world_id).order_by(table.c.id))


def _asset_out(
    db: Connection, blobs: Blobs, row: AssetRow, world_uuid: dict[int, str], folder: Path | None
) -> dict[str, Any]:
    made = []
    for file in emotes.files_of(db, [row.id])[row.id]:
        entry = {
            "name": file.name,
            "extension": file.extension,
            "avatar": file.avatar_uuid,
            "createdAt": iso(file.created_at),
        }
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
    return {
        "uuid": row.uuid,
        "name": row.name,
        "type": row.type,
        "source": row.source,
        "metadata": row.metadata,
        "providers": row.providers,
        "categories": row.categories,
        "world": None if row.world_id is None else world_uuid.get(row.world_id),
        "createdAt": iso(row.created_at),
        "files": made,
    }


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
        bags.setdefault(entry.user_id, []).append(
            {
                "emote": entry.emote_uuid,
                "isUGE": entry.is_uge,
                "isDeleted": entry.is_deleted,
                "deletedAt": _iso(entry.deleted_at),
                "deletedBy": entry.deleted_by,
                "deletionReason": entry.deletion_reason,
                "validatedAt": _iso(entry.validated_at),
                "validatedBy": entry.validated_by,
                "moderation": entry.moderation,
                "createdAt": iso(entry.created_at),
            }
        )
    return {
        "name": row.name,
        "uuid": row.uuid,
        "owner": row.owner_uuid,
        "plan": plan_name[row.plan_id],
        "configuration": row.configuration,
        "whiteList": row.white_list,
        "isDeleted": row.is_deleted,
        "createdAt": iso(row.created_at),
        "emotes": [
            {"uuid": entry.emote_uuid, "createdAt": iso(entry.created_at)}
            for entry in _of(db, ListedEmoteRow, tables.world_emotes, row.id)
        ],
        "keys": [_key_out(key, seal) for key in _of(db, KeyRow, tables.keys, row.id)],
        "users": [
            {"id": user.external_id, "createdAt": iso(user.created_at), "bag": bags.get(user.id, [])}
            for user in _of(db, UserRow, tables.users, row.id)
        ],
        "aliases": [
            {
                "name": alias.name,
                "uuid": alias.uuid,
                "description": alias.description,
                "categories": alias.categories,
                "mature": alias.mature,
                "emotes": alias.emotes,
                "startDate": _iso(alias.start_at),
                "interval": alias.interval_ms,
                "createdAt": iso(alias.created_at),
            }
            for alias in worlds.aliases_of(db, row.id)
        ],
        "usage": [
            {
                "key": key_uuid[usage.key_id],
                "plan": plan_name[usage.plan_id],
                "periodStart": _iso(usage.period_start or None),
                "users": usage.users,
                "uge": usage.uge,
                "calls": usage.calls,
                "lastUsage": _iso(usage.last_usage),
                "createdAt": iso(usage.created_at),
            }
            for usage in worlds.usage_rows(db, row.id)
        ],
    }


def _key_out(key: KeyRow, seal: seals.Seal | None) -> dict[str, Any]:
    value = seal.open(key.sealed) if seal is not None else None
    return {
        "uuid": key.uuid,
        "name": key.name,
        **({"value": value} if value is not None else {"hash": key.digest}),
        "canRead": key.can_read,
        "canWrite": key.can_write,
        **({} if key.role is None else {"role": key.role}),
        "expire": _iso(key.expires_at),
        "isDeleted": key.is_deleted,
        "createdAt": iso(key.created_at),
    }
