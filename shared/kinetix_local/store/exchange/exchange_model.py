"""The exchange document (docs/local.md): the whole state of a service as one JSON. Unknown keys are refused."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from sqlalchemy import Table

from kinetix_capture.quality_model import QualityReport
from kinetix_core.values.identity import Extension
from kinetix_local.store import configuration as configurations
from kinetix_local.store.clock import iso, parse_iso
from kinetix_local.store.library_edits import LONGEST_TAG, MOST_TAGS
from kinetix_local.store.roles import Role

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Uuid = Annotated[str, Field(pattern=_UUID)]
Name = Annotated[str, Field(min_length=1, max_length=1024)]
ShortName = Annotated[str, Field(min_length=1, max_length=64)]
Tag = Annotated[str, Field(min_length=1, max_length=LONGEST_TAG)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _time(text: Any) -> int:
    if not isinstance(text, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    moment = parse_iso(text)
    try:
        iso(moment)  # it can be written again
    except OverflowError as error:
        raise ValueError("a time lies in the years 1 to 9999") from error
    return moment


def _configuration(values: dict[str, Any]) -> dict[str, Any]:
    if (wrong := configurations.problem(values)) is not None:
        raise ValueError(wrong)
    return values


Time = Annotated[int, BeforeValidator(_time)]
"""Milliseconds since 1970; ISO 8601 in the document."""
Configuration = Annotated[dict[str, Any], AfterValidator(_configuration)]


class Row(BaseModel):
    """Fields are called as the columns of their table, and in the document by their alias."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, populate_by_name=True, str_max_length=1_000_000_000
    )

    def values(self, table: Table) -> dict[str, Any]:
        """Return what the document tells of the table's columns."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in table.c}

    @classmethod
    def written(cls, row: NamedTuple, **more: Any) -> dict[str, Any]:
        """Return a row of the table for the document, with `more` by the names there."""
        told: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            if name in row._fields:
                value = getattr(row, name)
                told[str(field.alias)] = iso(value) if name.endswith("_at") and value is not None else value
        return told | more


class Settings(BaseModel):
    """Start settings of a service, unless its command line overrides them (store/settings.py); None is the default."""

    model_config = ConfigDict(extra="forbid")

    strict: Literal["2024"] | None = None
    token_life_s: Seconds | None = None
    cache_life_s: Seconds | None = None
    page_url: str | None = None
    public_url: str | None = None
    origins: list[str] | None = None
    clock_offset_s: Annotated[float, Field(allow_inf_nan=False)] | None = None
    rate_limit: Count | None = None
    max_upload_bytes: Annotated[int, Field(gt=0, lt=2**53)] | None = None
    max_json_bytes: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    workers: Annotated[int, Field(ge=1, le=64)] | None = None
    import_private: bool | None = None
    webhook_delays_s: list[Seconds] | None = None


class Plan(Row):
    """`None` is no limit. `monthly` plans count from the first of each month, others over all time."""

    name: ShortName
    uuid: Uuid | None = None
    muge_limit: Count | None = None
    users_limit: Count | None = Field(None, alias="totalUsersLimit")
    calls_limit: Count | None = None
    monthly: bool = False
    created_at: Time | None = None


class Key(Row):
    """One of `value` (32 hex characters) and `hash` (SHA-256 of it, hex). Only a key whose value is known can sign webhooks."""

    uuid: Uuid | None = None
    name: str = ""
    value: str | None = Field(None, pattern=r"^[0-9a-f]{32}$")
    hash: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    can_read: bool = True
    can_write: bool = True
    role: Role | None = None
    expires_at: Time | None = Field(None, alias="expire")
    is_deleted: bool = False
    created_at: Time | None = None

    @model_validator(mode="after")
    def _one(self) -> Key:
        if (self.value is None) == (self.hash is None):
            raise ValueError("a key has either a value or a hash")
        return self


class BagRow(Row):
    emote_uuid: Uuid = Field(alias="emote")
    is_uge: bool = Field(False, alias="isUGE")
    is_deleted: bool = False
    deleted_at: Time | None = None
    deleted_by: str | None = None
    deletion_reason: str | None = None
    validated_at: Time | None = None
    validated_by: str | None = None
    moderation: dict[str, Any] | None = None
    created_at: Time | None = None


class User(Row):
    external_id: Name = Field(alias="id")
    created_at: Time | None = None
    bag: list[BagRow] = []


class Usage(Row):
    """Counts of one key in one period (`periodStart` None counts over all time)."""

    key: Uuid
    plan: Name
    period_start: Time | None = None
    users: Count = 0
    uge: Count = 0
    calls: Count = 0
    last_usage: Time | None = None
    created_at: Time | None = None


class Alias(Row):
    name: ShortName
    uuid: Uuid | None = None
    description: str | None = None
    categories: list[Any] = []
    mature: bool | None = None
    emotes: list[Uuid] = []
    start_at: Time | None = Field(None, alias="startDate")
    interval_ms: int | None = Field(None, alias="interval", ge=1, lt=2**53)
    created_at: Time | None = None


class ListedEmote(Row):
    emote_uuid: Uuid = Field(alias="uuid")
    created_at: Time | None = None


class World(Row):
    name: ShortName
    uuid: Uuid | None = None
    owner_uuid: Uuid | None = Field(None, alias="owner")
    plan: Name = "Unlimited"
    configuration: Configuration = {"allowUGC": True, "allowPremium": True}
    white_list: bool = False
    is_deleted: bool = False
    created_at: Time | None = None
    emotes: list[ListedEmote] = []
    keys: list[Key] = []
    users: list[User] = []
    aliases: list[Alias] = []
    usage: list[Usage] = []


class Category(Row):
    name: ShortName
    uuid: Uuid | None = None
    parent_uuid: Uuid | None = Field(None, alias="parent")
    created_at: Time | None = None


class File(Row):
    """One of `data` (base64), `path` (beside the document) and `url` (elsewhere). `avatar` names the character it was made for."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    extension: Extension
    avatar_uuid: Uuid | None = Field(None, alias="avatar")
    data: str | None = None
    path: str | None = None
    url: str | None = Field(None, pattern=r"^https?://\S+$")
    created_at: Time | None = None

    @model_validator(mode="after")
    def _one(self) -> File:
        if sum(value is not None for value in (self.data, self.path, self.url)) != 1:
            raise ValueError("a file has one of data, path and url")
        return self


