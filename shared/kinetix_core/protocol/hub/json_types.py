"""The hub's JSON as dictionaries, for Blender's process, which has no pydantic.

Made from `models` by packaging/generated/hub_reference.py.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class Connection(TypedDict):
    profile: str
    kind: Literal["local", "cloud", "staging", "custom"]
    state: Literal["ready", "starting", "offline", "badKey", "noKey", "error"]
    message: str
    nextStep: str
    code: str
    minSeconds: float
    maxSeconds: float
    command: str


class Profile(TypedDict):
    name: str
    kind: Literal["local", "cloud", "staging", "custom"]
    url: str
    user: str
    hasKey: bool
    keySource: Literal["", "environment", "keyring", "file", "service"]
    active: bool


class JobSettings(TypedDict):
    mature: bool
    heightCm: float | None
    trimStart: float
    trimEnd: float | None
    crop: list[float] | None
    loop: bool
    rootMode: Literal["path", "inPlace"]
    people: Literal["all", "one"] | None
    person: list[float] | None
    body: Literal["whole", "upper"]
    face: bool
    askFirst: bool
    views: list[str]


class TemporaryError(TypedDict):
    kind: Literal["missing", "conflict", "invalidInput", "authentication", "busy", "unavailable", "storage", "internal"]
    code: str
    title: str
    detail: str
    nextStep: str
    command: str
    temporary: Literal[True]


class ErrorInfo(TypedDict):
    kind: Literal["missing", "conflict", "invalidInput", "authentication", "busy", "unavailable", "storage", "internal"]
    code: str
    title: str
    detail: str
    nextStep: str
    command: str


class PhoneLink(TypedDict):
    url: str
    expires: str
    qr: list[str]
    hint: str | None


class Preview(TypedDict):
    glb: str | None
    clip: str | None
    thumbnail: str | None
    clipStart: float


class InLine(TypedDict):
    place: int
    waitS: int | None


class Job(TypedDict):
    id: str
    kind: Literal["clip", "phone", "refine"]
    state: Literal[
        "queued",
        "uploading",
        "submitted",
        "processing",
        "awaitingUpload",
        "awaitingDecision",
        "downloading",
        "verifying",
        "delivered",
        "failed",
        "cancelled",
        "rejected",
    ]
    status: str
    name: str
    clip: str
    stage: Literal[
        "", "upload", "waiting", "capture", "decode", "track", "fit", "write", "decision", "download", "verify", "done"
    ]
    percent: float | None
    remainingS: float | None
    elapsedS: float
    createdAt: str
    updatedAt: str
    profile: str
    user: str
    process: str | None
    emoteId: str | None
    retriesLeft: int | None
    settings: JobSettings
    error: TemporaryError | ErrorInfo | None
    phone: PhoneLink | None
    preview: Preview | None
    hints: list[str]
    inLine: InLine | None


class SyncPreset(TypedDict):
    importer: Literal["animation_library", "scene"]
    bone_map: Literal["auto", "none"]
    root_motion: Literal["path", "in_place"]
    loop: Literal["auto", "none", "linear", "pingpong"]
    library: Literal["each", "grouped"]
    names: Literal["as_named", "snake_case"]
    include: list[str]
    exclude: list[str]


class SyncCounts(TypedDict):
    synced: int
    conflicts: int
    deleted: int
    edited: int
    waiting: int


class Conflict(TypedDict):
    file: str
    emoteId: str | None
    reason: str
    side: str


class SyncProblem(TypedDict):
    file: str
    error: ErrorInfo


class SyncTarget(TypedDict):
    id: str
    project: str
    folder: str
    source: str
    state: Literal["syncing", "idle", "waiting", "error"]
    watching: Literal["events", "polling"]
    watchingReason: str
    error: ErrorInfo | None
    preset: SyncPreset
    counts: SyncCounts
    conflicts: list[Conflict]
    deleted: list[str]
    problems: list[SyncProblem]
    lastSync: str | None


class SyncState(TypedDict):
    targets: list[SyncTarget]


class Emote(TypedDict):
    id: str
    name: str
    durationS: float | None
    fps: float | None
    frames: int | None
    mature: bool
    pinned: bool
    createdAt: str
    profile: str
    user: str
    job: str | None
    folder: str
    files: dict[Literal["glb", "thumbnail", "preview", "fbx", "bvh", "kinanim"], str]
    sha256: str
    bytes: int
    evicted: bool
    problem: ErrorInfo | None
    group: str | None
    body: Literal["whole", "upper"]
    cutFrom: str | None
    versionOf: str | None
    currentSince: str | None


class Snapshot(TypedDict):
    protocol: int
    version: str
    startId: str
    seq: int
    connection: Connection
    profiles: list[Profile]
    jobs: list[Job]
    services: dict[str, SyncState]
    emotes: list[Emote]


class JobChanged(TypedDict):
    seq: int
    type: Literal["job.changed"]
    data: Job


class RemovedJob(TypedDict):
    id: str


class JobRemoved(TypedDict):
    seq: int
    type: Literal["job.removed"]
    data: RemovedJob


class EmoteChanged(TypedDict):
    seq: int
    type: Literal["emote.changed"]
    data: Emote


class RemovedEmote(TypedDict):
    id: str


class EmoteRemoved(TypedDict):
    seq: int
    type: Literal["emote.removed"]
    data: RemovedEmote


class ConnectionChanged(TypedDict):
    seq: int
    type: Literal["connection.changed"]
    data: Connection


class ProfilesChanged(TypedDict):
    seq: int
    type: Literal["profiles.changed"]
    data: list[Profile]


class SyncTargetChange(SyncTarget):
    changed: list[str]
    removed: list[str]


class SyncChanged(TypedDict):
    seq: int
    type: Literal["sync.changed"]
    data: SyncTargetChange


class RemovedTarget(TypedDict):
    id: str


class SyncRemoved(TypedDict):
    seq: int
    type: Literal["sync.removed"]
    data: RemovedTarget


class Notice(TypedDict):
    level: Literal["info", "warning", "error"]
    title: str
    nextStep: str


class NoticeEvent(TypedDict):
    seq: int
    type: Literal["notice"]
    data: Notice


Event = (
    JobChanged
    | JobRemoved
    | EmoteChanged
    | EmoteRemoved
    | ConnectionChanged
    | ProfilesChanged
    | SyncChanged
    | SyncRemoved
    | NoticeEvent
)


class EventPage(TypedDict):
    startId: str
    seq: int
    reset: bool
    events: list[Event]


class Check(TypedDict):
    name: str
    state: Literal["ok", "warning", "error"]
    text: str
    nextStep: str
    remedy: Literal["fix", "restart", "enterKey", "install"] | None
    command: str


class ProblemEmote(ErrorInfo):
    emoteId: str
    name: str


class DoctorReport(TypedDict):
    checks: list[Check]
    problems: list[ProblemEmote]
    connection: Connection
    keySource: Literal["", "environment", "keyring", "file", "service"]
    emotes: int
    libraryBytes: int
    libraryLimit: int
    log: str


class TakePart(TypedDict):
    startS: float
    endS: float
    why: Literal["move", "round", "chosen"]
