"""HTTP server for webhooks. A tunnel may open it to everybody: connections, their time and bodies are bounded."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["WebhookHandler", "WebhookServer"]

_MOST_CONNECTIONS = 16


class WebhookServer(ThreadingHTTPServer):
    """Server on 127.0.0.1. One connection too many closes the oldest one."""

    daemon_threads = True

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler], total_s: float) -> None:
        """`total_s`: time of one connection; a socket's own timeout starts anew with every byte."""
        super().__init__(("127.0.0.1", port), handler)
        self._total_s = total_s
        self._open: dict[socket.socket, None] = {}  # oldest first
        self._changing = threading.Lock()

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


class WebhookHandler(BaseHTTPRequestHandler):
    """Reader of bounded POST bodies."""

    timeout = 10  # without a byte

    def read_body(self, most: int) -> bytes | int:
        """Return the body, or the status of the refusal: 411 no length, 413 over `most` bytes, 400 truncated."""
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            return 411
        if len(length) > len(str(most)) or int(length) > most:
            return 413
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else 400

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing that a stranger sends."""
