"""Reads a request's body: JSON or urlencoded, packed or not."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.types import Receive

from kinetix_local.api.errors import ApiError
from kinetix_local.api.wire import Scope, header, parse_pairs


class Body:
    """The request's body, read once; knows whether its end was seen."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def receive(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.ended = True
        return message

    def known_empty(self, scope: Mapping[str, Any]) -> bool:
        length = chunked = None
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = value
            elif name == b"transfer-encoding":
                chunked = value
        empty = not chunked and length in {None, b"0"}
        self.ended = self.ended or empty
        return empty

    async def read(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            ApiError: 413 beyond `limit` bytes.
        """
        parts: list[bytes] = []
        size = 0
        while not self.ended:
            chunk = (await self.receive()).get("body", b"")
            size += len(chunk)
            if size > limit:
                raise ApiError(413, "Request entity too large")
            parts.append(chunk)
        return b"".join(parts)

    async def drain(self, limit: int) -> None:
        size = 0
        while not self.ended and size < limit:
            size += len((await self.receive()).get("body", b""))


async def read_body(scope: Scope, receive: Receive, limit: int) -> Any:
    """Read and parse a whole body. Raises as `Body.read` and `parse_body`."""
    return parse_body(scope, await Body(receive).read(limit), limit)


def is_announced_beyond(scope: Scope, limit: int) -> bool:
    """Return whether the header tells of a body of more than `limit` bytes, or of none that can be."""
    said = header(scope, b"content-length") or "0"
    return len(said) > 15 or not said.isdigit() or int(said) > limit


def limited(receive: Receive, limit: int, refusal: Exception) -> Receive:
    """Return `receive`, which raises `refusal` once more than `limit` bytes have come."""
    size = 0

    async def receive_some() -> MutableMapping[str, Any]:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise refusal
        return message

    return receive_some


def parse_body(scope: Scope, raw: bytes, limit: int) -> Any:
    """JSON or urlencoded; any other content type is no body at all. Unpacked it may have `limit` bytes.

    Raises:
        ApiError: 400, 413 or 415 for a body that cannot be read.
    """
    if not raw:
        return None
    content, _, options = (header(scope, b"content-type") or "").lower().partition(";")
    content = content.strip()
    if content not in {"application/json", "application/x-www-form-urlencoded"}:
        return None
    if (encoding := (header(scope, b"content-encoding") or "identity").lower()) != "identity":
        raw = _inflate(raw, encoding, limit)
    charset = options.partition("charset=")[2].split(";")[0].strip(' "') or "utf-8"
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise ApiError(415, f'unsupported charset "{charset.upper()[:32]}"')
    if content != "application/json":
        return parse_pairs(raw)
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        if not isinstance(value, dict | list):
            raise ValueError("a body is an object or a list")
        return value
    except (ValueError, RecursionError) as error:
        reason = str(error) if not isinstance(error, RecursionError) else "nested too deeply"
        raise ApiError(400, "Malformed request", data={"details": reason}) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _inflate(raw: bytes, encoding: str, limit: int) -> bytes:
    if encoding not in {"gzip", "deflate"}:
        raise ApiError(415, f'unsupported content encoding "{encoding[:32]}"')
    try:
        machine = zlib.decompressobj(47)
        result = machine.decompress(raw, limit + 1)
    except zlib.error as error:
        raise ApiError(400, "Malformed request", data={"details": str(error)}) from error
    if len(result) > limit:
        raise ApiError(413, "Request entity too large")
    return result
