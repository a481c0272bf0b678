"""`kinetix webhook listen` bounds what a stranger can make it hold; and the hint beside a phone link."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from kinetix_core.api import Client
from kinetix_core.api.webhooks import Receiver
from kinetix_hub.cli.webhook_server import Listener
from kinetix_hub.jobs.job import phone_hint
from tests.support.waiting import LIMIT_S

KEY = "0123456789abcdef" * 2
PATH = "/webhook/updates"


@contextlib.contextmanager
def listening(total_s: float = 30.0) -> Iterator[str]:
    with Client("http://127.0.0.1:9", KEY) as client:
        receiver = Receiver([KEY], client, lambda event, process: None)
        listener = Listener(receiver, log=lambda outcome: None, total_s=total_s)
        thread = threading.Thread(target=listener.serve)
        thread.start()
        try:
            yield listener.url
        finally:
            listener.shutdown()
            thread.join(LIMIT_S)


@pytest.mark.parametrize("length", ["0000000000999999999", "9999999999999", "1048577", "-1", "1e3", ""])
def test_a_length_is_read_whole(length: str) -> None:
    with (
        listening() as url,
        socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=LIMIT_S) as peer,
    ):
        peer.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert peer.recv(100).split()[1] in {b"411", b"413"}


def test_idle_peers_do_not_keep_others_out() -> None:
    with listening() as url, contextlib.ExitStack() as peers:
        address = ("127.0.0.1", urlsplit(url).port)
        idle = [peers.enter_context(socket.create_connection(address, timeout=LIMIT_S)) for _ in range(60)]
        assert requests.post(url, data=json.dumps({}), timeout=LIMIT_S).status_code == 403
        assert idle[0].recv(10) == b""


def test_a_peer_that_drips_has_a_time_in_all() -> None:
    with (
        listening(total_s=0.5) as url,
        socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=LIMIT_S) as peer,
        pytest.raises(OSError),
    ):
        peer.sendall(f"POST {PATH} HTTP/1.1\r\nContent-Length: 1000\r\n\r\n".encode())
        for _ in range(400):
            peer.sendall(b"x")
            time.sleep(0.05)


@pytest.mark.quick
def test_what_a_phone_needs_to_open_a_link_is_said() -> None:
    assert "cannot open" in (phone_hint("http://127.0.0.1:4000/?token=x") or "")
    assert phone_hint("http://[::1/x") is None
    assert "cannot open" in (phone_hint("https://127.0.0.1:4000/phone/secret/?token=x") or "")
    assert "warns once" in (phone_hint("https://192.168.1.5:4000/phone/secret/?token=x") or "")
    plain = phone_hint("http://192.168.1.5:4000/phone/secret/?token=x") or ""
    assert "same Wi-Fi" in plain and "warns" not in plain
    assert phone_hint("https://ugc.kinetix.tech/?token=x") is None
