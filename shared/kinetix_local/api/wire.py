"""Requests and answers of handlers, without a framework in between."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from kinetix_local.api.context import Context
from kinetix_local.api.errors import ApiError
from kinetix_local.api.schema import Field

if TYPE_CHECKING:
    from kinetix_local.api.instance import Service

Scope = Mapping[str, Any]
_JSON = (b"content-type", b"application/json; charset=utf-8")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def pack(value: Any) -> bytes:
    return _encode(value).encode("utf-8", "replace")


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]]
    # Sent instead of `body`: an async iterator of chunks.
    stream: Any = None


def json_answer(value: Any, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
    return packed_answer(pack(value), status, headers)


def packed_answer(body: bytes, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
    return Answer(status, body, [_JSON, *headers])


def etag(body: bytes) -> bytes:
    return b'W/"%x-%08x%08x"' % (len(body), zlib.crc32(body), zlib.adler32(body))


def html(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), [(b"content-type", b"text/html; charset=utf-8")])


Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Auth = Literal["read", "write", "token", "none"]
Mode = Literal["read", "slow", "write", "async"]
Handler = Callable[["Call"], Any]


@dataclass(frozen=True)
class Route:
    """One row of the contract; as a decorator it adds the function below it.

    Attributes:
        auth: read, write, token or none; `strict_auth` where the published server asked for another flag than described.
        strict_unchecked, strict_absent: the published server has no schema here, or not even the route.
        query, body: schemas; None allows nothing. `strict_body` where the published server has another one.
        needs_query: an empty query is refused as such.
        needs_body: an absent or empty body is refused: "first" with the rest of the schema, "last" only after the key was looked at.
        metered: counts as one of the plan's calls.
        untagged: where its answers have no ETag: "always", or "default" for a mode in which the published server's do.
        mode: "read" (a connection, quick), "slow" (a connection, on a thread), "write" (one transaction, on a thread), "async".
        quick: of a slow route: answers at once if it can (SQLite only), else returns None.
        answers: status → name of the schema in the description (None: no JSON), or `image/png`.
        errors: further statuses than every key route has.
        recorded: how sure the contract is of it, for the description.
    """

    method: Method
    path: str
    auth: Auth = "read"
    strict_auth: Auth | Literal[""] = ""
    params: Mapping[str, Field] = field(default_factory=dict)
    query: Mapping[str, Field] | None = None
    body: Mapping[str, Field] | None = None
    strict_body: Mapping[str, Field] | None = None
    needs_query: bool = False
    any_body: bool = False
    needs_body: Literal["", "first", "last"] = ""
    strict_unchecked: bool = False
    strict_absent: bool = False
    metered: bool = True
    untagged: Literal["", "always", "default"] = ""
    mode: Mode = "read"
    quick: Handler | None = None
    tag: str = ""
    answers: Mapping[int, str | None] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)
    deprecated: bool = False
    handle: Handler = field(default=lambda call: None, kw_only=True)

    def __call__(self, handle: Handler) -> Handler:
        ROUTES.append(replace(self, handle=handle))
        return handle


ROUTES: list[Route] = []


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


class Call(Context):
    """One request on its way through the checks.

    Attributes:
        params, query, body: checked values.
        sent: the parts of the path before the check, which writes ids in small letters.
        key: the caller's key, after that check.
        db: the connection, or the transaction of a write.
    """

    __slots__ = ("body", "params", "query", "receive", "route", "scope", "sent")

    def __init__(self, service: Service, scope: Scope, receive: Any, route: Route) -> None:
        super().__init__(service)
        self.scope = scope
        self.receive = receive
        self.route = route
        self.params: dict[str, Any] = {}
        self.sent: dict[str, str] = {}
        self.query: dict[str, Any] = {}
        self.body: Any = None

    def header(self, name: bytes) -> str | None:
        return header(self.scope, name)


def parse_pairs(raw: bytes, *, strict: bool = False) -> dict[str, Any]:
    """Parse a query string or an urlencoded body; a repeated name becomes a list.

    Args:
        strict: takes a name or value whose escapes are wrong as it stands, as the published server does.

    Raises:
        ApiError: 400 for an escape that is no UTF-8.
    """
    values: dict[str, Any] = {}
    try:
        text = raw.decode("utf-8", "replace" if strict else "strict")
        if "%" in text and strict:
            pairs = [(_as_it_stands(name), _as_it_stands(value)) for name, _, value in _split(text)]
        else:
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
            check_escapes(text)
    except ValueError as error:
        raise ApiError(400, "Malformed request", data={"details": "Failed to decode the query"}) from error
    for name, value in pairs:
        if name in values:
            known = values[name]
            values[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            values[name] = value
    return values


def _split(text: str) -> list[tuple[str, str, str]]:
    return [pair.partition("=") for pair in text.split("&") if pair]


def _as_it_stands(text: str) -> str:
    text = text.replace("+", " ")
    try:
        check_escapes(text)
    except ValueError:
        return text
    return unquote(text)


def check_escapes(text: str) -> None:
    """Raises ValueError when a %-escape is cut or is no UTF-8."""
    if "%" not in text:
        return
    unquote_to_bytes(text).decode("utf-8")
    for part in text.split("%")[1:]:
        int(part[:2].ljust(2, "x"), 16)
