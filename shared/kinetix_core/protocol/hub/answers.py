"""Answers of the hub's routes that combine several `models`."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, RootModel

from kinetix_core.protocol.hub.base_models import ErrorInfo, Message, Model
from kinetix_core.protocol.hub.enumerations import CheckState, JobState, KeySource, PlannedAction, Remedy
from kinetix_core.protocol.hub.models import Connection, Emote, Job, Process, Profile
from kinetix_core.protocol.hub.sync_models import SyncTarget
from kinetix_core.values.failure import FailureReason, ProcessStatus
from kinetix_core.values.identity import EmoteId, JobId, ProcessId, TokenId
from kinetix_core.values.take_parts import PartKind


class ErrorAnswer(Model):
    """The body of every 4xx and 5xx."""

    error: ErrorInfo


class Nothing(Model):
    """`{}`."""


# ---- life


class Proof(Model):
    start_id: str
    proof: str


class Health(Model):
    protocol: int
    version: str
    start_id: str
    pid: int
    uptime_s: float
    unfinished_jobs: int


class Stopping(Model):
    stopping: bool


class Check(Message):
    """One row of the doctor's report. `nextStep` is for anybody; `command` does the same at a terminal, where there is one."""

    name: str
    state: CheckState
    text: str
    next_step: str
    remedy: Remedy | None = None
    command: str = ""


class ProblemEmote(ErrorInfo):
    """An emote with a file that is lost, damaged or changed."""

    emote_id: EmoteId
    name: str


class DoctorReport(Model):
    checks: list[Check]
    problems: list[ProblemEmote]
    connection: Connection
    key_source: KeySource
    emotes: int
    library_bytes: int
    library_limit: int
    log: str


class Cure(Model):
    """One thing that the doctor put right. The id is None for what is no emote."""

    emote_id: EmoteId | None
    name: str
    code: str
    fixed: bool


class SetAside(Cure):
    """A damaged file that was moved aside, and what is lost with it."""

    detail: str


class Fixed(Model):
    """`evicted`: emotes whose GLB made room."""

    done: list[SetAside | Cure]
    evicted: list[EmoteId]


# ---- jobs and processes


class JobList(Model):
    """Newest first."""

    jobs: list[Job]


class Move(Model):
    """One change of a job's state. `at`: seconds since the epoch."""

    at: float
    before: JobState | None
    after: JobState
    reason: str


class MoveList(Model):
    """Oldest first."""

    moves: list[Move]


class RemovedFromList(Model):
    removed: JobId


class ListedProcess(Process):
    """A process and the job of this hub that follows it."""

    job: JobId | None


class ProcessList(Model):
    """Newest first."""

    processes: list[ListedProcess]


class RetakeToken(Model):
    """The link to another take of a process that no job follows."""

    uuid: TokenId
    url: str
    expires: str


class Decision(RootModel[Job | Process | RetakeToken]):
    """Result of a decision: the job if there is one, else the process or the link to another take."""

    model_config = ConfigDict(frozen=True)


# ---- emotes


class EmoteVersion(Model):
    """One version of an emote: number 1 is what was captured, `current` the one in the user's bag.

    `corrections` are all that it was solved with; `unsure` says where the capture is (docs/refine.md), in frames of the take, of
    which the emote's first one is `first_frame`; `error` why it failed.
    """

    number: int
    emote: EmoteId
    process: ProcessId
    status: ProcessStatus
    created_at: str
    current: bool
    corrections: list[dict[str, JsonValue]]
    first_frame: int
    unsure: list[dict[str, JsonValue]]
    error: ErrorInfo | None


class EmoteVersionList(Model):
    versions: list[EmoteVersion]


class EmoteList(Model):
    emotes: list[Emote]


class NotTaken(Model):
    emote_id: EmoteId
    error: ErrorInfo


class Refreshed(Model):
    """Emotes of the bag that are in the library now, and those that could not be taken."""

    added: list[EmoteId]
    failed: list[NotTaken]


class DeletedEmote(Model):
    deleted: EmoteId


class Given(Model):
    given: EmoteId
    user: str


class SeenPerson(Model):
    """One of the people in a clip. `at`, for `person` of a job's settings: seconds of the clip, x and y of the middle of the body.

    `box` is left, top, width and height of the body at that time. Both are fractions of the upright picture, or of its part that is
    captured. `jpeg` is a picture of the person, 160 pixels high, in base 64. `upper_only`: feet are not in the picture, which
    `body` of a job's settings is for.
    """

    at: tuple[float, float, float]
    box: tuple[float, float, float, float]
    jpeg: str
    upper_only: bool = False


class ClipVerdict(Message):
    """Result of a quick look at a clip. `reason` is null if nothing is wrong; `command` helps at a terminal.

    `people`: who is in it, where that was asked, from left to right as they begin; fewer or nobody in doubt.
    """

    reason: FailureReason | None
    title: str = ""
    next_step: str = ""
    command: str = ""
    people: list[SeenPerson] = []


class TakePart(Model):
    """Seconds of the emote from which to which an emote of its own can be made."""

    start_s: float
    end_s: float
    why: PartKind


class CutProposal(Model):
    """The parts in order, the first is number 1; a single one where the emote cannot be cut."""

    parts: list[TakePart]


class LibraryPage(Model):
    """Signs this machine's browser in, once."""

    url: str


# ---- profiles


class ProfileList(Model):
    profiles: list[Profile]


class KeptKey(ProfileList):
    key_source: KeySource


# ---- sync


class TargetList(Model):
    targets: list[SyncTarget]


class PlanStep(Model):
    """The planned action for one file, and its reason."""

    action: PlannedAction
    file: str
    reason: str


class RenameStep(PlanStep):
    """`from`: the file's path before."""

    former: Annotated[str, Field(alias="from")]


class SyncRun(Model):
    plan: list[RenameStep | PlanStep]
    target: SyncTarget


class SentFile(Model):
    """`file`: its path in the project; None when it did not enter."""

    file: str | None
    target: SyncTarget


class ImportReport(Model):
    """Report of a headless import by Godot: messages, and files that were not imported."""

    errors: list[str]
    failed: list[str]


class CharacterMap(Model):
    """The Skeleton3D of a character after its import, and its bones: humanoid → bone. `unmapped`: humanoid bones that it lacks."""

    node_path: str
    bones: dict[str, str]
    unmapped: list[str]
