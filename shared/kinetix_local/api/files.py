"""Serves files by their public name, with Range, If-Range, ETag and HEAD, in pieces; or says where the storage itself gives them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import PurePath
from typing import Any

from kinetix_local.api.errors import ApiError
from kinetix_local.api.instance import Service
from kinetix_local.api.wire import Answer
from kinetix_local.store import emotes
from kinetix_local.store.blobs.content_types import content_type
from kinetix_local.store.refinements import OBSERVATIONS
from kinetix_local.store.sql.rows import FileRow

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = re.compile(rf"/user-data/({_UUID})-([A-Za-z0-9_.-]+?)(?:-({_UUID}))?\.([A-Za-z0-9]+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def serve(service: Service, scope: MutableMapping[str, Any], path: str) -> Answer:
    """`/user-data/{asset}-{name}[-{avatar}].{extension}`. The asset's uuid is the secret, as in the cloud: no key is asked for."""
    match = _NAME.fullmatch(path)
    if match is None:
        raise ApiError(404, "File not found")
    uuid, name, avatar, extension = match.groups()

    def find() -> tuple[FileRow, int, str | None]:
        with service.database.read() as db:
            # observations are for the owner of this machine
            row = None if name == OBSERVATIONS else emotes.file_by_name(db, uuid, avatar, name, extension)
        if row is not None and service.blobs.public_origin is not None and scope["method"] == "GET":
            link = service.blobs.link(row.blob)
            if link is not None:
                return row, row.bytes, link
        size = None if row is None else service.blobs.size(row.blob)
        if row is None or size is None:
            raise ApiError(404, "File not found")
        return row, size, None

    row, size, link = await asyncio.get_running_loop().run_in_executor(service.file_threads, find)
    tag = f'"{PurePath(row.blob).stem[:40]}-{row.bytes:x}"'.encode()
    if link is not None:
        # Not kept by anybody: the link lives for an hour only.
        return Answer(302, b"", [(b"location", link.encode("ascii")), (b"cache-control", b"no-store")])
    return _send(service, scope, row.blob, size, tag)


def _send(service: Service, scope: MutableMapping[str, Any], blob: str, size: int, tag: bytes) -> Answer:
    """The whole file of `size` bytes (200), the asked range (206), nothing new (304), or 416."""
    headers = [
        (b"content-type", content_type(blob).encode()),
        (b"accept-ranges", b"bytes"),
        (b"etag", tag),
        (b"cache-control", b"no-cache"),
        (b"x-content-type-options", b"nosniff"),
    ]
    asked = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if b"if-none-match" in asked and tag.decode() in asked[b"if-none-match"]:
        return Answer(304, b"", headers)
    start, end, status = 0, size, 200
    if b"range" in asked and asked.get(b"if-range", tag.decode()) == tag.decode():
        span = _span(asked[b"range"], size)
        if span is None:
            return Answer(416, b"", [*headers, (b"content-range", b"bytes */%d" % size)])
        if span:
            (start, end), status = span, 206
            headers.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, size)))
    headers.append((b"content-length", b"%d" % (end - start)))
    return Answer(status, b"", headers, _pieces(service, service.blobs.read(blob, start, end), end - start))


def _span(text: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """First byte and the one after the last; () when the header is to be ignored, None when it cannot be met."""
    match = _RANGE.fullmatch(text.strip().replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return ()
    if not match[1]:
        length = int(match[2])
        return (max(0, size - length), size) if length and size else None
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return ()
    return (first, min(last + 1, size)) if first < size else None


async def _pieces(service: Service, pieces: Iterator[bytes], left: int) -> AsyncIterator[bytes]:
    """Each is read on a thread. What ends too early ends the connection, as its length was said before."""
    loop = asyncio.get_running_loop()
    while left > 0 and (piece := await loop.run_in_executor(service.file_threads, next, pieces, b"")):
        left -= len(piece)
        yield piece
