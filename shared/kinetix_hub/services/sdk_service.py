"""A Kinetix service through the API client (`kinetix_core.api`), as the interface of `services/port.py`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kinetix_core.api import errors
from kinetix_core.api.client import Client
from kinetix_core.api.models import Config, Emote, Process, Token
from kinetix_core.api.retry import Retry
from kinetix_core.api.transport import Limits
from kinetix_core.api.uploads import Transfer
from kinetix_core.protocol.hub.enumerations import JobStage
from kinetix_core.protocol.hub.models import InLine
from kinetix_core.serving.peer_identity import PeerIdentity
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.errors import ErrorKind, InputError, KinetixError
from kinetix_core.values.failure import CaptureStage, FailureReason
from kinetix_core.values.identity import Extension, ProcessId
from kinetix_core.values.wording import Worded
from kinetix_hub.services.port import (
    Cancelled,
    ClipForm,
    EmoteInfo,
    FileInfo,
    ProcessInfo,
    Report,
    Temporary,
    TokenInfo,
    TokenSpent,
)

_CONFIG_KEPT_S = 60.0
_MOST_SHOWN = 500  # characters
_MOST_HINTS = 20
_STEPS = {
    "initialized": JobStage.WAITING,
    "transcode_done": JobStage.WAITING,
    "requesting_ml": JobStage.WAITING,
    "waiting_scheduler": JobStage.WAITING,
    "waiting_runner": JobStage.WAITING,
    "ml_running": JobStage.CAPTURE,
    "ml_done": JobStage.WRITE,
    "rendering": JobStage.WRITE,
}


class Service:
    """A service. Every method blocks; passing errors are raised as Temporary and retried by the runner."""

    def __init__(
        self,
        url: str,
        key: str,
        let_phones_in: Callable[[], None] = lambda: None,
        *,
        identity: PeerIdentity | None = None,
    ) -> None:
        """`let_phones_in`: makes the upload page reachable from the network.

        `identity`: what a service on this machine must prove before it gets the key or a clip.
        """
        self._let_phones_in = let_phones_in
        # One quick second try inside a call; longer waits belong to the runner, which keeps no thread meanwhile.
        self.client = Client(
            url,
            key,
            retry=Retry(attempts=2, base_s=0.2, budget_s=5.0),
            limits=Limits(connect_s=5.0, read_s=20.0, call_s=45.0),
            identity=identity,
        )
        self._known: tuple[float, Config] | None = None
        self._users: set[str] = set()

    def close(self) -> None:
        self.client.close()

    def clip_length(self) -> ClipLength:
        """Return the seconds of a clip that may become one emote, asked now."""
        return self._asked_config().clip_length

    def world(self) -> str:
        """Return the name of the virtual world that the key belongs to, asked now."""
        return self._asked_config().name or ""

    def ensure_user(self, user: str) -> None:
        if user not in self._users:
            with translated():
                self.client.users.ensure(user)
            self._users.add(user)

    def max_retries(self) -> int | None:
        known = self._known
        fresh = known is not None and time.monotonic() - known[0] <= _CONFIG_KEPT_S
        config = known[1] if known is not None and fresh else self._asked_config()
        if not config.validates:
            return None
        return 99 if config.max_retry is None else config.max_retry

    def _asked_config(self) -> Config:
        with translated():
            config = self.client.virtual_world.config()
        self._known = (time.monotonic(), config)
        return config

    def let_phones_in(self) -> None:
        self._let_phones_in()

    def new_token(self, user: str, metadata: Mapping[str, str]) -> TokenInfo:
        with translated():
            token = self.client.process.token(user, metadata=metadata)
        return _token(token)

    def token_life(self, token: str) -> float:
        try:
            with translated():
                return self.client.process.token_status(token).remaining_s
        except errors.NotFound:
            return 0.0

    def upload(self, token: str, clip: ClipForm, progress: Report, cancelled: Callable[[], bool]) -> ProcessId:
        try:
            with translated():
                return self.client.process.create(
                    token,
                    clip.path,
                    name=clip.name,
                    form=clip.fields,
                    views=clip.views,
                    progress=_reporting(progress),
                    cancelled=cancelled,
                ).uuid
        except (errors.UploadDoubtful, errors.Forbidden) as error:
            if isinstance(error, errors.Forbidden) and error.error_code != "wrongToken":
                raise
            raise TokenSpent(error.title, code=error.code, detail=error.detail, next_step=error.next_step) from error

    def process(self, uuid: str) -> ProcessInfo:
        with translated():
            return _process(self.client.process.get(uuid))

    def processes(self, user: str) -> list[ProcessInfo]:
        with translated():
            return [_process(row) for row in self.client.users.processes(user)]

    def validate(self, process: str) -> None:
        with translated():
            self.client.process.validate(process)

    def retake(self, process: str) -> TokenInfo:
        with translated():
            token = self.client.process.retake(process)
        return _token(token)

    def emote(self, uuid: str) -> EmoteInfo:
        with translated():
            return _emote(self.client.emotes.get(uuid))

    def bag(self, user: str) -> list[EmoteInfo]:
        with translated():
            return [_emote(row.data) for row in self.client.users.emotes(user) if row.data is not None]

    def rename(self, user: str, emote: str, name: str) -> None:
        with translated():
            self.client.users.rename(user, emote, name)

    def give(self, user: str, emote: str) -> None:
        self.ensure_user(user)
        with translated():
            self.client.users.give(user, emote)

    def take(self, user: str, emote: str, reason: str) -> None:
        with translated():
            self.client.users.remove(user, emote, reason=reason)

    def download(
        self, url: str, target: Path, *, extension: str, progress: Report, cancelled: Callable[[], bool]
    ) -> None:
        try:
            with translated():
                self.client.download(url, target, kind=extension, progress=_reporting(progress), cancelled=cancelled)
        except (errors.Forbidden, errors.NotFound) as error:
            # The address has expired, or the file is not there yet: the step asks for a new address.
            raise Temporary(error, kind=ErrorKind.BUSY) from error


@contextmanager
def translated() -> Iterator[None]:
    """Raise `Temporary` for the client's errors that a later call may not meet."""
    try:
        yield
    except errors.Cancelled as error:
        raise Cancelled from error
    except KinetixError as error:
        if error.kind not in {ErrorKind.UNAVAILABLE, ErrorKind.BUSY}:
            raise
        raise Temporary(error, error.retry_after_s if isinstance(error, errors.ApiError) else None) from error