class Asset(Row):
    """Left out, `providers` offers what players made to games, and hides what a studio made."""

    uuid: Uuid
    name: Name
    type: Literal["emote", "animation", "video", "avatar", "observations"] = "emote"
    source: Literal["sdk", "backOffice"] | None = "sdk"
    metadata: dict[str, Any] = {}
    providers: list[dict[str, Any]] | None = None
    categories: list[Any] = []
    tags: list[Tag] = Field([], max_length=MOST_TAGS)
    world: Uuid | None = None
    created_at: Time | None = None
    files: list[File] = []


class Request(Row):
    """The fields of a capture request that lists read; the capture itself checks the rest."""

    model_config = ConfigDict(extra="allow")

    trim_start: Seconds | None = None
    refines: Uuid | None = None
    corrections: list[dict[str, Any]] | None = None


class Process(Row):
    uuid: Uuid
    world: Uuid
    user: Name
    key: Uuid
    name: Name
    emote: Uuid
    animation: Uuid
    video: Uuid
    parent: Uuid | None = None
    step: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")] = "done"
    progression: int = Field(0, ge=0, le=100)
    maturity: bool = False
    validated: bool = False
    rejected: bool = False
    return_code: int | None = Field(None, alias="mlReturnCode", gt=-(2**31), lt=2**31)
    fast_ml: bool | None = Field(None, alias="fastML")
    post_ml_error: bool | None = Field(None, alias="postMLError")
    error_message: str | None = None
    failure: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    request: Request = Request()
    quality: QualityReport | None = None
    created_at: Time | None = None
    updated_at: Time | None = Field(None, alias="lastUpdateAt")
    ml_started_at: Time | None = None
    ml_ended_at: Time | None = None
    ended_at: Time | None = None


class Document(Row):
    format: Literal["kinetix-local"]
    version: Literal[1]
    exported_at: Time | None = None
    settings: Settings = Settings()
    plans: list[Plan] = []
    categories: list[Category] = []
    assets: list[Asset] = []
    worlds: list[World] = []
    processes: list[Process] = []


def place(location: tuple[int | str, ...]) -> str:
    """`worlds[0].users[3].id` of pydantic's location."""
    return re.sub(r"^\.", "", "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location))
