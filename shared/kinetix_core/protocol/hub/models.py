"""The hub's state as it travels: jobs, emotes, profiles and the events about them. Sync targets are in `sync_models.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, JsonValue

from kinetix_core.protocol.hub.base_models import AsNamed, ErrorInfo, Message, Model, TemporaryError, Text
from kinetix_core.protocol.hub.enumerations import (
    ConnectionState,
    EventType,
    FileKind,
    JobKind,
    JobStage,
    JobState,
    KeySource,
    NoticeLevel,
    ProfileKind,
)
from kinetix_core.protocol.hub.sync_models import SyncState, SyncTargetChange
from kinetix_core.values.capture_settings import CaptureSettings, Option
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.clip_length import MAX_SECONDS, MIN_SECONDS
from kinetix_core.values.failure import ProcessStatus
from kinetix_core.values.identity import EmoteId, JobId, ProcessId, Sha256, TargetId
from kinetix_core.values.views import MOST_VIEWS

# ---- jobs


class JobSettings(CaptureSettings, Model):
    """Capture settings of a job, kept for retries.

    `ask_first`: review the take before it enters the library, even if the service asks for no decision.
    `views`: paths of further clips of the same take, filmed at once from other sides, up to three; of a job only their names are
    shown.
    """

    ask_first: bool = False
    views: Annotated[
        tuple[Text, ...],
        Field(max_length=MOST_VIEWS - 1),
        Option("Further clips of the same take.", is_typed=False, is_refused=True),
    ] = ()


class PhoneLink(Model):
    """The page on which a phone uploads its clip.

    `qr`: the link as a QR code, row by row, `1` for a dark module. `hint`: what the phone needs to open it.
    """

    url: str
    expires: str
    qr: list[str]
    hint: str | None


class Preview(Model):
    """Files on this machine to look at before a take is accepted. `clip_start`: where in the clip the take begins, seconds."""

    glb: str | None
    clip: str | None
    thumbnail: str | None
    clip_start: float = 0.0


class InLine(Model):
    """Place of a clip in the service's queue: 1 is next. `wait_s`: estimated seconds until it starts, if known."""

    place: int
    wait_s: int | None


class Job(Message):
    """One clip on its way to the library.

    `percent` is null while the job waits, and never falls within one take. `error` of an ended job is final until a retry.
    `hints`: the service's advice for the next take. `in_line`: the job's place in the service's queue, where the service
    reports one. `status`: the state or stage in words, in English (`status_of`)."""

    id: JobId
    kind: JobKind
    state: JobState
    status: str
    name: str
    clip: str
    stage: JobStage
    percent: float | None
    remaining_s: float | None
    elapsed_s: float
    created_at: str
    updated_at: str
    profile: str
    user: str
    process: ProcessId | None
    emote_id: EmoteId | None
    retries_left: int | None
    settings: JobSettings
    error: TemporaryError | ErrorInfo | None
    phone: PhoneLink | None
    preview: Preview | None
    hints: list[str] = []
    in_line: InLine | None = None


class Process(AsNamed):
    """The service's own record of a capture, also of one that no job of this hub made. `job` is set in lists."""

    uuid: ProcessId
    name: str
    status: ProcessStatus
    stage: JobStage
    percent: float
    remaining_s: float | None
    emote: EmoteId | None
    failure: ErrorInfo | None
    parents: int
    has_child: bool
    metadata: dict[str, JsonValue]


# ---- the library


class Emote(Model):
    """`files` are absolute paths. `evicted`: the GLB made room and is downloaded again when somebody asks for it.
    `problem`: a file was changed or lost; `kinetix doctor --fix` repairs it. `group`: the same for the emotes of all people of one
    clip; their GLBs say where each one stands. `body`: `upper` for an emote of the upper body alone, which leaves hips and legs to
    another animation. `cut_from`: it was cut here from that emote, and no service knows it. `version_of`: the emote that was captured,
    of which this one is a corrected version; the current one of them became so last, `current_since`."""

    id: EmoteId
    name: str
    duration_s: float | None
    fps: float | None
    frames: int | None
    mature: bool
    pinned: bool
    created_at: str
    profile: str
    user: str
    job: JobId | None
    folder: str
    files: dict[FileKind, str]
    sha256: Sha256
    bytes: int
    evicted: bool
    problem: ErrorInfo | None
    group: str | None = None
    body: CapturedBody = CapturedBody.WHOLE
    cut_from: EmoteId | None = None
    version_of: EmoteId | None = None
    current_since: str | None = None

    @property
    def captured(self) -> EmoteId:
        """The same for all versions of an emote."""
        return self.version_of or self.id


