"""The jobs in the database. A change is stored before front ends are notified."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from typing import Unpack

from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.answers import Move
from kinetix_core.protocol.hub.enumerations import ENDED, JobKind, JobStage, JobState
from kinetix_core.protocol.hub.models import Event, InLine, JobChanged, JobRemoved, JobSettings, RemovedJob
from kinetix_core.values.errors import ConflictError, MissingError
from kinetix_core.values.identity import JobId
from kinetix_hub.database import Database
from kinetix_hub.jobs.job import Job, JobChanges
from kinetix_hub.jobs.states import check_move

Emit = Callable[[Event], None]
_SEND_EVERY_S = 0.1
_NO_PERCENT = {JobState.QUEUED, JobState.AWAITING_UPLOAD, JobState.UPLOADING, JobState.SUBMITTED}  # on entering
_SHOWN_ENDED = 50  # ended jobs in the snapshot; older ones are found by GET /v1/jobs


class ProcessTaken(Exception):
    """Raised if another job already follows the process."""


class JobStore:
    """The jobs; unfinished ones are held in memory too, so that polls never wait for the disk.

    Front ends are notified under the lock, in the order of the changes. `emit` returns immediately.
    """

    def __init__(self, database: Database, emit: Emit) -> None:
        self._database, self._emit = database, emit
        self._lock = threading.RLock()
        self._live: dict[str, Job] = {}
        self._recent: dict[str, Job] = {}
        self._last_sent: dict[str, float] = {}
        ended = ",".join(f"'{state}'" for state in ENDED)
        for row in database.read(f"SELECT * FROM jobs WHERE state NOT IN ({ended}) ORDER BY created"):
            self._live[row["id"]] = Job.from_row(row)
        for row in database.read(
            f"SELECT * FROM jobs WHERE state IN ({ended}) ORDER BY created DESC LIMIT {_SHOWN_ENDED}"
        ):
            self._recent[row["id"]] = Job.from_row(row)

    def create(
        self,
        kind: JobKind,
        *,
        name: str,
        clip: str,
        profile: str,
        user: str,
        settings: JobSettings,
        follow_up: bool = False,
    ) -> Job:
        now = time.time()
        job = Job(JobId(str(uuid.uuid4())), kind, name, clip, profile, user, settings, follow_up=follow_up)
        job.started = job.created = job.updated = now
        with self._lock:
            with self._database.write() as connection:
                columns = job.columns()
                connection.execute(
                    f"INSERT INTO jobs({','.join(columns)}) VALUES({','.join('?' * len(columns))})", [*columns.values()]
                )
                _log(connection, job.id, None, job.state, "asked for", now)
            self._live[job.id] = job
            self._emit(JobChanged(data=job.public(now)))
            return job.copy()

    def move(
        self,
        job_id: str,
        after: JobState,
        reason: str = "",
        *,
        through: tuple[JobState, str] | None = None,
        **changes: Unpack[JobChanges],
    ) -> Job:
        """Move a job to another state: check the transition, store it, then notify.

        Args:
            through: a state on the way and its reason. Both moves are stored or none, and only the last is reported.

        Raises:
            WrongMove: the table of states does not have this move.
            ProcessTaken: `process` belongs to another job.
            KinetixError: there is no such job.
        """
        moves = [(after, reason)] if through is None else [through, (after, reason)]
        return self._change(job_id, moves, changes)

    def update(self, job_id: str, **changes: Unpack[JobChanges]) -> Job:
        """Store fields without a move, e.g. the token just before it is used."""
        return self._change(job_id, [], changes)

    def _change(self, job_id: str, moves: list[tuple[JobState, str]], changes: JobChanges) -> Job:
        with self._lock:
            old = self._find(job_id)
            job, now = old.copy(), time.time()
            for name, value in changes.items():
                setattr(job, name, value)
            job.updated = now
            for after, _ in moves:
                check_move(job.state, after)
                if after in ENDED:
                    job.ended, job.remaining_s, job.preview = now, None, None
                elif job.state in ENDED:
                    job.ended, job.started = None, now
                job.state = after
                if after in _NO_PERCENT:
                    job.percent = None
            try:
                with self._database.write() as connection:
                    columns = job.columns()
                    connection.execute(
                        f"UPDATE jobs SET {','.join(f'{name}=?' for name in columns)} WHERE id=?",
                        [*columns.values(), job.id],
                    )
                    before = old.state
                    for after, reason in moves:
                        _log(connection, job.id, before, after, reason, now)
                        before = after
            except sqlite3.IntegrityError as error:
                raise ProcessTaken(job.process) from error
            self._keep(job)
            self._emit(JobChanged(data=job.public(now)))
            return job.copy()

    def progress(
        self,
        job_id: str,
        stage: JobStage,
        percent: float | None,
        remaining_s: float | None,
        in_line: InLine | None = None,
    ) -> None:
        """Report progress. It is not stored: after a restart the service reports it again."""
        with self._lock:
            job, now = self._live.get(job_id), time.monotonic()
            if job is None:
                return
            said = (stage, percent, remaining_s, in_line)
            same = said == (job.stage, job.percent, job.remaining_s, job.in_line)
            # A transfer reports a hundred times a second; a person sees ten.
            early = job.stage == stage and now - self._last_sent.get(job_id, 0.0) < _SEND_EVERY_S
            if same or early:
                return
            self._last_sent[job_id] = now
            job.stage, job.percent, job.remaining_s, job.in_line = said
            self._emit(JobChanged(data=job.public(time.time())))

    def get(self, job_id: str) -> Job:
        """Return a copy of the job. Raises KinetixError if there is none."""
        with self._lock:
            return self._find(job_id).copy()

    def find(self, job_id: str) -> Job | None:
        """Return a copy of the job, ended or not; None if it was removed."""
        with self._lock:
            found = self._found(job_id)
            return None if found is None else found.copy()

    def public(self, job_id: str) -> models.Job:
        with self._lock:
            return self._find(job_id).public(time.time())

    def live(self) -> list[Job]:
        """Return every unfinished job. Not copies: read only."""
        return list(self._live.values())

    def unfinished(self, job_id: str) -> Job | None:
        """Return the job if it has not ended. Not a copy: read only."""
        return self._live.get(job_id)

    def quick(self, job_id: str) -> models.Job | None:
        """Return `public` from memory without the lock, which is held during writes to the disk."""
        job = self._live.get(job_id) or self._recent.get(job_id)
        return job.public(time.time()) if job is not None else None

    def shown(self) -> list[models.Job]:
        """Return every unfinished job and the latest ended ones, newest first."""
        now = time.time()
        with self._lock:
            jobs = sorted([*self._live.values(), *self._recent.values()], key=lambda job: job.created, reverse=True)
            return [job.public(now) for job in jobs]

    def search(self, text: str = "", state: str = "", limit: int = 50, before: str = "") -> list[models.Job]:
        """Search the history, newest first.

        Args:
            text: part of name, clip or user, or a whole id.
            before: id of the last job seen.
        """
        query, values = "SELECT * FROM jobs WHERE 1", []
        if text:
            like = f"%{text.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
            query += (
                " AND (name LIKE ? ESCAPE '!' OR clip LIKE ? ESCAPE '!' OR user LIKE ? ESCAPE '!' OR id=? OR process=?)"
            )
            values += [like, like, like, text, text]
        if state:
            wanted = [part.strip() for part in state.split(",")]
            query += f" AND state IN ({','.join('?' * len(wanted))})"
            values += wanted
        if before:
            query += " AND (created, id) < (SELECT created, id FROM jobs WHERE id=?)"
            values.append(before)
        query += " ORDER BY created DESC, id DESC LIMIT ?"
        now = time.time()
        found = [Job.from_row(row) for row in self._database.read(query, [*values, max(1, min(limit, 500))])]
        with self._lock:  # progress is only in memory
            return [self._live.get(job.id, job).public(now) for job in found]

    def moves(self, job_id: str) -> list[Move]:
        """Return the job's history, oldest first. Raises KinetixError if there is no such job."""
        with self._lock:
            self._find(job_id)
        rows = self._database.read("SELECT at, before, after, reason FROM job_moves WHERE job=? ORDER BY id", [job_id])
        return [Move.model_validate(dict(row)) for row in rows]

    def claimed(self, profile: str) -> set[str]:
        """Return every process of this profile that a job follows or followed, retaken ones too."""
        rows = self._database.read("SELECT process, doc FROM jobs WHERE profile=?", [profile])
        taken = {str(row["process"]) for row in rows if row["process"]}
        for row in rows:
            taken.update(json.loads(row["doc"]).get("parents", ()))
        return taken

    def remove(self, job_id: str) -> None:
        with self._lock:
            removed = self._find(job_id)
            if removed.state not in ENDED:
                raise ConflictError(
                    "This job is still running.", code="jobRunning", next_step="Cancel the job first, then remove it."
                )
            with self._database.write() as connection:
                connection.execute("DELETE FROM jobs WHERE id=?", [job_id])
                connection.execute("DELETE FROM job_moves WHERE job=?", [job_id])
            self._recent.pop(job_id, None)
            self._emit(JobRemoved(data=RemovedJob(id=removed.id)))

    def _find(self, job_id: str) -> Job:
        found = self._found(job_id)
        if found is None:
            raise MissingError(
                "There is no such job.",
                code="jobNotFound",
                next_step="List the jobs again: it may have been removed.",
            )
        return found

    def _found(self, job_id: str) -> Job | None:
        found = self._live.get(job_id) or self._recent.get(job_id)
        if found is None:
            rows = self._database.read("SELECT * FROM jobs WHERE id=?", [job_id])
            found = Job.from_row(rows[0]) if rows else None
        return found

    def _keep(self, job: Job) -> None:
        if job.state not in ENDED:
            self._recent.pop(job.id, None)
            self._live[job.id] = job
            return
        self._live.pop(job.id, None)
        self._last_sent.pop(job.id, None)
        self._recent[job.id] = job
        if len(self._recent) > _SHOWN_ENDED:
            del self._recent[min(self._recent, key=lambda key: self._recent[key].created)]


def _log(
    connection: sqlite3.Connection, job: str, before: JobState | None, after: JobState, reason: str, now: float
) -> None:
    connection.execute(
        "INSERT INTO job_moves(job, at, before, after, reason) VALUES(?,?,?,?,?)",
        [job, now, before and str(before), str(after), reason],
    )
