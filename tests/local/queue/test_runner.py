"""The work behind the API in process: another executor takes over with no other code, and a rejected capture ends soon."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from kinetix_capture import thread_count
from kinetix_capture.interface import CaptureRequest, Delivery, Progress, Report
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.failure import CaptureStage
from kinetix_local.api.instance import Service, Store, default_world
from kinetix_local.queue import task
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.queue.interface import Job
from kinetix_local.queue.runner import spawn_pool
from kinetix_local.store import processes
from kinetix_local.store.queue import captures
from kinetix_local.store.queue.captures import Lease, Live
from kinetix_local.store.sql.settings import Settings
from kinetix_local.store.sql.tables import worlds as worlds_table
from tests.support.present import present
from tests.support.studio import add_clip
from tests.support.waiting import LIMIT_S, until_async


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setenv("KINETIX_LOCAL_CAPTURE", "tests.support.fast_capture:deliver")
    store = Store(tmp_path / "local")
    made = Service(store, "http://127.0.0.1:1")
    default_world(store, made.clock)
    return made


def step(service: Service, uuid: str) -> str:
    with service.database.read() as db:
        row = processes.find(db, uuid)
    assert row is not None
    return str(row.step)


def next_request(service: Service) -> CaptureRequest:
    """Return the capture request of a new clip."""
    add_clip(service)
    job = DatabaseQueue(service, "this/one").take(service.folder / "work")
    assert job is not None
    return job.request


def run_with(service: Service, make: Callable[[int], Executor], act: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        service.make_executor = make
        await service.start()
        try:
            await act()
        finally:
            await service.stop()
            service.store.close()

    asyncio.run(main())


def test_another_executor(service: Service) -> None:
    uuid = add_clip(service)

    async def act() -> None:
        await until_async(lambda: step(service, uuid) == "done")

    run_with(service, lambda workers: ThreadPoolExecutor(workers), act)


def test_what_the_service_took_is_not_too_large_for_the_capture(service: Service) -> None:
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
    service: Service, configuration: dict[str, Any], strict: str | None, length: ClipLength
) -> None:
    with service.database.write() as db:
        db.execute(update(worlds_table).values(configuration=configuration))
    service.settings = replace(service.settings, strict=strict)
    assert next_request(service).length == length


def test_a_rejected_capture_ends_and_frees_its_worker(service: Service) -> None:
    slow, next_one = add_clip(service, contents=b"SLOW:36000"), add_clip(service)

    async def act() -> None:
        await until_async(lambda: step(service, slow) == "ml_running")
        with service.database.write() as db:
            processes.change(db, slow, service.clock.now(), rejected=True, step="rejected")
            captures.cancel(db, slow)
        await until_async(lambda: step(service, next_one) == "done")
        assert step(service, slow) == "rejected"

    run_with(service, lambda workers: ThreadPoolExecutor(workers), act)


def test_one_more_capture_goes_on_while_results_are_on_their_way_and_is_heard(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (add_clip(service) for _ in range(3))
    deliver, arrives = DatabaseQueue.deliver, threading.Event()

    def deliver_slowly(queue: DatabaseQueue, job: Job, delivery: Delivery) -> None:
        if job.lease.process == first:
            assert arrives.wait(LIMIT_S)
        deliver(queue, job, delivery)

    monkeypatch.setattr(DatabaseQueue, "deliver", deliver_slowly)

    def heard(uuid: str) -> int:
        with service.database.read() as db:
            return next((one.heartbeat for one in captures.running(db) if one.process == uuid), 0)

    async def act() -> None:
        try:
            # Its own capture is over in no time: who is heard so often waits for the line.
            await until_async(lambda: heard(second) > 3)
            assert step(service, third) == "initialized"
            with service.database.write() as db:
                processes.change(db, second, service.clock.now(), rejected=True, step="rejected")
                captures.cancel(db, second)
            await until_async(lambda: heard(third) > 0)
            assert heard(first) > 0
        finally:
            arrives.set()
        await until_async(lambda: step(service, first) == step(service, third) == "done")
        assert step(service, second) == "rejected"

    run_with(service, lambda workers: ThreadPoolExecutor(workers), act)


def test_a_capture_that_ends_before_the_queue_has_heard_that_it_began_is_told_to_have_run(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid = add_clip(service)
    run, beat, asked, over = task.run, DatabaseQueue.beat, threading.Event(), threading.Event()

    def run_once_asked(*given: Any) -> Delivery:
        assert asked.wait(LIMIT_S)
        try:
            return run(*given)
        finally:
            over.set()

    def beat_slowly(queue: DatabaseQueue, lease: Lease, progress: Live | None) -> None:
        asked.set()
        assert over.wait(LIMIT_S)
        beat(queue, lease, progress)

    monkeypatch.setattr(task, "run", run_once_asked)
    monkeypatch.setattr(DatabaseQueue, "beat", beat_slowly)

    async def act() -> None:
        await until_async(lambda: step(service, uuid) == "done")
        with service.database.read() as db:
            assert present(processes.find(db, uuid)).ml_started_at is not None

    run_with(service, lambda workers: ThreadPoolExecutor(workers), act)


def test_work_goes_on_after_the_database_was_away(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    import kinetix_local.api.instance as service_module

    monkeypatch.setattr(service_module, "_AGAIN_S", 0.1)
    uuid = add_clip(service)
    whole, failures = service.database.write, iter(range(3))  # several threads take of it, each another

    def write(**options: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("the database is away", None, OSError())
        return whole(**options)

    monkeypatch.setattr(service.database, "write", write)

    async def act() -> None:
        await until_async(lambda: step(service, uuid) == "done")

    run_with(service, lambda workers: ThreadPoolExecutor(workers), act)


def test_a_lost_clip_fails_cleanly(service: Service) -> None:
    uuid = add_clip(service)
    for clip in (service.blobs.root / "uploads").iterdir():
        clip.unlink()

    async def act() -> None:
        await until_async(lambda: step(service, uuid) == "transcode_failed")

    run_with(service, lambda workers: ThreadPoolExecutor(workers), act)


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


def test_a_stage_that_begins_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the close reports within a stage are dropped; the first of each stage never is."""
    written: list[CaptureStage] = []

    def look(request: object, report: Report) -> Delivery:
        for stage in (CaptureStage.DECODE, CaptureStage.TRACK, CaptureStage.TRACK, CaptureStage.WRITE):
            report(Progress(stage, 0.5, 1.0))
            written.append(CaptureStage(json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["stage"]))
        return Delivery(files={}, avatars={}, duration_s=1.0, quality={})

    monkeypatch.setattr(task, "_function", lambda name: look)
    request = CaptureRequest(clip=tmp_path / "clip.mp4", out_dir=tmp_path, name="Wave")
    task.run("any:capture", request, tmp_path / "progress.json", tmp_path / "cancel")
    assert written == [CaptureStage.DECODE, CaptureStage.TRACK, CaptureStage.TRACK, CaptureStage.WRITE]
