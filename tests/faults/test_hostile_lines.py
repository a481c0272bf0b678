"""The client against a line that breaks or crawls: cut in every phase, dripping, silent. Nothing hangs; nothing is half done."""

from __future__ import annotations

import contextlib
import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kinetix_core.api import Client
from kinetix_core.api.errors import ApiError, ConnectionFailed, TimedOut
from kinetix_core.values.errors import KinetixError
from tests.faults.hostile import TOKEN, client_of, good_token, impatient
from tests.support.raw_server import Exchange, RawServer, cut
from tests.support.waiting import until


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(3 << 20))
    return path


HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"uuid":"u"}'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"uuid\r\n6\r\n":"u"}\r\n0\r\n\r\n'


@pytest.mark.parametrize("how", ["reset", "close"])
def test_cut_at_every_byte_of_an_answer(server: RawServer, how: str) -> None:
    with client_of(server.url) as client:
        # The last chunk, which is empty, says that the value before it was whole.
        for whole, end in ((HEAD, len(HEAD)), (CHUNKED, CHUNKED.index(b"0\r\n\r\n"))):
            for length in range(0, end, 3):

                def handle(exchange: Exchange, part: bytes = whole[:length]) -> None:
                    exchange.send(part)
                    if how == "reset":
                        cut(exchange)

                server.handler = handle
                with pytest.raises(ConnectionFailed):
                    client.emotes.get("u")


@pytest.mark.parametrize("after", [0, 1, 200, 100_000, 2_000_000])
def test_cut_while_a_clip_is_sent(server: RawServer, clip: Path, after: int) -> None:
    def read_and_cut(exchange: Exchange) -> None:
        exchange.read_some(after)
        cut(exchange)

    server.handler = good_token(read_and_cut)
    with client_of(server.url) as client, pytest.raises(ConnectionFailed):
        client.process.create(TOKEN, clip)


def test_a_server_that_accepts_and_says_nothing(server: RawServer) -> None:
    server.handler = Exchange.hang
    with impatient(server.url) as client, pytest.raises(TimedOut):
        client.emotes.get("u")


def test_a_server_that_does_not_even_accept() -> None:
    """Its queue is full, so connecting itself waits."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            filler = opened.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with impatient(f"http://127.0.0.1:{port}") as client, pytest.raises(TimedOut):
            client.emotes.get("u")


@pytest.mark.parametrize("phase", ["status line", "headers", "body", "chunks", "error body", "100 continue"])
def test_a_slow_drip_ends_by_the_call_s_limit(server: RawServer, phase: str) -> None:
    """Each byte comes in time; the whole never does. Without a limit over all this would last for hours."""
    before, slow = {
        "status line": (b"", b"HTTP/1.1 200 " + b"O" * 5000),
        "headers": (b"HTTP/1.1 200 OK\r\nX-Pad: ", b"a" * 5000),
        "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"[" * 5000),
        "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n" * 1000),
        "error body": (b"HTTP/1.1 500 X\r\nContent-Length: 5000\r\n\r\n", b"[" * 5000),
        "100 continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 200),
    }[phase]

    def handle(exchange: Exchange) -> None:
        exchange.send(before)
        exchange.drip(slow, 0.1)
        dripped.set()

    dripped = threading.Event()
    server.handler = handle
    with impatient(server.url, call_s=1.0) as client, pytest.raises((TimedOut, ApiError)):
        client.emotes.get("u")
    assert not dripped.is_set(), "the client did not wait for the end"


def test_a_file_that_drips_has_stalled(server: RawServer, tmp_path: Path) -> None:
    def handle(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nglTF")
        exchange.drip(bytes(5000), 0.05)

    server.handler = handle
    with impatient(server.url) as client, pytest.raises(TimedOut):
        client.download("/a.glb", tmp_path / "a.glb")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_reads_a_clip_by_the_byte_has_stalled(server: RawServer, tmp_path: Path) -> None:
    clip = tmp_path / "big.mp4"
    with clip.open("wb") as file:
        file.truncate(64 << 20)

    server.handler = good_token(Exchange.hang)
    with impatient(server.url) as client, pytest.raises(KinetixError):
        client.process.create(TOKEN, clip)


def test_a_dripping_token_route_does_not_hold_an_upload(server: RawServer, clip: Path) -> None:
    def drip(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nX-Pad: ")
        exchange.drip(b"a" * 5000, 0.1)

    server.handler = drip
    with impatient(server.url, call_s=1.0) as client, pytest.raises(TimedOut):
        client.process.create(TOKEN, clip)


def test_a_client_is_as_good_as_new_after_every_fault(server: RawServer) -> None:
    """Faults leave no broken connection in the pool, no thread and no socket behind."""
    faults = [
        cut,
        lambda e: e.send(HEAD[:30]),
        lambda e: e.send(HEAD[:-3]),
        lambda e: e.send(b"nonsense"),
        lambda e: e.json(500, {}),
        lambda e: e.answer(302, Location="http://127.0.0.1:1/"),
    ]
    with client_of(server.url) as client:
        threads = threading.active_count()
        for fault in faults * 5:
            server.handler = fault
            with pytest.raises(KinetixError):
                client.emotes.get("u")
            server.handler = lambda e: e.json(200, {"uuid": "u"})
            assert client.emotes.get("u").uuid == "u"
        gc.collect()
        # The test server's own end within their half second.
        until(lambda: threading.active_count() <= threads + 2, threading.enumerate)


def test_many_threads_share_a_client(server: RawServer) -> None:
    server.handler = lambda e: e.json(200, {"uuid": e.path.rsplit("/", 1)[1]})
    wrong: list[str] = []
    with client_of(server.url) as client:

        def ask(name: str) -> None:
            wrong.extend(name for _ in range(10) if client.emotes.get(name).uuid != name)

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(ask, (f"e{index}" for index in range(12))))
    assert not wrong


def test_a_question_of_the_caller_that_fails_is_the_caller_s_error(server: RawServer, tmp_path: Path) -> None:
    server.handler = Exchange.hang

    def broken() -> bool:
        raise RuntimeError("a bug of the caller")

    with impatient(server.url) as client:
        with pytest.raises(RuntimeError):
            client.download("/a.bin", tmp_path / "a", cancelled=broken)
        server.handler = lambda exchange: exchange.drip(b"HTTP/1.1 200 " + b"O" * 500, 0.1)
        with pytest.raises(TimedOut):
            client.emotes.get("u")


def test_a_key_with_a_line_break_is_taken_and_one_with_a_blank_is_not(server: RawServer) -> None:
    server.handler = lambda exchange: exchange.json(200, {"uuid": "u"})
    with Client(server.url, f"  {'a' * 32}\n") as client:
        client.emotes.get("u")
    assert server.requests[0].headers["x-api-key"] == "a" * 32
    for key in ("a b", "ü" * 32, "a\r\nx-evil: 1"):
        with pytest.raises(KinetixError):
            Client(server.url, key)
