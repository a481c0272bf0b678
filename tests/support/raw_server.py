"""A server that answers with any bytes at any pace: what a broken or hostile one may do. Records what was sent to it."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.waiting import LIMIT_S


@dataclass
class Exchange:
    """One request on a raw connection. The handler writes with `send`; returning closes the connection."""

    method: str
    path: str
    headers: dict[str, str]
    sock: socket.socket
    rest: bytes
    body: bytes = b""
    head: bytes = b""
    stop: threading.Event = field(default_factory=threading.Event)

    def read_body(self) -> bytes:
        """The whole body by its length; b"" without one."""
        self.read_some(int(self.headers.get("content-length", "0")))
        return self.body

    def read_some(self, count: int) -> None:
        while len(self.rest) < count:
            piece = self.sock.recv(1 << 16)
            if not piece:
                break
            self.rest += piece
        self.body = self.rest[:count]

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def json(self, status: int, value: Any, **headers: str) -> None:
        self.answer(status, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def drip(self, data: bytes, every_s: float) -> None:
        """Byte by byte until the test ends or the client goes."""
        for index in range(len(data)):
            if self.stop.wait(every_s):
                return
            self.send(data[index : index + 1])

    def hang(self) -> None:
        """Report nothing until the test ends."""
        self.stop.wait()


Handler = Callable[[Exchange], None]


class RawServer:
    """Use as a context manager. `handler` may be replaced at any time; `requests` are those whose head has come."""

    def __init__(self, handler: Handler | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.handler: Handler = handler or (lambda exchange: exchange.json(200, {}))
        self.requests: list[Exchange] = []
        self._stop = threading.Event()
        self._draining: set[socket.socket] = set()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port = int(self._socket.getsockname()[1])
        self._tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._threads: list[threading.Thread] = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> RawServer:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._socket.close()
        for sock in list(self._draining):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LIMIT_S)

    def _wrapped(self, plain: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(plain, server_side=True) if self._tls else plain

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                sock, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            sock.settimeout(LIMIT_S)
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain, self._wrapped(plain) as sock:
            data = b""
            while b"\r\n\r\n" not in data:
                piece = sock.recv(1 << 16)
                if not piece:
                    return
                data += piece
            head, _, rest = data.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            method, path, _ = first.split(" ", 2)
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            exchange = Exchange(method, path, headers, sock, rest, head=head, stop=self._stop)
            self.requests.append(exchange)
            self.handler(exchange)
            # What the client still sends is read off, however slow it is, or a reset could overtake the answer.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                self._draining.add(sock)  # before the look at the end, which shuts those that it finds
                sock.settimeout(0.5 if self._stop.is_set() else LIMIT_S)
                room = bytearray(1 << 20)  # one for all of it: a gigabyte of new ones is seconds of the system's time
                while sock.recv_into(room):
                    pass
            self._draining.discard(sock)


def cut(exchange: Exchange) -> None:
    """End a connection with a reset."""
    exchange.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    exchange.sock.close()
