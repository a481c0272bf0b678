"""Runs the steps of all jobs on a few threads. A job is on one thread at most, and on none while it waits."""

from __future__ import annotations

import contextlib
import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Protocol

from kinetix_core.io.os_errors import from_os_error
from kinetix_core.protocol.hub.base_models import ErrorInfo, TemporaryError
from kinetix_core.protocol.hub.enumerations import ENDED, JobState
from kinetix_core.values.errors import ConflictError, ErrorKind, KinetixError
from kinetix_hub.jobs.job import Job, service_name
from kinetix_hub.jobs.rhythm import BackOff, back_off
from kinetix_hub.jobs.states import WrongMove
from kinetix_hub.jobs.store import JobStore, ProcessTaken
from kinetix_hub.services.port import Cancelled, Temporary

log = logging.getLogger(__name__)

_TRANSFERS = frozenset({JobState.UPLOADING, JobState.DOWNLOADING})
_TRANSFER_THREADS = 4
_OTHER_THREADS = 3
_LONGEST_SLEEP_S = 60.0
_DATABASE_WAIT_S = 2.0
_BROKEN_WAIT_S = 10.0


class StepRun(Protocol):
    """Run the next step of a job; raises Temporary if its service is unavailable."""

    def __call__(self, job: Job, stop: Callable[[], bool]) -> float | None: ...


