"""POST /v1/process: a clip becomes a process. The clip is on disk and in the database before the answer."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kinetix_local.api import multipart
from kinetix_local.api.errors import ApiError, Malformed
from kinetix_local.api.forms import created_json
from kinetix_local.api.schema import is_uuid
from kinetix_local.api.wire import Answer, Call, json_answer, route
from kinetix_local.store import emotes, processes, worlds
from kinetix_local.store.tables import worlds as worlds_table
from kinetix_local.store.worlds import new_uuid
from kinetix_local.work import outbox

_FIELDS = frozenset({"start", "end", "name", "mature", "x", "y", "outputWidth", "outputHeight", "videoUuid"})
# Ours: how to capture. The cloud has no such fields.
_OURS = frozenset({"height", "loop", "rootMode"})
_TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)")
_EXTENSION = re.compile(r"[a-z0-9]{1,5}")
_SPAN_S = 10.0
_NEEDS_FILE = ['"files" is required', '"body" is required']


@dataclass
class Asked:
    """What the form says, checked."""

    name: str
    mature: bool
    request: dict[str, Any]
    video: str | None


@route(
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
    if call.scope["query_string"]:
        raise Malformed(['"query" is not allowed', '"query" is not allowed'])
    content = call.header(b"content-type") or ""
    token = call.header(b"x-api-token")
    form: multipart.Form | None = None
    if content.lower().startswith("multipart/form-data"):
        known = bool(token) and await loop.run_in_executor(service.threads, _is_valid, call, token or "")
        # Without a good token the form is still read and checked (400 comes first), but nothing is kept of it.
        target = service.blobs.temporary() if known else None
        if target is not None and service.blobs.free_bytes() < (256 << 20):
            raise ApiError(507, "The disk is full")
        form = await multipart.read(
            call.receive,
            content,
            target,
            service.settings.max_upload_bytes,
            lambda action: loop.run_in_executor(service.threads, action),
        )
        fields: Any = form.texts
    else:
        from kinetix_local.api.app import parse_body

        fields = parse_body(call, await _read_all(call))
    try:
        asked = check_form(call, fields, form)
        if not token:
            raise ApiError(401, "Missing generation token", "missingToken")
        return await loop.run_in_executor(service.threads, accept, call, token, asked, form)
    finally:
        if form is not None and form.path is not None:
            form.path.unlink(missing_ok=True)  # moved away when it was accepted


async def _read_all(call: Call) -> bytes:
    raw = b""
    while True:
        message = await call.receive()
        raw += bytes(message.get("body", b""))
        if len(raw) > call.service.settings.max_json_bytes:
            raise ApiError(413, "Request entity too large")
        if message["type"] != "http.request" or not message.get("more_body", False):
            return raw


def check_form(call: Call, fields: Any, form: multipart.Form | None) -> Asked:
    if fields is not None and not isinstance(fields, dict):
        raise Malformed(['"body" must be of type object'] * 2)
    fields = fields or {}
    has_file = form is not None and form.has_file
    if not fields:
        # At least one text field has to come with the file.
        extra = ', "files" is not allowed' if has_file else ""
        raise Malformed(['"body" is required', f'"body" is required{extra}'])
    problems = [f'"body.{name}" is not allowed' for name in fields if name not in _FIELDS | _OURS]
    mature = fields.get("mature", False)
    if isinstance(mature, str) and mature.lower() in {"true", "false", ""}:
        mature = mature.lower() == "true"
    if not isinstance(mature, bool):
        problems.append('"body.mature" must be a boolean')
    for name in ("name", "start", "end"):
        if fields.get(name) is not None and not isinstance(fields[name], str):
            problems.append(f'"body.{name}" must be a string')
    video = fields.get("videoUuid")
    if has_file and video is not None:
        problems.append('"body.videoUuid" is not allowed')
    elif not has_file:
        if video is None:
            raise Malformed(['"files" is required', ", ".join(['"body.videoUuid" is required', *problems])])
        if not isinstance(video, str) or not is_uuid(video):
            problems.append('"body.videoUuid" must be a valid GUID')
    if problems:
        text = ", ".join(problems)
        raise Malformed([text, text if not has_file else f'{text}, "files" is not allowed'])
    default = form.filename if has_file and form is not None else ""
    name = (fields.get("name") or default or "emote").replace("\x00", "").strip()[:200] or "emote"
    name = name.encode("utf-8", "replace").decode()
    return Asked(name, bool(mature), _request(fields), video.lower() if isinstance(video, str) else None)


def _request(fields: dict[str, Any]) -> dict[str, Any]:
    """Trim and crop. What makes no sense is left out instead of refused, as clients send empty and odd values."""
    result: dict[str, Any] = {}
    start, end = seconds(fields.get("start")), seconds(fields.get("end"))
    if end is not None:
        start = start or 0.0
        # The upload page can lose a second when it writes an end of x.995 or more.
        if end <= start:
            end = start + 1.0
        result = {"start": start, "end": min(end, start + _SPAN_S)}
    elif start:
        result = {"start": start, "end": start + _SPAN_S}
    box = [_number(fields.get(name)) for name in ("x", "y", "outputWidth", "outputHeight")]
    if all(value is not None for value in box) and box[2] and box[3]:
        result["cropPixels"] = box
    height = _number(fields.get("height"))
    if height and 0.3 <= height <= 2.6:
        result["height"] = height
    if str(fields.get("loop", "")).lower() == "true":
        result["loop"] = True
    if fields.get("rootMode") == "inPlace":
        result["inPlace"] = True
    return result


def seconds(text: Any) -> float | None:
    """`HH:mm:ss.SSS` in seconds; None for anything else."""
    match = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    return None if match is None else int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < 1e6 else None


def _is_valid(call: Call, token: str) -> bool:
    with call.service.database.read() as db:
        return processes.token(db, token, call.now()) is not None


def accept(call: Call, token: str, asked: Asked, form: multipart.Form | None) -> Answer:
    """Everything in one transaction: token used up, clip, process, its first webhook. A refusal uses the token up as well."""
    service = call.service
    video = new_uuid() if asked.video is None else asked.video
    blob = None
    try:
        if form is not None and form.path is not None:
            extension = Path(form.filename).suffix.lower().lstrip(".")
            extension = extension if _EXTENSION.fullmatch(extension) else "mp4"
            blob = service.blobs.keep(form.path, f"uploads/{video}.{extension}")
        with service.database.write() as db:
            row = processes.token(db, token, call.now())
            if row is None or not processes.spend_token(db, token):
                raise ApiError(403, "Wrong generation token", "wrongToken")
            _allow(db, call, row)
            uuid = _create(db, call, row, asked, video, form, blob)
            answer = json_answer(created_json(processes.find(db, uuid)), 201)
    except BaseException as error:
        if blob is not None:
            service.blobs.remove(blob)
        if isinstance(error, ApiError) and error.code != "wrongToken":
            with service.database.write() as db:
                processes.spend_token(db, token)
        raise
    service.enqueue(uuid)
    service.wake_outbox()
    return answer


def _allow(db: Any, call: Call, row: Any) -> None:
    # Two uploads at once must not both be the last one that the plan allows.
    db.execute(select(worlds_table.c.id).where(worlds_table.c.id == row.world_id).with_for_update())
    if row.world_deleted:
        raise ApiError(403, "Virtual world deleted", "deletedVW")
    if not row.configuration.get("allowUGC", True):
        raise ApiError(403, "Virtual world does not allow UGC", "noUGC")
    plan = worlds.plan(db, row.plan_id)
    if plan.muge_limit is not None:
        period = worlds.period(plan.monthly, call.now())
        if worlds.used(db, row.world_id, row.plan_id, period)["uge"] >= plan.muge_limit:
            raise ApiError(403, "Plan limit reached", "planLimitReached")


def _create(
    db: Any, call: Call, row: Any, asked: Asked, video: str, form: multipart.Form | None, blob: str | None
) -> str:
    now = call.now()
    if asked.video is not None:
        asset = emotes.any_asset(db, video)
        if asset is None or asset.world_id != row.world_id:
            raise ApiError(404, "Video not found")
        if asset.type != "video":
            raise ApiError(400, "uuid is not an video uuid")
        if asked.name == "emote":
            asked.name = asset.name
    else:
        assert form is not None and blob is not None
        asset_id = emotes.add_asset(db, video, asked.name, now, kind="video", world_id=row.world_id)
        emotes.add_file(db, asset_id, "original", blob.rpartition(".")[2], blob, form.bytes, now)
    uuid = new_uuid()
    processes.add(
        db,
        uuid=uuid,
        world_id=row.world_id,
        user_id=row.user_id,
        key_id=row.key_id,
        token=row.uuid,
        name=asked.name,
        emote=new_uuid(),
        animation=new_uuid(),
        video=video,
        parent=row.parent,
        step="initialized",
        maturity=asked.mature,
        metadata=row.metadata,
        request=asked.request,
        created_at=now,
        updated_at=now,
    )
    plan = worlds.plan(db, row.plan_id)
    worlds.add_usage(db, row.world_id, row.plan_id, row.key_id, worlds.period(plan.monthly, now), now, uge=1)
    process = processes.find(db, uuid)
    assert process is not None
    outbox.note(db, process, "initialized", now)
    return uuid
