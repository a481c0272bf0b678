"""Hosts of online videos, as they can be: each refusal has the code that clients of the API know."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import urllib3.util.connection

from kinetix_local.api.bodies import imports
from kinetix_local.api.errors import ApiError
from kinetix_local.store.sql.settings import Settings
from tests.support.raw_server import Exchange, Handler, RawServer, cut

pytestmark = pytest.mark.quick
SETTINGS = Settings(import_private=True)
VIDEO = b"a video" * 100


def sends(exchange: Exchange) -> None:
    exchange.answer(200, VIDEO, Content_Type="video/mp4")


def breaks_off(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 5000\r\n\r\n" + VIDEO)


def is_long(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 700000000\r\n\r\n")


def turns(exchange: Exchange) -> None:
    exchange.answer(302, Location="/again")


def refused(url: str) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        imports.look(url, SETTINGS)
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(
    ("handler", "status", "code"),
    [
        pytest.param(lambda exchange: None, 422, "unsupportedURL", id="closes without an answer"),
        pytest.param(cut, 422, "unsupportedURL", id="resets"),
        pytest.param(lambda exchange: exchange.send(b"what?\r\n\r\n"), 422, "unsupportedURL", id="speaks no HTTP"),
        pytest.param(lambda exchange: exchange.answer(500), 422, "unsupportedURL", id="fails"),
        pytest.param(lambda exchange: exchange.answer(403), 422, "unsupportedURL", id="refuses"),
        pytest.param(lambda exchange: exchange.answer(404), 404, "videoNotFound", id="has none"),
        pytest.param(
            lambda exchange: exchange.answer(200, b"x", Content_Type="text/html"),
            422,
            "unsupportedURL",
            id="has a page",
        ),
        pytest.param(is_long, 413, "videoTooLong", id="has a long one"),
        pytest.param(turns, 422, "badURL", id="turns in a circle"),
    ],
)
def test_hosts_that_give_no_video(handler: Handler, status: int, code: str) -> None:
    with RawServer(handler) as host:
        assert refused(f"{host.url}/a.mp4") == (status, code)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::a9fe:a9fe", False),
        ("2002:a9fe:a9fe::1", False),
        ("2001:0:a9fe:a9fe::1", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("::ffff:0:7f00:1", False),
        ("2001:470::5efe:7f00:1", False),
        ("2001:470::200:5efe:7f00:1", False),
        ("fe80::5efe:808:808", False),
        ("5f00::1", False),
        ("fec0::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
    ],
)
def test_a_host_is_called_at_the_address_that_was_checked(
    address: str, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere at its second look-up reaches nobody on this network."""
    called: list[str] = []

    def call(where: tuple[str, int], *_options: object, **_named: object) -> socket.socket:
        called.append(where[0])
        if where[0] == address:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", where[1]))

    found = iter([address])

    def look_up(name: str, port: int, *_options: object, **_named: object) -> list[tuple[object, ...]]:
        assert name == "host.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(found, "127.0.0.1"), port))]

    asked: list[str] = []

    def answers(exchange: Exchange) -> None:
        asked.append(exchange.path)
        sends(exchange)

    with RawServer(answers) as host, monkeypatch.context() as patch:
        patch.setattr(urllib3.util.connection, "create_connection", call)
        patch.setattr(socket, "getaddrinfo", look_up)
        with pytest.raises(ApiError) as caught:
            imports.look(f"http://host.example:{host.url.rpartition(':')[2]}/a.mp4", Settings())
    assert (caught.value.status, caught.value.code) == (422, "unsupportedURL")
    assert called == [address] * public and not asked


def test_nobody_there() -> None:
    with socket.socket() as taken:  # so that nobody else listens there
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert refused(f"http://127.0.0.1:{port}/a.mp4") == (422, "unsupportedURL")
    for address in ("http://[::1/a.mp4", "http://a b/c", "http:///a.mp4"):
        assert refused(address)[0] == 422, address


def test_a_silent_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "_TIMEOUT_S", 0.2)
    with RawServer(lambda exchange: exchange.hang()) as host:
        assert refused(f"{host.url}/a.mp4") == (422, "timeOut")


def test_a_video_arrives_whole_or_not_at_all(tmp_path: Path) -> None:
    with RawServer(sends) as host:
        name, extension, path, size = imports.fetch(f"{host.url}/my%20move.mp4", SETTINGS, tmp_path / "whole")
        assert (name, extension, size, path.read_bytes()) == ("my move.mp4", "mp4", len(VIDEO), VIDEO)
    with RawServer(breaks_off) as host:
        with pytest.raises(ApiError) as caught:
            imports.fetch(f"{host.url}/a.mp4", SETTINGS, tmp_path / "half")
        assert (caught.value.status, caught.value.code) == (422, "unsupportedURL")
        assert not (tmp_path / "half").exists()
