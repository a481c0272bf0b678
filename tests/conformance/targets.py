"""Targets of the rows: the application in this process, a started service, or any address (the cloud)."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from tests.support import service as support
from tests.support.waiting import LIMIT_S

from .world import document

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Target:
    """Attributes:
    base: scheme, host and port as answers name them.
    mode: `1.4.45` or `2024`.
    can: what rows may ask for: `world` (the known one), `capture`, `clock`.
    """

    base = ""
    mode = "1.4.45"
    can: frozenset[str] = frozenset()

    def send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        raise NotImplementedError

    def shift(self, seconds: float) -> None:
        """Let so much time pass for the service."""
        raise NotImplementedError


class Http(Target):
    """Any address. One connection, renewed when it was closed."""

    def __init__(self, base: str, mode: str, can: frozenset[str]) -> None:
        self.base, self.mode, self.can = base.rstrip("/"), mode, can
        parts = urlsplit(base)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=LIMIT_S)

    def send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        for attempt in (1, 2):
            try:
                return self._send(method, target, headers, body)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self._connection.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def _send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        connection = self._connection
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body or method in {"POST", "PUT"}:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read())


class InProcess(Target):
    """The application without a server: its loop in a thread, requests as ASGI messages."""

    can = frozenset({"key", "world", "capture", "clock"})

    def __init__(self, folder: Path, database: str | None, mode: str) -> None:
        from kinetix_local.api.app import App
        from kinetix_local.api.instance import Service, Store

        self.base, self.mode = "http://127.0.0.1:1", mode
        self._store = Store(folder, database)
        _import(self._store, folder)
        strict = "2024" if mode == "2024" else None
        # A thread captures as well here, and a process would outlive the row that it was started for.
        options: dict[str, Any] = {"make_executor": ThreadPoolExecutor, "strict": strict, "rate_limit": 0}
        self._service = Service(self._store, self.base, "admin", **options)
        self._app = App(self._service)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._service.start())

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_S)

    def close(self) -> None:
        self._run(self._service.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT_S)
        self._loop.close()
        self._store.close()

    def shift(self, seconds: float) -> None:
        self._service.clock.passed_ms += int(seconds * 1000)

    def send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        reply: Reply = self._run(self._ask(method, target, headers, body))
        return reply

    async def _ask(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        raw, _, query = target.partition("?")
        raw_headers = [(b"host", b"127.0.0.1:1"), *((k.lower().encode(), v.encode("latin-1")) for k, v in headers)]
        if body or method in {"POST", "PUT"}:
            raw_headers.append((b"content-length", b"%d" % len(body)))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "root_path": "",
            "path": unquote_to_bytes(raw).decode("utf-8", "replace"), "raw_path": raw.encode(), "query_string": query.encode(),
            "headers": raw_headers, "client": ("127.0.0.1", 9), "server": ("127.0.0.1", 1),
        }  # fmt: skip
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> Any:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        head = next(message for message in sent if message["type"] == "http.response.start")
        data = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        names = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in head["headers"]]
        return Reply(head["status"], names, data)


def _import(store: Any, folder: Path) -> None:
    from kinetix_local.store.clock import Clock
    from kinetix_local.store.exchange.exchange_in import load

    source = folder / "known-world.json"
    source.write_text(json.dumps(document()), encoding="utf-8")
    with store.database.write() as db:
        load(db, store.blobs, store.seal, Clock().now(), source)


@contextlib.contextmanager
def in_process(home: Path, database: str | None = None, mode: str = "1.4.45") -> Iterator[Target]:
    before = os.environ.get("KINETIX_LOCAL_CAPTURE")
    os.environ["KINETIX_LOCAL_CAPTURE"] = support.FAST
    target = InProcess(home / "local", database, mode)
    try:
        yield target
    finally:
        target.close()
        if before is None:
            del os.environ["KINETIX_LOCAL_CAPTURE"]
        else:
            os.environ["KINETIX_LOCAL_CAPTURE"] = before


@contextlib.contextmanager
def started(home: Path, database: str | None = None, mode: str = "1.4.45") -> Iterator[Target]:
    from kinetix_local.api.instance import Store

    store = Store(home / "local", database)
    try:
        _import(store, home / "local")
    finally:
        store.close()
    arguments = [*(["--database", database] if database else []), *(["--strict", "2024"] if mode == "2024" else [])]
    with support.running(home, *arguments, "--rate-limit", "0") as service:
        yield Http(service.url, mode, frozenset({"key", "world", "capture"}))
