"""Leases of captures, the same on SQLite and PostgreSQL: one holder at a time, late results thrown away, users take turns."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException
from fastapi.routing import APIRoute
from sqlalchemy import select, text, update

from kinetix_capture.interface import Delivery
from kinetix_core import __version__
from kinetix_core.values.errors import KinetixError, MissingError
from kinetix_core.values.failure import CaptureStage
from kinetix_local.api.private import operations
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.queue.interface import Job, LeaseLost
from kinetix_local.queue.lease_watch import LeaseWatch
from kinetix_local.store import admin, processes
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.queue import captures
from kinetix_local.store.queue.captures import Lease, Live
from kinetix_local.store.sql import tables
from kinetix_local.webhooks.outbox import Outbox
from kinetix_studio.machines import routes as workers
from kinetix_studio.machines.machine import Statement, expected_weights
from kinetix_studio.machines.remote_job import RemoteDelivery, RemoteJob
from kinetix_studio.machines.routes import Undelivered
from tests.support.present import present
from tests.support.studio import HookedBlobs, IdleService, add_clip, idle_service, place_of, store
from tests.support.waiting import LIMIT_S, until

__all__ = ["idle_service", "store"]
pytestmark = pytest.mark.xdist_group("local-postgres")

_WORLDS = itertools.count(1)
HALF = Live(CaptureStage.TRACK, 50, 3, 4, 1)


def queue(service: IdleService, worker: str = "one/local") -> DatabaseQueue:
    return DatabaseQueue(service, worker)


def take(service: IdleService, worker: str = "one/local") -> Job:
    return present(queue(service, worker).take(service.folder / "work" / worker))


def delivery(job: Job) -> Delivery:
    (job.request.out_dir / "animation.glb").write_bytes(job.lease.worker.encode())
    return Delivery({"animation.glb": Path("animation.glb")}, 1.5)


def files_of(service: IdleService, process: str) -> list[bytes]:
    """Contents of the emote's files."""
    query = tables.files.select().join(tables.assets, tables.assets.c.id == tables.files.c.asset_id)
    with service.database.read() as db:
        found = db.execute(query.where(tables.assets.c.uuid == service.process(process).emote)).all()
    return [b"".join(service.blobs.read(row.blob)) for row in found]


def webhooks_of(service: IdleService, process: str) -> list[str]:
    with service.database.read() as db:
        found = db.execute(tables.deliveries.select().where(tables.deliveries.c.process == process)).all()
    return [row.status for row in found]


def test_a_capture_is_held_once_and_delivered_once(idle_service: IdleService) -> None:
    process = add_clip(idle_service)
    job = take(idle_service)
    assert queue(idle_service, "two/local").take(idle_service.folder / "work") is None
    assert job.lease == (process, 1, "one/local")
    assert idle_service.process(process).step == "waiting_runner"
    queue(idle_service).beat(job.lease, HALF)
    with idle_service.database.read() as db:
        assert captures.live(db, process) == HALF
    assert idle_service.process(process).step == "ml_running"
    queue(idle_service).deliver(job, delivery(job))
    assert idle_service.process(process).step == "done"
    with pytest.raises(LeaseLost):
        queue(idle_service).deliver(job, delivery(job))
    with pytest.raises(LeaseLost):
        queue(idle_service).fail(job.lease, "ml_failed", KinetixError("Too late.", code="broke", next_step=""))
    assert files_of(idle_service, process) == [b"one/local"]
    assert idle_service.process(process).step == "done"


def test_many_workers_at_once_get_each_capture_once(idle_service: IdleService) -> None:
    wanted = {add_clip(idle_service, f"player-{number % 5}") for number in range(24)}

    def work(number: int) -> list[str]:
        found: list[str] = []
        own = queue(idle_service, f"{number}/local")
        while job := own.take(idle_service.folder / "work" / str(number)):
            found.append(job.lease.process)
        return found

    with ThreadPoolExecutor(6) as threads:
        taken = [process for part in threads.map(work, range(6)) for process in part]
    assert len(taken) == 24 and set(taken) == wanted


