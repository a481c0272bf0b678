"""The exchange document (docs/local.md): the whole state of a service as one JSON. Unknown keys are refused."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from kinetix_local.store.clock import parse_iso

__all__ = ["PROCESS_SAME", "Document", "place"]

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Uuid = Annotated[str, Field(pattern=_UUID)]
Name = Annotated[str, Field(min_length=1, max_length=1024)]


def _time(text: str) -> str:
    parse_iso(text)
    return text


Time = Annotated[str, AfterValidator(_time)]


class _Row(BaseModel):
    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, populate_by_name=True, str_max_length=1_000_000_000
    )


class Plan(_Row):
    """`None` is no limit. `monthly` plans count from the first of each month, others over all time."""

    name: Name
    uuid: Uuid | None = None
    muge_limit: int | None = Field(None, ge=0)
    total_users_limit: int | None = Field(None, ge=0)
    calls_limit: int | None = Field(None, ge=0)
    monthly: bool = False
    created_at: Time | None = None


class Key(_Row):
    """One of `value` (32 hex characters) and `hash` (SHA-256 of it, hex). Only a key whose value is known can sign webhooks."""

    uuid: Uuid | None = None
    name: str = ""
    value: str | None = Field(None, pattern=r"^[0-9a-f]{32}$")
    hash: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    can_read: bool = True
    can_write: bool = True
    expire: Time | None = None
    is_deleted: bool = False
    created_at: Time | None = None

    @model_validator(mode="after")
    def _one(self) -> Key:
        if (self.value is None) == (self.hash is None):
            raise ValueError("a key has either a value or a hash")
        return self


class BagRow(_Row):
    emote: Uuid
    is_uge: bool = Field(False, alias="isUGE")
    is_deleted: bool = False
    deleted_at: Time | None = None
    deleted_by: str | None = None
    deletion_reason: str | None = None
    validated_at: Time | None = None
    validated_by: str | None = None
    moderation: dict[str, Any] | None = None
    created_at: Time | None = None


class User(_Row):
    id: Name
    created_at: Time | None = None
    bag: list[BagRow] = []


class Usage(_Row):
    """Counts of one key in one period (`periodStart` None counts over all time)."""

    key: Uuid
    plan: Name
    period_start: Time | None = None
    users: int = Field(0, ge=0)
    uge: int = Field(0, ge=0)
    calls: int = Field(0, ge=0)
    last_usage: Time | None = None
    created_at: Time | None = None


class Alias(_Row):
    name: Name
    uuid: Uuid | None = None
    description: str | None = None
    categories: list[Any] = []
    mature: bool | None = None
    emotes: list[Uuid] = []
    start_date: Time | None = None
    interval: int | None = Field(None, ge=1)
    created_at: Time | None = None


class ListedEmote(_Row):
    uuid: Uuid
    created_at: Time | None = None


class World(_Row):
    name: Name
    uuid: Uuid | None = None
    owner: Uuid | None = None
    plan: Name = "Unlimited"
    configuration: dict[str, Any] = {"allowUGC": True, "allowPremium": True}
    white_list: bool = False
    is_deleted: bool = False
    created_at: Time | None = None
    emotes: list[ListedEmote] = []
    keys: list[Key] = []
    users: list[User] = []
    aliases: list[Alias] = []
    usage: list[Usage] = []


class Category(_Row):
    name: Name
    uuid: Uuid | None = None
    parent: Uuid | None = None
    created_at: Time | None = None


class File(_Row):
    """One of `data` (base64), `path` (beside the document) and `url` (elsewhere). `avatar` names the character it was made for."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    extension: str = Field(pattern=r"^[A-Za-z0-9]{1,16}$")
    avatar: Uuid | None = None
    data: str | None = None
    path: str | None = None
    url: str | None = Field(None, pattern=r"^https?://\S+$")
    created_at: Time | None = None

    @model_validator(mode="after")
    def _one(self) -> File:
        if sum(value is not None for value in (self.data, self.path, self.url)) != 1:
            raise ValueError("a file has one of data, path and url")
        return self


class Asset(_Row):
    """Left out, `providers` offers what players made to games, and hides what a studio made."""

    uuid: Uuid
    name: Name
    type: Literal["emote", "animation", "video", "avatar"] = "emote"
    source: Literal["sdk", "backOffice"] | None = "sdk"
    metadata: dict[str, Any] = {}
    providers: list[dict[str, Any]] | None = None
    categories: list[Any] = []
    world: Uuid | None = None
    created_at: Time | None = None
    files: list[File] = []


class Process(_Row):
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
    ml_return_code: int | None = None
    fast_ml: bool | None = Field(None, alias="fastML")
    post_ml_error: bool | None = Field(None, alias="postMLError")
    error_message: str | None = None
    metadata: dict[str, Any] | None = None
    request: dict[str, Any] = {}
    quality: dict[str, Any] | None = None
    created_at: Time | None = None
    last_update_at: Time | None = None
    ml_started_at: Time | None = None
    ml_ended_at: Time | None = None
    ended_at: Time | None = None


class Document(_Row):
    format: Literal["kinetix-local"]
    version: Literal[1]
    exported_at: Time | None = None
    settings: dict[str, Any] = {}
    plans: list[Plan] = []
    categories: list[Category] = []
    assets: list[Asset] = []
    worlds: list[World] = []
    processes: list[Process] = []


# Fields of a process that the document and the table call the same.
PROCESS_SAME = (
    "name",
    "emote",
    "animation",
    "video",
    "parent",
    "step",
    "progression",
    "maturity",
    "validated",
    "rejected",
    "metadata",
    "request",
    "quality",
)


def place(location: tuple[int | str, ...]) -> str:
    """`worlds[0].users[3].id` of pydantic's location."""
    return re.sub(r"^\.", "", "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location))
