"""Fetches a file to disk: to a unique temporary name, resumed after a cut, checked for size and kind, moved into place at the end.

Downloads are not synced to the disk; the caller does so before it records them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
import urllib3

from kinetix_core.api import bodies
from kinetix_core.api.errors import BadAnswer, Cancelled, ConnectionFailed, ServerError, for_status
from kinetix_core.api.guard import BLOCK, Guard, guarded
from kinetix_core.api.network_errors import failure
from kinetix_core.api.retry import parse_retry_after
from kinetix_core.api.transport import Transport
from kinetix_core.api.uploads import Transfer
from kinetix_core.io import files, glb_chunks
from kinetix_core.values.errors import FormatError, KinetixError
from kinetix_core.values.wording import worded

# How each kind of file begins; offset and bytes. A kind that is not here is not checked.
MAGIC: dict[str, tuple[tuple[int, bytes], ...]] = {
    "glb": ((0, glb_chunks.MAGIC),),
    "fbx": ((0, b"Kaydara FBX Binary  \x00"), (0, b"; FBX")),
    "kinanim": ((0, b"\x00\x00"), (0, b"\x01\x00"), (0, b"\x02\x00"), (0, b"\x03\x00")),
    "bvh": ((0, b"HIERARCHY"),),
    "png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "gif": ((0, b"GIF8"),),
    "webp": ((8, b"WEBP"),),
    "jpg": ((0, b"\xff\xd8\xff"),),
    "mp4": ((4, b"ftyp"),),
    "webm": ((0, b"\x1aE\xdf\xa3"),),
    "json": ((0, b"{"), (0, b"[")),
}
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")

# A try that brought this much further does not count as failed.
_PROGRESS_BYTES = 64 << 10


@dataclass(frozen=True)
class Download:
    """A file that has arrived. `resumed` counts how often it was continued after a cut."""

    path: Path
    size: int
    content_type: str
    etag: str
    resumed: int


class _State:
    """State of a download."""

    def __init__(self) -> None:
        self.received = 0
        self.total: int | None = None
        self.validator = ""
        self.content_type = ""
        self.etag = ""
        self.encoded = False
        self.resumed = 0


def fetch(
    transport: Transport,
    url: str,
    target: Path,
    *,
    kind: str | None,
    max_bytes: int,
    progress: Callable[[Transfer], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Download:
    """See `Client.download`."""
    retry, state = transport.retry, _State()
    started, attempt, begun = retry.clock(), 0, time.monotonic()
    with files.writing(target, durable=False) as file:
        while True:
            attempt += 1
            before = state.received
            try:
                _once(transport, url, file, state, max_bytes, begun, progress, cancelled)
                break
            except (ConnectionFailed, ServerError, KinetixError) as error:
                if state.received - before >= _PROGRESS_BYTES:  # the line works, so the patience starts anew
                    attempt, started = 1, retry.clock()
                wait = retry.wait_s(attempt, error, safe=True, started=started)
                if wait is None:
                    raise
                retry.sleep(wait)
        _check(file, kind if kind is not None else target.suffix.lstrip(".").lower(), state)
    return Download(target, state.received, state.content_type, state.etag, state.resumed)


def _once(
    transport: Transport,
    url: str,
    file: BinaryIO,
    state: _State,
    max_bytes: int,
    begun: float,
    progress: Callable[[Transfer], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    limits = transport.limits
    guard = Guard(
        deadline_s=limits.transfer_s, cancelled=cancelled, slow_after_s=limits.slow_s, slow_bytes=limits.slow_bytes
    )
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    # Without something that names the version, a continued file could be made of two halves.
    if state.received and state.validator and not state.encoded:
        headers |= {"Range": f"bytes={state.received}-", "If-Range": state.validator}
    with guarded(guard), transport.fetch(url, headers, guard) as response:
        _begin(response, file, state, url, max_bytes)
        try:
            _receive(response, file, state, guard, max_bytes, begun, progress, cancelled)
        except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
                raise
            raise failure(error, guard, "GET", urlsplit(url).path) from error
    if guard.fired:
        raise failure(OSError("over"), guard, "GET", urlsplit(url).path)
    if state.total is not None and state.received != state.total:
        raise ConnectionFailed("The file is truncated.", detail=f"{state.received} of {state.total} bytes")


def _begin(response: requests.Response, file: BinaryIO, state: _State, url: str, max_bytes: int) -> None:
    """Process the head of an answer and position the file."""
    place = urlsplit(url).path
    if response.status_code == 206:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        total = None if not match or match[3] == "*" else int(match[3])
        if not match or int(match[1]) != state.received or total != state.total:
            state.validator = ""  # the next try starts from the beginning
            raise ConnectionFailed("The server resumed the download at a wrong position.", detail=place)
        state.resumed += 1
        return
    if response.status_code != 200:
        if response.status_code == 416:
            state.validator = ""
            raise ConnectionFailed("The server cannot resume the download.", detail=place)
        problem = bodies.read_problem(response.raw.read(4096, decode_content=True) or b"")
        raise for_status(response.status_code)(
            status=response.status_code,
            method="GET",
            path=place,
            error_code=problem.code,
            message=problem.message,
            details=problem.details,
            retry_after_s=parse_retry_after(response.headers.get("retry-after")),
        )
    file.seek(0)
    file.truncate()
    state.received = 0
    state.encoded = response.headers.get("content-encoding", "identity").lower() not in {"", "identity"}
    length = response.headers.get("content-length", "")
    state.total = int(length) if length.isascii() and length.isdigit() and not state.encoded else None
    state.etag = response.headers.get("etag", "")
    # A weak tag does not promise the same bytes.
    state.validator = (
        state.etag if state.etag and not state.etag.startswith("W/") else response.headers.get("last-modified", "")
    )
    state.content_type = response.headers.get("content-type", "")
    if state.total is not None and state.total > max_bytes:
        raise BadAnswer("The file is too large for an emote.", detail=f"{place}: {state.total} bytes")


def _receive(
    response: requests.Response,
    file: BinaryIO,
    state: _State,
    guard: Guard,
    max_bytes: int,
    begun: float,
    progress: Callable[[Transfer], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    limit = max_bytes if state.total is None else state.total
    while piece := response.raw.read1(BLOCK, decode_content=True):
        guard.moved(len(piece))
        state.received += len(piece)
        if state.received > limit:
            raise BadAnswer("The server sent too much data.", detail=urlsplit(response.url).path)
        file.write(piece)
        if guard.fired:
            raise OSError("over")
        if cancelled is not None and cancelled():
            raise Cancelled("The download was cancelled.")
        if progress is not None:
            progress(Transfer(state.received, state.total, time.monotonic() - begun))


def _check(file: BinaryIO, kind: str, state: _State) -> None:
    file.seek(0)
    head = file.read(64)
    if not head:
        raise FormatError("The file is empty.")
    expected = MAGIC.get("jpg" if kind == "jpeg" else kind)
    stripped = head.lstrip() if kind in {"json", "bvh"} else head
    if expected and not any(stripped[at : at + len(magic)] == magic for at, magic in expected):
        received = "a web page" if head.lstrip()[:1] == b"<" else f"content of type {state.content_type or 'unknown'}"
        raise FormatError(
            worded("The download is not a .{kind} file.", kind=kind), detail=f"The server sent {received}."
        )
    if kind == "glb" and int.from_bytes(head[8:12], "little") != state.received:
        raise FormatError("The length of the .glb file is wrong.")
