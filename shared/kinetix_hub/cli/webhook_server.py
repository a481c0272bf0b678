"""HTTP server for webhooks. A tunnel may open it to everybody: connections, their time and bodies are bounded."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kinetix_core.api.webhooks import MAX_BODY, Outcome, Receiver

_MOST_CONNECTIONS = 16
_REFUSALS = {400: "cut off", 404: "not here", 411: "a length is needed", 413: "too large"}


class Listener(ThreadingHTTPServer):
    """Server on 127.0.0.1 for a `Receiver`. One connection too many closes the oldest one. `url` is its address."""

    daemon_threads = True

    def __init__(
        self,
        receiver: Receiver,
        *,
        port: int = 0,
        path: str = "/webhook/updates",
        log: Callable[[Outcome], None],
        total_s: float = 30.0,
    ) -> None:
        """`total_s`: time of one connection; a socket's own timeout starts anew with every byte."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.receiver, self.path, self.log = receiver, path, log
        self.url = f"http://127.0.0.1:{self.server_port}{path}"
        self._total_s = total_s
        self._open: dict[socket.socket, None] = {}  # oldest first
        self._changing = threading.Lock()

    def serve(self) -> None:
        """Serve until `shutdown` or Ctrl-C."""
        with self:
            self.serve_forever(poll_interval=0.1)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changing:
            if len(self._open) >= _MOST_CONNECTIONS:
                _shut(next(iter(self._open)))
                del self._open[next(iter(self._open))]
            self._open[request] = None
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        end = threading.Timer(self._total_s, _shut, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            with self._changing:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors of connections: nothing that a stranger sends is printed."""


def _shut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10  # without a byte
    server: Listener

    def do_POST(self) -> None:
        body = self._body() if self.path.split("?")[0] == self.server.path else 404
        if isinstance(body, int):
            self.close_connection = True
            self._answer(body, {"error": _REFUSALS[body]})
            return
        outcome = self.server.receiver.handle(body, dict(self.headers.items()))
        self.server.log(outcome)
        self._answer(outcome.status, outcome.body)

    def _body(self) -> bytes | int:
        """Return the body, or the status of the refusal."""
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            return 411
        if len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY:
            return 413
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else 400

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing that a stranger sends."""
