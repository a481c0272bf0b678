"""What the steps of a job ask of a Kinetix service. `sdk_service.py` answers with the real client, tests with a scripted double."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import JobStage, ProcessStatus
from kinetix_core.protocol.hub.models import InLine, Process
from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_core.values.identity import EmoteId, Extension, ProcessId, TokenId

__all__ = [
    "Cancelled",
    "ClipForm",
    "EmoteInfo",
    "FileInfo",
    "FilmedClip",
    "ProcessInfo",
    "ServicePort",
    "StagingLost",
    "Temporary",
    "TokenInfo",
    "TokenSpent",
]

Report = Callable[[int, int | None, float], None]
"""(bytes so far, bytes in all or None, seconds so far)"""


class Cancelled(Exception):
    """The person stopped the job while a transfer ran."""


class StagingLost(Exception):
    """The files of an unfinished delivery are not there any more: they are fetched again."""


class Temporary(KinetixError):
    """Raised while the service cannot answer; the same call may succeed after `retry_after` seconds, if given."""

    default_kind = ErrorKind.UNAVAILABLE

    def __init__(self, cause: KinetixError, retry_after: float | None = None, kind: ErrorKind | None = None) -> None:
        super().__init__(
            cause.title,
            kind=kind,
            code=cause.code,
            detail=cause.detail,
            next_step=cause.next_step,
            command=cause.command,
        )
        self.retry_after = retry_after


class Administer(Protocol):
    """Asks the running Kinetix Local as its administrator; None while none runs. Raises Temporary."""

    def __call__(self, method: str, path: str, body: object = None) -> object: ...


class TokenSpent(KinetixError):
    """The service does not take this token: it was used before, or it ran out."""


@dataclass(frozen=True)
class ClipForm:
    """A clip with the other fields of its form. `views`: further clips of the same take, which only Kinetix Local takes."""

    path: Path
    name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    views: tuple[Path, ...] = ()


@dataclass(frozen=True)
class TokenInfo:
    uuid: TokenId
    url: str
    expires: str


@dataclass(frozen=True)
class ProcessInfo:
    """One process; `percent` 0 … 100, times in seconds.

    `failure` is why it failed, where the service says so, and `hints` what it says of a clip that became an emote.
    `parents`: how many takes it replaces; `ancestors` are their uuids. `emotes` are those of everybody in a clip of several people.
    """

    uuid: ProcessId
    name: str
    status: ProcessStatus
    stage: JobStage
    percent: float
    remaining_s: float | None
    emote: EmoteId | None
    failure: KinetixError | None = None
    parents: int = 0
    ancestors: tuple[str, ...] = ()
    has_child: bool = False
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    emotes: tuple[EmoteId, ...] = ()
    in_line: InLine | None = None

    def public(self) -> Process:
        """As front ends see it."""
        return Process(
            uuid=self.uuid,
            name=self.name,
            status=self.status,
            stage=self.stage,
            percent=self.percent,
            remaining_s=self.remaining_s,
            emote=self.emote,
            failure=None if self.failure is None else ErrorInfo.of(self.failure),
            parents=self.parents,
            has_child=self.has_child,
            metadata=dict(self.metadata),
        )


@dataclass(frozen=True)
class FileInfo:
    name: str
    extension: Extension
    url: str


@dataclass(frozen=True)
class EmoteInfo:
    """`version_of`: the emote that was captured, of which this one is a corrected version."""

    uuid: EmoteId
    name: str
    mature: bool
    duration_s: float | None
    created: str
    files: tuple[FileInfo, ...]
    version_of: EmoteId | None = None


@dataclass(frozen=True)
class FilmedClip:
    """The file of a clip on this machine, None where it is not here, and where in it the take begins (seconds)."""

    path: str | None
    start_s: float


class ServicePort(Protocol):
    """Every method may raise Temporary (try again later) or another KinetixError (do not)."""

    def ensure_user(self, user: str) -> None: ...

    def max_retries(self) -> int | None:
        """Retakes that the game allows; None when emotes are not validated by a person."""
        ...

    def let_phones_in(self) -> None:
        """Before a link is shown to a phone: the page behind it is made reachable from the network, where that can be done."""
        ...

    def new_token(self, user: str, metadata: Mapping[str, str]) -> TokenInfo: ...

    def token_life(self, token: str) -> float:
        """Seconds that the token can still be used; 0 once it is used up, too old or unknown."""

    def upload(self, token: str, clip: ClipForm, progress: Report, cancelled: Callable[[], bool]) -> ProcessId:
        """Sends the clip once and returns the process. Raises TokenSpent when the token is not taken, Cancelled."""
        ...

    def process(self, uuid: str) -> ProcessInfo: ...

    def processes(self, user: str) -> list[ProcessInfo]: ...

    def validate(self, process: str) -> None: ...

    def retake(self, process: str) -> TokenInfo: ...

    def emote(self, uuid: str) -> EmoteInfo: ...

    def bag(self, user: str) -> list[EmoteInfo]: ...

    def rename(self, user: str, emote: str, name: str) -> None: ...

    def give(self, user: str, emote: str) -> None: ...

    def take(self, user: str, emote: str, reason: str) -> None:
        """Removes the emote from the user's bag."""
        ...

    def download(
        self, url: str, target: Path, *, extension: str, progress: Report, cancelled: Callable[[], bool]
    ) -> None:
        """The file, whole under its name or not at all."""
        ...
