"""Fetches a file to disk: to a unique temporary name, again after a cut, checked for size and kind, moved into place at the end.

Downloads are not synced to the disk; the caller does so before it records them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
import urllib3

from kinetix_core.api.errors import BadAnswer, Cancelled, ConnectionFailed
from kinetix_core.api.guard import BLOCK, Guard, guarded
from kinetix_core.api.network_errors import failure
from kinetix_core.api.transport import Transport, joined, refusal
from kinetix_core.api.uploads import Transfer
from kinetix_core.io import files, glb_chunks
from kinetix_core.values.errors import FormatError, KinetixError
from kinetix_core.values.wording import worded

MAX_FILE_BYTES = 4 << 30
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


@dataclass(frozen=True)
class Download:
    """A file that has arrived."""

    path: Path
    size: int
    content_type: str
    etag: str


class Downloader(Transport):
    """A transport that also fetches files."""

    def download(
        self,
        url: str,
        target: Path | str,
        *,
        kind: str | None = None,
        max_bytes: int = MAX_FILE_BYTES,
        progress: Callable[[Transfer], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Download:
        """Fetch a file of an emote to `target`, whole or not at all. No key is sent, wherever the file lies.

        Args:
            url: of the file, as an emote names it; a path is taken from the API's address.
            kind: `glb`, `png` … whose first bytes are checked; by default the suffix of `target`.
            max_bytes: more is refused.
            progress: called after each piece, from this thread.
            cancelled: asked after each piece and ten times a second.

        Raises:
            ApiError: by status, e.g. NotFound. ConnectionFailed, TimedOut, Cancelled, RedirectRefused.
            FormatError: it is not the kind of file it should be. BadAnswer: too large.
        """
        url, target = joined(self.base_url + "/", url), Path(target)
        started, attempt, begun = self.retry.clock(), 0, time.monotonic()

        def arrived(done: int, total: int | None) -> None:
            if cancelled is not None and cancelled():
                raise Cancelled("The download was cancelled.")
            if progress is not None:
                progress(Transfer(done, total, time.monotonic() - begun))

        with files.writing(target, durable=False) as file:
            while True:
                attempt += 1
                try:
                    size, headers = _once(self, url, file, self.transfer_guard(cancelled), max_bytes, arrived)
                    break
                except KinetixError as error:
                    wait = self.retry.wait_s(attempt, error, safe=True, started=started)
                    if wait is None:
                        raise
                    self.retry.sleep(wait)
            content_type = headers.get("content-type", "")
            _check(file, kind if kind is not None else target.suffix.lstrip(".").lower(), size, content_type)
        return Download(target, size, content_type, headers.get("etag", ""))


def _once(
    transport: Transport,
    url: str,
    file: BinaryIO,
    guard: Guard,
    max_bytes: int,
    arrived: Callable[[int, int | None], None],
) -> tuple[int, Mapping[str, str]]:
    """Write the file from its beginning; its size, and the headers of the answer."""
    place = urlsplit(url).path
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    file.seek(0)
    file.truncate()
    with guarded(guard), transport.fetch(url, headers, guard) as response:
        if response.status_code != 200:
            raise refusal(response, response.raw.read(4096, decode_content=True) or b"", "GET", place)
        total = _length(response)
        if total is not None and total > max_bytes:
            raise BadAnswer("The file is too large for an emote.", detail=f"{place}: {total} bytes")
        received = 0
        try:
            while piece := response.raw.read1(BLOCK, decode_content=True):
                guard.moved(len(piece))
                received += len(piece)
                if received > (max_bytes if total is None else total):
                    raise BadAnswer("The server sent too much data.", detail=urlsplit(response.url).path)
                file.write(piece)
                arrived(received, total)
        except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
                raise
            raise failure(error, guard, "GET", place) from error
    if total is not None and received != total:
        raise ConnectionFailed("The file is truncated.", detail=f"{received} of {total} bytes")
    return received, response.headers


def _length(response: requests.Response) -> int | None:
    """Bytes that are to come, where the server says so."""
    length = response.headers.get("content-length", "")
    is_plain = response.headers.get("content-encoding", "identity").lower() in {"", "identity"}
    return int(length) if length.isascii() and length.isdigit() and is_plain else None


def _check(file: BinaryIO, kind: str, size: int, content_type: str) -> None:
    file.seek(0)
    head = file.read(64)
    if not head:
        raise FormatError("The file is empty.")
    expected = MAGIC.get("jpg" if kind == "jpeg" else kind)
    stripped = head.lstrip() if kind in {"json", "bvh"} else head
    if expected and not any(stripped[at : at + len(magic)] == magic for at, magic in expected):
        received = "a web page" if head.lstrip()[:1] == b"<" else f"content of type {content_type or 'unknown'}"
        raise FormatError(
            worded("The download is not a .{kind} file.", kind=kind), detail=f"The server sent {received}."
        )
    if kind == "glb" and int.from_bytes(head[8:12], "little") != size:
        raise FormatError("The length of the .glb file is wrong.")
