"""Limits on bodies before a framework reads them: it would take all of a body into memory before it asks who sends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from kinetix_local.api.bodies.body import Body, is_announced_beyond, limited

_DRAINED = 64 << 20
"""Bytes of a refused body that are still read: whoever sends on when the connection closes may lose the answer."""


class BodyLimit:
    """ASGI application before another. `limit_of` gives the most bytes for a path."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], limit_of: Callable[[str], int]) -> None:
        self._app, self._limit_of = app, limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit_of(scope["path"])
        if is_announced_beyond(scope, limit):
            error = {"code": "tooLarge", "title": "The request is too large.", "detail": "", "nextStep": ""}
            answer = JSONResponse({"error": error}, 413, {"connection": "close"})
            await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
            await Body(receive).drain(_DRAINED)
            await send({"type": "http.response.body", "body": b""})
            return
        refusal = HTTPException(413, "The request is too large.")
        await self._app(scope, limited(receive, limit, refusal), send)
