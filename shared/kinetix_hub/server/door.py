"""Access control: requests from this machine, with this user's token, not from a browser."""

from __future__ import annotations

import asyncio
import functools
import hmac
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from kinetix_core.protocol.hub.answers import ErrorAnswer
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.serving.listeners import recognize
from kinetix_core.serving.peer_identity import HUB_PATH, PeerIdentity
from kinetix_core.values.errors import KinetixError

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_MAX_BODY = 1024 * 1024  # front ends send paths and names, never files
_BODY_TIME_S = 10.0


class Refused(KinetixError):
    """Answer to a rejected request."""

    def __init__(self, status: int, code: str, title: str, next_step: str) -> None:
        super().__init__(title, code=code, next_step=next_step)
        self.status = status


def judge(headers: Iterable[tuple[bytes, bytes]], port: int, identity: PeerIdentity) -> Refused | None:
    """Return None if the request is allowed.

    It carries the token as `Bearer`. A front end whose web sockets cannot verify the hub first sends `Proof <nonce>:<proof>`
    instead, so that a program on the same port does not get the token.
    """
    found = _by_name(headers)
    refused = _foreign(found, port)
    if refused is not None:
        return refused
    given = found.get(b"authorization", [])
    if len(given) == 1:
        scheme, _, secret = given[0].partition(b" ")
        secret = secret.strip()
        if scheme.lower() == b"bearer" and hmac.compare_digest(secret, identity.secret.encode()):
            return None
        nonce, _, proof = secret.partition(b":")
        if scheme.lower() == b"proof" and hmac.compare_digest(
            proof, identity.proof(nonce.decode("latin-1"), "events").encode()
        ):
            return None
    return Refused(401, "wrongToken", "The hub's token is missing or wrong.", "Read hub.json again and send its token.")


def _by_name(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    return found


def _foreign(found: Mapping[bytes, list[bytes]], port: int) -> Refused | None:
    """Return why the request is foreign. The host must be this machine by a name that DNS cannot change.

    A request with Origin, Referer or Sec-Fetch-Site comes from a browser, and no page is a front end.
    """
    hosts = found.get(b"host", [])
    if len(hosts) != 1 or not _is_this_machine(hosts[0].decode("latin-1"), port):
        return Refused(403, "foreignHost", "The hub only answers requests to this machine.", "Use 127.0.0.1.")
    if any(name in found for name in (b"origin", b"referer", b"sec-fetch-site")):
        return Refused(
            403,
            "browserRefused",
            "The hub accepts no requests from web pages.",
            "Use the library page of Kinetix Local.",
        )
    return None


@functools.lru_cache(maxsize=64)
def _is_this_machine(host: str, port: int) -> bool:
    name, colon, given = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name, given = host, "80"
    if given != str(port):
        return False
    if name.lower() == "localhost":
        return True
    # Only the usual spelling: an address in octal or as one number is a trick.
    try:
        address = ipaddress.ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
    except ValueError:
        return False
    return address.is_loopback and (isinstance(address, ipaddress.IPv4Address) != name.startswith("["))


class Door:
    """ASGI layer around the application: rejects strangers, limits bodies and their time, and names the hub in each answer."""

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        named: Mapping[str, str],
        port: int,
        identity: PeerIdentity,
    ) -> None:
        self.app = app
        self._port, self._identity = port, identity
        self.last_request = time.monotonic()
        self._named = [(name.encode(), value.encode()) for name, value in named.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] == HUB_PATH:
            await self._say_who(scope, send)
            return
        refused = judge(scope["headers"], self._port, self._identity)
        if refused is not None:
            await _refuse(scope["type"], refused, send, self._named)
            return
        recognize(scope)
        self.last_request = time.monotonic()
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return

        async def named_send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *self._named]}
            await send(message)

        try:
            async with asyncio.timeout(_BODY_TIME_S):
                body = await _whole_body(receive)
        except TimeoutError:
            slow = Refused(408, "slowRequest", "The request took too long.", "Send the request again without pauses.")
            await _refuse("http", slow, send, self._named)
            return
        if body is None:
            large = Refused(
                413, "tooLarge", "The request is too large.", "Name the clip by its path; the hub reads it."
            )
            await _refuse("http", large, send, self._named)
            return
        given = False

        async def once() -> dict[str, Any]:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, once, named_send)

    async def _say_who(self, scope: Scope, send: Send) -> None:
        """Answer a nonce. Asked before a token is sent, so without one; useless without the secret."""
        refused = _foreign(_by_name(scope["headers"]), self._port)
        found = self._identity.answer(scope["query_string"].decode("latin-1").removeprefix("nonce="))
        if refused is None and found is None:
            refused = Refused(400, "badRequest", "A nonce is needed.", "See docs/hub-protocol.md.")
        if refused is not None:
            await _refuse("http", refused, send, self._named)
        else:
            await _answer(200, json.dumps(found).encode(), send, self._named)


async def _whole_body(receive: Receive) -> bytes | None:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _MAX_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


async def _refuse(kind: str, refused: Refused, send: Send, named: list[tuple[bytes, bytes]]) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": refused.code})  # before accept: answered as 403
        return
    body = ErrorAnswer(error=ErrorInfo.of(refused)).to_json()
    await _answer(refused.status, body, send, [(b"connection", b"close"), *named])


async def _answer(status: int, body: bytes, send: Send, more: Iterable[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
