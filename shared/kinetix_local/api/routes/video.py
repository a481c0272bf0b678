"""POST /v1/process/video/…: clips from the web. Only addresses of video files are taken; the rest is refused honestly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from kinetix_local.api.bodies import imports
from kinetix_local.api.bodies.body import read_body
from kinetix_local.api.errors import ApiError, Malformed
from kinetix_local.api.forms import asset_json
from kinetix_local.api.generation import check_ugc, count_call
from kinetix_local.api.schema import Field, check
from kinetix_local.api.wire import Answer, Call, Route, json_answer
from kinetix_local.places import NoPlace, host_of
from kinetix_local.store import emotes, processes
from kinetix_local.store.sql.rows import TokenRow
from kinetix_local.store.worlds import new_uuid

_Result = TypeVar("_Result")
_WAIT_S = 30.0  # for a place, when one host is asked for many videos
_BODY = {"url": Field("uri", required=True, about="Of a video file.")}
_SHARED: dict[str, Any] = {
    "auth": "token",
    "body": _BODY,
    "needs_body": "last",
    "mode": "async",
    "metered": False,
    "tag": "process",
    "errors": {
        401: "missingToken",
        403: "wrongToken, noUGC",
        404: "videoNotFound",
        406: "videoMature",
        413: "videoTooLong",
        422: "unsupportedURL, badURL, timeOut",
    },
}


async def _asked(call: Call) -> tuple[str, TokenRow]:
    """The address and the token, which stays valid.

    Raises:
        Malformed: the body does not fit. A missing one is looked at last, as the published server does.
        ApiError: 401 or 403 for the token, 422 without an address.
    """
    problems: list[str] = []
    given = await read_body(call.scope, call.receive, call.service.settings.max_json_bytes) or {}
    if not isinstance(given, dict):
        problems.append('"body" must be of type object')
        given = {}
    body = check("body", _BODY, given, problems) if given else {}
    if call.scope["query_string"]:
        problems.append('"query" is not allowed')
    if problems:
        raise Malformed(", ".join(problems))
    value = call.header(b"x-api-token")
    if not value:
        raise ApiError(401, "Missing generation token", "missingToken")

    def admit() -> TokenRow:
        with call.service.database.read() as db:
            token = processes.token(db, value, call.now())
            if token is None:
                raise ApiError(403, "Wrong generation token", "wrongToken")
            check_ugc(count_call(call, db, token.key_id))
            return token

    token = await asyncio.get_running_loop().run_in_executor(call.service.threads, admit)
    if not body:
        raise ApiError(422, "Bad URL", "badURL")
    return body["url"], token


@Route(
    "POST",
    "/v1/process/video/info",
    answers={200: "VideoInfo"},
    **_SHARED,
)
async def info(call: Call) -> Answer:
    """Return what is known about an online video, without using up the token."""
    url, _ = await _asked(call)
    service = call.service
    return json_answer(await _elsewhere(call, url, lambda: imports.look(url, service.settings, service.is_stopping)))


@Route(
    "POST",
    "/v1/process/video/download",
    answers={200: "Asset"},
    **_SHARED,
)
async def download(call: Call) -> Answer:
    """Fetches an online video; its `uuid` is then the `videoUuid` of an upload. The token is not used up."""
    url, token = await _asked(call)

    def fetch() -> Answer:
        service = call.service
        name, extension, path, size = imports.fetch(
            url, service.settings, service.blobs.temporary(), service.is_stopping
        )
        if call.strict:
            name = url  # as the published server calls it
        uuid, now = new_uuid(), call.now()
        try:
            blob = service.blobs.keep(path, f"uploads/{uuid}.{extension}")
        finally:
            path.unlink(missing_ok=True)
        with service.database.write() as db:
            asset_id = emotes.add_asset(db, uuid, name, now, kind="video", world_id=token.world_id)
            emotes.add_file(db, asset_id, emotes.ORIGINAL, extension, blob, size, now)
            row = emotes.asset(db, uuid, "video")
            assert row is not None
            return json_answer(asset_json(row, emotes.files_by_uuid(db, uuid), service.links))

    return await _elsewhere(call, url, fetch)


async def _elsewhere(call: Call, url: str, action: Callable[[], _Result]) -> _Result:
    """Calls another host: not on the threads that serve, and with a few places a host."""
    try:
        return await call.service.imports.run(host_of(url), action, _WAIT_S)
    except NoPlace as error:
        raise ApiError(422, "Service time out", "timeOut") from error
