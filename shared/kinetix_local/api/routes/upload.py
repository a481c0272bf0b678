"""POST /v1/process: a clip becomes a process. The clip is on disk and in the database before the answer."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive

from kinetix_core.serving.listeners import recognize
from kinetix_local.api import generation
from kinetix_local.api.bodies import multipart
from kinetix_local.api.bodies.body import is_announced_beyond, limited, read_body
from kinetix_local.api.bodies.upload_form import check_form
from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import created_json
from kinetix_local.api.wire import Answer, Call, Route, json_answer
from kinetix_local.store import processes
from kinetix_local.store.blobs import RESERVED_BYTES

_STRANGERS_BODY = 1 << 20


@Route(
    "POST",
    "/v1/process",
    auth="token",
    mode="async",
    metered=False,
    tag="process",
    answers={201: "ProcessCreated"},
    errors={
        400: "badRequest: the form is not right; the token stays valid",
        401: "missingToken",
        403: "wrongToken, noUGC, planLimitReached",
        404: "notFound: the video is not known",
        413: "the clip is larger than the service takes",
    },
)
async def create(call: Call) -> Answer:
    """Uploads a clip with a generation token. The answer comes before the work; how it goes on is seen in the process."""
    loop, service = asyncio.get_running_loop(), call.service
    content = call.header(b"content-type") or ""
    token = call.header(b"x-api-token")
    form: multipart.Form | None = None
    if content.lower().startswith("multipart/form-data"):
        known = bool(token) and await loop.run_in_executor(service.threads, _is_valid, call, token or "")
        if known:
            recognize(call.scope, token or "")
        # Without a good token the form is still read and checked (400 comes first), but nothing is kept of it.
        receive = call.receive if known else _of_a_stranger(call, token)
        if known and service.blobs.free_bytes() < RESERVED_BYTES:
            raise ApiError(507, "The disk is full")
        form = await multipart.read(
            receive,
            content,
            service.blobs.temporary if known else None,
            service.settings.max_upload_bytes,
            lambda action: loop.run_in_executor(service.threads, action),
            takes_views=not call.strict,
        )
        fields: Any = form.texts
    else:
        fields = await read_body(call.scope, call.receive, service.settings.max_json_bytes)
    try:
        asked = check_form(fields, form, strict=call.strict, has_query=bool(call.scope["query_string"]))
        if not token:
            raise _refusal(token)
        process = await loop.run_in_executor(service.file_threads, generation.accept, call, token, asked, form)
        return json_answer(created_json(process), 201)
    finally:
        if form is not None:
            form.discard()  # what was accepted has moved away


def _refusal(token: str | None) -> ApiError:
    if token:
        return ApiError(403, "Wrong generation token", "wrongToken")
    return ApiError(401, "Missing generation token", "missingToken")


def _of_a_stranger(call: Call, token: str | None) -> Receive:
    """The body of a request without a good token: a small form is read, to say what is wrong with it, and nothing larger is.

    Raises:
        ApiError: the body is large, by its header or as it comes.
    """
    refusal = _refusal(token)
    if is_announced_beyond(call.scope, _STRANGERS_BODY):
        raise refusal
    return limited(call.receive, _STRANGERS_BODY, refusal)


def _is_valid(call: Call, token: str) -> bool:
    with call.service.database.read() as db:
        return processes.token(db, token, call.now()) is not None
