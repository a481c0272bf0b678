"""Strangers on Kinetix Local's ports: idle floods, half requests, bodies without a key, and stopping while all that is open."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from kinetix_core.serving.listeners import Budget, Limits, limited
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.posix_only(reason="Windows has no limit on descriptors, which the flood is about")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """It begins with the usual soft limit of descriptors; the flood itself needs more."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    with running(tmp_path_factory.mktemp("floods"), "--lan", "--https") as started:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        yield started
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def lan_port(service: Running) -> int:
    return int(urlsplit(service.info["lan"]["url"]).port or 0)


@contextlib.contextmanager
def flood(port: int, count: int, data: bytes = b"") -> Iterator[list[socket.socket]]:
    peers: list[socket.socket] = []
    try:
        for _ in range(count):
            peers.append(socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S))
            with contextlib.suppress(ConnectionError):  # sent away again already
                peers[-1].sendall(data)
        yield peers
    finally:
        for peer in peers:
            peer.close()


def phone(service: Running) -> int:
    """Return the status that a phone with the link gets."""
    url = urlsplit(service.info["lan"]["url"])
    here = requests.get(f"https://127.0.0.1:{url.port}{url.path}/", timeout=LIMIT_S, verify=False)
    return here.status_code


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("data", [b"", b"GET / HT", b"\x16\x03\x01\x02"])
def test_a_flood_on_the_phones_port_reaches_nobody_else(service: Running, data: bytes) -> None:
    with flood(lan_port(service), 1000, data):
        assert service.call("GET", "/v1/virtual-world/config").status_code == 200
        assert service.admin("GET", "/worlds").status_code == 200
        assert phone(service) == 200
        assert len(psutil.Process(service.process.pid).net_connections()) < 300


@pytest.mark.parametrize(
    "data", [b"", b"GET / HTTP/1.1\r\nx: y\r\n", b"POST /v1/process HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"]
)
def test_a_flood_on_loopback_leaves_room_for_the_owner(service: Running, data: bytes) -> None:
    with flood(int(service.info["port"]), 1000, data):
        for _ in range(5):
            assert service.call("GET", "/v1/virtual-world/config").status_code == 200


def test_half_sent_clips_with_good_links_shut_nobody_out(service: Running) -> None:
    """More than the listener has room for, on two links."""
    token, other = (service.token(service.user(name))["uuid"] for name in ("one", "two"))
    url = "/_local/page/{}/clip?offset=0&total=9"
    page = b"\r\nHost: 127.0.0.1\r\nx-kinetix-page: 1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    port = int(service.info["port"])
    with contextlib.ExitStack() as opened:
        for place in (url.format(token), url.format(other), "/v1/process") * 200:
            peer = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S))
            named = f"x-api-token: {token}\r\nContent-Type: multipart/form-data; boundary=x"
            method = "POST" if place == "/v1/process" else "PUT"
            peer.sendall(f"{method} {place} HTTP/1.1\r\n{named}".encode() + page)
            assert peer.recv(64).startswith(b"HTTP/1.1 100"), "a newcomer was shut out"
        assert service.call("GET", "/v1/virtual-world/config").status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    "route",
    [
        ("POST", "/_local/worlds"),
        ("PATCH", "/_local/worlds/x"),
        ("POST", "/_local/worlds/x/keys"),
        ("POST", "/_local/lan"),
        ("PUT", "/_local/page/0b5c0000-0000-4000-8000-000000000000/clip?offset=0&total=1"),
        ("POST", "/_local/page/0b5c0000-0000-4000-8000-000000000000/submit"),
    ],
)
def test_a_body_without_a_key_takes_no_memory(service: Running, route: tuple[str, str], chunked: bool) -> None:
    before = psutil.Process(service.process.pid).memory_info().rss
    size = 64 << 20
    block = b"x" * (1 << 20)
    with socket.create_connection(("127.0.0.1", service.info["port"]), timeout=LIMIT_S) as peer:
        length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
        kinds = b"Content-Type: application/json\r\nx-kinetix-page: 1\r\n"
        head = "{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n".format(*route, service.info["port"]).encode()
        peer.sendall(head + kinds + length + b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(size >> 20):
                peer.sendall(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
    assert psutil.Process(service.process.pid).memory_info().rss - before < 24 << 20
    assert service.call("GET", "/v1/virtual-world/config").status_code == 200


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("0b5c0000-0000-4000-8000-000000000000", 403)])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_clip_without_a_good_token_is_refused_by_its_beginning(
    service: Running, token: str | None, status: int, chunked: bool
) -> None:
    """Not one byte of it is waited for where its header says how large it is."""
    form = b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (3 << 30)
    head = b"POST /v1/process HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    named = b"x-api-token: %s\r\n" % token.encode() if token else b""
    with socket.create_connection(("127.0.0.1", service.info["port"]), timeout=LIMIT_S) as peer:
        peer.sendall(head + named + length + b"\r\n\r\n")
        if chunked:
            block = b"x" * (600 << 10)
            peer.sendall(b"%x\r\n%s\r\n" % (len(form), form))
            for _ in range(2):
                peer.sendall(b"%x\r\n%s\r\n" % (len(block), block))
        answer = peer.makefile("rb").readline()
    assert answer.startswith(b"HTTP/1.1 %d " % status)


