"""The budgets of a listener, on real sockets with uvicorn's two protocols, with limits small enough for a test."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kinetix_core.serving.listeners import Budget, Limits, limited, recognize
from kinetix_local.api.listening.lan import certificate
from kinetix_local.api.listening.listener import bind, configuration, server
from tests.support.waiting import LIMIT_S, until

SMALL = Limits(connections=12, strangers=6, head_s=1.0, head_bytes=4096, body_s=1.0)
# For what must not depend on how fast this machine is just now: no time runs out.
PATIENT = replace(SMALL, head_s=LIMIT_S, body_s=LIMIT_S)
LARGE = bytes(8 << 20)  # more than the system takes at once
OWNER = b"GET / HTTP/1.1\r\nHost: x\r\nx-owner: 1\r\n\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    for name, value in scope["headers"]:
        if name in {b"x-owner", b"x-guest"}:
            recognize(scope, value.decode() if name == b"x-guest" else "")
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = LARGE if scope["path"] == "/large" else b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def serving(budget: Budget, protocol: Any = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    bound = bind("127.0.0.1", 0)
    config = configuration(app, budget, lifespan="off")
    if protocol is not None:
        config.http = limited(protocol, budget)
    found = server(config, budget, signals=False, tls=tls)

    def run() -> None:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(found.serve([bound]))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        while not found.started:
            time.sleep(0.01)
        yield bound.getsockname()[1]
    finally:
        found.should_exit = True
        thread.join(LIMIT_S)
        assert not thread.is_alive()


@pytest.fixture(params=[H11Protocol, HttpToolsProtocol], ids=["h11", "httptools"])
def protocol(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def port(protocol: Any) -> Iterator[int]:
    with serving(Budget(SMALL), protocol) as found:
        yield found


@pytest.fixture
def patient_port(protocol: Any) -> Iterator[int]:
    with serving(Budget(PATIENT), protocol) as found:
        yield found


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)


def is_open(port: int) -> bool:
    try:
        connect(port).close()
    except ConnectionError:
        return False
    return True


def ask(peer: socket.socket, request: bytes = OWNER) -> bytes:
    peer.sendall(request)
    answer = b""
    while not answer.partition(b"\r\n\r\n")[2]:  # its body is one digit
        piece = peer.recv(65536)
        if not piece:
            break
        answer += piece
    return answer


def is_gone(peer: socket.socket) -> bool:
    """Wait until the other side has ended the connection."""
    with contextlib.suppress(ConnectionError):
        while peer.recv(65536):
            pass
    return True


def test_the_owner_gets_in_past_any_number_of_strangers(patient_port: int) -> None:
    kept = connect(patient_port)
    assert ask(kept).startswith(b"HTTP/1.1 200")
    strangers = [connect(patient_port) for _ in range(40)]
    try:
        late = connect(patient_port)
        assert ask(late).startswith(b"HTTP/1.1 200"), "a newcomer was shut out"
        assert ask(kept).startswith(b"HTTP/1.1 200"), "the owner's open connection was taken"
        late.close()
        assert is_gone(strangers[0]), "the one that waited longest goes"
    finally:
        for peer in (kept, *strangers):
            peer.close()


def test_too_many_of_the_owners_own_end_the_idle_ones(patient_port: int) -> None:
    own = []
    for _ in range(SMALL.connections):
        own.append(peer := connect(patient_port))
        assert ask(peer).startswith(b"HTTP/1.1 200")
    late = connect(patient_port)
    assert ask(late).startswith(b"HTTP/1.1 200") and is_gone(own[0])
    for peer in (late, *own):
        peer.close()


def test_guests_who_never_finish_shut_nobody_out(patient_port: int) -> None:
    """The oldest connection of the busiest link is closed."""
    half = b"POST / HTTP/1.1\r\nHost: x\r\nx-guest: %s\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    with contextlib.ExitStack() as opened:
        guests = []
        for link in [b"one", *[b"many"] * (SMALL.connections - 1)]:
            guests.append(opened.enter_context(connect(patient_port)))
            guests[-1].sendall(half % link)
            assert guests[-1].recv(64).startswith(b"HTTP/1.1 100"), "it was recognized, as its body is read"
        for gone in guests[1:3]:
            late = opened.enter_context(connect(patient_port))
            late.sendall(half % b"new")
            assert late.recv(64).startswith(b"HTTP/1.1 100") and is_gone(gone)
        assert ask(guests[0], b"123456789").startswith(b"HTTP/1.1 200"), "a link of few connections lost one"


@pytest.mark.parametrize("begin", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nx-a: b\r\n"])
def test_a_head_has_to_come_in_time(port: int, begin: bytes) -> None:
    peer = connect(port)
    with contextlib.suppress(ConnectionError):  # its time may be over by now
        peer.sendall(begin)
    assert is_gone(peer)


@pytest.mark.parametrize("begin", [b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nx-a: b\r\n"])
def test_so_has_one_that_is_not_the_connections_first(protocol: Any, begin: bytes) -> None:
    budget = Budget(PATIENT)
    with serving(budget, protocol) as port:
        kept = connect(port)
        assert ask(kept).startswith(b"HTTP/1.1 200")
        budget.limits = SMALL
        kept.sendall(begin)
        assert is_gone(kept)
        kept.close()


def test_a_head_that_drips_has_no_more_time(port: int) -> None:
    peer = connect(port)
    with pytest.raises(OSError):
        peer.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(400):
            peer.sendall(b"x: y\r\n")
            time.sleep(0.05)


def test_a_head_has_a_size(patient_port: int) -> None:
    peer = connect(patient_port)
    with pytest.raises(OSError):
        peer.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(4000):
            peer.sendall(b"x: " + b"y" * 4000 + b"\r\n")
        raise AssertionError("16 MB of head were taken")


def test_a_strangers_body_has_a_time_and_the_owners_only_has_to_move(protocol: Any) -> None:
    # Far more than lies between two bytes of the owner, and less than all of them take.
    with serving(Budget(replace(SMALL, head_s=LIMIT_S, body_s=2.5)), protocol) as port:
        _stranger_and_owner(port)


def _stranger_and_owner(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\n%sContent-Length: 30\r\n\r\n"
    stranger, owner = connect(port), connect(port)
    stranger.sendall(head % b"")
    owner.sendall(head % b"x-owner: 1\r\n")
    gone = False
    for _ in range(30):
        time.sleep(0.1)
        owner.sendall(b"x")
        try:
            stranger.sendall(b"x")
        except OSError:
            gone = True
    assert ask(owner, b"").startswith(b"HTTP/1.1 200")
    assert gone or is_gone(stranger)
    stalled = connect(port)
    stalled.sendall(head % b"x-owner: 1\r\n")
    assert is_gone(stalled)


def test_an_answer_is_sent_whole_before_its_connection_ends(protocol: Any) -> None:
    heard = b""

    def read(peer: socket.socket, port: int) -> None:
        nonlocal heard
        until(lambda: not is_open(port), "the end of the listener")
        with contextlib.suppress(ConnectionError):
            while piece := peer.recv(1 << 20):
                heard += piece

    with serving(Budget(PATIENT), protocol) as port:
        peer = connect(port)
        peer.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nx-owner: 1\r\n\r\n")
        heard += peer.recv(1)
        reader = threading.Thread(target=read, args=(peer, port))
        reader.start()
    reader.join(LIMIT_S)
    assert len(heard) > len(LARGE)


def test_a_tls_handshake_counts_from_the_first_byte_on(tmp_path: Path) -> None:
    """The event loop's own `ssl=` tells nobody of a connection before the handshake is over: a thousand idle ones were free."""
    made = certificate(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    here = ssl.create_default_context(cafile=made.chain)
    with serving(Budget(replace(SMALL, head_s=5.0)), tls=context) as port:  # a handshake takes a slow machine a while
        idle = [connect(port) for _ in range(40)]
        idle[-1].sendall(b"\x16\x03\x01")
        with connect(port) as plain, here.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
            assert ask(secured).startswith(b"HTTP/1.1 200") and is_gone(idle[0])
            assert ask(secured).startswith(b"HTTP/1.1 200")
        assert is_gone(idle[-1])
        with connect(port) as noise:
            noise.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert is_gone(noise), "plain text on a TLS port"
        for peer in idle:
            peer.close()
