"""A clock that is set back: nothing waits longer than it should, and nothing lives longer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kinetix_local.api.caches.bags import Bag
from kinetix_local.api.instance import Service, Store, default_world
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.queue.runner import Runner
from kinetix_local.store import processes, users, worlds
from kinetix_local.store.sql.tables import deliveries
from kinetix_local.webhooks.outbox import Outbox
from tests.support.present import present
from tests.support.studio import IdleService, fresh_database

DAY_MS = 86_400_000


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    store = Store(tmp_path / "local")
    made = Service(store, "http://127.0.0.1:1")
    default_world(store, made.clock)
    yield made
    made.threads.shutdown()
    store.close()


def set_clock(service: Service, ms: int) -> None:
    """Set the wall clock by so many milliseconds, as an administrator does; monotonic time goes on as it is."""
    service.clock.wall = lambda: time.time_ns() + ms * 1_000_000


def _token(service: Service) -> str:
    now = service.clock.now()
    with service.database.write() as db:
        user = users.find(db, 1, "player-1") or present(users.add(db, 1, "player-1", now))
        uuid, _ = processes.add_token(db, now, 300_000, world_id=1, key_id=1, user_id=user.id)
    return uuid


def _alive(service: Service, uuid: str) -> bool:
    with service.database.read() as db:
        return processes.token(db, uuid, service.clock.now()) is not None


@pytest.mark.parametrize("back", [DAY_MS, 3600_000, 60_000])
def test_a_token_lives_no_longer(service: Service, back: int) -> None:
    uuid = _token(service)
    assert _alive(service, uuid)
    set_clock(service, -back)
    assert not _alive(service, uuid)
    assert _alive(service, _token(service)), "a new one works at once"


def test_a_clock_that_is_adjusted_a_little_ends_no_token(service: Service) -> None:
    uuid = _token(service)
    set_clock(service, -2_000)
    assert _alive(service, uuid)
    set_clock(service, 300_000)
    assert not _alive(service, uuid)


@pytest.mark.xdist_group("local-postgres")
@pytest.mark.parametrize("offset_ms", [-11_000, -DAY_MS, DAY_MS])
def test_replicas_go_by_the_clock_of_the_database(postgres_url: str, tmp_path: Path, offset_ms: int) -> None:
    url = fresh_database(postgres_url)
    stores = [Store(tmp_path / name, url) for name in ("one", "two", "three")]
    first = IdleService(stores[0], "http://127.0.0.1:1")
    default_world(stores[0], first.clock)
    uuid = _token(first)
    services = [first, *(IdleService(store, "http://127.0.0.1:1") for store in stores[1:])]
    set_clock(services[1], offset_ms)
    set_clock(services[2], offset_ms)
    assert all(_alive(one, uuid) for one in services)
    for one in services:
        one.threads.shutdown()
        one.store.close()


def _delivery(service: Service, next_in_ms: int, attempts: int = 0) -> None:
    now = service.clock.now()
    with service.database.write() as db:
        values: dict[str, Any] = {
            "uuid": worlds.new_uuid(), "world_id": 1, "key_id": 1, "process": worlds.new_uuid(), "status": "done",
            "url": "http://127.0.0.1:1", "body": "{}", "state": "waiting", "attempts": [{}] * attempts,
            "next_at": now + next_in_ms, "created_at": now,
        }  # fmt: skip
        db.execute(deliveries.insert().values(**values))


@pytest.mark.parametrize(("attempts", "pause_ms"), [(0, 0), (1, 1_000), (3, 30_000), (6, 1_200_000)])
def test_a_webhook_waits_no_longer(service: Service, attempts: int, pause_ms: int) -> None:
    async def due() -> tuple[int, float]:
        outbox = Outbox(service)
        try:
            with ThreadPoolExecutor(1) as pool:
                rows, wait = await asyncio.get_running_loop().run_in_executor(pool, outbox._due)
        finally:
            outbox.close()
        return len(rows), wait

    _delivery(service, pause_ms, attempts)
    count, wait = asyncio.run(due())
    assert count == (0 if pause_ms else 1) and wait <= 60
    set_clock(service, -DAY_MS)
    assert asyncio.run(due())[0] == 1, "it would have waited for a day"
    set_clock(service, DAY_MS)
    assert asyncio.run(due())[0] == 1


def test_what_is_cached_is_forgotten_in_time(service: Service) -> None:
    ticks = service.clock.ticks
    service.bags.keep((1, "a"), Bag(1, ticks() + 60_000), service.bags.version)
    with service.database.read() as db:
        expires, _ = service.keys.load(db, "0" * 32)
    assert expires - ticks() <= 5_000
    set_clock(service, -DAY_MS)
    assert service.bags.fresh((1, "a"), ticks()) is not None and service.keys.cached("0" * 32) is not None
    assert service.bags.fresh((1, "a"), ticks() + 60_000) is None


def test_a_capture_is_never_shown_to_have_run_for_less_than_nothing(service: Service) -> None:
    runner = Runner(DatabaseQueue(service, "this/one"), service.folder / "work", service.threads, service.clock)
    begun = service.clock.ticks()
    set_clock(service, -DAY_MS)
    assert 0 <= runner._live({"stage": "track", "fraction": 0.5, "remaining": 3.0}, begun).elapsed_s < 60