def test_who_sends_on_still_gets_the_answer(service: Running) -> None:
    """Most programs send the whole clip before they read."""
    assert service.upload("0b5c0000-0000-4000-8000-000000000000", bytes(24 << 20)).status_code == 403


def test_of_one_for_whom_there_is_no_place_the_server_hears_nothing() -> None:
    """Everybody who is there is known and busy. uvicorn cannot lose a connection that it never had."""
    heard: list[str] = []

    class Server(asyncio.Protocol):
        cycle = flow = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            heard.append("made")

        def connection_lost(self, exc: Exception | None) -> None:
            heard.append("lost")

    async def scene() -> None:
        loop, protocol = asyncio.get_running_loop(), limited(Server, Budget(Limits(connections=0)))
        server = await loop.create_server(protocol, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        server.close()
        await server.wait_closed()

    asyncio.run(scene())
    assert heard == []


def stops(service: Running) -> None:
    """While its peers stay connected until the test ends."""
    service.process.terminate()
    service.process.wait(LIMIT_S)
    assert not (service.home / "local" / "serve.json").exists()


def test_stopping_waits_for_no_open_connection(tmp_path: Path) -> None:
    with running(tmp_path / "home", "--lan", "--https") as service:
        token = service.token(service.user())["uuid"]
        url = urlsplit(service.info["lan"]["url"])
        here = ssl.create_default_context(cafile=service.home / "local" / "tls" / "certificate.pem")
        here.check_hostname = False
        half = b"Host: x\r\nx-kinetix-page: 1\r\nContent-Type: video/mp4\r\nContent-Length: 5000000\r\n\r\nhalf a clip"
        with contextlib.ExitStack() as opened:
            peers = [opened.enter_context(flood(port, 30)) for port in (url.port or 0, int(service.info["port"]))]
            assert all(peers)
            plain = opened.enter_context(socket.create_connection(("127.0.0.1", url.port), timeout=LIMIT_S))
            phone = opened.enter_context(here.wrap_socket(plain, server_hostname="x"))
            phone.sendall(
                f"PUT {url.path}/_local/page/{token}/clip?offset=0&total=5000000 HTTP/1.1\r\n".encode() + half
            )
            upload = opened.enter_context(
                socket.create_connection(("127.0.0.1", service.info["port"]), timeout=LIMIT_S)
            )
            upload.sendall(f"POST /v1/process HTTP/1.1\r\nx-api-token: {token}\r\n".encode() + half)
            time.sleep(0.3)
            stops(service)


def test_stopping_with_hardly_a_descriptor_left(tmp_path: Path) -> None:
    with running(tmp_path / "home") as service:
        used = psutil.Process(service.process.pid).num_fds()
        psutil.Process(service.process.pid).rlimit(psutil.RLIMIT_NOFILE, (used + 1, used + 1))
        with flood(int(service.info["port"]), 8):
            time.sleep(0.5)
            stops(service)
