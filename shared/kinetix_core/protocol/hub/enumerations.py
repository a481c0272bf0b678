"""Every state, kind and choice of the hub protocol. The value is what travels. Standard library only."""

from __future__ import annotations

from enum import StrEnum

from kinetix_core.values.failure import CaptureStage


class JobKind(StrEnum):
    """Source of a job's clip: a file, a phone, or none for a refinement."""

    CLIP = "clip"
    PHONE = "phone"
    REFINE = "refine"


class JobState(StrEnum):
    """State of a job."""

    QUEUED = "queued"
    UPLOADING = "uploading"
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    AWAITING_UPLOAD = "awaitingUpload"
    AWAITING_DECISION = "awaitingDecision"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


ENDED = frozenset({JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED, JobState.REJECTED})


class JobStage(StrEnum):
    """Stage of a job within its state; the capture's own stages if the service reports them."""

    NONE = ""
    UPLOAD = "upload"
    WAITING = "waiting"
    CAPTURE = "capture"
    """Of a service that says no more."""
    DECODE = CaptureStage.DECODE
    TRACK = CaptureStage.TRACK
    FIT = CaptureStage.FIT
    WRITE = CaptureStage.WRITE
    DECISION = "decision"
    DOWNLOAD = "download"
    VERIFY = "verify"
    DONE = "done"


_STATUS = {
    JobState.QUEUED: "Waiting",
    JobState.UPLOADING: "Sending the clip",
    JobState.SUBMITTED: "Waiting for the service",
    JobState.PROCESSING: "Capturing",
    JobState.AWAITING_UPLOAD: "Waiting for the phone",
    JobState.AWAITING_DECISION: "Ready to review",
    JobState.DOWNLOADING: "Adding to the library",
    JobState.VERIFYING: "Checking",
    JobState.DELIVERED: "Done",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
    JobState.REJECTED: "Rejected",
}
_STAGE_STATUS = {JobStage(stage): stage.label for stage in CaptureStage}


def status_of(state: JobState, stage: JobStage = JobStage.NONE) -> str:
    """Return the label of a job's state, or of the capture's stage while it runs: the one wording of every front end."""
    return _STAGE_STATUS.get(stage, _STATUS[state]) if state is JobState.PROCESSING else _STATUS[state]


class FileKind(StrEnum):
    """The files of an emote."""

    GLB = "glb"
    THUMBNAIL = "thumbnail"
    PREVIEW = "preview"
    FBX = "fbx"
    BVH = "bvh"
    KINANIM = "kinanim"


class LibraryChange(StrEnum):
    """Change of an emote, as the hub reports it to its services."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    REMOVED = "removed"


class ProfileKind(StrEnum):
    LOCAL = "local"
    """Kinetix Local, which the hub starts."""
    CLOUD = "cloud"
    STAGING = "staging"
    CUSTOM = "custom"
    """Any address of the same API."""


class KeySource(StrEnum):
    """Source of a profile's key."""

    NONE = ""
    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"
    SERVICE = "service"
    """Kinetix Local gives it."""


class ConnectionState(StrEnum):
    """State of the connection to the active profile's service."""

    READY = "ready"
    STARTING = "starting"
    OFFLINE = "offline"
    BAD_KEY = "badKey"
    NO_KEY = "noKey"
    ERROR = "error"


class NoticeLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CheckState(StrEnum):
    """The outcome of one of the doctor's checks."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Remedy(StrEnum):
    """Remedy for a finding of the doctor that a front end can offer as a button."""

    FIX = "fix"
    """`POST /v1/doctor/fix`."""
    RESTART = "restart"
    """Stop the hub and start it again."""
    ENTER_KEY = "enterKey"
    """`PUT /v1/profiles/{name}/key` of the active profile."""
    INSTALL = "install"
    """The complete add-on file."""


class EventType(StrEnum):
    JOB_CHANGED = "job.changed"
    JOB_REMOVED = "job.removed"
    EMOTE_CHANGED = "emote.changed"
    EMOTE_REMOVED = "emote.removed"
    CONNECTION_CHANGED = "connection.changed"
    PROFILES_CHANGED = "profiles.changed"
    SYNC_CHANGED = "sync.changed"
    SYNC_REMOVED = "sync.removed"
    NOTICE = "notice"


class TargetState(StrEnum):
    """State of a sync target."""

    SYNCING = "syncing"
    """It was not compared yet."""
    IDLE = "idle"
    """All is in step."""
    WAITING = "waiting"
    """A place is away; it goes on by itself when that is back."""
    ERROR = "error"


class WatchMode(StrEnum):
    """Method by which file changes are detected."""

    EVENTS = "events"
    POLLING = "polling"


class PlannedAction(StrEnum):
    """Action of a sync on one file."""

    ADD = "add"
    UPDATE = "update"
    RENAME = "rename"
    REMOVE = "remove"
    KEEP = "keep"
    CONFLICT = "conflict"


class ConflictChoice(StrEnum):
    """A person's word about one file of a sync target."""

    MINE = "mine"
    """The project's version stays."""
    THEIRS = "theirs"
    """The source's version replaces it."""
    RESTORE = "restore"
    """What was deleted in the project comes back."""


class Importer(StrEnum):
    """Godot's importer for a file."""

    ANIMATION_LIBRARY = "animation_library"
    SCENE = "scene"


class BoneMapping(StrEnum):
    """`auto` retargets to Godot's humanoid profile, `none` keeps the file's own bones."""

    AUTO = "auto"
    NONE = "none"


class RootMotion(StrEnum):
    """`path` keeps the travel of the hips, `in_place` removes it on import."""

    PATH = "path"
    IN_PLACE = "in_place"


class LoopMode(StrEnum):
    """`auto` follows the emote's own flag."""

    AUTO = "auto"
    NONE = "none"
    LINEAR = "linear"
    PINGPONG = "pingpong"


class LibraryForm(StrEnum):
    """`grouped` also keeps one `emotes.res` with every emote."""

    EACH = "each"
    GROUPED = "grouped"


class NameStyle(StrEnum):
    """`snake_case` makes `Big Wave` to `big_wave`, as Godot's own style guide has it."""

    AS_NAMED = "as_named"
    SNAKE_CASE = "snake_case"
