"""Captures on threads of this process: a rejected one ends soon, and results on a slow line hold up nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from kinetix_capture import thread_count
from kinetix_capture.interface import CaptureRequest, Delivery, Progress, Report
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.failure import CaptureStage
from kinetix_local.api.instance import Store, default_world
from kinetix_local.queue import task
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.queue.interface import Job
from kinetix_local.queue.runner import Runner, spawn_pool
from kinetix_local.store import processes
from kinetix_local.store.queue import captures
from kinetix_local.store.queue.captures import Lease, Live
from kinetix_local.store.sql.settings import Settings
from kinetix_local.store.sql.tables import worlds as worlds_table
from tests.support.studio import IdleService, add_clip
from tests.support.waiting import LIMIT_S, until_async


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdleService]:
    monkeypatch.setenv("KINETIX_LOCAL_CAPTURE", "tests.support.fast_capture:deliver")
    store = Store(tmp_path / "local")
    made = IdleService(store, "http://127.0.0.1:1")
    default_world(store, made.clock)
    yield made
    made.threads.shutdown()
    store.close()


def next_request(service: IdleService) -> CaptureRequest:
    """Return the capture request of a new clip."""
    add_clip(service)
    job = DatabaseQueue(service, "this/one").take(service.folder / "work")
    assert job is not None
    return job.request


def run_with(
    service: IdleService,
    act: Callable[[], Awaitable[None]],
    queue: DatabaseQueue | None = None,
    make: Callable[[int], Executor] = ThreadPoolExecutor,
) -> None:
    """Run captures of the queue on threads of this process while `act` runs."""
    queue = queue or DatabaseQueue(service, "this/local")

    async def main() -> None:
        place, threads = service.folder / "work", service.threads
        runner = Runner(queue, place, threads, service.clock, make_executor=make)
        working = asyncio.create_task(runner.run())
        try:
            await act()
        finally:
            working.cancel()
            await asyncio.wait([working])
            runner.close()

    asyncio.run(main())


def test_what_the_service_took_is_not_too_large_for_the_capture(service: IdleService) -> None:
    """The page, the upload and the capture must name one limit, or a clip is refused after minutes of sending."""
    for limit in (Settings().max_upload_bytes, 7):
        service.settings = replace(service.settings, max_upload_bytes=limit)
        assert next_request(service).max_bytes == limit
    assert CaptureRequest(Path("clip.mp4"), Path()).max_bytes == Settings().max_upload_bytes


@pytest.mark.parametrize(
    ("configuration", "strict", "length"),
    [
        ({}, None, ClipLength(1, 10)),
        ({"maxSeconds": 60}, None, ClipLength(1, 60)),
        ({"minSeconds": 0.3}, None, ClipLength(0.3, 10)),
        ({"minSeconds": 0.3, "maxSeconds": 60}, "2024", ClipLength(1, 10)),
        ({"minSeconds": 0.1, "maxSeconds": 600}, None, ClipLength(1, 10)),
    ],
)
def test_a_world_may_allow_longer_and_shorter_emotes_but_not_where_the_published_server_is_played(
    service: IdleService, configuration: dict[str, Any], strict: str | None, length: ClipLength
) -> None:
    with service.database.write() as db:
        db.execute(update(worlds_table).values(configuration=configuration))
    service.settings = replace(service.settings, strict=strict)
    assert next_request(service).length == length


def test_a_rejected_capture_ends_and_frees_its_worker(service: IdleService) -> None:
    slow, next_one = add_clip(service, contents=b"SLOW:36000"), add_clip(service)

    async def act() -> None:
        await until_async(lambda: service.process(slow).step == "ml_running")
        with service.database.write() as db:
            processes.change(db, slow, service.clock.now(), rejected=True, step="rejected")
            captures.cancel(db, slow)
        await until_async(lambda: service.process(next_one).step == "done")
        assert service.process(slow).step == "rejected"

    run_with(service, act)


def test_one_more_capture_goes_on_while_results_are_on_their_way_and_is_heard(service: IdleService) -> None:
    first, second, third = (add_clip(service) for _ in range(3))
    arrives = threading.Event()

    class SlowLine(DatabaseQueue):
        def deliver(self, job: Job, delivery: Delivery) -> None:
            if job.lease.process == first:
                assert arrives.wait(LIMIT_S)
            super().deliver(job, delivery)

    def heard(uuid: str) -> int:
        with service.database.read() as db:
            return next((one.heartbeat for one in captures.running(db) if one.process == uuid), 0)

    async def act() -> None:
        try:
            # Its own capture is over in no time: who is heard so often waits for the line.
            await until_async(lambda: heard(second) > 3)
            assert service.process(third).step == "initialized"
            with service.database.write() as db:
                processes.change(db, second, service.clock.now(), rejected=True, step="rejected")
                captures.cancel(db, second)
            await until_async(lambda: heard(third) > 0)
            assert heard(first) > 0
        finally:
            arrives.set()
        await until_async(lambda: service.process(first).step == service.process(third).step == "done")
        assert service.process(second).step == "rejected"

    run_with(service, act, SlowLine(service, "this/local"))


def test_a_capture_that_ends_before_the_queue_has_heard_that_it_began_is_told_to_have_run(
    service: IdleService,
) -> None:
    uuid = add_clip(service)
    asked, over = threading.Event(), threading.Event()

    class Late(ThreadPoolExecutor):
        def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
            def run_once_asked() -> Any:
                assert asked.wait(LIMIT_S)
                try:
                    return work(*given, **named)
                finally:
                    over.set()

            return super().submit(run_once_asked)

    class SlowLine(DatabaseQueue):
        def beat(self, lease: Lease, progress: Live | None) -> None:
            asked.set()
            assert over.wait(LIMIT_S)
            super().beat(lease, progress)

    async def act() -> None:
        await until_async(lambda: service.process(uuid).step == "done")
        assert service.process(uuid).ml_started_at is not None

    run_with(service, act, SlowLine(service, "this/local"), Late)


def test_a_lost_clip_fails_cleanly(service: IdleService) -> None:
    uuid = add_clip(service)
    for clip in (service.blobs.root / "uploads").iterdir():
        clip.unlink()

    async def act() -> None:
        await until_async(lambda: service.process(uuid).step == "transcode_failed")

    run_with(service, act)


def test_as_many_workers_as_may_be_asked_for_can_be_made_on_any_system() -> None:
    """Windows waits for 61 processes at once."""
    spawn_pool(64).shutdown()


@pytest.mark.parametrize("said", [None, "3"])
def test_captures_at_the_same_time_share_the_cores_unless_somebody_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    monkeypatch.delenv(thread_count.VARIABLE, raising=False)
    if said:
        monkeypatch.setenv(thread_count.VARIABLE, said)
    with spawn_pool(2) as pool:
        found = pool.submit(os.getenv, thread_count.VARIABLE).result(LIMIT_S)
    assert found == (said or str(thread_count.cores() // 2))


def test_a_worker_process_loads_nothing_large_before_its_capture_does() -> None:
    """The first clip of every service waits for it."""
    script = "import sys; import kinetix_local.queue.task; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert not {"numpy", "sqlalchemy"} & set(done.stdout.split())


STAGES = (CaptureStage.DECODE, CaptureStage.TRACK, CaptureStage.TRACK, CaptureStage.WRITE)


def look(request: CaptureRequest, report: Report) -> Delivery:
    """Report each stage and read what was written then."""
    written = []
    for stage in STAGES:
        report(Progress(stage, 0.5, 1.0))
        written.append(json.loads((request.out_dir / "progress.json").read_text(encoding="utf-8"))["stage"])
    return Delivery(files={}, avatars={}, duration_s=1.0, quality={"stages": written})


def test_a_stage_that_begins_is_told_at_once(tmp_path: Path) -> None:
    """Some of the close reports within a stage are dropped; the first of each stage never is."""
    request = CaptureRequest(clip=tmp_path / "clip.mp4", out_dir=tmp_path, name="Wave")
    told = task.run(f"{__name__}:look", request, tmp_path / "progress.json", tmp_path / "cancel")
    assert told.quality == {"stages": list(STAGES)}