def test_a_silent_worker_loses_its_capture_and_comes_back_too_late(idle_service: IdleService) -> None:
    process = add_clip(idle_service)
    late = take(idle_service, "late/local")
    queue(idle_service, "late/local").beat(late.lease, HALF)
    watch = LeaseWatch(idle_service)
    limit = int(idle_service.settings.lease_s * 1000)
    assert watch.look() == 0
    idle_service.clock.passed_ms += limit - 1000
    queue(idle_service, "late/local").beat(late.lease, None)  # it lives: the time begins anew
    assert watch.look() == 0
    idle_service.clock.passed_ms += limit - 1000
    assert watch.look() == 0
    idle_service.clock.passed_ms += limit + 1000
    assert watch.look() == 1
    job = take(idle_service, "quick/local")
    assert job.lease == (process, 2, "quick/local")
    too_late = queue(idle_service, "late/local")
    with pytest.raises(LeaseLost):
        too_late.beat(late.lease, HALF)
    with pytest.raises(LeaseLost):
        too_late.deliver(late, delivery(late))
    with pytest.raises(LeaseLost):
        too_late.fail(late.lease, "ml_failed", KinetixError("Too late.", code="broke", next_step=""))
    with pytest.raises(LeaseLost):
        too_late.died(late.lease)
    assert idle_service.process(process).step == "waiting_runner"
    queue(idle_service, "quick/local").deliver(job, delivery(job))
    assert files_of(idle_service, process) == [b"quick/local"]


def test_a_machine_that_beats_without_progress_loses_its_capture(idle_service: IdleService) -> None:
    process = add_clip(idle_service)
    held = take(idle_service, "held/one")
    watch, minute = LeaseWatch(idle_service), 60_000

    def pass_minutes(count: int, *, percents: bool) -> list[int]:
        freed = []
        for number in range(count):
            idle_service.clock.passed_ms += minute
            with contextlib.suppress(LeaseLost):
                progress = HALF._replace(percent=number) if percents else HALF
                queue(idle_service, "held/one").beat(held.lease, progress)
            freed.append(watch.look())
        return freed

    assert sum(pass_minutes(90, percents=True)) == 0
    assert pass_minutes(61, percents=False).count(1) == 1
    assert watch.is_barred("held") and not watch.is_barred("other")
    assert take(idle_service, "other/one").lease == (process, 2, "other/one")
    idle_service.clock.passed_ms += 60 * minute
    assert not watch.is_barred("held")


class Sent:
    """The body of a result."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def stream(self) -> AsyncIterator[bytes]:
        yield self._body


def test_a_machine_holds_so_many_captures_and_undelivered_results(
    idle_service: IdleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many sessions it opens."""
    monkeypatch.setattr(workers, "_MOST_LEASES", 2)
    statement = Statement(
        version=__version__, weights=expected_weights(), system="Test", cores=2, memory_bytes=8 << 30, captures=1
    )

    idle_service.leases, undelivered = LeaseWatch(idle_service), Undelivered(10_000)

    def lease(session: str) -> Lease | None:
        job = workers.next_capture(idle_service, queue(idle_service, f"machine/{session}"), "machine", statement)
        return Lease(job.process, job.attempt, f"machine/{session}") if isinstance(job, RemoteJob) else None

    def send(lease: Lease, body: bytes) -> str:
        request: Any = Sent(body)
        of = queue(idle_service, lease.worker)
        answer = asyncio.run(workers.result(idle_service, of, "machine", lease, undelivered, "userData.json", request))
        return str(answer["blob"])

    for _ in range(3):
        add_clip(idle_service)
    first, second = present(lease("1")), present(lease("2"))
    assert lease("3") is None
    blob = send(first, b"{}".ljust(6000))
    send(second, b"[1]".ljust(6000).replace(b"[1]", b"{ }"))
    with pytest.raises(HTTPException) as caught:
        send(second, b"{}")
    assert caught.value.status_code == 413
    whole = RemoteDelivery(files={"userData.json": blob}, duration_s=1.5)
    workers.deliver(idle_service, queue(idle_service, "machine/1"), "machine", first, undelivered, whole)
    send(second, b"{}")
    assert lease("3") is not None


def test_a_clock_that_is_set_ends_no_lease(idle_service: IdleService) -> None:
    add_clip(idle_service)
    take(idle_service)
    watch = LeaseWatch(idle_service)
    for offset in (0, 86_400_000, -86_400_000):
        idle_service.clock.offset_ms = offset
        assert watch.look() == 0


def test_a_service_that_starts_takes_up_its_own_and_leaves_what_others_do(idle_service: IdleService) -> None:
    mine, other = add_clip(idle_service, "a"), add_clip(idle_service, "b")
    before, alive = take(idle_service, "one/local"), take(idle_service, "two/local")
    assert {before.lease.process, alive.lease.process} == {mine, other}
    queue(idle_service, "one/local").begin()
    again = take(idle_service, "one/local")
    assert again.lease == (mine, 2, "one/local")
    assert queue(idle_service, "one/local").take(idle_service.folder / "work") is None
    queue(idle_service, "two/local").deliver(alive, delivery(alive))
    assert idle_service.process(other).step == "done"


