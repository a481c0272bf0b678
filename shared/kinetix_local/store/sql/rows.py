"""Typed rows of queries. A test compares those of whole tables with store/tables.py.

Times are milliseconds since 1970, sizes are bytes. A row that only one query returns stands beside that query.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, CursorResult, Select
from sqlalchemy.sql.dml import ReturningDelete

Json = dict[str, Any]
R = TypeVar("R", bound=NamedTuple)
Query = Select[Any] | ReturningDelete[Any]


def every(db: Connection, kind: type[R], query: Select[Any], values: Mapping[str, Any] | None = None) -> list[R]:
    """The rows that `query` finds, as `kind`; `values` are those of its parameters.

    Raises:
        TypeError: the query selects other columns than `kind` has fields, or in another order.
    """
    return [kind._make(row) for row in _result(db, kind, query, values).all()]


def first(db: Connection, kind: type[R], query: Query, values: Mapping[str, Any] | None = None) -> R | None:
    """`values` are those of the query's parameters."""
    row = _result(db, kind, query, values).first()
    return None if row is None else kind._make(row)


def one(db: Connection, kind: type[R], query: Select[Any]) -> R:
    return kind._make(_result(db, kind, query).one())


def _result(db: Connection, kind: type[R], query: Query, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    result = db.execute(query, values)
    columns = tuple(result.keys())
    if columns != kind._fields:
        result.close()
        raise TypeError(f"{kind.__name__} has the fields {kind._fields}, its query the columns {columns}")
    return result


class PlanRow(NamedTuple):
    id: int
    uuid: str
    name: str
    muge_limit: int | None
    users_limit: int | None
    calls_limit: int | None
    monthly: bool
    created_at: int


class WorldRow(NamedTuple):
    id: int
    uuid: str
    name: str
    owner_uuid: str
    plan_id: int
    configuration: Json
    white_list: bool
    is_deleted: bool
    created_at: int


class KeyRow(NamedTuple):
    id: int
    uuid: str
    world_id: int
    name: str
    digest: str
    sealed: str | None
    hint: str
    can_read: bool
    can_write: bool
    expires_at: int | None
    is_deleted: bool
    created_at: int
    role: str | None


class UserRow(NamedTuple):
    id: int
    world_id: int
    external_id: str
    created_at: int


class AssetRow(NamedTuple):
    id: int
    uuid: str
    name: str
    type: str
    source: str | None
    metadata: Json
    providers: list[Json]
    categories: list[Any]
    world_id: int | None
    created_at: int


class FileRow(NamedTuple):
    id: int
    asset_id: int
    avatar_uuid: str | None
    name: str
    extension: str
    blob: str
    bytes: int
    created_at: int


class BagRow(NamedTuple):
    id: int
    user_id: int
    emote_uuid: str
    is_uge: bool
    is_deleted: bool
    deleted_at: int | None
    deleted_by: str | None
    deletion_reason: str | None
    validated_at: int | None
    validated_by: str | None
    moderation: Json | None
    created_at: int


class ListedEmoteRow(NamedTuple):
    """One emote of a world's own list."""

    id: int
    world_id: int
    emote_uuid: str
    created_at: int


class MachineRow(NamedTuple):
    id: int
    uuid: str
    name: str
    digest: str
    statement: Json | None
    refused: str | None
    seen_at: int | None
    is_deleted: bool
    created_at: int


class CategoryRow(NamedTuple):
    id: int
    uuid: str
    name: str
    parent_uuid: str | None
    created_at: int


class AliasRow(NamedTuple):
    id: int
    uuid: str
    world_id: int
    name: str
    name_key: str
    description: str | None
    categories: list[Any]
    mature: bool | None
    emotes: list[str]
    start_at: int | None
    interval_ms: int | None
    created_at: int


class TokenRow(NamedTuple):
    uuid: str
    world_id: int
    key_id: int
    user_id: int
    parent: str | None
    metadata: Json | None
    expires_at: int
    created_at: int


class ProcessRow(NamedTuple):
    """A process with the game's own id of the user, `external_id`."""

    id: int
    uuid: str
    world_id: int
    user_id: int
    key_id: int
    token: str | None
    name: str
    emote: str
    animation: str
    video: str
    parent: str | None
    step: str
    progression: int
    maturity: bool
    validated: bool
    rejected: bool
    return_code: int | None
    fast_ml: bool | None
    post_ml_error: bool | None
    error_message: str | None
    failure: dict[str, Any] | None
    metadata: Json | None
    request: Json
    quality: Json | None
    attempts: int
    capture_seconds: float | None
    created_at: int
    updated_at: int | None
    ml_started_at: int | None
    ml_ended_at: int | None
    ended_at: int | None
    external_id: str


class UsageRow(NamedTuple):
    id: int
    world_id: int
    plan_id: int
    key_id: int
    period_start: int
    users: int
    uge: int
    calls: int
    last_usage: int | None
    created_at: int


class DeliveryRow(NamedTuple):
    id: int
    uuid: str
    world_id: int
    key_id: int
    process: str
    status: str
    url: str
    body: str
    state: str
    attempts: list[Json]
    next_at: int | None
    created_at: int
    ended_at: int | None
    sender: str | None
