"""Answers phones that ask for another take on the upload page of Kinetix Local.

The service has no address of the hub, so the hub polls it while it runs. A failed take is filmed again in its own job; after any
other take the phone films one more emote, in a new job with the same settings.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from pydantic import TypeAdapter, ValidationError

from kinetix_core.protocol.hub.enumerations import JobKind, JobState
from kinetix_core.protocol.local.models import PhoneAnswer, WaitingPhone
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import JobId, ProcessId
from kinetix_hub.jobs.commands import JobCommands
from kinetix_hub.jobs.job import Job
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.services.port import Administer, Temporary

log = logging.getLogger(__name__)
_PATH = "/_local/next-takes"
_FOLLOWED = frozenset({JobState.SUBMITTED, JobState.PROCESSING})
_ACCEPTED = frozenset({JobState.DOWNLOADING, JobState.VERIFYING, JobState.DELIVERED})


_ANSWER = TypeAdapter(list[WaitingPhone])


class _NoTake(Exception):
    """Raised if the take has no job, or the job was stopped."""


class NextTakes:
    def __init__(
        self, administer: Administer, store: JobStore, commands: JobCommands, is_local: Callable[[str], bool]
    ) -> None:
        """`is_local`: returns True for a profile of Kinetix Local."""
        self._administer, self._store, self._commands, self._is_local = administer, store, commands, is_local
        self._opened: dict[ProcessId, JobId] = {}

    def look(self) -> None:
        """Answer the waiting phones whose job is ready. Raises Temporary."""
        waiting = self._administer("GET", _PATH)
        try:
            every = _ANSWER.validate_python(waiting or [])
        except ValidationError as error:
            log.error("Kinetix Local reported an invalid take: %s", error)
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
            answer = PhoneAnswer(token=token, accepted=accepted)
            self._administer("POST", f"{_PATH}/{asked.process}", answer.as_dict())

    def _accept(self, asked: WaitingPhone) -> bool:
        """Accept the take and return True; return False while it is still processed. Raises _NoTake."""
        job = self._store.find(asked.job)
        if job is None or job.process != asked.process:
            raise _NoTake
        if job.state is JobState.AWAITING_DECISION:
            self._commands.validate(job.id)
            return True
        if job.state not in _FOLLOWED | _ACCEPTED:
            raise _NoTake
        return job.state in _ACCEPTED

    def _link_after(self, asked: WaitingPhone) -> str | None:
        """Return the token for the next take; None until its job has one. Raises _NoTake."""
        job = self._job_after(asked)
        if job is None or job.state is JobState.QUEUED:
            return None
        if job.state is not JobState.AWAITING_UPLOAD or job.token is None:
            raise _NoTake
        return job.token.uuid

    def _job_after(self, asked: WaitingPhone) -> Job | None:
        """Return the job of the next take, created if needed; None while the take before is processed."""
        process = asked.process
        before = self._opened.get(process)
        opened = self._store.find(before) if before is not None else None
        job = opened or self._store.find(asked.job)  # a person may have removed the one that was opened
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
