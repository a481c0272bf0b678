"""POST /v1/process: a clip becomes a process. The clip is on disk and in the database before the answer."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kinetix_core.listeners import recognize
from kinetix_local.api import multipart
from kinetix_local.api.body import parse_body
from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import created_json
from kinetix_local.api.keys import Key
from kinetix_local.api.upload_form import Asked, check_form
from kinetix_local.api.wire import Answer, Call, json_answer, route
from kinetix_local.store import emotes, processes, worlds
from kinetix_local.store.tables import worlds as worlds_table
from kinetix_local.store.worlds import new_uuid
from kinetix_local.work import outbox

_EXTENSION = re.compile(r"[a-z0-9]{1,5}")


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
    content = call.header(b"content-type") or ""
    token = call.header(b"x-api-token")
    form: multipart.Form | None = None
    if content.lower().startswith("multipart/form-data"):
        known = bool(token) and await loop.run_in_executor(service.threads, _is_valid, call, token or "")
        if known:
            recognize(call.scope)
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
        fields = parse_body(call.scope, await read_all(call), service.settings.max_json_bytes)
    try:
        asked = check_form(call, fields, form)
        if not token:
            raise ApiError(401, "Missing generation token", "missingToken")
        return await loop.run_in_executor(service.threads, accept, call, token, asked, form)
    finally:
        if form is not None and form.path is not None:
            form.path.unlink(missing_ok=True)  # moved away when it was accepted


async def read_all(call: Call) -> bytes:
    raw = b""
    while True:
        message = await call.receive()
        raw += bytes(message.get("body", b""))
        if len(raw) > call.service.settings.max_json_bytes:
            raise ApiError(413, "Request entity too large")
        if message["type"] != "http.request" or not message.get("more_body", False):
            return raw


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
    key = count_call(call, db, row)
    if key.muge_limit is not None:
        period = worlds.period(key.monthly, call.now())
        if worlds.used(db, row.world_id, row.plan_id, period)["uge"] >= key.muge_limit:
            raise ApiError(403, "Plan limit reached", "planLimitReached")
    check_ugc(row)


def count_call(call: Call, db: Any, token: Any) -> Key:
    """A request with a token counts as a call of the key that asked for the token.

    Raises:
        ApiError: 403 when the world is deleted or the plan's calls are used up.
    """
    service = call.service
    key = service.keys.of_id(db, token.key_id)
    if token.world_deleted or key is None:
        raise ApiError(403, "Deleted virtual world", "deletedVW")
    if service.meter.needs_total(key):
        service.meter.load_total(db, key)
    service.meter.call(key)
    return key


def check_ugc(token: Any) -> None:
    """Raises ApiError 403 where players may not make emotes."""
    if not token.configuration.get("allowUGC", True):
        raise ApiError(403, "Virtual world does not allow UGC", "noUGC")


def _create(
    db: Any, call: Call, row: Any, asked: Asked, video: str, form: multipart.Form | None, blob: str | None
) -> str:
    now = call.now()
    if asked.video is not None:
        asset = emotes.any_asset(db, video)
        if asset is None or not (call.strict or asset.world_id in {None, row.world_id}):
            raise ApiError(404, f"Cant find video uuid {video}")
        if asset.type != "video":
            raise ApiError(400, "uuid is not an video uuid")
        name = asked.name or asset.name
    else:
        assert form is not None and blob is not None
        name = asked.name or "emote"
        asset_id = emotes.add_asset(db, video, name, now, kind="video", world_id=row.world_id)
        emotes.add_file(db, asset_id, "original", blob.rpartition(".")[2], blob, form.bytes, now)
    uuid, emote = new_uuid(), new_uuid()
    if call.strict:  # the published server makes the emote now, without files, and it can be asked for at once
        emotes.add_asset(db, emote, name, now, metadata={"maturity": asked.mature}, world_id=row.world_id)
    processes.add(
        db,
        uuid=uuid,
        world_id=row.world_id,
        user_id=row.user_id,
        key_id=row.key_id,
        token=row.uuid,
        name=name,
        emote=emote,
        animation=new_uuid(),
        video=video,
        parent=row.parent,
        step="initialized",
        maturity=asked.mature,
        metadata=row.metadata,
        request=asked.request,
        created_at=now,
    )
    plan = worlds.plan(db, row.plan_id)
    worlds.add_usage(db, row.world_id, row.plan_id, row.key_id, worlds.period(plan.monthly, now), now, uge=1)
    process = processes.find(db, uuid)
    assert process is not None
    outbox.note(db, process, "initialized", now)
    return uuid
