"""Helpers of the API groups: ids in addresses, and answers as models."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from kinetix_core.api.errors import BadAnswer
from kinetix_core.api.transport import Transport
from kinetix_core.values.errors import ErrorKind, InputError
from kinetix_core.values.identity import BadIdentity

T = TypeVar("T")
_adapters: dict[Any, TypeAdapter[Any]] = {}


def segment(value: str) -> str:
    """An id as one part of a path. User ids are any text, so everything but letters and digits is escaped."""
    text = str(value)
    if not text or text in {".", ".."}:
        raise InputError("An id is missing.", code="noId", next_step="Give the id of the user or the emote.")
    return quote(text, safe="")


def read(kind: type[T], value: Any, where: str) -> T:
    """Return an answer's value as `kind`. Raises BadAnswer where the shape is another."""
    adapter = _adapters.setdefault(kind, TypeAdapter(kind))
    try:
        found: T = adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        identity = isinstance(first.get("ctx", {}).get("error"), BadIdentity)
        raise BadAnswer(
            "The API's answer has an unexpected format.",
            code="badIdentity" if identity else "badAnswer",
            kind=ErrorKind.INTERNAL if identity else None,
            detail=f"{where}: {place}: {first['msg']}",
        ) from error
    return found


class Group:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _call(self, kind: type[T], method: str, path: str, **request: Any) -> T:
        """Return the answer to a call as `kind`. `request` as in `Transport.call`."""
        return read(kind, self._transport.call(method, path, **request).value, f"{method} {path}")
