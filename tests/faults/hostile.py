"""Clients for servers that fail them, and what such a server does with an upload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinetix_core.api import Client, Limits, Retry
from tests.support.raw_server import Exchange
from tests.support.waiting import LIMIT_S

KEY = "0123456789abcdef" * 2
TOKEN = "11111111-1111-4111-8111-111111111111"


def client_of(url: str, *, attempts: int = 1, ca_file: Path | None = None, **limits: float) -> Client:
    """A client that waits for long, so that a slow test server is not taken for a silent one."""
    settings = {"connect_s": LIMIT_S, "read_s": LIMIT_S, "call_s": LIMIT_S, "slow_s": LIMIT_S, **limits}
    retry = Retry(attempts=attempts, sleep=lambda seconds: None)
    return Client(url, KEY, retry=retry, limits=Limits(**settings), ca_file=ca_file)  # type: ignore[arg-type]


def impatient(url: str, call_s: float = 1.5) -> Client:
    """One that gives up soon. Its servers go on for minutes or until the test ends: an end at all is the client's."""
    return client_of(url, connect_s=1.0, read_s=1.0, call_s=call_s, slow_s=1.0)


def good_token(upload: Callable[[Exchange], object]) -> Callable[[Exchange], None]:
    """A server that says that the token is good, and does `upload` with the clip."""

    def handle(exchange: Exchange) -> None:
        if exchange.method == "GET":
            exchange.json(200, {"expireIn": 300})
        else:
            upload(exchange)

    return handle
