"""/v1/process and the users' lists: generation tokens, the state of processes, the player's decision."""

from __future__ import annotations

import io
import json
from typing import Any

from kinetix_local.api import generation
from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import process_json
from kinetix_local.api.routes.users import USER_ID, find_user
from kinetix_local.api.schema import Field
from kinetix_local.api.wire import Answer, Call, Route, json_answer
from kinetix_local.store import process_steps, processes, retakes
from kinetix_local.store.clock import iso
from kinetix_local.store.queue import captures, waits

_PROCESS = {"uuid": Field("uuid", required=True, about="Of the process.")}
_ASKED = {"userId": Field("string", required=True, about="The game's own id of the user.")}
_DAY_MS = 86_400_000
# The groups, in the order in which a refusal names them.
_FILTERS = ("processing", "validated", "rejected", "pending", "done", "failed")
_METADATA_BYTES = 16_384
_TOKEN: dict[str, Any] = {
    "auth": "write",
    "query": _ASKED,
    "needs_query": True,
    "mode": "write",
    "tag": "process",
    "answers": {200: "Token"},
    "errors": {
        404: "notFound: User not found.",
        403: "noUGC, planLimitReached",
        429: "tooManyUserProcesses, tooManyWaiting",
    },
}


@Route(
    "GET",
    "/v1/process/token",
    **_TOKEN,
)
def get_token(call: Call) -> Answer:
    """A generation token: one upload for this user, within five minutes. `url` is the page to open or to show as a QR code."""
    return _token(call, None)


@Route(
    "POST",
    "/v1/process/token",
    any_body=True,
    strict_absent=True,
    **_TOKEN,
)
def post_token(call: Call) -> Answer:
    """The same with a body: any object, attached to the process and to the emote."""
    body = call.body or None  # `{}` and `[]` say nothing
    if body is not None and not isinstance(body, dict):
        raise ApiError(400, "Metadata must be an object")
    if body is not None and len(json.dumps(body)) > _METADATA_BYTES:
        raise ApiError(413, "Metadata too large")
    return _token(call, body)


def _token(call: Call, metadata: dict[str, Any] | None) -> Answer:
    generation.check_plan(call)
    user = find_user(call, call.query["userId"], "User not found.")
    return json_answer(generation.issue_token(call, user.id, metadata))


@Route(
    "GET",
    "/v1/process/dev-token",
    auth="none",
    query={**_ASKED, "key": Field("string", about="A key that may write.")},
    needs_query=True,
    metered=False,
    untagged="always",
    mode="write",
    tag="process",
    answers={200: "image/png"},
    errors={401: "missingApiKey", 403: "The key may not do this", 404: "notFound: User not found"},
)
def dev_token(call: Call) -> Answer:
    """For developers: a generation token as a QR code, to be opened in a browser beside the phone. No limit is looked at."""
    import segno  # nothing else here needs it

    value = call.query.get("key")
    if value is None:  # the published server would take its first world
        raise ApiError(401, "Missing API key", "missingApiKey")
    keys = call.service.keys
    call.key = keys.admit((keys.cached(value) or keys.load(call.db, value))[1], "write")
    user = find_user(call, call.query["userId"])
    picture = io.BytesIO()
    segno.make(generation.new_token(call, user.id, None, None)["url"], error="m").save(
        picture, kind="png", scale=4, border=4
    )
    return Answer(200, picture.getvalue(), [(b"content-type", b"image/png")])


def _asked(call: Call) -> str:
    """The id of the path. The published server tells those of processes and tokens apart by letter case."""
    return str((call.sent if call.strict else call.params)["uuid"])