def test_a_cancel_is_learnt_at_the_next_heartbeat(idle_service: IdleService) -> None:
    process = add_clip(idle_service)
    job = take(idle_service)
    queue(idle_service).beat(job.lease, HALF)
    with idle_service.database.write() as db:
        captures.cancel(db, process)
    with pytest.raises(LeaseLost):
        queue(idle_service).beat(job.lease, HALF)


def test_a_clip_that_kills_its_workers_is_given_up_and_one_that_is_given_back_is_not(idle_service: IdleService) -> None:
    process = add_clip(idle_service)
    for _ in range(5):  # services that stop, in order
        queue(idle_service).give_back([take(idle_service).lease])
    for _ in range(3):
        assert idle_service.process(process).step != "ml_failed"
        queue(idle_service).died(take(idle_service).lease)
    row = idle_service.process(process)
    assert row.step == "ml_failed" and present(row.failure)["code"] == "captureDied"
    assert queue(idle_service).take(idle_service.folder / "work") is None


def test_a_refusal_ends_it_and_is_told_once(idle_service: IdleService) -> None:
    with idle_service.database.write() as db:
        db.execute(update(tables.worlds).values(configuration={"webhookUri": "http://127.0.0.1:9/"}))
    process = add_clip(idle_service)
    job = take(idle_service)
    queue(idle_service).beat(job.lease, HALF)
    queue(idle_service).beat(job.lease, HALF)
    queue(idle_service).fail(job.lease, "ml_failed", KinetixError("Nobody is seen.", code="broke", next_step=""))
    assert idle_service.process(process).error_message == "Nobody is seen."
    assert webhooks_of(idle_service, process) == ["processing", "error"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("people", "both"),
        ("person", [1, 2]),
        ("body", ["whole"]),
        ("trimStart", "now"),
        ("heightCm", {"metres": 2}),
        ("cropPixels", [1, 2]),
        ("refines", "an emote"),
        ("corrections", 3),
    ],
)
def test_a_request_that_nobody_can_follow_ends_alone(idle_service: IdleService, field: str, value: object) -> None:
    """An import may bring it. The clip behind it is captured."""
    with idle_service.database.write() as db:
        db.execute(update(tables.worlds).values(configuration={"webhookUri": "http://127.0.0.1:9/"}))
    odd, well = add_clip(idle_service, "a"), add_clip(idle_service, "b")
    with idle_service.database.write() as db:
        processes.change(db, odd, 1, request={"refines": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", field: value})
    assert take(idle_service).lease.process == well
    row = idle_service.process(odd)
    assert row.step == "render_failed" and webhooks_of(idle_service, odd) == ["error"]
    failure = present(row.failure)
    assert failure["code"] == "requestUnknown" and failure["detail"].startswith(field)


@contextlib.contextmanager
def withheld(service: IdleService, process: str) -> Iterator[None]:
    """The storage is there, and answers with an error for the clip of one process."""
    clip, well = f"uploads/{service.process(process).video}.mp4", service.blobs

    def refuse(blob: str) -> None:
        if blob == clip:
            raise StorageError(
                "The storage answers with an error.", detail="500 for a clip.", code="broke", next_step=""
            )

    service.blobs = HookedBlobs(well.root, size=refuse)
    yield
    service.blobs = well


def set_attempt(service: IdleService, process: str, attempt: int) -> None:
    with service.database.write() as db:
        db.execute(update(tables.captures).where(tables.captures.c.process == process).values(attempt=attempt))


def test_a_clip_that_the_storage_withholds_is_tried_later_and_later_while_others_are_captured(
    idle_service: IdleService,
) -> None:
    lost, well = add_clip(idle_service, "a"), add_clip(idle_service, "b")
    own, work = queue(idle_service), idle_service.folder / "work"
    set_attempt(idle_service, lost, 5)
    with withheld(idle_service, lost):
        with pytest.raises(StorageError):
            own.take(work)
        assert take(idle_service).lease.process == well
        for pause_s in (64, 128, 256, 512, 600, 600):  # half is more than a slow machine needs between two lines
            assert own.take(work) is None
            idle_service.clock.passed_ms += pause_s * 500
            assert own.take(work) is None
            idle_service.clock.passed_ms += pause_s * 500
            with pytest.raises(StorageError):
                own.take(work)
    idle_service.clock.passed_ms += 600_000
    assert take(idle_service).lease == (lost, 13, "one/local")


def test_what_is_put_off_is_so_for_every_service_and_over_a_restart(idle_service: IdleService) -> None:
    lost = add_clip(idle_service)
    set_attempt(idle_service, lost, 20)
    with withheld(idle_service, lost), pytest.raises(StorageError):
        queue(idle_service).take(idle_service.folder / "work")
    for seconds_on, is_tried in ((0, False), (300, False), (600, True)):
        other = IdleService(idle_service.store, "http://127.0.0.1:2")
        other.clock.passed_ms = seconds_on * 1000
        assert (queue(other, "two/local").lease_next() is not None) is is_tried
    with other.database.write() as db:
        captures.free_all_of(db, "two")
        captures.postpone(db, Lease(lost, 7, "nobody/local"), "late", other.clock.now())  # holds nothing
        assert captures.withheld(db, lost) == "The storage answers with an error. 500 for a clip."


def test_a_clock_that_is_set_puts_nothing_off_for_longer(idle_service: IdleService) -> None:
    lost = add_clip(idle_service)
    idle_service.clock.offset_ms = 86_400_000
    with withheld(idle_service, lost), pytest.raises(StorageError):
        queue(idle_service).take(idle_service.folder / "work")
    idle_service.clock.offset_ms = 0
    assert take(idle_service).lease.process == lost


def test_a_clip_that_stays_withheld_is_given_up_with_what_the_storage_said(idle_service: IdleService) -> None:
    lost = add_clip(idle_service)
    set_attempt(idle_service, lost, 49)
    with withheld(idle_service, lost), pytest.raises(StorageError):
        queue(idle_service).take(idle_service.folder / "work")
    idle_service.clock.passed_ms += 600_000
    assert queue(idle_service).take(idle_service.folder / "work") is None
    failure = present(idle_service.process(lost).failure)
    told = "The storage answers with an error. 500 for a clip."
    assert (failure["code"], failure["detail"]) == ("clipWithheld", told)


def test_a_clip_that_a_machine_could_not_fetch_is_not_the_next_one(idle_service: IdleService) -> None:
    lost, well = add_clip(idle_service, "a"), add_clip(idle_service, "b")
    own = queue(idle_service)
    set_attempt(idle_service, lost, 5)
    leased = present(own.lease_next())
    with withheld(idle_service, lost), pytest.raises(StorageError):
        workers.file(idle_service, own, leased.lease, leased.request.clip.name)
    own.give_back([leased.lease])
    assert present(own.lease_next()).lease.process == well
    assert own.lease_next() is None


def test_users_take_turns(idle_service: IdleService) -> None:
    batch = [add_clip(idle_service, "batch") for _ in range(20)]
    assert take(idle_service).lease.process == batch[0]
    single, second = add_clip(idle_service, "artist"), add_clip(idle_service, "artist")
    with idle_service.database.read() as db:
        assert [present(place_of(db, one)).number for one in (batch[1], single, batch[2], second)] == [1, 2, 3, 4]
        assert place_of(db, batch[0]) is None
    order = [take(idle_service).lease.process for _ in range(4)]
    assert order == [batch[1], single, batch[2], second]


def test_worlds_take_turns_and_each_place_is_the_one_at_which_it_begins(idle_service: IdleService) -> None:
    with idle_service.database.write() as db:
        for name in ("studio", "third"):
            admin.add_world(db, idle_service.clock.now(), f"{name} {next(_WORLDS)}")
        db.execute(update(tables.worlds).values(configuration={}))
        db.execute(tables.world_turns.delete())
        studio, third = list(db.execute(select(tables.worlds.c.id).order_by(tables.worlds.c.id)).scalars())[-2:]
    game = [add_clip(idle_service, f"player-{number % 9}") for number in range(30)]
    assert take(idle_service).lease.process == game[0]
    batch = [add_clip(idle_service, "batch", studio) for _ in range(6)]
    phone, other = add_clip(idle_service, "artist", studio), add_clip(idle_service, "somebody", third)
    expected = [batch[0], other, game[1], phone, game[2], batch[1], game[3], batch[2]]
    with idle_service.database.read() as db:
        assert [present(place_of(db, one)).number for one in expected] == [*range(1, 9)]
        last = present(place_of(db, game[-1])).number
    assert [take(idle_service).lease.process for _ in expected] == expected
    with idle_service.database.read() as db:
        assert present(place_of(db, game[-1])).number == last - len(expected)
    late = add_clip(idle_service, "late", third)
    begun = [take(idle_service).lease.process for _ in range(2)]
    assert late in begun, "a world that had nothing to do comes next, and saves nothing up"


def test_a_world_and_a_user_may_run_and_wait_for_so_many_only(idle_service: IdleService) -> None:
    with idle_service.database.write() as db:
        other = admin.add_world(db, idle_service.clock.now(), "another")
        limits = {"maxRunning": 3, "maxRunningPerUser": 2, "maxWaiting": 2, "maxWaitingPerUser": 1}
        db.execute(update(tables.worlds).where(tables.worlds.c.id == 1).values(configuration=limits))
        world = db.execute(tables.worlds.select().where(tables.worlds.c.uuid == other["uuid"])).one().id
    for user in ("a", "a", "a", "b", "b"):
        add_clip(idle_service, user)
    stranger = add_clip(idle_service, "c", world)
    taken = [take(idle_service) for _ in range(4)]
    users = [idle_service.process(job.lease.process).external_id for job in taken]
    assert sorted(users) == ["a", "a", "b", "c"] or sorted(users) == ["a", "b", "b", "c"]
    assert stranger in {job.lease.process for job in taken}
    assert queue(idle_service).take(idle_service.folder / "work") is None
    with idle_service.database.read() as db:
        assert captures.counts(db) == (2, 4)
        assert captures.waits_as_often(db, 2, world_id=1) and not captures.waits_as_often(db, 3, world_id=1)
        assert not captures.waits_as_often(db, 1, world_id=world)
    ended = next(job for job in taken if job.lease.process != stranger)
    queue(idle_service).deliver(ended, delivery(ended))
    take(idle_service)


def test_what_is_delivered_just_now_cannot_be_cancelled(idle_service: IdleService) -> None:
    job = held(idle_service)
    process = job.lease.process
    routes = operations.create(idle_service, lambda request: None).routes
    (cancel,) = (route.endpoint for route in routes if isinstance(route, APIRoute) and route.methods == {"DELETE"})
    with ThreadPoolExecutor(1) as another:
        with idle_service.database.write() as db:
            assert captures.end(db, job.lease)
            processes.change(db, process, 1, step="done")
            asks = another.submit(cancel, process)
            if not idle_service.database.is_sqlite:
                until(lambda: asks.done() or is_waiting(idle_service))
        with pytest.raises(MissingError):
            asks.result(LIMIT_S)
    found = idle_service.process(process)
    assert found.step == "done" and not found.rejected


def is_waiting(service: IdleService) -> bool:
    """Return whether a client waits for a lock of PostgreSQL."""
    with service.database.read() as db:
        return bool(db.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


def test_two_who_ask_at_once_keep_to_a_limit(idle_service: IdleService) -> None:
    with idle_service.database.write() as db:
        limit = {"maxRunningPerUser": 1}
        db.execute(update(tables.worlds).where(tables.worlds.c.id == 1).values(configuration=limit))
    for _ in range(2):
        add_clip(idle_service)

    with ThreadPoolExecutor(1) as another:
        with idle_service.database.write() as db:
            assert captures.lease_next(db, "one/local", 1) is not None
            asks = another.submit(queue(idle_service, "two/local").lease_next)
            if not idle_service.database.is_sqlite:
                until(lambda: asks.done() or is_waiting(idle_service))
        assert asks.result(LIMIT_S) is None


def test_one_of_several_services_sends_a_webhook(idle_service: IdleService) -> None:
    with idle_service.database.write() as db:
        db.execute(update(tables.worlds).values(configuration={"webhookUri": "http://127.0.0.1:9/"}))
        db.execute(tables.deliveries.delete())
    queue(idle_service).fail(held(idle_service).lease, "ml_failed", KinetixError("No.", code="broke", next_step=""))
    first, second = Outbox(idle_service), Outbox(idle_service)
    (seen,) = first._due()[0]
    assert second._due()[0] == [seen]
    idle_service.replica = "1" * 16
    assert first._claim(seen)
    idle_service.replica = "2" * 16
    assert not second._claim(seen), "it is in hand already"
    assert second._due()[0] == []
    idle_service.clock.passed_ms += 61_000
    (late,) = second._due()[0]
    assert second._claim(late), "its sender was killed"
    idle_service.replica = "1" * 16
    first._record(late, 500, "", False)
    idle_service.replica = "2" * 16
    assert not second._claim(late), "the next try has a pause of its own"
    first._take_back()


def held(service: IdleService) -> Job:
    add_clip(service)
    return take(service)
