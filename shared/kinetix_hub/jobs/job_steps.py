"""The steps of a job. Each is derived from stored state, so that a start after a kill runs the same code."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import JobKind, JobStage, JobState
from kinetix_core.protocol.hub.models import Preview
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.errors import FormatError, KinetixError
from kinetix_core.values.failure import FailureReason, ProcessStatus
from kinetix_core.values.identity import EmoteId, ProcessId
from kinetix_core.values.moments import iso
from kinetix_core.values.people import People
from kinetix_hub.jobs.adopt import adopt_process, seen_before
from kinetix_hub.jobs.clip import readable_clip
from kinetix_hub.jobs.job import Job, Token, clip_form, metadata, service_name
from kinetix_hub.jobs.rhythm import poll_interval
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.library import offered
from kinetix_hub.library.library import Library
from kinetix_hub.services.port import (
    Cancelled,
    EmoteInfo,
    FilmedClip,
    ProcessInfo,
    ServicePort,
    StagingLost,
    TokenSpent,
)

log = logging.getLogger(__name__)

_TOKEN_TRUSTED_S = 240.0  # a token lives five minutes; an older one is asked about before it is used
_LIFE_SLACK_S = 5.0  # two clocks, and a life in whole seconds
_UPLOAD_SHARE = 15.0  # percent of the bar that the upload fills; the service's own progress fills up to _DELIVERY_FROM
_DELIVERY_FROM = 95.0
_DAMAGED_TRIES = 3


class Steps:
    """The next step of a job in each state. A step returns the seconds until the next one, or None."""

    def __init__(
        self,
        store: JobStore,
        library: Library,
        port: ServicePort,
        *,
        local: bool,
        filmed: Callable[[ProcessId], FilmedClip | None] = lambda process: None,
    ) -> None:
        """`filmed`: returns the clip that a phone sent for a process, if it is on this machine."""
        self._store, self._library, self._port = store, library, port
        self._local, self._filmed = local, filmed

    def run(self, job: Job, stop: Callable[[], bool]) -> float | None:
        """Run one step.

        Raises:
            Cancelled: `stop` became true.
            Temporary: the step is to be repeated later.
            KinetixError: the job failed.
        """
        if stop():
            raise Cancelled
        steps: dict[JobState, Callable[[Job, Callable[[], bool]], float | None]] = {
            JobState.QUEUED: self._prepare,
            JobState.UPLOADING: self._upload,
            JobState.AWAITING_UPLOAD: self._await_upload,
            JobState.SUBMITTED: self._follow,
            JobState.PROCESSING: self._follow,
            JobState.AWAITING_DECISION: self._await_decision,
            JobState.DOWNLOADING: self._download,
            JobState.VERIFYING: self._verify,
        }
        return steps[job.state](job, stop)

    def _prepare(self, job: Job, stop: Callable[[], bool]) -> float | None:
        if job.kind is JobKind.REFINE:
            return self._adopt_refined(job)
        if job.kind is JobKind.CLIP:
            readable_clip(Path(job.clip))
        else:
            self._port.let_phones_in()
        self._port.ensure_user(job.user)
        # Those that are there already cannot be ours: needed if the answer to the upload gets lost.
        seen = seen_before(self._port.processes(job.user), job)
        found = self._port.new_token(job.user, metadata(job))
        token = Token(found.uuid, found.url, found.expires, time.time(), seen=seen)
        after = JobState.UPLOADING if job.kind is JobKind.CLIP else JobState.AWAITING_UPLOAD
        self._store.move(
            job.id,
            after,
            "token",
            token=token,
            error=None,
            stage=JobStage.UPLOAD,
        )
        return 0.0

    def _adopt_refined(self, job: Job) -> float | None:
        """Find the version that was requested before a kill or a lost answer."""
        process = adopt_process(self._port, job, self._store.claimed(job.profile))
        if process is None:
            raise KinetixError(
                "The take was not solved again.",
                code="refineLost",
                next_step="Refine the emote once more; its corrections are listed with its versions.",
            )
        self._submitted(job, process, "found by its job")
        return 0.0

    def _upload(self, job: Job, stop: Callable[[], bool]) -> float | None:
        assert job.token is not None
        token = job.token
        if token.used:
            # Begun before and never heard of again: the token itself tells whether the clip arrived.
            if not self._port.token_life(token.uuid):
                return self._adopt_or_begin_again(job)
        elif time.time() - token.issued > _TOKEN_TRUSTED_S and not self._port.token_life(token.uuid):
            self._store.move(job.id, JobState.QUEUED, "the token ran out unused", token=None)
            return 0.0
        for path in (job.clip, *job.settings.views):
            readable_clip(Path(path))
        if not token.used:
            token.used = True
            self._store.update(job.id, token=token)

        def progress(sent: int, total: int | None, seconds: float) -> None:
            share = sent / total if total else 0.0
            remaining = seconds / share - seconds if share > 0.02 else None
            self._store.progress(job.id, JobStage.UPLOAD, _UPLOAD_SHARE * share, remaining)

        try:
            process = self._port.upload(token.uuid, clip_form(job, local=self._local), progress, stop)
        except TokenSpent:
            return self._adopt_or_begin_again(job)
        self._submitted(job, process, "uploaded")
        return 0.0

    def _submitted(self, job: Job, process: ProcessId, reason: str) -> None:
        self._library.clear(job.id)  # files of an earlier take
        self._store.move(
            job.id,
            JobState.SUBMITTED,
            reason,
            process=process,
            token=None,
            error=None,
            stage=JobStage.WAITING,
            started=time.time() if job.kind is JobKind.PHONE else job.started,
        )

    def _adopt_or_begin_again(self, job: Job) -> float | None:
        process = adopt_process(self._port, job, self._store.claimed(job.profile))
        if process is not None:
            self._submitted(job, process, "found by its consumed token")
        else:
            self._store.move(job.id, JobState.QUEUED, "the token ran out and no process came of it", token=None)
        return 0.0

    def _await_upload(self, job: Job, stop: Callable[[], bool]) -> float | None:
        assert job.token is not None
        if life := self._port.token_life(job.token.uuid):
            self._show_longer_life(job, job.token, life)
            return 1.0 if self._local else 3.0
        process = adopt_process(self._port, job, self._store.claimed(job.profile))
        if process is None and job.follow_up:
            self._store.move(job.id, JobState.CANCELLED, "nobody filmed another move")
            self._store.remove(job.id)
            return None
        if process is None:
            raise KinetixError(
                "The link expired before a clip was filmed.",
                code="linkExpired",
                next_step="Retry the job for a new link, and open it within five minutes.",
            )
        self._submitted(job, process, "uploaded by phone")
        return 0.0

    def _show_longer_life(self, job: Job, token: Token, life: float) -> None:
        """Update the link's expiry, which the service extends while the upload page is open."""
        ends = datetime.now(UTC) + timedelta(seconds=life)
        try:
            longer = ends - datetime.fromisoformat(token.expires)
        except (TypeError, ValueError):  # another service's way to write a time: it is shown as it came
            return
        if longer.total_seconds() > _LIFE_SLACK_S:
            self._store.update(job.id, token=replace(token, expires=iso(ends)))

    def _follow(self, job: Job, stop: Callable[[], bool]) -> float | None:
        assert job.process is not None
        process = self._port.process(job.process)
        if process.status is ProcessStatus.FAILED:
            self._store.update(job.id, lost=True)
            raise process_failed(process, job)
        if process.status is ProcessStatus.REJECTED:
            self._store.move(job.id, JobState.REJECTED, "rejected at the service", error=rejected_error())
            return None
        if process.status in (ProcessStatus.DONE, ProcessStatus.VALIDATED):
            retries = self._port.max_retries() if process.status is ProcessStatus.DONE else None
            if retries is None and not (job.settings.ask_first and process.status is ProcessStatus.DONE):
                self._store.move(
                    job.id,
                    JobState.DOWNLOADING,
                    process.status,
                    emote=process.emote,
                    stage=JobStage.DOWNLOAD,
                    hints=[*process.hints],
                )
                return 0.0
            left = None if retries is None else max(0, retries - self._spent(job, process))
            return self._ask(job, process, left, stop)
        percent = None
        if process.status is ProcessStatus.PROCESSING:
            percent = _UPLOAD_SHARE + (_DELIVERY_FROM - _UPLOAD_SHARE) * min(max(process.percent, 0.0), 100.0) / 100
        if job.state is JobState.SUBMITTED and process.status is ProcessStatus.PROCESSING:
            self._store.move(job.id, JobState.PROCESSING, process.stage, stage=process.stage, error=None)
        elif job.error is not None:
            self._store.update(job.id, error=None)
        self._store.progress(job.id, process.stage, percent, process.remaining_s, process.in_line)
        age = time.time() - job.started
        return poll_interval(process.status, process.remaining_s, age, local=self._local)

    def _spent(self, job: Job, process: ProcessInfo) -> int:
        """Return the retakes used. In Kinetix Local a failed take costs none; other services count every one."""
        if not self._local or not process.ancestors:
            return process.parents
        # A take that failed and was given up since has another status, but still says why it failed.
        rows = self._port.processes(job.user)
        failed = {row.uuid for row in rows if row.status is ProcessStatus.FAILED or row.failure is not None}
        return max(0, process.parents - len(failed.intersection(process.ancestors)))

    def _ask(self, job: Job, process: ProcessInfo, retries: int | None, stop: Callable[[], bool]) -> float | None:
        """Wait for a decision. `retries` is None if only the hub asks: then retakes are unlimited."""
        preview: Preview | None = None
        if process.emote is not None:
            info = self._port.emote(process.emote)
            own = FilmedClip(job.clip, job.settings.trim_start) if job.kind is JobKind.CLIP else None
            clip = own or self._filmed(process.uuid) or FilmedClip(None, 0.0)
            preview = self._library.preview(self._port, info, job.id, clip, stop)
        self._store.move(
            job.id,
            JobState.AWAITING_DECISION,
            "a person decides",
            emote=process.emote,
            retries_left=retries,
            preview=preview,
            hints=[*process.hints],
            stage=JobStage.DECISION,
            percent=_DELIVERY_FROM,
            remaining_s=None,
        )
        return 5.0

    def _await_decision(self, job: Job, stop: Callable[[], bool]) -> float | None:
        """Follow decisions made elsewhere, e.g. in the game."""
        assert job.process is not None
        process = self._port.process(job.process)
        if process.status is ProcessStatus.VALIDATED:
            self._store.move(job.id, JobState.DOWNLOADING, "validated elsewhere", stage=JobStage.DOWNLOAD)
            return 0.0
        if process.status is ProcessStatus.REJECTED:
            self._store.move(job.id, JobState.REJECTED, "rejected elsewhere", error=rejected_error())
            return None
        return 10.0

    def _download(self, job: Job, stop: Callable[[], bool]) -> float | None:
        emote = job.emote
        if emote is None:
            assert job.process is not None
            emote = self._port.process(job.process).emote
            if emote is None:
                raise KinetixError(
                    "The finished capture contains no emote.",
                    code="noEmote",
                    next_step="Retry the job.",
                )
        # Asked anew at every try: file addresses expire, and the local service's port changes.
        info = self._port.emote(emote)
        folder = self._library.staging(job.id)

        def progress(share: float) -> None:
            self._store.progress(job.id, JobStage.DOWNLOAD, _DELIVERY_FROM + 4 * share, None)

        try:
            offered.fetch(self._port, info, folder, progress, stop)
            for other, place in self._others(job):
                offered.fetch(self._port, self._port.emote(other), place, lambda share: None, stop)
        except FormatError as error:
            if job.damaged + 1 >= _DAMAGED_TRIES:
                raise
            self._store.update(job.id, damaged=job.damaged + 1)
            log.warning("job %s: %s %s", job.id, error.title, error.detail)
            return 1.0
        self._store.move(job.id, JobState.VERIFYING, "downloaded", emote=emote, stage=JobStage.VERIFY, percent=99.0)
        return 0.0

    def _verify(self, job: Job, stop: Callable[[], bool]) -> float | None:
        assert job.emote is not None
        folder = self._library.staging(job.id)
        try:
            self._library.check(folder)
            others = self._others(job)
            for other, place in others:
                if not self._library.has(other):
                    self._library.check(place)
        except StagingLost:
            self._store.move(job.id, JobState.DOWNLOADING, "its files were lost", stage=JobStage.DOWNLOAD)
            return 0.0
        except FormatError as error:
            if job.damaged + 1 >= _DAMAGED_TRIES:
                raise
            self._store.move(job.id, JobState.DOWNLOADING, error.detail or error.title, damaged=job.damaged + 1)
            return 1.0
        for other, place in others:
            if not self._library.has(other):
                self._library.deliver(place, self._port.emote(other), profile=job.profile, user=job.user)
        info = self._port.emote(job.emote)
        emote = self._library.deliver(
            folder, info, profile=job.profile, user=job.user, job=job.id, name=emote_name(job, info)
        )
        self._store.move(
            job.id,
            JobState.DELIVERED,
            "in the library",
            emote=emote,
            error=None,
            stage=JobStage.DONE,
            percent=100.0,
            preview=None,
        )
        return None

    def _others(self, job: Job) -> list[tuple[EmoteId, Path]]:
        """Return the emotes of the other people in the clip, each with its staging folder."""
        if job.settings.people is not People.ALL or job.process is None:
            return []
        made = self._port.process(job.process).emotes
        return [(other, self._library.staging(job.id, person)) for person, other in enumerate(made[1:], 2)]


def process_failed(process: ProcessInfo, job: Job) -> KinetixError:
    """Return the error of a failed process, with the command that captures half a body."""
    failure = process.failure or KinetixError(
        FailureReason.REFUSED.summary,
        code="processFailed",
        detail=f"It stopped at: {process.stage}." if process.stage else "",
        next_step=FailureReason.REFUSED.advice,
    )
    is_half = failure.code == FailureReason.HALF_BODY and job.settings.body is CapturedBody.WHOLE
    if is_half and job.kind is JobKind.CLIP:
        failure.command = f"kinetix job upper-body {job.id[:8]}"
    return failure


def emote_name(job: Job, info: EmoteInfo) -> str:
    """Return the job's whole name, of which the service has 25 characters; "" for an emote that was named on the phone."""
    is_named_there = job.kind is JobKind.PHONE and info.name.strip() and info.name != service_name(job.name)
    return "" if is_named_there else job.name


def rejected_error() -> ErrorInfo:
    return ErrorInfo(
        code="rejected",
        title="This take was rejected.",
        next_step="Retry the job to capture the clip again, or film a new take.",
    )