@Route(
    "GET",
    "/v1/process/token/{uuid}",
    auth="none",
    params={"uuid": Field("uuid", required=True, about="The token.")},
    metered=False,
    untagged="default",
    tag="process",
    answers={200: "TokenState"},
    errors={404: "notFound: Token not found"},
)
def token_state(call: Call) -> Answer:
    """Return whether a token can still be used; 404 once it is used or expired. Needs no key."""
    now = call.now()
    row = processes.token(call.db, _asked(call), now)
    if row is None:
        raise ApiError(404, "Token not found")
    left, expires = max(0, -(-(row.expires_at - now) // 1000)), row.expires_at
    if call.strict:
        # The published server knows only the seconds left, rounded, and adds them to the time of each answer.
        left = (row.expires_at - now + 500) // 1000
        expires = now + left * 1000
    return json_answer({"expireIn": left, "retake": row.parent is not None, "expire": iso(expires)})


@Route(
    "GET",
    "/v2/users/{userId}/processes",
    params=USER_ID,
    query={**{group: Field("boolean") for group in _FILTERS}, "since": Field("date")},
    mode="slow",
    tag="users",
    answers={200: "Processes"},
    errors={404: "notFound: User not found."},
)
def user_processes(call: Call) -> Answer:
    """The user's processes, newest first. `true` includes a group, `false` excludes it; with any `true` only those are sent."""
    user = find_user(call, call.params["userId"], "User not found.")
    wanted = {group for group in process_steps.GROUPS if call.query.get(group) is True}
    unwanted = {group for group in process_steps.GROUPS if call.query.get(group) is False}
    linked = retakes.of_user(call.db, user.id, oldest_child=call.strict)
    live = captures.live_of_user(call.db, user.id)
    thumbnails = _thumbnails(call, user.id)
    result = []
    for row in processes.of_user(call.db, user.id, call.query.get("since")):
        shown = process_json(
            row,
            retakes=linked,
            with_status=True,
            live=live.get(row.uuid),
            thumbnail=thumbnails.get(row.video),
            strict=call.strict,
        )
        # The published server filters by the steps that it knows, even where the flags say something else.
        group = process_steps.known_group(shown["step"]) if call.strict else shown["status"]
        if group in wanted if wanted else group not in unwanted:
            result.append(shown)
    return json_answer(result)


def _thumbnails(call: Call, user_id: int) -> dict[str, str]:
    """Video → address of its picture. Only videos that came by an import have one."""
    return {uuid: call.service.links.file(uuid, file) for uuid, file in processes.thumbnails(call.db, user_id)}


@Route(
    "GET",
    "/v1/users/{userId}/processes",
    params=USER_ID,
    query={"ongoingOnly": Field("boolean", default=True)},
    mode="slow",
    tag="users",
    answers={200: "Processes"},
    errors={404: "notFound: User not found."},
    deprecated=True,
)
def user_processes_v1(call: Call) -> Answer:
    """The older list: without hierarchy, and only ongoing processes unless asked otherwise."""
    user = find_user(call, call.params["userId"], "User not found.")
    ongoing = call.query.get("ongoingOnly", True)
    live = captures.live_of_user(call.db, user.id)
    result = []
    for row in processes.of_user(call.db, user.id):
        shown = process_json(row, with_status=True, live=live.get(row.uuid), strict=call.strict)
        for name in ("ml", "errorMessage"):
            shown.pop(name, None)
        group = shown["status"]
        if call.strict:
            shown["status"] = process_steps.status_v1(shown["step"], row.validated, row.rejected)
            group = process_steps.group(shown["step"])
        if not ongoing or group in {"pending", "processing"}:
            result.append(shown)
    return json_answer(result)


@Route(
    "GET",
    "/v1/process/{uuid}",
    strict_auth="write",
    params=_PROCESS,
    tag="process",
    answers={200: "Process"},
    errors={404: "notFound: Process not found"},
)
def get_process(call: Call) -> Answer:
    """One process with its hierarchy; `step` tells how far it is."""
    polled = processes.poll(call.db, _asked(call), call.key.world_id)
    if polled is None:
        raise ApiError(404, "Process not found")
    row = polled.row
    picture = processes.thumbnail(call.db, row.video) if polled.has_picture else None
    linked = retakes.of_user(call.db, row.user_id, oldest_child=call.strict) if polled.is_linked else retakes.NONE
    return json_answer(
        process_json(
            row,
            retakes=linked,
            live=polled.live,
            wait=None if polled.place is None or call.strict else waits.wait_of(call.db, polled.place),
            thumbnail=None if picture is None else call.service.links.file(row.video, picture),
            strict=call.strict,
        )
    )


@Route(
    "POST",
    "/v1/process/{uuid}/validate",
    auth="write",
    params=_PROCESS,
    mode="write",
    tag="process",
    answers={200: "Process"},
    errors={
        404: "notFound: Process not found",
        403: "the flow is disabled, the process cannot be validated, or keyMayNotValidate",
        425: "not finished yet",
    },
)
def validate(call: Call) -> Answer:
    """The player accepts: the emote goes into the bag."""
    return json_answer(process_json(generation.validate(call, _asked(call)), strict=call.strict))


@Route(
    "POST",
    "/v1/process/{uuid}/retake",
    auth="write",
    params=_PROCESS,
    mode="write",
    tag="process",
    answers={200: "Token"},
    errors={
        404: "notFound: Process not found, Process retake limit reached",
        403: "the flow is disabled",
        425: "not finished yet",
    },
)
def retake(call: Call) -> Answer:
    """The player rejects the last attempt and gets a token for another. The token need not be used."""
    return json_answer(generation.retake(call, _asked(call)))
