"""Reads a multipart form as it arrives: text parts into memory, the clip onto disk, and further views of it. Parts come in any order.

The clip is the first file that is not called `views`; files that are none of both are read and forgotten.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kinetix_core.io import files
from kinetix_core.values.views import MOST_VIEWS
from kinetix_local.api.errors import ApiError

_MOST_TEXT = 64 * 1024
_MOST_PARTS = 64
_MOST_HEADER = 16 * 1024
_VIEWS = "views"


@dataclass
class File:
    """A file of a form: its name and size, and where it lies (None when it was not to be kept)."""

    filename: str
    path: Path | None
    bytes: int = 0


@dataclass
class Form:
    """`texts` by name; the `clip`, None where there is none; and further `views` of the same take."""

    texts: dict[str, str] = field(default_factory=dict)
    clip: File | None = None
    views: list[File] = field(default_factory=list)

    @property
    def files(self) -> list[File]:
        return [*self.views, self.clip] if self.clip is not None else list(self.views)

    def discard(self) -> None:
        """Remove the files that nobody moved away."""
        for file in self.files:
            if file.path is not None:
                file.path.unlink(missing_ok=True)


class _Reader:
    """Callbacks of the parser. A file too large is read on, but not kept."""

    def __init__(self, place: Callable[[], Path] | None, limit: int, *, takes_views: bool) -> None:
        self.form = Form()
        self.problem: ApiError | None = None
        self._place, self._limit, self._takes_views = place, limit, takes_views
        self._file: File | None = None
        self._out: IO[bytes] | None = None
        self._open: list[IO[bytes]] = []
        self._parts = 0
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
        self._file, self._out = None, None
        if filename is not None or (
            "content-type" in self._headers and "text/plain" not in self._headers["content-type"]
        ):
            is_view = self._takes_views and self._text_name == _VIEWS
            self._text_name = ""
            if is_view or self.form.clip is None:
                self._begin_file((filename or b"").decode("utf-8", "replace"), is_view=is_view)

    def _begin_file(self, given_name: str, *, is_view: bool) -> None:
        if is_view and len(self.form.views) + 1 >= MOST_VIEWS:
            raise FormParserError(f"a take has at most {MOST_VIEWS} clips")
        file = File(given_name.replace("\\", "/").rsplit("/", 1)[-1], self._place() if self._place else None)
        if file.path is not None:
            self._out = files.open_new(file.path, buffering=0)
            self._open.append(self._out)
        if is_view:
            self.form.views.append(file)
        else:
            self.form.clip = file
        self._file = file

    def _data(self, data: bytes, start: int, end: int) -> None:
        size = end - start
        if self._file is not None:
            self._file.bytes += size
            if self._file.bytes > self._limit:
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
        if self._text_name:
            self.form.texts.setdefault(self._text_name, bytes(self._text).decode("utf-8", "replace"))

    def _finish(self) -> None:
        self.finished = True

    def sync(self) -> None:
        """The files are on disk, not only in the system's memory."""
        for out in self._open:
            files.sync_handle(out.fileno())
            out.close()
        self._open.clear()

    def abandon(self) -> None:
        for out in self._open:
            out.close()
        self._open.clear()
        self.form.discard()


async def read(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    content_type: str,
    place: Callable[[], Path] | None,
    limit: int,
    in_thread: Callable[[Callable[[], None]], Awaitable[None]],
    *,
    takes_views: bool = False,
) -> Form:
    """Read the whole form; each file goes to a `place` of its own and is synced. With `place` None files are only counted.

    Args:
        takes_views: files called `views` are further views of the clip; else they are files like others.

    Raises:
        ApiError: 400 for a broken form, 413 when a file is larger than `limit` bytes. Nothing is left on disk then.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary or len(boundary) > 256:
        raise ApiError(400, "Malformed request", data={"details": "Multipart: Boundary not found"})
    reader = _Reader(place, limit, takes_views=takes_views)
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
