"""Hosts of online videos, as they can be: each refusal has the code that clients of the API know."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kinetix_local.api import imports
from kinetix_local.api.errors import ApiError
from kinetix_local.store.settings import Settings
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
