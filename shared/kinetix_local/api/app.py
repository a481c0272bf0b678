"""The ASGI application: one visible path for every request, in the API's order of checks.

validation → key or token → flag → rate limit → plan → handler. Preflights and unknown paths never get that far.
Why this is not FastAPI's router: docs/design/api-routing.md.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from starlette.types import Receive, Scope, Send

from kinetix_core.serving.listeners import recognize
from kinetix_core.serving.peer_identity import LOCAL_PATH
from kinetix_local.api import cors, files, pages
from kinetix_local.api.bodies.body import Body, parse_body
from kinetix_local.api.description import docs
from kinetix_local.api.errors import ApiError, Malformed
from kinetix_local.api.instance import MakePages, Service, log_failure
from kinetix_local.api.routes import load
from kinetix_local.api.schema import check, defaults
from kinetix_local.api.wire import Answer, Call, Route, check_escapes, etag, header, json_answer, parse_pairs
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.sql.columns import Unstorable
from kinetix_local.store.sql.database import AWAY_RETRY_S, is_away

_LOG = logging.getLogger(__name__)
_DRAIN_BYTES = 8 << 30  # of a refused body that are still read, so that the sender gets to see the answer
_PARAMETER = "*"
# What the hub asks for again and again without anybody's doing: it keeps no service awake.
_BY_ITSELF = frozenset({LOCAL_PATH, "/_local/library/edits"})


class App:
    """Serves one `Service` from start to stop (ASGI lifespan). `make_pages` gives the routes of its pages."""

    def __init__(self, service: Service, make_pages: MakePages | None = None) -> None:
        self.service, self._make_pages = service, make_pages
        self._tree: dict[str, Any] = {}
        for route in load():
            self._add(route)
        self._own: Any = None
        self._last_request = time.monotonic()

    def idle_s(self) -> float:
        """Return seconds since the last request began that somebody made on purpose."""
        return time.monotonic() - self._last_request

    def _add(self, route: Route) -> None:
        place = self._tree
        for part in route.path.strip("/").split("/"):
            if part.startswith("{"):
                place = place.setdefault(_PARAMETER, {})
                place.setdefault("names", {})[route.method] = part[1:-1]
            else:
                place = place.setdefault(part, {})
        place.setdefault("methods", {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Paths are told apart without regard to case and to one slash at the end."""
        if path[-1:] == "/":
            path = path[:-1]
        place = self._tree
        values: list[tuple[dict[str, str], str]] = []
        for part in path[1:].split("/"):
            known = place.get(part.lower())
            if known is None or part in {_PARAMETER, "names", "methods"}:
                known = place.get(_PARAMETER)
                if known is None or not part:
                    return None
                values.append((known["names"], _plain(part)))
            place = known
        route = place.get("methods", {}).get("GET" if method == "HEAD" else method)
        if route is None:
            return None
        return route, {names.get(route.method, ""): value for names, value in values}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["path"] not in _BY_ITSELF:
                self._last_request = time.monotonic()
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.service.start()
                except Exception as error:  # noqa: BLE001 - the server is told the reason
                    _LOG.exception("the service did not start")
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.service.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == LOCAL_PATH:
            await self._send(scope, send, _identity(self.service, scope))
            return
        if path == "/_local" or path.startswith("/_local/"):
            await self._local(scope, receive, send)
            return
        origin = None
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
        allow = cors.headers(origin, self.service.page_origins)
        method: str = scope["method"]
        if method == "OPTIONS":
            asked = next((value for name, value in scope["headers"] if name == b"access-control-request-headers"), None)
            await self._send(scope, send, Answer(204, b"", allow + cors.preflight(asked)))
            return
        body = Body(receive)
        strict = self.service.settings.strict is not None
        try:
            answer = await self._answer(scope, body, method, path)
        except ApiError as error:
            answer = json_answer(error.body(strict=strict), error.status, error.headers)
            if strict:
                _tag(scope, answer)
        except Exception as error:  # noqa: BLE001 - a bug in one part must not stop the others; it is logged
            answer = _failed(f"{method} {path}", error, strict)
        answer.headers.extend(allow)
        await self._send(scope, send, answer, body)

    async def _answer(self, scope: Scope, body: Body, method: str, path: str) -> Answer:
        # Told apart before it is unescaped: a user's id may hold an escaped slash.
        raw, strict = scope.get("raw_path"), self.service.settings.strict is not None
        found = self.find(method, raw.decode("latin-1") if raw else path)
        if found is not None and found[0].strict_absent and strict:
            found = None
        if found is None:
            if strict and "json" in (header(scope, b"content-type") or ""):
                # The published server reads a body before it looks for the route.
                parse_body(scope, await self._read_body(scope, body), self.service.settings.max_json_bytes)
            if method in {"GET", "HEAD"}:
                if path.startswith("/user-data/"):
                    return await files.serve(self.service, scope, path)
                page = docs.serve(self.service, scope) or pages.serve(scope, path, self.service.blobs.public_origin)
                if page is not None:
                    return page
            return pages.not_found(method, scope)
        route, params = found
        call = Call(self.service, scope, body.receive, route)
        if route.mode == "async":
            answer: Answer = await route.handle(call)
        else:
            await self._check(call, params, body)
            if route.auth in {"read", "write"}:
                await self._admit(call, path)
            if route.needs_body == "last" and not call.body:
                raise Malformed('"body" is required')
            answer = await self.handle(call)
        if strict:  # the published server tags whatever it sends
            tagged = route.untagged != "always"
        else:
            tagged = not route.untagged and route.method == "GET" and answer.status in {200, 208}
        if tagged:
            _tag(scope, answer)
        return answer

    async def _read_body(self, scope: Scope, body: Body) -> bytes:
        return b"" if body.known_empty(scope) else await body.read(self.service.settings.max_json_bytes)

    async def _check(self, call: Call, params: dict[str, str], body: Body) -> None:
        """The route's schema. Parts that it does not have at all are named last.

        Raises:
            Malformed: with everything that is wrong.
        """
        route = call.route
        problems: list[str] = []
        surplus: list[str] = []
        call.sent = params
        if params or route.params:
            call.params = check("params", route.params, params, problems)
        query = call.scope["query_string"]
        if query or route.query:
            given = parse_pairs(query, strict=call.strict)
            if not given and route.needs_query:
                problems.append('"query" is required')
            elif not given:
                call.query = defaults(route.query or {})
            else:
                call.query = check("query", route.query, given, problems if route.query is not None else surplus)
        if not body.known_empty(call.scope) or route.body is not None:
            limit = self.service.settings.max_json_bytes
            raw = parse_body(call.scope, await body.read(limit), limit)
            self._check_body(call, raw, problems, surplus)
        if (problems or surplus) and not (call.strict and route.strict_unchecked):
            raise Malformed(", ".join(problems + surplus))

    def _check_body(self, call: Call, given: Any, problems: list[str], surplus: list[str]) -> None:
        route = call.route
        if route.any_body:
            call.body = given
        elif not given:  # a missing body and an empty object are the same
            if route.needs_body == "first":
                problems.append('"body" is required')
            call.body = {}
        elif route.body is None:
            surplus.append('"body" is not allowed')
        elif not isinstance(given, dict):
            problems.append('"body" must be of type object')
        else:
            call.body = check("body", (call.strict and route.strict_body) or route.body, given, problems)

    async def _admit(self, call: Call, path: str) -> None:
        service, route = self.service, call.route
        value = call.header(b"x-api-key")
        if not value:
            raise ApiError(401, "Missing API key", "missingApiKey")
        entry = service.keys.cached(value)
        if entry is None:
            entry = await self.with_db(lambda db: service.keys.load(db, value))
        key = service.keys.admit(entry[1], (call.strict and route.strict_auth) or route.auth)
        recognize(call.scope)
        call.key = key
        service.limiter.call(key.world_id, path[1:].split("/", 2)[1] if path.count("/") > 1 else "", call.strict)
        if route.metered:
            if service.meter.needs_total(key):
                await self.with_db(lambda db: service.meter.load_total(db, key))
            service.meter.call(key)

    async def with_db(self, action: Callable[[Any], Any]) -> Any:
        """A short read: at once on SQLite, on a thread where the database is over a network."""
        if self.service.database.is_sqlite:
            return action(self.service.database.reader)

        def on_thread() -> Any:
            with self.service.database.read() as db:
                return action(db)

        return await asyncio.get_running_loop().run_in_executor(self.service.threads, on_thread)

    async def handle(self, call: Call) -> Answer:
        mode = call.route.mode
        if mode == "read" and self.service.database.is_sqlite:
            call.db = self.service.database.reader
            answer: Answer = call.route.handle(call)
            return answer
        quick: Answer | None = None if call.route.quick is None else call.route.quick(call)
        if quick is not None:
            return quick
        return await asyncio.get_running_loop().run_in_executor(
            self.service.threads, self._write if mode == "write" else self._read, call
        )

    def _read(self, call: Call) -> Answer:
        with self.service.database.read() as call.db:
            answer: Answer = call.route.handle(call)
        return answer

    def _write(self, call: Call) -> Answer:
        with self.service.database.write() as call.db:
            answer: Answer = call.route.handle(call)
        call.committed()
        return answer

    async def _send(self, scope: Scope, send: Send, answer: Answer, asked: Body | None = None) -> None:
        headers = answer.headers
        bodiless = answer.status in {204, 304}
        if answer.stream is None and not bodiless:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.stream is not None and scope["method"] != "HEAD":
            async for chunk in answer.stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        body = b"" if scope["method"] == "HEAD" or bodiless else answer.body
        if asked is not None and not asked.ended:
            # The answer goes out at once. Whoever sends on all the same would lose it if the connection closed under it.
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await asked.drain(_DRAIN_BYTES)
            body = b""
        await send({"type": "http.response.body", "body": body})

    async def _local(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._own is None:
            # FastAPI takes a while to import; the API does not need it.
            from kinetix_local.api.bodies.body_limit import BodyLimit
            from kinetix_local.api.private.local import create, largest_body

            self._own = BodyLimit(create(self.service, self._make_pages), largest_body)
        started = time.monotonic()
        await self._own(scope, receive, send)
        if time.monotonic() - started > 30:
            _LOG.warning("%s took long", scope["path"])


def _failed(what: str, error: Exception, strict: bool) -> Answer:
    if isinstance(error, Unstorable):
        return json_answer(Malformed(error.title).body(strict=strict), 400)
    log_failure(what, error)
    if is_away(error):
        silent = "The database does not answer"
    elif isinstance(error, StorageError):
        silent = "The storage of files does not answer"
    else:
        return json_answer({"message": "An error occured", "data": {}}, 500)
    return json_answer({"message": silent, "data": {}}, 503, ((b"retry-after", b"%d" % AWAY_RETRY_S),))


def _tag(scope: Scope, answer: Answer) -> None:
    """A weak ETag, and 304 for a client that has this very answer."""
    tag = etag(answer.body)
    answer.headers.append((b"etag", tag))
    if scope["method"] in {"GET", "HEAD"} and answer.status in {200, 208} and _has(scope, tag.decode()):
        answer.status, answer.body = 304, b""
        answer.headers = [entry for entry in answer.headers if entry[0] != b"content-type"]


def _has(scope: Scope, tag: str) -> bool:
    known = header(scope, b"if-none-match")
    if known is None or "no-cache" in (header(scope, b"cache-control") or ""):
        return False
    opaque = tag.removeprefix("W/")
    return known.strip() == "*" or any(one.strip().removeprefix("W/") == opaque for one in known.split(","))


def _identity(service: Service, scope: Scope) -> Answer:
    """Needs no key: it is asked before a key is sent, and tells nothing to those who have not got the secret."""
    found = service.identity.answer(scope["query_string"].decode("latin-1").removeprefix("nonce="))
    return json_answer({"message": "A nonce is needed."}, 400) if found is None else json_answer(found)


def _plain(part: str) -> str:
    """One part of a path without its escapes.

    Raises:
        ApiError: 400 for an escape that is no UTF-8.
    """
    if "%" not in part:
        return part
    try:
        check_escapes(part)
        return unquote(part, errors="strict")
    except ValueError as error:
        raise ApiError(400, "Malformed request", data={"details": "Failed to decode the path"}) from error