def _reporting(progress: Report) -> Callable[[Transfer], None]:
    return lambda transfer: progress(transfer.done_bytes, transfer.total_bytes, transfer.elapsed_s)


def _token(found: Token) -> TokenInfo:
    return TokenInfo(found.uuid, found.url or "", str(found.expire or ""))


def _process(found: Process) -> ProcessInfo:
    ml = found.ml
    extra = found.model_extra or {}
    metadata = extra.get("metadata")
    return ProcessInfo(
        uuid=found.uuid,
        name=_line(found.name or ""),
        status=found.state,
        stage=_stage(found),
        percent=float(found.progression or (ml.progression if ml and ml.progression else 0.0)),
        remaining_s=ml.ml_remaining if ml else None,
        emote=found.emote,
        failure=_failure(found),
        parents=(found.hierarchy.parents or 0) if found.hierarchy else 0,
        ancestors=tuple(found.hierarchy.ancestors()) if found.hierarchy else (),
        has_child=bool(found.hierarchy and found.hierarchy.children),
        metadata=metadata if isinstance(metadata, dict) else {},
        emotes=tuple(found.emotes or ()),
        in_line=None if found.queue_place is None else InLine(place=found.queue_place, wait_s=found.queue_wait),
        hints=tuple(_line(hint) for hint in found.hint_sentences()[:_MOST_HINTS]),
    )


def _stage(found: Process) -> JobStage:
    if found.stage in list(CaptureStage):
        return JobStage(found.stage)
    return _STEPS.get(found.step or "", JobStage.NONE)


def _failure(found: Process) -> KinetixError | None:
    """Return the error of a process: in full from Kinetix Local, from a code or a text of the cloud."""
    failure, reason = found.failure, found.failure_reason
    if failure is not None:
        kind = InputError if reason else KinetixError
        title, detail, next_step = (_line(text) for text in failure.sentences())
        return kind(title, code=_line(failure.code), detail=detail, next_step=next_step)
    if reason is not None:
        return InputError(reason.summary, code=reason.value, next_step=reason.advice)
    if found.error_message:
        refused = FailureReason.REFUSED
        return InputError(_line(found.error_message), code=refused.value, next_step=refused.advice)
    return None


def _emote(found: Emote) -> EmoteInfo:
    files = tuple(FileInfo(file.name, Extension(file.extension.lower()), file.url) for file in found.files or ())
    return EmoteInfo(
        found.uuid,
        _line(found.name or ""),
        found.mature,
        found.duration_s,
        str(found.created_at or ""),
        files,
        found.version_of,
    )


def _line(text: str) -> str:
    """Return a service's text on one line, limited in length."""
    return text.changed(_shortened) if isinstance(text, Worded) else _shortened(text)


def _shortened(text: str) -> str:
    return " ".join(text[: 4 * _MOST_SHOWN].split())[:_MOST_SHOWN]
