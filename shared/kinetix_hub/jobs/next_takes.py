"""A phone whose link is used up asks on the upload page of Kinetix Local for another take; the hub that made the link answers.

The service does not know the hub, so the hub asks while the service runs. A take that failed is filmed again in its own job; after
any other the phone films one emote more, in a new job with the settings of the last.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from pydantic import BaseModel, TypeAdapter, ValidationError

from kinetix_core.protocol.hub.enumerations import JobKind, JobState
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import JobId, ProcessId
from kinetix_hub.jobs.commands import JobCommands
from kinetix_hub.jobs.job import Job
from kinetix_hub.jobs.port import Administer, Temporary
from kinetix_hub.jobs.store import JobStore

__all__ = ["NextTakes"]

log = logging.getLogger(__name__)
_PATH = "/_local/next-takes"
_FOLLOWED = frozenset({JobState.SUBMITTED, JobState.PROCESSING})
_ACCEPTED = frozenset({JobState.DOWNLOADING, JobState.VERIFYING, JobState.DELIVERED})


class _Asked(BaseModel):
    """The take that was filmed before: its process, the job that its link was made for, whether the next one replaces it, and whether
    it is accepted instead.
    """

    process: ProcessId
    job: JobId
    retake: bool = False
    accept: bool = False


_ANSWER = TypeAdapter(list[_Asked])


class _NoTake(Exception):
    """There is no job for it, or a person stopped that."""


class NextTakes:
    def __init__(
        self, administer: Administer, store: JobStore, commands: JobCommands, is_local: Callable[[str], bool]
    ) -> None:
        """`is_local`: whether a profile's emotes come from Kinetix Local."""
        self._administer, self._store, self._commands, self._is_local = administer, store, commands, is_local
        self._opened: dict[ProcessId, JobId] = {}

    def look(self) -> None:
        """Answers the phones that wait; those whose job is not ready yet are answered at a later look. Raises Temporary."""
        waiting = self._administer("GET", _PATH)
        try:
            every = _ANSWER.validate_python(waiting or [])
        except ValidationError as error:
            log.error("Kinetix Local told what is no take: %s", error)
            return
        for asked in every:
            token, accepted = None, False
            try:
                if asked.accept:
                    accepted = self._accept(asked)
                else:
                    token = self._link_after(asked)
                if token is None and not accepted:
                    continue
            except _NoTake:
                pass
            except Temporary:
                raise
            except KinetixError as error:
                log.warning("a phone is refused what it asked for: %s", error.title)
            self._administer("POST", f"{_PATH}/{asked.process}", {"token": token, "accepted": accepted})

    def _accept(self, asked: _Asked) -> bool:
        """Accept the take and return True; False as long as it is still followed. Raises _NoTake for another one."""
        job = self._store.look_up(asked.job)
        if job is None or job.process != asked.process:
            raise _NoTake
        if job.state is JobState.AWAITING_DECISION:
            self._commands.validate(job.id)
            return True
        if job.state not in _FOLLOWED | _ACCEPTED:
            raise _NoTake
        return job.state in _ACCEPTED

    def _link_after(self, asked: _Asked) -> str | None:
        """The generation token for the next take; None as long as its job has none. Raises _NoTake."""
        job = self._job_after(asked)
        if job is None or job.state is JobState.QUEUED:
            return None
        if job.state is not JobState.AWAITING_UPLOAD or job.token is None:
            raise _NoTake
        return job.token.uuid

    def _job_after(self, asked: _Asked) -> Job | None:
        """The job that waits for the next take, begun if there is none; None as long as the take before is still followed."""
        process = asked.process
        before = self._opened.get(process)
        opened = self._store.look_up(before) if before is not None else None
        job = opened or self._store.look_up(asked.job)  # a person may have removed the one that was opened
        if job is None or job.kind is not JobKind.PHONE or not self._is_local(job.profile):
            raise _NoTake
        if job.state is JobState.CANCELLED:
            raise _NoTake
        if job.process is None and job.state is not JobState.FAILED:
            return job if opened or process in job.parents else None  # None: the hub has not heard of the clip yet
        if job.process == process and job.state in _FOLLOWED:
            return None
        next_id = job.id
        if asked.retake and job.process == process and job.state is JobState.AWAITING_DECISION:
            self._commands.retake(job.id, None, None)
        elif job.process is None or job.lost or job.state is JobState.REJECTED:
            self._commands.retry(job.id)
        else:
            ask_first = job.settings.ask_first
            next_id = self._commands.create_phone(None, job.profile, job.user, ask_first=ask_first, follow_up=True).id
        self._opened[process] = next_id
        return self._store.get(next_id)