class Runner:
    """Threads and due times of the jobs. `wake` makes a job due; due times are monotonic."""

    def __init__(
        self,
        store: JobStore,
        step: StepRun,
        *,
        ended: Callable[[Job], None] = lambda job: None,
        back_off: BackOff = back_off,
    ) -> None:
        self._store, self._step, self._ended, self._back_off = store, step, ended, back_off
        self._cond = threading.Condition()
        self._due: dict[str, float] = {}
        self._again: set[str] = set()
        self._busy: set[str] = set()
        self._cancelled: set[str] = set()
        self._failures: dict[str, int] = {}
        self._closing = False
        self._threads = [
            threading.Thread(target=self._work, args=(transfers,), name=f"jobs-{number}", daemon=True)
            for number, transfers in enumerate([True] * _TRANSFER_THREADS + [False] * _OTHER_THREADS)
        ]

    def start(self) -> None:
        """Continue every unfinished job."""
        for job in self._store.live():
            if job.cancel:
                self._cancelled.add(job.id)
            self._due[job.id] = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Stop after the running steps; transfers are aborted and resumed at the next start."""
        with self._cond:
            self._closing = True
            self._cond.notify_all()
        end = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, end - time.monotonic()))

    def wake(self, job_id: str, after_s: float = 0.0) -> None:
        with self._cond:
            if job_id in self._busy:
                self._again.add(job_id)
            else:
                self._due[job_id] = time.monotonic() + after_s
            self._cond.notify_all()

    def wake_all(self) -> None:
        """Make every waiting job due: the service is available again."""
        with self._cond:
            for job_id in self._due:
                self._due[job_id] = time.monotonic()
            self._cond.notify_all()

    def cancel(self, job_id: str) -> None:
        """Stop a job as soon as possible, also if the hub is killed first."""
        job = self._store.get(job_id)
        if job.state in ENDED:
            raise ConflictError(
                "This job has already ended.", code="jobEnded", next_step="Retry the job, or remove it from the list."
            )
        self._store.update(job_id, cancel=True)
        with self._cond:
            self._cancelled.add(job_id)
            if self._store.unfinished(job_id) is None:  # its last step has ended since: see `_finish`
                self._cancelled.discard(job_id)
            waits = job_id not in self._busy
            if waits:  # it is ours: no thread begins a step of it while it ends
                self._due.pop(job_id, None)
                self._busy.add(job_id)
        if not waits:
            self.wake(job_id)
            return
        try:
            self._end_cancelled(job_id)
        finally:
            self._release(job_id, 0.0)

    @contextlib.contextmanager
    def holding(self, job_id: str) -> Iterator[None]:
        """Block the job's steps within the context; a running step is awaited. Afterwards the job is due."""
        with self._cond:
            self._cond.wait_for(lambda: job_id not in self._busy)
            self._due.pop(job_id, None)
            self._busy.add(job_id)
        try:
            yield
        finally:
            self._release(job_id, 0.0)

    def busy(self) -> int:
        with self._cond:
            return len(self._busy)

    def _work(self, transfers: bool) -> None:
        while (job := self._take(transfers)) is not None:
            try:
                wait = self._run(job)
            except sqlite3.Error:
                # A full disk: nothing was written down, so nothing was done. The job stays where it is until there is space.
                log.exception("job %s: the database could not be written", job.id)
                wait = _DATABASE_WAIT_S
            except Exception:
                # The job's end failed. All other jobs need the thread.
                log.exception("job %s: its step could not be ended", job.id)
                wait = _BROKEN_WAIT_S
            self._release(job.id, wait)

    def _release(self, job_id: str, wait: float | None) -> None:
        with self._cond:
            self._busy.discard(job_id)
            if job_id in self._again:
                self._again.discard(job_id)
                wait = 0.0
            if wait is not None:
                self._due[job_id] = time.monotonic() + wait
            self._cond.notify_all()

    def _take(self, transfers: bool) -> Job | None:
        with self._cond:
            while not self._closing:
                now, nearest = time.monotonic(), _LONGEST_SLEEP_S
                for job_id, due in sorted(self._due.items(), key=itemgetter(1)):
                    if due > now:
                        nearest = min(nearest, due - now)
                        break
                    job = self._ready(job_id, transfers)
                    if job is not None:
                        del self._due[job_id]
                        self._busy.add(job_id)
                        return job
                self._cond.wait(nearest)
        return None

    def _ready(self, job_id: str, transfers: bool) -> Job | None:
        job = self._store.unfinished(job_id)
        if job is None:  # ended or removed
            del self._due[job_id]
            return None
        if (job.state in _TRANSFERS) != transfers:
            return None
        blocked = job.state is JobState.UPLOADING and any(
            other.id != job.id
            and other.state is JobState.UPLOADING
            and _same_upload(job, other)
            and (other.id in self._busy or (other.token is not None and other.token.used))
            for other in self._store.live()
        )
        return None if blocked else job.copy()

    def _run(self, job: Job) -> float | None:
        """Run one step and handle every outcome. Returns the seconds until the next one, or None."""

        def stop() -> bool:
            return self._closing or job.id in self._cancelled

        try:
            wait = self._step(job, stop)
            self._failures.pop(job.id, None)
            if wait is None:
                self._finish(job.id)
            return wait
        except Cancelled:
            if job.id in self._cancelled:
                self._end_cancelled(job.id)
            return None
        except Temporary as error:
            return self._wait_for_service(job, error)
        except (WrongMove, ProcessTaken) as error:
            log.warning("job %s: %s", job.id, error)
            return 1.0 if isinstance(error, WrongMove) else self._fail(job, _taken())
        except KinetixError as error:
            return self._fail(job, error, lost=error.kind is ErrorKind.MISSING)
        except OSError as error:
            return self._fail(job, from_os_error(error))
        except sqlite3.Error:
            raise
        except Exception:
            log.exception("job %s: a step broke", job.id)
            return self._fail(job, _broken())

    def _finish(self, job_id: str) -> None:
        """Complete the end of a job; a late request to cancel must not cancel its retry."""
        self._cancelled.discard(job_id)
        job = self._store.find(job_id)
        if job is not None:  # else somebody removed it the moment it had ended
            self._ended(job)

    def _wait_for_service(self, job: Job, error: Temporary) -> float | None:
        count = self._failures[job.id] = self._failures.get(job.id, 0) + 1
        wait = self._back_off(count, error.retry_after, random.random())
        failure_json = TemporaryError.of(error)
        if job.error is None or job.error.code != failure_json.code:
            log.info("job %s waits: %s", job.id, error.title)
            self._store.update(job.id, error=failure_json)
        return wait

    def _fail(self, job: Job, error: KinetixError, *, lost: bool = False) -> float | None:
        log.info("job %s failed: %s (%s)", job.id, error.title, error.code)
        self._failures.pop(job.id, None)
        try:
            lost = lost or self._store.get(job.id).lost
            self._store.move(job.id, JobState.FAILED, error.code, error=ErrorInfo.of(error), lost=lost)
        except WrongMove:  # a command ended it meanwhile
            return None
        self._finish(job.id)
        return None

    def _end_cancelled(self, job_id: str) -> None:
        error = KinetixError("You stopped this job.", code="cancelled", next_step="Retry the job to continue.")
        try:
            self._store.move(job_id, JobState.CANCELLED, "asked to stop", error=ErrorInfo.of(error), cancel=False)
        except WrongMove:
            log.info("job %s ended before it could be stopped", job_id)
            self._cancelled.discard(job_id)
            return
        self._finish(job_id)


def _same_upload(job: Job, other: Job) -> bool:
    """Return True for uploads that must run one after the other: of one user and name.

    A consumed token then has at most one process that can be its own.
    """
    return (job.profile, job.user, service_name(job.name)) == (other.profile, other.user, service_name(other.name))


def _taken() -> KinetixError:
    return KinetixError(
        "Another job already follows this take.",
        code="processTaken",
        next_step="Check the other job, and remove this one.",
    )


def _broken() -> KinetixError:
    return KinetixError(
        "Kinetix failed to process this job.",
        code="internal",
        next_step="Retry the job. If it fails again, report it with the log of Kinetix.",
        command="kinetix doctor",
    )
