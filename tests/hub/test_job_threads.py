"""The few threads that all jobs share: whatever a job does to its own, the next one finds one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinetix_core.hub_protocol.enumerations import JobKind, JobState
from kinetix_core.hub_protocol.models import JobSettings
from kinetix_hub.database import Database
from kinetix_hub.jobs.job import Job
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from tests.support.waiting import until


def test_jobs_that_are_removed_the_moment_they_end_hold_nothing_up(tmp_path: Path) -> None:
    """More of them than there are threads: each of these would take its thread along."""
    store = JobStore(Database(tmp_path / "hub.db"), lambda event: None)
    heard: list[str] = []

    def step(job: Job, stop: Callable[[], bool]) -> None:
        store.move(job.id, JobState.FAILED, "it ended")
        if job.name == "Removed":
            store.remove(job.id)

    runner = Runner(store, step, ended=lambda job: heard.append(job.name))
    for name in ["Removed"] * 10 + ["Kept"]:
        store.create(JobKind.CLIP, name=name, clip="/clip.mp4", profile="local", user="player", settings=JobSettings())
    runner.start()
    try:
        until(lambda: heard, store.shown)
        assert heard == ["Kept"] and [job.name for job in store.shown()] == ["Kept"]
    finally:
        runner.stop()
