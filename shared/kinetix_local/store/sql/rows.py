"""Rows of the tables, whose columns are made from them (tables.py), and queries that give typed rows.

Times are milliseconds since 1970, sizes are bytes. A row that only one query returns stands beside that query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar

from sqlalchemy import BigInteger, Connection, CursorResult, Select
from sqlalchemy.sql.dml import ReturningDelete

from kinetix_local.store.sql.columns import String


class Refers(NamedTuple):
    """Marks a column that holds an `id` of another table."""

    table: str


Json = dict[str, Any]
_Large = Annotated[int, BigInteger]
_Uuid = Annotated[str, String(36)]
_Short = Annotated[str, String(16)]
_Name = Annotated[str, String(64)]
_World = Annotated[int, Refers("worlds")]
_Plan = Annotated[int, Refers("plans")]
_Key = Annotated[int, Refers("keys")]
_User = Annotated[int, Refers("users")]
_INDEX, _UNIQUE, _PRIMARY = "index", "unique", "primary_key"
_BATCH = 500  # values of one IN list
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


def parts(values: Collection[str]) -> Iterable[list[str]]:
    """As many as one IN list may have at a time."""
    whole = list(values)
    return (whole[start : start + _BATCH] for start in range(0, len(whole), _BATCH))


class PlanRow(NamedTuple):
    """A limit of None is none."""

    id: int
    uuid: _Uuid
    name: Annotated[_Name, _UNIQUE]
    muge_limit: int | None
    users_limit: int | None
    calls_limit: int | None
    monthly: bool
    created_at: int


class WorldRow(NamedTuple):
    id: int
    uuid: _Uuid
    name: _Name
    owner_uuid: _Uuid
    plan_id: _Plan
    configuration: Json
    white_list: bool
    is_deleted: bool
    created_at: int


class KeyRow(NamedTuple):
    """`sealed` is None where an import knew only the digest: such a key cannot sign webhooks. A game's key has no `role`."""

    id: int
    uuid: _Uuid
    world_id: Annotated[_World, _INDEX]
    name: _Name
    digest: Annotated[_Name, _UNIQUE]
    sealed: str | None
    hint: _Short
    can_read: bool
    can_write: bool
    expires_at: int | None
    is_deleted: bool
    created_at: int
    role: _Short | None


class UserRow(NamedTuple):
    id: int
    world_id: _World
    external_id: str
    created_at: int


class AssetRow(NamedTuple):
    """`world_id` is the world that made it; None for studio emotes, which every world sees."""

    id: int
    uuid: _Uuid
    name: str
    type: _Short
    source: _Short | None
    metadata: Json
    providers: list[Json]
    categories: list[Any]
    world_id: _World | None
    created_at: int


class FileRow(NamedTuple):
    id: int
    asset_id: Annotated[int, Refers("assets")]
    avatar_uuid: _Uuid | None
    name: _Name
    extension: _Short
    blob: str
    bytes: _Large
    created_at: int


class BagRow(NamedTuple):
    id: int
    user_id: _User
    emote_uuid: Annotated[_Uuid, _INDEX]
    is_uge: bool
    is_deleted: bool
    deleted_at: int | None
    deleted_by: _Short | None
    deletion_reason: str | None
    validated_at: int | None
    validated_by: _Name | None
    moderation: Json | None
    created_at: int


class ListedEmoteRow(NamedTuple):
    """One emote of a world's own list."""

    id: int
    world_id: _World
    emote_uuid: _Uuid
    created_at: int


class MachineRow(NamedTuple):
    """A machine that may capture: what it said of itself when it joined, and why it was refused then."""

    id: int
    uuid: _Uuid
    name: _Name
    digest: Annotated[_Name, _UNIQUE]
    statement: Json | None
    refused: str | None
    seen_at: int | None
    is_deleted: bool
    created_at: int


class CategoryRow(NamedTuple):
    id: int
    uuid: _Uuid
    name: _Name
    parent_uuid: _Uuid | None
    created_at: int


class AliasRow(NamedTuple):
    id: int
    uuid: _Uuid
    world_id: _World
    name: _Name
    name_key: _Name
    description: str | None
    categories: list[Any]
    mature: bool | None
    emotes: list[str]
    start_at: int | None
    interval_ms: _Large | None
    created_at: int


class TokenRow(NamedTuple):
    uuid: Annotated[_Uuid, _PRIMARY]
    world_id: _World
    key_id: _Key
    user_id: _User
    parent: _Uuid | None
    metadata: Json | None
    expires_at: int
    created_at: int


class ProcessRow(NamedTuple):
    """A process with the game's own id of the user, `external_id`, which is no column of the table.

    Attributes:
        fast_ml, post_ml_error: told by imports only.
        failure: what is told instead of the message where there is room: code, title, detail, nextStep.
        request: what the upload asked for: trim, crop.
        updated_at: None until something happens to it.
    """

    id: int
    uuid: _Uuid
    world_id: _World
    user_id: _User
    key_id: _Key
    token: Annotated[_Uuid, _INDEX] | None
    name: str
    emote: Annotated[_Uuid, _INDEX]
    animation: _Uuid
    video: _Uuid
    parent: Annotated[_Uuid, _INDEX] | None
    step: Annotated[str, String(32), _INDEX]
    progression: int
    maturity: bool
    validated: bool
    rejected: bool
    return_code: int | None
    fast_ml: bool | None
    post_ml_error: bool | None
    error_message: str | None
    failure: Json | None
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
    """`period_start` is the start of the month, or 0 for plans that count over all time."""

    id: int
    world_id: _World
    plan_id: _Plan
    key_id: _Key
    period_start: _Large
    users: int
    uge: int
    calls: int
    last_usage: _Large | None
    created_at: int


class DeliveryRow(NamedTuple):
    """`sender` is the service that sends it just now (its `replica`)."""

    id: int
    uuid: _Uuid
    world_id: _World
    key_id: _Key
    process: Annotated[_Uuid, _INDEX]
    status: _Short
    url: str
    body: str
    state: Annotated[_Short, _INDEX]
    attempts: list[Json]
    next_at: int | None
    created_at: int
    ended_at: int | None
    sender: _Short | None


class AuditRow(NamedTuple):
    """`action` is the name of a function of the administration, `details` what it was given, without secrets."""

    id: int
    at: _Large
    actor: Annotated[str, String(128)]
    action: _Name
    details: Json
