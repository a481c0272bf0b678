"""The few threads that all jobs share: whatever a job does to its own, the next one finds one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.enumerations import JobKind, JobState
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.errors import KinetixError
from kinetix_hub.database import Database
from kinetix_hub.jobs.job import Job
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from tests.support.waiting import LIMIT_S, until


def add_job(store: JobStore, name: str) -> Job:
    settings = JobSettings()
    return store.create(JobKind.CLIP, name=name, clip="/clip.mp4", profile="local", user="player", settings=settings)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(Database(tmp_path / "hub.db"), lambda event: None)


@contextlib.contextmanager
def running(runner: Runner) -> Iterator[None]:
    runner.start()
    try:
        yield
    finally:
        runner.stop()


def test_no_end_of_a_job_holds_the_next_one_up(store: JobStore) -> None:
    """More of each kind than there are threads: jobs that are removed the moment they end, and ends that meet a person's folder
    or a disk that refuses would each take their thread along.
    """
    heard: list[str] = []

    def step(job: Job, stop: Callable[[], bool]) -> None:
        if job.name == "Broken":
            raise KinetixError("It broke.", code="broke", next_step="")
        store.move(job.id, JobState.FAILED, "it ended")
        if job.name == "Removed":
            store.remove(job.id)

    def ended(job: Job) -> None:
        if job.name == "Broken":
            raise KinetixError("This folder is not one of Kinetix.", code="notOurs", next_step="")
        heard.append(job.name)

    for name in ["Removed"] * 10 + ["Broken"] * 10 + ["Kept"]:
        add_job(store, name)
    with running(Runner(store, step, ended=ended)):
        until(lambda: heard, store.shown)
        until(lambda: {job.state for job in store.shown()} == {JobState.FAILED}, store.shown)
        assert heard == ["Kept"] and sorted(job.name for job in store.shown()) == ["Broken"] * 10 + ["Kept"]


def test_a_wish_to_stop_that_comes_as_a_job_ends_does_not_stop_its_retry(store: JobStore) -> None:
    wished, ended, asked, stops = threading.Event(), threading.Event(), threading.Event(), list[bool]()
    update = store.update

    def step(job: Job, stop: Callable[[], bool]) -> None:
        stops.append(stop())
        assert wished.wait(LIMIT_S)
        raise KinetixError("It broke.", code="broke", next_step="")

    def hold(job: Job) -> None:
        ended.set()
        assert asked.wait(LIMIT_S)

    def late(job_id: str, **changes: Any) -> Job:
        wished.set()
        assert ended.wait(LIMIT_S)
        return update(job_id, **changes)

    runner = Runner(store, step, ended=hold)
    job = add_job(store, "Wave")
    with running(runner):
        until(lambda: stops)
        store.update = late  # type: ignore[method-assign]
        runner.cancel(job.id)
        asked.set()
        until(lambda: not runner.busy())
        store.move(job.id, JobState.QUEUED, "tried again", cancel=False)
        runner.wake(job.id)
        until(lambda: len(stops) == 2)
        assert stops == [False, False]


def test_no_step_begins_while_a_job_is_being_stopped(tmp_path: Path) -> None:
    class Slow(JobStore):
        def move(self, job_id: str, after: JobState, *given: Any, **changes: Any) -> Job:
            runner.wake(job_id)
            time.sleep(0.2)  # a thread that may take it has taken it by then
            return super().move(job_id, after, *given, **changes)

    def step(job: Job, stop: Callable[[], bool]) -> float:
        steps.append(job.id)
        return 600.0

    store, steps = Slow(Database(tmp_path / "hub.db"), lambda event: None), list[str]()
    runner = Runner(store, step)
    job = add_job(store, "Wave")
    with running(runner):
        until(lambda: steps and not runner.busy())
        runner.cancel(job.id)
        until(lambda: not runner.busy())
        assert len(steps) == 1 and store.get(job.id).state is JobState.CANCELLED
