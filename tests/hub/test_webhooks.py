"""Webhooks wake a job; forged ones do nothing, and nothing but the process's id is believed."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from kinetix_core.api.webhooks import SIGNATURE, sign
from kinetix_hub.jobs.job import phone_hint
from kinetix_hub.services.webhook_server import WebhookServer
from kinetix_hub.services.webhooks import PATH, WebhookEar
from tests.support.waiting import LIMIT_S

KEY = "0123456789abcdef" * 2


@pytest.fixture
def ear() -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []
    made = WebhookEar(lambda: ["", "f" * 32, KEY], heard.append, port=0)
    made.start()
    try:
        yield f"http://127.0.0.1:{made.port}", heard
    finally:
        made.stop()


BODY = json.dumps({"uuid": "p-1", "user": "player-1", "status": "done", "emote": "e", "name": "x"}).encode()


@pytest.mark.parametrize(
    ("path", "body", "signature", "status"),
    [
        (PATH, BODY, sign(BODY, KEY), 200),
        (PATH, BODY, sign(BODY, "wrong"), 403),
        (PATH, BODY, "", 403),
        (PATH, BODY + b" ", sign(BODY, KEY), 403),
        (PATH, b"{", sign(b"{", KEY), 403),
        ("/", BODY, sign(BODY, KEY), 404),
        (PATH, b"x" * (1 << 21), "", 413),
    ],
)
def test_who_is_heard(ear: tuple[str, list[str]], path: str, body: bytes, signature: str, status: int) -> None:
    url, heard = ear
    try:
        found = requests.post(
            url + path, data=body, headers={SIGNATURE: signature} if signature else {}, timeout=LIMIT_S
        ).status_code
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):  # before the answer, or within it
        assert status == 413, "only a body that is too large is cut off"
    else:
        assert found == status
    assert heard == (["p-1"] if status == 200 else [])


@pytest.mark.parametrize("length", ["0000000000999999999", "9999999999999", "1048577", "-1", "1e3", ""])
def test_a_length_is_looked_at_whole(ear: tuple[str, list[str]], length: str) -> None:
    """Only its first nine digits were: a gigabyte was then waited for."""
    port = urlsplit(ear[0]).port
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as peer:
        peer.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert peer.recv(100).split()[1] in {b"411", b"413"}


def test_idle_peers_do_not_keep_others_out(ear: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    url, heard = ear
    idle = [socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=LIMIT_S) for _ in range(60)]
    try:
        assert (
            requests.post(url + PATH, data=BODY, headers={SIGNATURE: sign(BODY, KEY)}, timeout=LIMIT_S).status_code
            == 200
        )
        assert heard == ["p-1"] and idle[0].recv(10) == b""
    finally:
        for peer in idle:
            peer.close()


def test_a_peer_that_drips_has_a_time_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebhookServer, "total_s", 0.5)
    made = WebhookEar(lambda: [KEY], lambda _uuid: None, port=0)
    made.start()
    try:
        with socket.create_connection(("127.0.0.1", made.port), timeout=LIMIT_S) as peer, pytest.raises(OSError):
            peer.sendall(f"POST {PATH} HTTP/1.1\r\nContent-Length: 1000\r\n\r\n".encode())
            for _ in range(400):
                peer.sendall(b"x")
                time.sleep(0.05)
    finally:
        made.stop()


@pytest.mark.quick
def test_what_a_phone_needs_to_open_a_link_is_said() -> None:
    assert "cannot open" in (phone_hint("http://127.0.0.1:4000/?token=x") or "")
    assert phone_hint("http://[::1/x") is None
    assert "cannot open" in (phone_hint("https://127.0.0.1:4000/phone/secret/?token=x") or "")
    assert "warns once" in (phone_hint("https://192.168.1.5:4000/phone/secret/?token=x") or "")
    plain = phone_hint("http://192.168.1.5:4000/phone/secret/?token=x") or ""
    assert "same Wi-Fi" in plain and "warns" not in plain
    assert phone_hint("https://ugc.kinetix.tech/?token=x") is None
