"""Progress of a capture that is just ending, on both databases: it never falls, and results are available."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kinetix_core.values.failure import CaptureStage
from kinetix_local.api.app import App
from kinetix_local.api.caches.bags import Bag
from kinetix_local.api.instance import default_world
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.store import processes
from kinetix_local.store.queue.captures import Live
from kinetix_local.web.next_takes import NextTakes
from kinetix_local.web.page_api import PageApi
from tests.local.queue.test_leases import delivery
from tests.support.present import present
from tests.support.studio import IdleService, add_clip, idle_service, once_at, store

__all__ = ["idle_service", "store"]
pytestmark = pytest.mark.xdist_group("local-postgres")


def begun(service: IdleService) -> tuple[str, Callable[[], None]]:
    """A process whose capture is half done, and what ends that."""
    process = add_clip(service)
    queue = DatabaseQueue(service, "one/local")
    job = present(queue.take(service.folder / "work"))
    queue.beat(job.lease, Live(CaptureStage.TRACK, 50, 3, 4, 1))
    return process, lambda: queue.deliver(job, delivery(job))


async def asked(
    service: IdleService,
    path: str,
    method: str = "GET",
    query: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = (),
    body: bytes = b"",
    key: str | None = None,
) -> Any:
    """The JSON of an answer of the API."""
    key = key or default_world(service.store, service.clock)[0]
    headers = [(b"host", b"127.0.0.1"), (b"x-api-key", key.encode()), (b"content-length", b"%d" % len(body)), *headers]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    await App(service)(scope, receive, send)
    return json.loads(b"".join(message.get("body", b"") for message in sent))


def test_who_asks_for_a_process(idle_service: IdleService) -> None:
    process, end = begun(idle_service)
    with once_at("after_cursor_execute", end, "FROM processes"):
        told = [asyncio.run(asked(idle_service, f"/v1/process/{process}")) for _ in range(2)]
    assert told[0]["progression"] >= 50, told
    assert (told[1]["step"], told[1]["progression"]) == ("done", 100)


def test_the_upload_page(idle_service: IdleService) -> None:
    process, end = begun(idle_service)
    token = f"{process[:-1]}f"
    with idle_service.database.write() as db:
        processes.change(db, process, idle_service.clock.now(), token=token)
    with once_at("after_cursor_execute", end, "FROM processes"):
        told = [PageApi(idle_service, NextTakes()).state(token)["process"] for _ in range(2)]
    assert told[0]["progression"] >= 50, told
    assert (told[1]["status"], told[1]["progression"]) == ("done", 100)


def test_whoever_sees_it_done_gets_no_bag_and_no_emote_of_before(idle_service: IdleService) -> None:
    """A game that polls asks for both at once. What it was given before the emote was done must be forgotten by then."""
    process, end = begun(idle_service)
    row, ticks, entry = idle_service.process(process), idle_service.clock.ticks(), (object(), b"no files")
    owner = (row.world_id, row.external_id)
    idle_service.bags.keep(owner, Bag(row.user_id, ticks + 60_000), idle_service.bags.version)
    idle_service.emotes.keep((row.emote, None), entry, idle_service.emotes.version)  # type: ignore[arg-type]
    left = list[object]()

    def look() -> None:
        left.extend((idle_service.bags.fresh(owner, ticks), idle_service.emotes.get((row.emote, None))))

    with once_at("commit", look):
        end()
    assert idle_service.process(process).step == "done" and left == [None, None]
