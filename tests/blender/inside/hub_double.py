"""A hub in a thread that can be told to misbehave, and how a link is worked by hand."""

from __future__ import annotations

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import rigs
from waiting import LIMIT_S

TOKEN = "a-token"
IDENTITY = rigs.core("serving.peer_identity").PeerIdentity("/v1/identity", "one", TOKEN)


def noted(calls: list[int], value: Any) -> Any:
    """The value, and one more call."""
    calls.append(1)
    return value


class Hub:
    """A hub in a thread, on the real protocol, that can be told to misbehave."""

    def __init__(self, home: Path, port: int = 0) -> None:
        self.snapshot = {
            "protocol": 1,
            "version": "0.1.0",
            "startId": "one",
            "seq": 1,
            "connection": {"profile": "local", "kind": "local", "state": "ready", "message": "", "nextStep": ""},
            "profiles": [{"name": "local", "kind": "local", "active": True}],
            "jobs": [],
            "emotes": [],
            "services": {"godot": {"targets": []}},
        }
        self.events: list[dict[str, Any]] = []
        self.events_asked = 0
        self.asked: list[tuple[str, str, dict[str, Any] | None]] = []
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        self.stalled, self.answers_now = threading.Event(), threading.Event()
        self.answers_now.set()
        self.garbage = b""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                return

            def _any(self) -> Any:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                if self.path.startswith(f"{IDENTITY.path}?nonce="):
                    return self.answer(200, IDENTITY.answer(self.path.partition("=")[2]))
                if hub.garbage:
                    self.wfile.write(hub.garbage)
                    self.close_connection = True
                    return None
                if not hub.answers_now.is_set():
                    hub.stalled.set()
                    hub.answers_now.wait(LIMIT_S)
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    return self.answer(401, {"error": {"code": "token", "title": "Wrong token", "nextStep": ""}})
                path = self.path.partition("?")[0]
                hub.events_asked += path == "/v1/events"
                if path != "/v1/events":
                    hub.asked.append((self.command, path, body))
                if path == "/v1/health":
                    return self.answer(200, {"protocol": hub.snapshot["protocol"], "startId": hub.snapshot["startId"]})
                if path == "/v1/snapshot":
                    return self.answer(200, hub.snapshot)
                if path == "/v1/events" and "GET /v1/events" not in hub.answers:
                    since = int(self.path.partition("since=")[2].partition("&")[0])
                    limit = time.monotonic() + 0.3
                    while time.monotonic() < limit and not any(event["seq"] > since for event in hub.events):
                        time.sleep(0.005)
                    found = [event for event in hub.events if event["seq"] > since]
                    seq = found[-1]["seq"] if found else since
                    return self.answer(200, {"startId": "one", "seq": seq, "reset": False, "events": found})
                return self.answer(*hub.answers.get(f"{self.command} {path}", (200, {})))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

            def answer(self, status: Any, data: Any) -> None:
                text = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.file = home / "hub" / "hub.json"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        info = {"protocol": 1, "version": "0.1.0", "pid": os.getpid(), "port": self.server.server_port}
        info |= {"token": TOKEN, "startId": IDENTITY.start_id}
        self.file.write_text(json.dumps(info), encoding="utf-8")

    def send(self, kind: str, data: Any) -> None:
        self.events.append({"seq": 2 + len(self.events), "type": kind, "data": data})

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def pump(link: Any, condition: Any) -> None:
    rigs.pumped(condition, link=link)


def live(link: Any) -> None:
    link.connect()
    pump(link, lambda: link.phase == "live")
