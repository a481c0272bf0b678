"""A relay before Kinetix Local that can hold one request back, and a home whose hub finds the service there."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from waiting import LIMIT_S


class Gate:
    """Holds a request before it reaches the service, or the answer to it."""

    def __init__(self, url: str) -> None:
        self.target = urlsplit(url)
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                return

            def _any(self) -> None:
                gate.carry(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self._hold: Any = None
        self.held = threading.Event()
        self._dropped = threading.Event()

    def hold(self, request: str, *, answer: bool = False, skip: int = 0) -> None:
        """From now on the next request that fits (after `skip` others) stays here. `answer`: the service has it, its answer stays."""
        self.held, self._dropped = threading.Event(), threading.Event()
        self._hold = [re.compile(request), answer, skip]

    def drop(self) -> None:
        """Drop what is held and let everything after it pass."""
        self._hold = None
        self._dropped.set()

    def close(self) -> None:
        self.drop()
        self.server.shutdown()
        self.server.server_close()

    def _holds(self, request: str, answer: bool) -> bool:
        hold = self._hold
        if hold is None or hold[1] is not answer or not hold[0].fullmatch(request):
            return False
        hold[2] -= 1
        if hold[2] >= 0:
            return False
        dropped = self._dropped
        self.held.set()
        dropped.wait(LIMIT_S)
        return True

    def carry(self, handler: BaseHTTPRequestHandler) -> None:
        # A client goes on over the connection on which the service has proved itself.
        handler.close_connection = "/identity" not in handler.path
        request = f"{handler.command} {handler.path.partition('?')[0]}"
        try:
            length = int(handler.headers.get("Content-Length") or 0)
            body = handler.rfile.read(length) if length else _chunks(handler)
            if self._holds(request, answer=False):
                return
            far = http.client.HTTPConnection(str(self.target.hostname), self.target.port, timeout=LIMIT_S)
            left_out = ("host", "connection", "content-length", "transfer-encoding", "accept-encoding")
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in left_out}
            far.request(handler.command, handler.path, body or None, headers)
            found = far.getresponse()
            data = found.read()
            far.close()
            if self._holds(request, answer=True):
                return
            if "json" in found.headers.get("Content-Type", ""):  # its addresses lead through the gate as well
                data = data.replace(f"{self.target.hostname}:{self.target.port}".encode(), self.url[7:].encode())
            handler.send_response(found.status)
            for name, value in found.headers.items():
                if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(data)))
            handler.send_header("Connection", "close" if handler.close_connection else "keep-alive")
            handler.end_headers()
            if handler.command != "HEAD":
                handler.wfile.write(data)
        except OSError:
            return  # whoever asked was killed


def _chunks(handler: BaseHTTPRequestHandler) -> bytes:
    if "chunked" not in handler.headers.get("Transfer-Encoding", ""):
        return b""
    out = b""
    while size := int(handler.rfile.readline().split(b";")[0] or b"0", 16):
        out += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return out


@contextlib.contextmanager
def served_from(home: Path, url: str) -> Iterator[None]:
    """Within it the hub of `home` takes the service of KB_LOCAL from `url`. As a service does, it holds the home's lock: a hub that
    has no answer for two seconds would else start another one, with the real capture.
    """
    folder = home / "local"
    folder.mkdir(exist_ok=True)
    (folder / ".kinetix-folder").touch()  # a folder of ours, or the hub would refuse it
    service = json.loads(Path(os.environ["KB_LOCAL"]).read_text(encoding="utf-8"))
    with (folder / "serve.lock").open("a+b") as lock:
        _hold(lock.fileno())
        (folder / "serve.json").write_text(json.dumps({**service, "url": url}), encoding="utf-8")
        yield


def _hold(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
