"""Asks a running hub, over a connection whose other end has proved to be the hub of hub.json.

Blocking client for the command line and the sync. Blender's add-on has a non-blocking one (`hub/link.py`).
`kinetix_core.protocol.hub.link` starts and stops hubs.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from kinetix_core.io import files, paths
from kinetix_core.protocol.hub.answers import ErrorAnswer
from kinetix_core.protocol.hub.bodies import Body, said_about
from kinetix_core.protocol.hub.info import HubInfo, read_info
from kinetix_core.serving.peer_identity import Impostor
from kinetix_core.values.errors import ErrorKind, KinetixError

A = TypeVar("A", bound=BaseModel)
Query = str | int | float | Sequence[float] | None
_BLOCK = 1 << 20
_READ_S, _WORK_S = 60.0, 180.0
_HEALTH_S = 5.0


class HubGone(KinetixError):
    """Raised when the hub does not answer."""

    default_kind = ErrorKind.UNAVAILABLE

    def __init__(self, port: int, cause: Exception) -> None:
        super().__init__(
            "The hub does not answer.",
            code="hubGone",
            detail=f"{type(cause).__name__} on port {port}",
            next_step="Try again: it is started when it is needed. The doctor shows its log.",
            command="kinetix doctor",
        )


class HubClient:
    """Client of one hub; paths are below `/v1`.

    Every method raises the hub's error as a `KinetixError`, or `HubGone`.
    """

    def __init__(self, info: HubInfo) -> None:
        self.info = info

    def get(self, answer: type[A], path: str, *, timeout_s: float = _READ_S, **query: Query) -> A:
        return self.ask(answer, "GET", path, query=query, timeout_s=timeout_s)

    def post(
        self, answer: type[A], path: str, body: Body | None = None, *, timeout_s: float = _WORK_S, **query: Query
    ) -> A:
        return self.ask(answer, "POST", path, body, query=query, timeout_s=timeout_s)

    def delete(self, answer: type[A], path: str, *, timeout_s: float = _READ_S, **query: Query) -> A:
        return self.ask(answer, "DELETE", path, query=query, timeout_s=timeout_s)

    def ask(
        self,
        answer: type[A],
        method: str,
        path: str,
        body: Body | None = None,
        *,
        query: dict[str, Query] | None = None,
        timeout_s: float = _READ_S,
    ) -> A:
        """The answer as a model. Only fields of the body that were given are sent."""
        given = None if body is None else body.model_dump(mode="json", by_alias=True, exclude_unset=True)
        found = self.exchange(method, path, given, query=query, timeout_s=timeout_s)
        try:
            return answer.model_validate(found)
        except ValidationError as error:
            raise KinetixError(
                "The hub answers in a way that this program does not know.",
                code="hubAnswer",
                detail=f"{method} {path}: {said_about(error)}",
                next_step="It may be of another version: stop it, or update this program.",
                command="kinetix hub stop",
            ) from error

    def exchange(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: dict[str, Query] | None = None,
        timeout_s: float = _READ_S,
    ) -> object:
        """The answer as the JSON value that came."""
        with self._answer(method, path, body, query, timeout_s) as read, self._heard():
            return json.loads(read() or b"null")

    def fetch(self, path: str, target: Path, *, timeout_s: float = 300.0) -> None:
        """Write the answer to a file, whole or not at all. Raises OSError if the disk refuses it."""
        with self._answer("GET", path, None, None, timeout_s) as read, files.writing(target) as file:
            while block := read(_BLOCK):
                file.write(block)

    @contextlib.contextmanager
    def _answer(
        self, method: str, path: str, body: object, query: dict[str, Query] | None, timeout_s: float
    ) -> Iterator[Callable[..., bytes]]:
        """Send a request; yield a function that reads its answer, all of it or so many bytes at a time."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"/v1{quote(path)}" + (f"?{urlencode(given, doseq=True)}" if given else "")
        headers = {"Authorization": f"Bearer {self.info.token}"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"

        def read(size: int | None = None) -> bytes:
            with self._heard():
                block = response.read(size)
                if not block and response.length:  # `read` of a size says nothing of what is missing
                    raise http.client.IncompleteRead(block, response.length)
                return block

        with contextlib.ExitStack() as opened:
            with self._heard():
                link = self.info.identity.connection("127.0.0.1", self.info.port, timeout_s)
                connection = opened.enter_context(link)
                connection.request(method, target, data, headers)
                response = connection.getresponse()
                refusal = json.loads(response.read() or b"null") if response.status >= 400 else None
            if response.status >= 400:
                raise _as_error(response.status, refusal)
            yield read

    @contextlib.contextmanager
    def _heard(self) -> Iterator[None]:
        """Raise HubGone for what the connection raises."""
        try:
            yield
        except (Impostor, OSError, http.client.HTTPException, ValueError) as error:
            raise HubGone(self.info.port, error) from error


def _as_error(status: int, found: object) -> KinetixError:
    try:
        error = ErrorAnswer.model_validate(found).error
    except ValidationError:
        return KinetixError(
            f"The hub answered {status}.", code="hubAnswer", next_step="Look at its log.", command="kinetix hub status"
        )
    return error.raised()


def find() -> HubClient | None:
    """The hub that runs and answers, of any version."""
    info = read_info(paths.hub_info())
    if info is None:
        return None
    hub = HubClient(info)
    try:
        health = hub.exchange("GET", "/health", timeout_s=_HEALTH_S)
    except KinetixError:
        return None
    return hub if isinstance(health, dict) and health.get("startId") == info.start_id else None
