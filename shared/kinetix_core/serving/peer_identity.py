"""Proof that whoever listens on a port of this machine is the program that wrote the port down.

A dead program leaves its port to any other while its address stays in `hub.json` or `serve.json`. So a client sends no token, key
or clip before the peer proves on the same connection that it has that file's secret: HMAC-SHA256(secret,
"kinetix-identity:<startId>:<nonce>") for a random nonce. Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import re
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from kinetix_core.values.errors import KinetixError

HUB_PATH, LOCAL_PATH = "/v1/identity", "/_local/identity"
_PROVE_S = 10.0  # a server that starts on a busy machine may take some seconds
_LARGEST_ANSWER = 8192
_NONCE = re.compile(r"[0-9a-f]{32,128}")


class Impostor(KinetixError):
    """Something answers on the port, and it is not the program that was started there."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "Another program answers in place of Kinetix Bridge.",
            code="impostor",
            detail=detail,
            next_step="Nothing was sent to it. Kinetix Bridge starts again on another port by itself.",
        )


def new_nonce() -> str:
    return secrets.token_hex(32)


@dataclass(frozen=True)
class PeerIdentity:
    """One start of one program. `path` is where it takes nonces, `secret` the token of its file."""

    path: str
    start_id: str
    secret: str = field(repr=False)

    def proof(self, nonce: str, purpose: str = "identity") -> str:
        """Lower-case hex. A server's proof of itself; with another `purpose` a client's (`events`, docs/hub-protocol.md)."""
        text = f"kinetix-{purpose}:{self.start_id}:{nonce}"
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def answer(self, nonce: str) -> dict[str, str] | None:
        """Return the server's answer; None for an invalid nonce."""
        return {"startId": self.start_id, "proof": self.proof(nonce)} if _NONCE.fullmatch(nonce) else None

    def is_proved_by(self, nonce: str, answer: object) -> bool:
        """`answer`: the JSON value that came back."""
        given = answer.get("proof") if isinstance(answer, dict) else None
        return (
            bool(self.secret)
            and isinstance(given, str)
            and hmac.compare_digest(given.encode(), self.proof(nonce).encode())
        )

    def prove(self, sock: socket.socket, host: str, limit_s: float = _PROVE_S) -> None:
        """Ask the other side of a fresh connection who it is; afterwards the connection can be used for requests.

        Args:
            host: for the `Host` header, e.g. `127.0.0.1:4711`.
            limit_s: for the whole exchange, however slowly the bytes come.

        Raises:
            Impostor: it is somebody else.
            OSError: nobody answers, or not in time.
        """
        nonce, before, end = new_nonce(), sock.gettimeout(), time.monotonic() + limit_s
        request = f"GET {self.path}?nonce={nonce} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\r\n"
        try:
            sock.settimeout(limit_s)
            sock.sendall(request.encode("ascii"))
            if not self.is_proved_by(nonce, _read_answer(sock, end)):
                raise Impostor(host)
        finally:
            sock.settimeout(before)

    @contextlib.contextmanager
    def connection(self, host: str, port: int, timeout_s: float) -> Iterator[http.client.HTTPConnection]:
        """A connection to a port of this machine whose other end has proved itself. Raises Impostor or OSError."""
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        try:
            connection.connect()
            shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            self.prove(connection.sock, shown, min(timeout_s, _PROVE_S))
            yield connection
        finally:
            connection.close()


def _read_answer(sock: socket.socket, end: float) -> object:
    """The JSON of an answer of known length, the only form our own servers give it; None for anything else."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(sock, end, data)
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d{1,4})\r?\n?", head + b"\r\n", re.IGNORECASE)
    if not head.startswith(b"HTTP/1.1 200 ") or length is None:
        return None
    while len(body) < int(length[1]):
        body += _receive(sock, end, body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _receive(sock: socket.socket, end: float, so_far: bytes) -> bytes:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("it did not say who it is in time")
    if len(so_far) > _LARGEST_ANSWER:
        raise Impostor("its answer has no end")
    sock.settimeout(left)
    piece = sock.recv(4096)
    if not piece:
        raise ConnectionResetError("it closed the connection without saying who it is")
    return piece
