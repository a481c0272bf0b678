"""Answers of `/_local/library` as models. packaging/generated/web_types.py writes the page's types from them."""

from __future__ import annotations

from pydantic import BaseModel

from kinetix_core.values.clip_length import LONGEST_SECONDS, SHORTEST_SECONDS
from kinetix_local.store.roles import Role


class FileLink(BaseModel):
    name: str
    extension: str
    url: str


class GroupPlace(BaseModel):
    """Place of one of several people in a clip, from the middle of the group; all have the same `id`."""

    id: str
    person: int
    of: int
    x: float
    z: float
    yawDegrees: float
    startS: float


class FilmedClip(BaseModel):
    """The clip of an emote, and where in it the emote begins (seconds); `further` clips show it from other sides."""

    url: str
    start: float
    further: list[str]


class EmoteRow(BaseModel):
    """An emote in a user's bag, which changes name by `entry`."""

    entry: int
    uuid: str
    name: str
    user: str
    world: str
    createdAt: str
    duration: float | None
    mature: bool
    tags: list[str]
    thumbnail: str | None
    files: list[FileLink]
    clip: FilmedClip | None
    group: GroupPlace | None
    correctable: bool


class BinRow(BaseModel):
    """A deleted emote that can be brought back."""

    entry: int
    name: str
    user: str
    world: str
    deletedAt: str


class UserRow(BaseModel):
    id: str
    world: str
    createdAt: str
    emotes: int


class SentenceParts(BaseModel):
    """A filled sentence before it was filled, see `kinetix_core.values.wording`."""

    text: str
    values: dict[str, str]


class ProcessRow(BaseModel):
    """A process. `message`: why it failed, in English; `wording` for other languages."""

    uuid: str
    name: str
    user: str
    world: str
    status: str
    step: str
    progression: int
    createdAt: str
    message: str
    wording: SentenceParts | None
    waitsForDecision: bool


class WorldKey(BaseModel):
    """An API key. A game's key has no role."""

    uuid: str
    name: str
    hint: str
    canRead: bool
    canWrite: bool
    role: Role | None
    expiresAt: str | None


class Usage(BaseModel):
    users: int
    uge: int
    calls: int


class Limits(BaseModel):
    users: int | None
    uge: int | None
    calls: int | None


class ClipLength(BaseModel):
    """Seconds of a clip for one emote, and how far they can be set."""

    minSeconds: float
    maxSeconds: float
    shortest: float = SHORTEST_SECONDS
    longest: float = LONGEST_SECONDS


class WorldRow(BaseModel):
    """A virtual world. `clipLength` is None where the limits of the published server apply."""

    uuid: str
    name: str
    plan: str
    usage: Usage
    limits: Limits
    clipLength: ClipLength | None
    keys: list[WorldKey]


class Attempt(BaseModel):
    status: int | None
    error: str


class Delivery(BaseModel):
    """A webhook delivery."""

    process: str
    status: str
    state: str
    url: str
    createdAt: str
    attempts: list[Attempt]


class Overview(BaseModel):
    emotes: list[EmoteRow]
    bin: list[BinRow]
    users: list[UserRow]
    processes: list[ProcessRow]
    worlds: list[WorldRow]
    deliveries: list[Delivery]


class AuditEntry(BaseModel):
    """One administrative action; `about` is the emote, the key or whatever it was done to."""

    id: int
    at: str
    actor: str
    action: str
    about: str
    role: Role | None
    world: str


class AuditPage(BaseModel):
    """`actors`: everybody with an entry. `more`: there are older entries."""

    entries: list[AuditEntry]
    actors: list[str]
    more: bool
