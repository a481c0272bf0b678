"""Commands about jobs: create, retry, validate, retake."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.enumerations import ENDED, JobKind, JobStage, JobState, ProfileKind
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.errors import ConflictError, InputError, KinetixError
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.wording import worded
from kinetix_hub.jobs.clip import readable_clip
from kinetix_hub.jobs.job import Job, Token, metadata
from kinetix_hub.jobs.picture_size import picture_size
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.services.connections import Connections
from kinetix_hub.services.port import ServicePort, TokenInfo

_MAX_NAME = 200


class JobCommands:
    """Commands about jobs. Those that call the service (validate, retake) block; the others wake the runner."""

    def __init__(self, store: JobStore, runner: Runner, profiles: Profiles, connect: Connections) -> None:
        self._store, self._runner, self._profiles, self._connect = store, runner, profiles, connect

    def create(
        self, clip: str, name: str | None, settings: JobSettings, profile: str | None, user: str | None
    ) -> models.Job:
        path = Path(clip)
        readable_clip(path)
        chosen = self._profiles.get(profile)
        _check(settings, path, chosen.kind)
        job = self._store.create(
            JobKind.CLIP,
            name=_name(name, path.stem),
            clip=str(path),
            profile=chosen.name,
            user=user or chosen.user,
            settings=settings,
        )
        self._runner.wake(job.id)
        return self._store.public(job.id)

    def create_phone(
        self,
        name: str | None,
        profile: str | None,
        user: str | None,
        *,
        ask_first: bool = False,
        follow_up: bool = False,
    ) -> models.Job:
        """Create a job and wait for its link.

        `follow_up`: the phone asked for another take; the job is removed if none is filmed.
        """
        chosen = self._profiles.get(profile)
        self._connect.service(chosen.name)
        job = self._store.create(
            JobKind.PHONE,
            name=_name(name, "Phone emote"),
            clip="",
            profile=chosen.name,
            user=user or chosen.user,
            settings=JobSettings(ask_first=ask_first),
            follow_up=follow_up,
        )
        self._runner.wake(job.id)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            found = self._store.get(job.id)
            if found.state is not JobState.QUEUED or found.error is not None:
                break
            time.sleep(0.03)
        return self._store.public(job.id)

    def cancel(self, job_id: str) -> models.Job:
        self._runner.cancel(job_id)
        return self._store.public(job_id)

    def retry(self, job_id: str) -> models.Job:
        """Try the same job again: with its process if that may still succeed, else from the beginning."""
        job = self._store.get(job_id)
        if job.state not in ENDED or job.state is JobState.DELIVERED:
            raise ConflictError(
                "Only a failed or stopped job can be retried.",
                code="notRetryable",
                next_step="Wait until the job ends, or cancel it first."
                if job.state not in ENDED
                else "Create a new emote of the clip.",
            )
        gone = job.lost or job.state is JobState.REJECTED
        if job.process is not None and not gone:
            self._store.move(job_id, JobState.SUBMITTED, "tried again", error=None, cancel=False, damaged=0)
        elif job.token is not None and job.token.used and job.kind is JobKind.CLIP:
            # The clip may have arrived: a job that is queued would send it again, so it never is, and the token is asked first.
            self._store.move(
                job_id,
                JobState.UPLOADING,
                "its upload may have arrived",
                through=(JobState.QUEUED, "tried again"),
                error=None,
                cancel=False,
                stage=JobStage.UPLOAD,
            )
        else:
            parents = [*job.parents, job.process] if job.process else job.parents
            self._store.move(
                job_id,
                JobState.QUEUED,
                "tried again",
                error=None,
                cancel=False,
                process=None,
                token=None,
                emote=None,
                parents=parents,
                stage=JobStage.NONE,
                damaged=0,
                lost=False,
                follow_up=False,
            )
        self._runner.wake(job_id)
        return self._store.public(job_id)

    def capture_upper_body(self, job_id: str) -> models.Job:
        """Capture the upper body alone, after the clip was rejected as half a body."""
        job = self._store.get(job_id)
        code = job.error.code if job.error is not None else ""
        if job.state is not JobState.FAILED or code != FailureReason.HALF_BODY or job.kind is not JobKind.CLIP:
            raise KinetixError(
                "The upper body is captured only after a clip was rejected as half a body.",
                code="notHalfBody",
                next_step="Create a new emote, and choose the upper body.",
            )
        settings = job.settings.model_copy(update={"body": CapturedBody.UPPER})
        _check(settings, None, self._profiles.get(job.profile).kind)
        self._store.update(job_id, settings=settings)
        return self.retry(job_id)

    def validate(self, job_id: str) -> models.Job:
        """Accept the take. Blocks."""
        with self._deciding(job_id) as job:
            assert job.process is not None
            service = self._connect.service(job.profile)
            if service.max_retries() is not None:  # else the hub alone has asked
                service.validate(job.process)
            self._store.move(job_id, JobState.DOWNLOADING, "accepted", stage=JobStage.DOWNLOAD, error=None)
        return self._store.public(job_id)

    def retake(
        self, job_id: str, clip: str | None, settings: JobSettings | None, name: str | None = None
    ) -> models.Job:
        """Replace the take in the same job by another clip, or by one filmed with a phone if `clip` is None. Blocks."""
        if clip is not None:
            readable_clip(Path(clip))
        with self._deciding(job_id) as job:
            self._take_again(job, clip, settings, name)
        return self._store.public(job_id)

    def _take_again(self, job: Job, clip: str | None, settings: JobSettings | None, name: str | None) -> None:
        settings = settings or job.settings.model_copy(update={"views": ()})  # they are of the take that is given up
        _check(settings, Path(clip) if clip else None, self._profiles.get(job.profile).kind)
        assert job.process is not None
        if job.retries_left == 0:
            raise ConflictError(
                "No retakes are left.", code="noRetakes", next_step="Accept this take, or create a new emote."
            )
        service, phone = self._connect.service(job.profile), clip is None
        if phone:
            service.let_phones_in()
        found = self._another_take(service, job)
        token = Token(found.uuid, found.url, found.expires, time.time())
        self._store.move(
            job.id,
            JobState.AWAITING_UPLOAD if phone else JobState.UPLOADING,
            "another take",
            kind=JobKind.PHONE if phone else JobKind.CLIP,
            name=_name(name, job.name),
            clip=clip or "",
            settings=settings,
            token=token,
            parents=[*job.parents, job.process],
            process=None,
            emote=None,
            preview=None,
            error=None,
            stage=JobStage.UPLOAD,
            started=time.time(),
        )

    def _another_take(self, service: ServicePort, job: Job) -> TokenInfo:
        """Return a token for one more clip. If only the hub asks, the rejected emote leaves the user's bag."""
        assert job.process is not None
        if service.max_retries() is not None:
            return service.retake(job.process)
        token = service.new_token(job.user, metadata(job))
        if job.emote is not None:
            service.take(job.user, job.emote, "another take")
        return token

    @contextlib.contextmanager
    def _deciding(self, job_id: str) -> Iterator[Job]:
        """Return the job that waits for a decision, locked until the decision is made.

        Without the lock, a step that polls meanwhile would take the decision for one that was made elsewhere.
        """
        self._waiting(job_id)  # a job that is still uploaded is refused, not waited for
        with self._runner.holding(job_id):
            yield self._waiting(job_id)

    def _waiting(self, job_id: str) -> Job:
        job = self._store.get(job_id)
        if job.state is not JobState.AWAITING_DECISION:
            raise ConflictError(
                "This job does not wait for a decision.",
                code="noDecision",
                next_step="Check the job's state; it may already be decided.",
            )
        return job


def _name(given: str | None, otherwise: str) -> str:
    name = " ".join((given or "").split()) or otherwise.strip() or "Emote"
    if len(name) > _MAX_NAME:
        raise InputError(
            "The name is too long.", code="badName", next_step=worded("Use up to {most} characters.", most=_MAX_NAME)
        )
    return name


def _check(settings: JobSettings, clip: Path | None, kind: ProfileKind) -> None:
    """Raise `InputError` if settings contradict each other, the clip or the service. `clip` is None for a phone."""
    settings.check(len(settings.views))
    if kind is not ProfileKind.LOCAL:
        settings.check_api()
    for view in settings.views:
        readable_clip(Path(view))
    if settings.crop is not None and clip is not None:
        picture_size(clip)  # fail before the upload if the clip cannot be cropped