def current_versions(emotes: Iterable[Emote]) -> dict[EmoteId, Emote]:
    """`Emote.captured` → of the versions that there are the current one."""
    found: dict[EmoteId, Emote] = {}
    for emote in emotes:
        known = found.get(emote.captured)
        if known is None or (known.current_since or "") < (emote.current_since or ""):
            found[emote.captured] = emote
    return found


# ---- profiles and the connection


class Profile(Model):
    """A named service. A key is only said to be there, and from where."""

    name: str
    kind: ProfileKind
    url: str
    user: str
    has_key: bool
    key_source: KeySource
    active: bool


class Connection(Message):
    """Connection to the active profile's service. `code`: of the error while it is offline or in error.

    `min_seconds`, `max_seconds`: allowed clip length, as the service last reported it; before that the API's limits.
    `command`: the terminal command for the next step, if any.
    """

    profile: str
    kind: ProfileKind
    state: ConnectionState
    message: str
    next_step: str
    code: str
    min_seconds: float = MIN_SECONDS
    max_seconds: float = MAX_SECONDS
    command: str = ""


# ---- events


class RemovedJob(Model):
    id: JobId


class RemovedEmote(Model):
    id: EmoteId


class RemovedTarget(Model):
    id: TargetId


class Notice(Message):
    """A message that belongs to no job."""

    level: NoticeLevel
    title: str
    next_step: str


class _Numbered(Model):
    seq: int = 0  # given when it is sent


class JobChanged(_Numbered):
    type: Literal[EventType.JOB_CHANGED] = EventType.JOB_CHANGED
    data: Job


class JobRemoved(_Numbered):
    type: Literal[EventType.JOB_REMOVED] = EventType.JOB_REMOVED
    data: RemovedJob


class EmoteChanged(_Numbered):
    type: Literal[EventType.EMOTE_CHANGED] = EventType.EMOTE_CHANGED
    data: Emote


class EmoteRemoved(_Numbered):
    type: Literal[EventType.EMOTE_REMOVED] = EventType.EMOTE_REMOVED
    data: RemovedEmote


class ConnectionChanged(_Numbered):
    type: Literal[EventType.CONNECTION_CHANGED] = EventType.CONNECTION_CHANGED
    data: Connection


class ProfilesChanged(_Numbered):
    type: Literal[EventType.PROFILES_CHANGED] = EventType.PROFILES_CHANGED
    data: list[Profile]


class SyncChanged(_Numbered):
    type: Literal[EventType.SYNC_CHANGED] = EventType.SYNC_CHANGED
    data: SyncTargetChange


class SyncRemoved(_Numbered):
    type: Literal[EventType.SYNC_REMOVED] = EventType.SYNC_REMOVED
    data: RemovedTarget


class NoticeEvent(_Numbered):
    type: Literal[EventType.NOTICE] = EventType.NOTICE
    data: Notice


Event: TypeAlias = Annotated[
    JobChanged
    | JobRemoved
    | EmoteChanged
    | EmoteRemoved
    | ConnectionChanged
    | ProfilesChanged
    | SyncChanged
    | SyncRemoved
    | NoticeEvent,
    Field(discriminator="type"),
]


def _known(events: object) -> object:
    """Without the types that only a newer hub has."""
    if not isinstance(events, list):
        return events
    return [row for row in events if not isinstance(row, dict) or row.get("type") in set(EventType)]


class EventPage(Model):
    """Events after a sequence number. `reset`: take a new snapshot, as these events are not kept."""

    start_id: str
    seq: int
    reset: bool
    events: Annotated[list[Event], BeforeValidator(_known)]


class SnapshotHead(Model):
    """Everything but the emotes. `seq`: later events are not in it. Every unfinished job is, and the latest 50 ended ones."""

    protocol: int
    version: str
    start_id: str
    seq: int
    connection: Connection
    profiles: list[Profile]
    jobs: list[Job]
    services: dict[str, SyncState]


class Snapshot(SnapshotHead):
    """The whole state."""

    emotes: list[Emote]
