"""Interface of a Kinetix service. `sdk_service.py` implements it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import JsonValue

from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import JobStage
from kinetix_core.protocol.hub.models import InLine, Process
from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_core.values.failure import ProcessStatus
from kinetix_core.values.identity import EmoteId, Extension, ProcessId, TokenId

Report = Callable[[int, int | None, float], None]
"""(bytes so far, bytes in all or None, seconds so far)"""


class Cancelled(Exception):
    """Raised when a job is stopped during a transfer."""


class StagingLost(Exception):
    """Raised if the files of an unfinished delivery are missing; they are fetched again."""


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
    """Request to the running Kinetix Local as its administrator; returns None if none runs. Raises Temporary."""

    def __call__(self, method: str, path: str, body: object = None) -> object: ...


class TokenSpent(KinetixError):
    """Raised if the service rejects a token: it was used before or has expired."""


@dataclass(frozen=True)
class ClipForm:
    """A clip and the other fields of its form. `views`: further clips of the same take, for Kinetix Local only."""

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
    """A process.

    Attributes:
        percent: 0 … 100.
        remaining_s: seconds, None if unknown.
        failure: reason of a failure, if the service reports one.
        parents: how many takes it replaces; `ancestors` are their uuids.
        hints: the service's advice for the next take.
        emotes: one per person in the clip.
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
        """Return the process for front ends."""
        shown: dict[str, Any] = {name: getattr(self, name) for name in Process.model_fields}
        failure = None if self.failure is None else ErrorInfo.of(self.failure)
        return Process(**shown | {"failure": failure, "metadata": dict(self.metadata)})


@dataclass(frozen=True)
class FileInfo:
    name: str
    extension: Extension
    url: str


@dataclass(frozen=True)
class EmoteInfo:
    """An emote at the service. `version_of`: the captured emote of which it is a corrected version."""

    uuid: EmoteId
    name: str
    mature: bool
    duration_s: float | None
    created: str
    files: tuple[FileInfo, ...]
    version_of: EmoteId | None = None


@dataclass(frozen=True)
class FilmedClip:
    """File of a clip, None if it is not on this machine, and the second at which the take begins."""

    path: str | None
    start_s: float


class ServicePort(Protocol):
    """A Kinetix service. Every method may raise `Temporary` (try again later) or another `KinetixError`."""

    def ensure_user(self, user: str) -> None: ...

    def max_retries(self) -> int | None:
        """Return the retakes that the game allows; None if emotes are not validated."""
        ...

    def let_phones_in(self) -> None:
        """Make the upload page reachable from the network, if possible; called before a link is shown."""
        ...

    def new_token(self, user: str, metadata: Mapping[str, str]) -> TokenInfo: ...

    def token_life(self, token: str) -> float:
        """Return the seconds left of a token; 0 if it is used, expired or unknown."""

    def upload(self, token: str, clip: ClipForm, progress: Report, cancelled: Callable[[], bool]) -> ProcessId:
        """Send the clip once and return the process. Raises TokenSpent, Cancelled."""
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
        """Remove the emote from the user's bag."""
        ...

    def download(
        self, url: str, target: Path, *, extension: str, progress: Report, cancelled: Callable[[], bool]
    ) -> None:
        """Download the whole file, or nothing."""
        ...
