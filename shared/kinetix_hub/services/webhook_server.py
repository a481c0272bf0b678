"""A small HTTP server for webhooks, which a tunnel or a proxy may open to everybody: few places, little time, bounded bodies."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["WebhookHandler", "WebhookServer"]

_PLACES = 16
_TOTAL_S = 30.0  # of one connection; a socket's own timeout starts anew with every byte


class WebhookServer(ThreadingHTTPServer):
    """On 127.0.0.1. When every place is taken, the connection that has been open longest goes."""

    daemon_threads = True
    places, total_s = _PLACES, _TOTAL_S

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._open: dict[socket.socket, None] = {}  # oldest first
        self._changing = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changing:
            if len(self._open) >= self.places:
                _shut(next(iter(self._open)))
                del self._open[next(iter(self._open))]
            self._open[request] = None
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        end = threading.Timer(self.total_s, _shut, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            with self._changing:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that went away, or was sent away, is no error of ours; what a stranger sends is not printed."""


def _shut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class WebhookHandler(BaseHTTPRequestHandler):
    """Reads the body of a POST within bounds."""

    timeout = 10  # without a byte

    def read_body(self, most: int) -> bytes | int:
        """The body, or the status that refuses it: 411 without a length, 413 beyond `most` bytes, 400 when it ends too early."""
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            return 411
        if len(length) > len(str(most)) or int(length) > most:
            return 413
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else 400

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing that a stranger sends is logged."""
