"""Typed values of the API; names are the contract's in snake_case.

Unknown keys and words are kept: `value.json_value()` returns what the server sent. Absent and null are None. `when()` parses
times. Ids are checked types (`kinetix_core.values.identity`), as they become names of folders.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from kinetix_core.protocol.corrections import VERSION_OF
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.failure import ProcessStatus as Status
from kinetix_core.values.identity import BadIdentity, EmoteId, Extension, ProcessId, TokenId
from kinetix_core.values.moments import from_epoch_ms
from kinetix_core.values.wording import restored

Time = str | int | float


def when(value: Time | None) -> datetime | None:
    """A point in time with its zone: ISO text, or epoch milliseconds as the 201 of an upload has it. None if it is neither."""
    if value is None or isinstance(value, bool):
        return None
    try:
        if isinstance(value, (int, float)):
            return from_epoch_ms(value)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Step(StrEnum):
    """Steps of a process that tell its group (docs/api-contract.md#3.1); those that failed end with `_failed`."""

    INITIALIZED = "initialized"
    TRANSCODE_DONE = "transcode_done"
    REQUESTING_ML = "requesting_ml"
    WAITING_SCHEDULER = "waiting_scheduler"
    WAITING_RUNNER = "waiting_runner"
    RENDER_DONE = "render_done"
    DONE = "done"
    VALIDATED = "validated"
    REJECTED = "rejected"


_PENDING = {Step.INITIALIZED, Step.TRANSCODE_DONE, Step.REQUESTING_ML, Step.WAITING_SCHEDULER, Step.WAITING_RUNNER}
_DONE = {Step.RENDER_DONE, Step.DONE}
_LONGEST_S = 86_400.0


class Model(BaseModel):
    model_config = ConfigDict(
        extra="allow", alias_generator=to_camel, populate_by_name=True, frozen=True, allow_inf_nan=False
    )

    def json_value(self) -> Any:
        """Return the JSON that the server sent, unknown keys included."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class User(Model):
    """A player. `virtual_world_id` is the game's own user id: the contract's misnomer (docs/api-contract.md#2.1)."""

    id: int | str | None = None
    virtual_world_id: str | int | None = None
    created_at: Time | None = None


class File(Model):
    """One file of an emote. The kind is in `extension`, never in the address (docs/api-contract.md#6.1)."""

    id: int | str | None = None
    name: str
    extension: Extension
    url: str
    asset_id: int | str | None = None
    uuid: str | None = None
    avatar: str | None = None
    created_at: Time | None = None


class Emote(Model):
    """An emote with its files (docs/api-contract.md#2.4)."""

    id: int | str | None = None
    uuid: EmoteId
    name: str | None = None
    type: str | None = None
    source: str | None = None
    metadata: dict[str, Any] | None = None
    files: list[File] | None = None
    avatars: dict[str, list[File]] | None = None
    providers: list[dict[str, Any]] | None = None
    categories: list[dict[str, Any]] | None = None
    created_at: Time | None = None
    default_thumbnail_gif_url: str | None = None
    default_thumbnail_png_url: str | None = None

    @property
    def mature(self) -> bool:
        return bool((self.metadata or {}).get("maturity"))

    @property
    def duration_s(self) -> float | None:
        value = (self.metadata or {}).get("duration")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return float(value) if 0 <= value <= _LONGEST_S else None  # a service's number may be any number

    @property
    def version_of(self) -> EmoteId | None:
        """The emote that was captured, of which this one is a corrected version; Kinetix Local says it."""
        value = (self.metadata or {}).get(VERSION_OF)
        try:
            return None if value is None or value == self.uuid else EmoteId(value)
        except BadIdentity:
            return None

    def file(self, extension: str, *, avatar: str | None = None) -> File | None:
        """The best file of a kind (docs/api-contract.md#6.1): the avatar's own first, then `animation-v2`, then `animation`."""
        own = (self.avatars or {}).get(avatar, []) if avatar else []
        order = {"animation-v2": 0, "animation": 1}
        for group in (own, self.files or []):
            hits = [file for file in group if file.extension.lower() == extension.lower()]
            if hits:
                return min(hits, key=lambda file: order.get(file.name, 2))
        return None


class EmoteOnAvatar(Model):
    """An emote for one avatar: addresses by name, absent where there is no file (docs/api-contract.md#2.4)."""

    uuid: EmoteId
    name: str | None = None
    animation_glb_url: str | None = None
    animation_fbx_url: str | None = None
    animation_kinanim_url: str | None = None
    avatar_mapping_url: str | None = None
    thumbnail_gif_url: str | None = None
    thumbnail_png_url: str | None = None
    unreal_glb_url: str | None = None
    created_at: Time | None = None


class UserEmote(Model):
    """A row of a bag (docs/api-contract.md#2.5). `data` is the emote; a row without it should be passed over."""

    id: int | str | None = None
    user_id: int | str | None = None
    emote_uuid: EmoteId | None = None
    is_uge: bool | None = Field(default=None, alias="isUGE")
    is_deleted: bool | None = None
    created_at: Time | None = None
    data: Emote | None = None


class Token(Model):
    """Leave for one upload (docs/api-contract.md#1.3). `user_id` and `parent` are ours: whose process, and a retake of what."""

    uuid: TokenId
    url: str | None = None
    expire: Time | None = None
    user_id: str | None = Field(default=None, exclude=True)
    parent: ProcessId | None = Field(default=None, exclude=True)


class TokenStatus(Model):
    """State of a token that is still valid; `expire_in` in seconds."""

    expire_in: float | None = None
    ttl: float | None = None
    retake: bool | None = None
    expire: Time | None = None

    @property
    def remaining_s(self) -> float:
        return float(self.expire_in if self.expire_in is not None else self.ttl or 0.0)


class Ml(Model):
    """Progress of the capture: percent, and seconds left and spent."""

    progression: float | None = None
    ml_remaining: float | None = None
    ml_elapsed: float | None = None


class Failure(Model):
    """Why a process failed, as Kinetix Local tells it; the cloud has `errorMessage` only."""

    code: str
    title: str
    detail: str = ""
    next_step: str = ""
    wording: Any = None

    def sentences(self) -> tuple[str, str, str]:
        """Title, detail and next step; what was filled in is `Worded`."""
        said = restored(
            {"title": self.title, "detail": self.detail, "nextStep": self.next_step, "wording": self.wording}
        )
        return said["title"], said["detail"], said["nextStep"]


class Hierarchy(Model):
    """Takes of one emote: how many before and after this one, and nested chains of `{uuid, parent}` or `{uuid, child}`."""

    parents: int | None = None
    children: int | None = None
    parent: dict[str, Any] | None = None
    child: dict[str, Any] | None = None

    def descendants(self) -> Iterator[str]:
        """Uuids of the later takes, the nearest first."""
        return _chain(self.child, "child")

    def ancestors(self) -> Iterator[str]:
        """Uuids of the earlier takes, the nearest first."""
        return _chain(self.parent, "parent")


def _chain(link: dict[str, Any] | None, word: str) -> Iterator[str]:
    left = 1000
    while isinstance(link, dict) and isinstance(link.get("uuid"), str) and left:
        yield link["uuid"]
        link, left = link.get(word), left - 1


class Process(Model):
    """A generation (docs/api-contract.md#2.7). `progression` is in percent of the whole; `step` and `status` may be unknown words."""

    uuid: ProcessId
    name: str | None = None
    emote: EmoteId | None = None
    animation: str | None = None
    video: str | None = None
    step: str | None = None
    status: str | None = None
    progression: float | None = None
    vw: int | str | None = None
    user: int | str | None = None
    key: int | str | None = None
    created_at: Time | None = None
    ended_at: Time | None = None
    ml_return_code: int | None = None
    fast_ml: bool | None = Field(default=None, alias="fastML")
    post_ml_error: bool | None = Field(default=None, alias="postMLError")
    maturity: bool | None = None
    validated: bool | None = None
    rejected: bool | None = None
    parent: ProcessId | None = None
    ml: Ml | None = None
    thumbnail_url: str | None = None
    error_message: str | None = None
    failure: Failure | None = None
    hints: list[str] | None = None
    wording: Any = None
    emotes: list[EmoteId] | None = None
    stage: str | None = None
    queue_place: int | None = None
    queue_wait: int | None = None
    hierarchy: Hierarchy | None = None

    def hint_sentences(self) -> list[str]:
        """The hints; what was filled in is `Worded`, as `wording` says (kinetix_core/values/wording.py)."""
        said: list[str] = restored({"hints": self.hints or [], "wording": self.wording})["hints"]
        return said

    @property
    def state(self) -> Status:
        """The group of a process: as sent, else by flags and step (docs/api-contract.md#3.1); an unknown step is processing."""
        if self.status in list(Status):
            return Status(self.status)
        if self.validated:
            return Status.VALIDATED
        if self.rejected:
            return Status.REJECTED
        step = self.step or ""
        if step in _PENDING:
            return Status.PENDING
        if step in _DONE:
            return Status.DONE
        if step.endswith("_failed"):
            return Status.FAILED
        return Status(step) if step in {Step.VALIDATED, Step.REJECTED} else Status.PROCESSING

    @property
    def failure_reason(self) -> FailureReason | None:
        """Why the clip failed: as Kinetix Local says it, else by the published return codes and texts; None when nobody said."""
        if self.failure is not None and self.failure.code in list(FailureReason):
            return FailureReason(self.failure.code)
        return FailureReason.published(self.ml_return_code, self.error_message)

    @property
    def ended(self) -> bool:
        """No further step comes by itself."""
        return self.state not in {Status.PENDING, Status.PROCESSING}


class VideoInfo(Model):
    """Metadata of an online video."""

    title: str | None = None
    duration: float | None = None


class Config(Model):
    """Configuration of the virtual world (docs/api-contract.md#2.2)."""

    name: str | None = None
    website: str | None = None
    webhook_uri: str | None = None
    default_avatar_uuid: str | None = None
    enable_gtav: bool | None = Field(default=None, alias="enableGTAV")
    ugc_validation: bool | dict[str, Any] | None = None
    ugc_frontent_url: str | None = None
    allow_ugc: bool | None = Field(default=None, alias="allowUGC")
    max_emotes: int | None = None
    min_seconds: Any = None
    max_seconds: Any = None

    @property
    def validates(self) -> bool:
        """True if the player accepts or retakes an emote before it enters the bag."""
        return bool(self.ugc_validation)

    @property
    def max_retry(self) -> int | None:
        """Maximum number of retakes; None without a limit or without validation."""
        if isinstance(self.ugc_validation, dict) and isinstance(self.ugc_validation.get("maxRetry"), int):
            return int(self.ugc_validation["maxRetry"])
        return None

    @property
    def clip_length(self) -> ClipLength:
        """Allowed clip length in seconds; Kinetix Local may allow more than the API."""
        return ClipLength.said(self.min_seconds, self.max_seconds)


class Alias(Model):
    """Current emote of a named slot (docs/api-contract.md#2.3)."""

    emote_uuid: EmoteId
    data: Emote | None = None
