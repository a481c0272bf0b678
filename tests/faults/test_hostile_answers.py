"""The client against a hostile server: every status with every shape of a body, wrong lengths, redirects, bombs, endless answers."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kinetix_core.api import Client
from kinetix_core.api.errors import ApiError, BadAnswer, ConnectionFailed, RedirectRefused, for_status
from kinetix_core.values.errors import FormatError, InputError, KinetixError
from tests.faults.hostile import KEY, TOKEN, client_of, good_token
from tests.support.raw_server import Exchange, RawServer

FAILURES = (*range(400, 432), 451, *range(500, 505), 599)
SUCCESSES = (200, 201, 204, 208)
SHAPES: dict[str, tuple[str, bytes]] = {
    "normal": ("application/json", b'{"errorCode":"solarFlare","message":"Why","data":{}}'),
    "schema": ("application/json", b'{"message":"malformed request","details":"\\"query.x\\" is not allowed"}'),
    "schema list": ("application/json", b'{"details":["a","b"],"message":"malformed request"}'),
    "batch": ("application/json", b'{"status":"error","data":{"failed":{"u":"Emote does not exist"}}}'),
    "empty": ("", b""),
    "page": ("text/html", b"<!DOCTYPE html><html><title>Gateway</title>" + b"<p>" * 3000),
    "page that claims to be json": ("application/json", b"<html><body>login</body></html>"),
    "json that claims to be a page": ("text/html", b'{"errorCode":"solarFlare","message":"Why"}'),
    "half": ("application/json", b'{"errorCode":"solarFl'),
    "deep": ("application/json", b'{"message":' * 50_000),
    "bytes": ("application/octet-stream", bytes(range(256)) * 40),
    "wrong charset": ("application/json; charset=utf-16", b'{"message":"Why"}'),
    "not an object": ("application/json", b"[[[1]]]"),
    "number": ("application/json", b"1e999"),
    "lone surrogate": ("application/json", b'{"message":"\\ud800","uuid":"\\ud800"}'),
    "huge number": ("application/json", b'{"uuid":' + b"9" * 6000 + b"}"),
}


@functools.cache
def packed(start: bytes, piece: bytes, times: int, end: bytes) -> bytes:
    """gzip of the start, `piece` so many times, and the end. A full flush makes the packer forget: each piece gives the same."""
    text, crc, size = zlib.compressobj(9, zlib.DEFLATED, -15), 0, len(start) + times * len(piece) + len(end)
    head = text.compress(start) + text.flush(zlib.Z_FULL_FLUSH)
    again = text.compress(piece) + text.flush(zlib.Z_FULL_FLUSH)
    for part in (start, *[piece] * times, end):
        crc = zlib.crc32(part, crc)
    tail = text.compress(end) + text.flush()
    return b"\x1f\x8b\x08" + bytes(7) + head + again * times + tail + struct.pack("<II", crc, size)


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.answer(status, body, **headers)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_failure_with_each_shape(server: RawServer, shape: str) -> None:
    kind, body = SHAPES[shape]
    with client_of(server.url) as client:
        for status in FAILURES:
            server.handler = answering(status, body, **({"Content_Type": kind} if kind else {}))
            with pytest.raises(ApiError) as caught:
                client.emotes.get("u")
            error = caught.value
            assert type(error) is for_status(status) and error.status == status
            assert error.next_step and len(error.detail) < 1000
            json.dumps(error.as_dict()).encode()


@pytest.mark.parametrize("shape", SHAPES)
def test_each_success_with_each_shape(server: RawServer, shape: str) -> None:
    """None of the shapes is an emote: the client says so and gives nothing half-read."""
    kind, body = SHAPES[shape]
    with client_of(server.url) as client:
        for status in SUCCESSES:
            server.handler = answering(status, body, **({"Content_Type": kind} if kind else {}))
            with pytest.raises(BadAnswer):
                client.emotes.get("u")


@pytest.mark.parametrize("status", [100, 102, 199, 202, 203, 205, 206, 207, 226, 300, 304, 399, 600, 999])
def test_other_statuses_are_no_success(server: RawServer, status: int) -> None:
    server.handler = lambda exchange: exchange.json(status, {"uuid": "u"})
    with client_of(server.url) as client, pytest.raises(KinetixError):
        client.emotes.get("u")


@pytest.mark.parametrize(
    "raw",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"uuid":"u"}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{"uuid":"u"}',
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{",
        b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Length: 40\r\n\r\n{"uuid":"u"}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n{"uuid":',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 200_000,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nnotgzip",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n"
        + gzip.compress(b'{"uuid":"u"}', mtime=0)[:12],
        b"HTTP/1.1 OK 200\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n{}",
        b"220 mail.example ESMTP\r\n",
        b"\x16\x03\x01\x02\x00" * 40,
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(5000)) + b"\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
        b"\r\n" * 50_000,
    ],
)
def test_wrong_lengths_and_heads_end_in_an_error(server: RawServer, raw: bytes) -> None:
    server.handler = lambda exchange: exchange.send(raw)
    with client_of(server.url) as client, pytest.raises((ConnectionFailed, BadAnswer)):
        client.emotes.get("u")


def test_a_redirect_to_another_host_is_refused_before_anything_is_sent_there(server: RawServer) -> None:
    with RawServer() as far, client_of(server.url) as client:
        for status in (301, 302, 303, 307, 308):
            for target in (
                f"{far.url}/v1/x",
                f"//127.0.0.1:{far.port}/x",
                f"http://localhost:{server.port}/x",
                "https://127.0.0.1/x",
            ):
                server.handler = answering(status, Location=target)
                with pytest.raises(RedirectRefused) as caught:
                    client.emotes.get("u")
                assert KEY not in str(caught.value.as_dict())
        assert not far.requests


def test_a_redirect_on_the_same_host_is_followed_for_reading_only(server: RawServer) -> None:
    def handle(exchange: Exchange) -> None:
        if exchange.path == "/v2/x":
            exchange.json(200, {"uuid": "u"})
        else:
            exchange.answer(302, Location="/v2/x")

    server.handler = handle
    with client_of(server.url) as client:
        assert client.emotes.get("u").uuid == "u"
        with pytest.raises(RedirectRefused):
            client.users.create("p")


def test_redirects_without_end(server: RawServer) -> None:
    server.handler = lambda exchange: exchange.answer(302, Location=exchange.path + "x")
    with client_of(server.url) as client, pytest.raises(RedirectRefused):
        client.emotes.get("u")
    assert len(server.requests) <= 6


def test_an_upload_is_not_redirected(server: RawServer, tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(bytes(1000))
    with RawServer() as far:

        def redirect(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.answer(307, Location=far.url)

        server.handler = good_token(redirect)
        with client_of(server.url) as client, pytest.raises(KinetixError):
            client.process.create(TOKEN, clip)
        assert not far.requests


def test_cookies_are_not_kept(server: RawServer) -> None:
    server.handler = lambda exchange: exchange.json(200, {"uuid": "u"}, Set_Cookie="track=1; Path=/")
    with client_of(server.url) as client:
        client.emotes.get("u")
        client.emotes.get("u")
    assert "cookie" not in server.requests[1].headers


def test_netrc_is_not_used(server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.handler = lambda exchange: exchange.json(200, {"uuid": "u"})
    with client_of(server.url) as client:
        client.emotes.get("u")
    assert "authorization" not in server.requests[0].headers


def test_nothing_switches_tls_checks_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for value in (False, 0, "", tmp_path, "none.pem"):
        with pytest.raises(InputError):
            Client("https://api.example", KEY, ca_file=value)  # type: ignore[arg-type]
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    client = Client("https://api.example", KEY)
    for session in (client._api, client._files):
        settings = session.merge_environment_settings("https://api.example", {}, True, None, None)
        assert session.verify is True and settings["verify"] is True


def test_the_environment_s_certificates_and_proxies_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("", encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with RawServer(lambda exchange: exchange.json(200, {"uuid": "by-proxy"})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        with Client("http://api.example", KEY) as client:
            settings = client._api.merge_environment_settings("https://api.example", {}, True, None, None)
            assert settings["verify"] == str(bundle)
            assert client.emotes.get("u").uuid == "by-proxy"
        assert proxy.requests[0].path == "http://api.example/v1/emotes/u"
        with RawServer(lambda exchange: exchange.json(200, {"uuid": "near"})) as near, Client(near.url) as client:
            assert client.emotes.get("u").uuid == "near", "this machine is never asked through a proxy"


@pytest.mark.parametrize("place", ["http://[::1/x", "http://x:y/z", "//[", "ftp://x/y", "http://"])
def test_an_address_that_is_none(server: RawServer, tmp_path: Path, place: str) -> None:
    with client_of(server.url) as client:
        with pytest.raises(KinetixError):
            client.download(place, tmp_path / "a.glb")
        server.handler = lambda exchange: exchange.answer(302, Location=place)
        with pytest.raises(KinetixError):
            client.download("/a.glb", tmp_path / "a.glb")
        with pytest.raises(KinetixError):
            client.virtual_world.config()


@contextlib.contextmanager
def memory_below(mebibytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("unit", [b"{},", b"[],", b"0,", b'{"a":[[]]},'])
def test_an_answer_of_millions_of_values_is_not_built(server: RawServer, unit: bytes) -> None:
    """56 kB of gzip are 64 MiB of `{},`: gigabytes and a minute, where only bytes are counted."""
    units = (1 << 20) // len(unit)
    body = packed(b"[", unit * units, 60, b"{}]")
    server.handler = answering(200, body, Content_Encoding="gzip")
    with memory_below(200), client_of(server.url) as client, pytest.raises(BadAnswer) as caught:
        list(client.users.emotes("player-1"))
    assert "too many values" in caught.value.title


def bomb(exchange: Exchange, status: int) -> None:
    """256 MiB of zero bytes, packed a thousand times smaller."""
    body = packed(b"", bytes(1 << 20), 256, b"")
    exchange.answer(status, body, Content_Encoding="gzip", Content_Type="application/json")


def endless(exchange: Exchange, status: int) -> None:
    """A 1 GiB body, in pieces, until the client goes."""
    exchange.send(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n" % status)
    piece = b'"' + b"x" * ((1 << 20) - 1)
    for _ in range(1024):
        exchange.send(piece)


@pytest.mark.parametrize(("send", "most"), [(bomb, 24), (endless, 16)])
@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_a_gigabyte_in_place_of_an_answer(
    server: RawServer, send: Callable[[Exchange, int], None], most: int, status: int
) -> None:
    server.handler = lambda exchange: send(exchange, status)
    expected = BadAnswer if status == 200 else ApiError
    with (
        client_of(server.url, answer_bytes=4 << 20, error_bytes=1 << 20) as client,
        memory_below(most),
        pytest.raises(expected),
    ):
        client.emotes.get("u")


def test_a_gzip_bomb_in_place_of_a_file(server: RawServer, tmp_path: Path) -> None:
    server.handler = lambda exchange: bomb(exchange, 200)
    with client_of(server.url) as client, memory_below(16), pytest.raises((BadAnswer, FormatError)):
        client.download("/a.bin", tmp_path / "a.bin", max_bytes=8 << 20)
    assert list(tmp_path.iterdir()) == []


def test_a_large_upload_keeps_memory_flat(server: RawServer, tmp_path: Path) -> None:
    """A hole of 256 MiB in place of a clip; the server takes in 64 MiB and refuses."""
    clip = tmp_path / "hole.mp4"
    with clip.open("wb") as file:
        file.truncate(256 << 20)

    def refuse(exchange: Exchange) -> None:
        left, room = 64 << 20, bytearray(1 << 20)
        while left > 0 and (count := exchange.sock.recv_into(room)):
            left -= count
        exchange.json(413, {"errorCode": "videoTooLong", "message": "Video is too long"})

    server.handler = good_token(refuse)
    with client_of(server.url) as client, memory_below(4), pytest.raises(KinetixError):
        client.process.create(TOKEN, clip)
