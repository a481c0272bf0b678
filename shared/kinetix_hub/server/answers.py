"""Answers, files and errors of the hub's server."""

from __future__ import annotations

import errno
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse

from kinetix_core.api.errors import ApiError
from kinetix_core.io.os_errors import from_os_error
from kinetix_core.protocol.hub.answers import ErrorAnswer
from kinetix_core.protocol.hub.base_models import ErrorInfo, Model
from kinetix_core.protocol.hub.bodies import malformed_request
from kinetix_core.values.errors import HTTP_STATUS, ErrorKind, KinetixError
from kinetix_hub.jobs.states import WrongMove
from kinetix_hub.server.door import Refused

log = logging.getLogger(__name__)
_FIND_ATTEMPTS, _PIECE = 5, 1 << 18
_SHOWN = 500  # characters
_NO_NAME = {errno.ENAMETOOLONG, errno.ELOOP}  # what was sent names no file, whatever the state of the disk


class Answer(JSONResponse):
    """JSON of a value that FastAPI has validated."""

    def render(self, content: object) -> bytes:
        try:
            return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:  # a file's name need not be text: escaped it is valid JSON all the same
            return json.dumps(content, separators=(",", ":")).encode()


def answered(model: Model, status: int = 200) -> Response:
    """Return the model as JSON without FastAPI's second validation, for frequent requests."""
    return Response(model.to_json(), status, media_type="application/json")


def error_answer(error: KinetixError, status: int | None = None) -> Response:
    """Return the answer to a failed request; by default with the status of the error's kind."""
    return answered(ErrorAnswer(error=ErrorInfo.of(error)), status or status_of(error))


def array_answer(head: bytes, items: Iterable[Model]) -> Response:
    """Return a JSON object that ends in an array, in pieces: ten thousand emotes are never in memory at once.

    `head`: the object up to the array.
    """

    def parts() -> Iterator[bytes]:
        rows, comma = iter(items), b""
        yield head + b"["
        while part := [item.to_json() for item in islice(rows, 200)]:
            yield comma + b",".join(part)
            comma = b","
        yield b"]}"

    return StreamingResponse(parts(), media_type="application/json")


def file_answer(find: Callable[[], Path]) -> Response:
    """Return a whole file. It is opened before the header is sent, so that a rename cannot truncate it.

    `find` is called again if the file was renamed before it was opened.
    """
    for attempt in range(_FIND_ATTEMPTS):
        path = find()
        try:
            file = path.open("rb")
            break
        except FileNotFoundError:
            if attempt + 1 == _FIND_ATTEMPTS:
                raise
    size = os.fstat(file.fileno()).st_size

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_PIECE):
                yield piece

    headers = {
        "content-length": str(size),
        "content-disposition": f"attachment; filename*=utf-8''{quote(path.name, safe='')}",
    }
    return StreamingResponse(pieces(), headers=headers, media_type="application/octet-stream")


def status_of(error: KinetixError) -> int:
    """Return the HTTP status of an error's kind; an error of the service behind keeps its status, except for 401, 403 and 5xx."""
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, ApiError):
        return error.status if 400 <= error.status < 500 and error.status not in (401, 403) else 502
    return HTTP_STATUS[error.kind]


def answer_errors(app: FastAPI) -> None:
    """Give every error the form of docs/hub-protocol.md."""

    @app.exception_handler(KinetixError)
    async def known(request: Request, error: KinetixError) -> Response:
        return error_answer(error)

    @app.exception_handler(WrongMove)
    async def too_late(request: Request, error: WrongMove) -> Response:
        late = KinetixError(
            "The job's state has changed meanwhile.",
            code="tooLate",
            detail=str(error),
            next_step="Check the job's status.",
        )
        return error_answer(late, 409)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        detail = "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors()[:5])
        return error_answer(malformed_request(detail), 400)

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        if error.status_code == 400:  # what the framework says of a body that it cannot read
            return error_answer(malformed_request("The body is not JSON."), 400)
        unknown = KinetixError(
            "Kinetix has no such command.",
            code="noSuchRoute",
            next_step="The add-on may be newer than the Kinetix that runs: restart Kinetix.",
            command="kinetix hub restart",
        )
        return error_answer(unknown, error.status_code)

    @app.exception_handler(OSError)
    async def system(request: Request, error: OSError) -> Response:
        if error.errno in _NO_NAME:
            return error_answer(malformed_request("A path is longer than this system can hold."), 400)
        return error_answer(from_os_error(error), HTTP_STATUS[ErrorKind.STORAGE])

    @app.exception_handler(sqlite3.OperationalError)
    async def no_database(request: Request, error: sqlite3.OperationalError) -> Response:
        log.error("%s %s: %s", request.method, request.url.path, error)
        full = KinetixError(
            "Kinetix cannot write its database.",
            code="diskFull",
            detail=str(error),
            next_step="Free some space, or make the folder writable, then try again.",
        )
        return error_answer(full, HTTP_STATUS[ErrorKind.STORAGE])

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("%s %s broke", request.method, request.url.path, exc_info=error)
        bad = KinetixError(
            "Kinetix failed to process this request.",
            code="internal",
            next_step="Try again. If it happens again, report it with the log of Kinetix.",
            command="kinetix doctor",
        )
        return error_answer(bad, 500)
