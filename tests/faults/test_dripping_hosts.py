"""Hosts that answer a byte now and then: each costs only its own place, and nobody waits for them at the end."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kinetix_local.api.bodies import imports
from kinetix_local.api.errors import ApiError
from kinetix_local.places import NoPlace, Places
from kinetix_local.store.sql.settings import Settings
from tests.support.raw_server import Exchange, RawServer
from tests.support.service import running
from tests.support.waiting import LIMIT_S

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"


def drips_its_head(exchange: Exchange) -> None:
    exchange.drip(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000, 0.05)


def drips_its_body(exchange: Exchange) -> None:
    exchange.send(HEAD)
    exchange.drip(b"v" * 200_000, 0.05)


@pytest.mark.parametrize("handler", [drips_its_head, drips_its_body])
def test_an_import_has_a_time_in_all(handler: object, tmp_path: Path) -> None:
    with RawServer(handler) as host:  # type: ignore[arg-type]
        with pytest.raises(ApiError) as caught:
            imports.fetch(f"{host.url}/a.mp4", Settings(import_private=True), tmp_path / "clip", seconds=0.5)
        assert (caught.value.status, caught.value.code) == (422, "timeOut") and not list(tmp_path.iterdir())
        if handler is drips_its_head:
            with pytest.raises(ApiError) as caught:
                imports.look(f"{host.url}/a.mp4", Settings(import_private=True), seconds=0.5)
            assert caught.value.code == "timeOut"


def test_an_import_ends_with_the_service(tmp_path: Path) -> None:
    ending = threading.Event()
    with RawServer(drips_its_body) as host:
        threading.Timer(0.3, ending.set).start()
        with pytest.raises(ApiError):
            imports.fetch(f"{host.url}/a.mp4", Settings(import_private=True), tmp_path / "clip", ending.is_set)
    assert ending.is_set()


def test_a_redirect_to_no_address() -> None:
    with (
        RawServer(lambda exchange: exchange.answer(302, Location="http://[::1/x")) as host,
        pytest.raises(ApiError) as caught,
    ):
        imports.look(f"{host.url}/a.mp4", Settings(import_private=True))
    assert (caught.value.status, caught.value.code) == (422, "badURL")


def test_one_host_has_its_own_places_only() -> None:
    async def scene() -> None:
        places, hold = Places("test", 4, each=2), threading.Event()
        slow = [asyncio.create_task(places.run("slow", lambda: hold.wait(LIMIT_S))) for _ in range(10)]
        await asyncio.sleep(0)
        assert await places.run("quick", lambda: 7) == 7
        with pytest.raises(NoPlace):
            await places.run("slow", lambda: 7, wait_s=0.1)
        slow[-1].cancel()
        hold.set()
        await asyncio.gather(*slow[:-1])
        assert await places.run("slow", lambda: 8) == 8
        assert not places._hosts and not places._users
        places.close()

    asyncio.run(scene())


def test_slow_hosts_stop_nobody_else(tmp_path: Path) -> None:
    """Nine imports and two webhooks that never end, beside the API, an upload and another world's webhook; then a stop."""
    heard: list[bytes] = []
    told = threading.Event()

    def hears(exchange: Exchange) -> None:
        exchange.read_body()
        heard.append(exchange.body)
        exchange.json(200, {})
        if b'"done"' in exchange.body:
            told.set()

    with (
        RawServer(drips_its_head) as slow,
        RawServer(drips_its_head) as slow_hooks,
        RawServer(hears) as quick,
        running(tmp_path / "home", "--allow-private-imports") as service,
    ):
        tokens = [service.token(service.user(f"player-{number}"))["uuid"] for number in range(9)]

        def look(token: str) -> None:
            service.call(
                "POST", "/v1/process/video/info", json={"url": f"{slow.url}/a.mp4"}, headers={"x-api-token": token},
                key=None, timeout=LIMIT_S,
            )  # fmt: skip

        threads = [threading.Thread(target=_quietly, args=(look, token), daemon=True) for token in tokens]
        for thread in threads:
            thread.start()
        hooks = {"webhookUri": slow_hooks.url.replace("127.0.0.1", "localhost")}
        assert service.call("PUT", "/v1/virtual-world/config", json=hooks).status_code == 200
        for number in range(3):
            service.emote(user=f"slow-{number}")
        other = service.admin("POST", "/worlds", json={"name": "another"}).json()["uuid"]
        key = service.admin("POST", f"/worlds/{other}/keys", json={}).json()["key"]
        service.info["apiKey"] = key
        assert service.call("PUT", "/v1/virtual-world/config", json={"webhookUri": quick.url}).status_code == 200
        service.emote(user="quick")
        assert told.wait(LIMIT_S), heard
        service.process.terminate()
        service.process.wait(LIMIT_S)  # the hosts drip until the test ends


def _quietly(action: Callable[[str], None], token: str) -> None:
    with contextlib.suppress(Exception):
        action(token)
