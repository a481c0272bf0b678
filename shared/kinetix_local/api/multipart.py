"""Reads a multipart form as it arrives: text parts into memory, the first file onto disk. Parts may come in any order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kinetix_core import files
from kinetix_local.api.errors import ApiError

__all__ = ["Form", "read"]

_MOST_TEXT = 64 * 1024
_MOST_PARTS = 64
_MOST_HEADER = 16 * 1024


@dataclass
class Form:
    """`texts` by name; the first file's name and size, and where it lies (None when it was not to be kept)."""

    texts: dict[str, str] = field(default_factory=dict)
    filename: str = ""
    content_type: str = ""
    bytes: int = 0
    has_file: bool = False
    path: Path | None = None


class _Reader:
    """Callbacks of the parser. Only the first file is kept; a form too large is read on, but not kept."""

    def __init__(self, target: Path | None, limit: int) -> None:
        self.form = Form(path=target)
        self.problem: ApiError | None = None
        self._limit = limit
        self._out = files.open_new(target, buffering=0) if target else None
        self._parts = 0
        self._in_file = False
        self._headers: dict[str, str] = {}
        self._name = self._value = b""
        self._text_name = ""
        self._text = bytearray()
        self._texts_size = 0
        self.finished = False

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_done,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise FormParserError("too many parts")
        self._headers, self._name, self._value = {}, b"", b""
        self._text = bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]
        if len(self._name) > _MOST_HEADER:
            raise FormParserError("a header is too long")

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        if len(self._value) > _MOST_HEADER:
            raise FormParserError("a header is too long")

    def _header_end(self) -> None:
        # The parser below wants Latin-1 and gives the bytes back: a file name in any script survives.
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name = self._value = b""

    def _headers_done(self) -> None:
        kind, options = parse_options_header(self._headers.get("content-disposition", ""))
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise FormParserError("a part has no name")
        self._text_name = name.decode("utf-8", "replace")
        filename = options.get(b"filename")
        self._in_file = False
        if filename is not None or (
            "content-type" in self._headers and "text/plain" not in self._headers["content-type"]
        ):
            if not self.form.has_file:
                self.form.has_file = self._in_file = True
                self.form.filename = (filename or b"").decode("utf-8", "replace").replace("\\", "/").rsplit("/", 1)[-1]
                self.form.content_type = self._headers.get("content-type", "")
            else:
                self._text_name = ""

    def _data(self, data: bytes, start: int, end: int) -> None:
        size = end - start
        if self._in_file:
            self.form.bytes += size
            if self.form.bytes > self._limit:
                self.problem = self.problem or ApiError(
                    413, f"Video is too large: at most {self._limit / 1e6:.0f} MB are taken"
                )
            elif self._out is not None:
                # A view, so that a piece of a megabyte is not copied once more.
                view = memoryview(data)[start:end]
                while view:
                    view = view[self._out.write(view) :]
        elif self._text_name:
            self._texts_size += size
            if self._texts_size > _MOST_TEXT:
                raise FormParserError("the text fields are too long")
            self._text += data[start:end]

    def _end(self) -> None:
        if not self._in_file and self._text_name:
            self.form.texts.setdefault(self._text_name, bytes(self._text).decode("utf-8", "replace"))

    def _finish(self) -> None:
        self.finished = True

    def sync(self) -> None:
        """The file is on disk, not only in the system's memory."""
        if self._out is not None:
            files.sync_handle(self._out.fileno())
            self._out.close()
            self._out = None

    def abandon(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None
        if self.form.path is not None:
            self.form.path.unlink(missing_ok=True)


async def read(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    content_type: str,
    target: Path | None,
    limit: int,
    in_thread: Callable[[Callable[[], None]], Awaitable[None]],
) -> Form:
    """Reads the whole form; the file goes to `target` and is synced. With `target` None the file is only counted.

    Raises:
        ApiError: 400 for a broken form, 413 when the file is larger than `limit` bytes. Nothing is left at `target` then.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary or len(boundary) > 256:
        raise ApiError(400, "Malformed request", data={"details": "Multipart: Boundary not found"})
    reader = _Reader(target, limit)
    try:
        parser = MultipartParser(boundary, cast(Any, reader.callbacks()))
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ApiError(400, "Malformed request", data={"details": "Request aborted"})
            chunk = message.get("body", b"")
            if chunk:
                parser.write(chunk)
            if not message.get("more_body", False):
                break
        if not reader.finished:
            raise FormParserError("Unexpected end of form")
        if reader.problem is not None:
            raise reader.problem
        await in_thread(reader.sync)
    except FormParserError as error:
        reader.abandon()
        raise ApiError(400, "Malformed request", data={"details": str(error)}) from error
    except BaseException:
        reader.abandon()
        raise
    return reader.form
