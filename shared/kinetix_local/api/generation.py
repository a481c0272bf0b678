"""From a clip to an emote, as functions for routes and pages: tokens, uploads, the player's decision.

A function takes the context, checks what the contract demands of it and raises ApiError; it knows no request and no answer.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from kinetix_local.api.bodies import multipart
from kinetix_local.api.bodies.upload_form import Asked
from kinetix_local.api.context import Context
from kinetix_local.api.errors import ApiError
from kinetix_local.store import audit, emotes, process_steps, processes, refinements, retakes, worlds
from kinetix_local.store import configuration as configurations
from kinetix_local.store.blobs import Blobs, StorageError
from kinetix_local.store.clock import iso
from kinetix_local.store.queue import captures
from kinetix_local.store.roles import Role
from kinetix_local.store.sql.database import is_away
from kinetix_local.store.sql.rows import ProcessRow, TokenRow
from kinetix_local.store.sql.tables import worlds as worlds_table
from kinetix_local.store.worlds import CallerRow, new_uuid
from kinetix_local.webhooks import outbox

_EXTENSION = re.compile(r"[a-z0-9]{1,5}")
_DAY_MS = 86_400_000


def check_plan(context: Context) -> None:
    """Raises ApiError 403 when the plan allows no further emote."""
    key = context.key
    if key.muge_limit is not None:
        period = worlds.period(key.monthly, context.now())
        if worlds.used(context.db, key.world_id, key.plan_id, period)["uge"] >= key.muge_limit:
            raise ApiError(403, "Plan limit reached", "planLimitReached")


def issue_token(context: Context, user_id: int, metadata: dict[str, Any] | None) -> dict[str, Any]:
    """A generation token for a new emote of this user; the plan was looked at before the user (`check_plan`).

    Raises:
        ApiError: 403 when players may not make emotes, 429 when the user has made enough today.
    """
    key = context.key
    most = key.configuration.get("maxEmotes")
    if most and processes.count_since(context.db, user_id, context.now() - _DAY_MS) >= most:
        raise ApiError(429, "Too many processes for today for this user.", "tooManyUserProcesses")
    check_ugc(key)
    _check_waiting(context.db, key.configuration, key.world_id, user_id)
    return new_token(context, user_id, None, metadata)


def new_token(context: Context, user_id: int, parent: str | None, metadata: dict[str, Any] | None) -> dict[str, Any]:
    """A token without a look at any limit: `uuid`, `expire` and the `url` of the page."""
    life = int(context.service.settings.token_life_s * 1000)
    uuid, expires = processes.add_token(
        context.db,
        context.now(),
        life,
        world_id=context.key.world_id,
        key_id=context.key.id,
        user_id=user_id,
        parent=parent,
        metadata=metadata,
    )
    context.after(context.service.expect_clip)
    page = (
        context.key.configuration.get("ugcFrontentUrl") or context.service.settings.page_url or context.service.base_url
    )
    # The token comes first: clients cut the address at the first `&`.
    return {"uuid": uuid, "expire": iso(expires), "url": f"{page.rstrip('/')}/?token={uuid}&expire={iso(expires)}"}


def accept(context: Context, token: str, asked: Asked, form: multipart.Form | None) -> ProcessRow:
    """A clip becomes a process. One transaction: token used up, clip, process, its first webhook. A refusal uses the token up as well.

    Args:
        form: the clip as it was received; None when `asked` names a video that is here.

    Raises:
        ApiError: 403 for a token that cannot be used, a world or a plan that does not allow it, 404 and 400 for the video.
    """
    service = context.service
    video = new_uuid() if asked.video is None else asked.video
    clips: list[_Clip] = []
    try:
        if form is not None and form.clip is not None and form.clip.path is not None:
            clips.append(_keep(service.blobs, form.clip, emotes.ORIGINAL, f"uploads/{video}"))
            for number, view in enumerate(form.views, 1):
                clips.append(_keep(service.blobs, view, emotes.view_name(number), f"uploads/{video}-view-{number}"))
        with service.database.write() as db:
            row = processes.take_token(db, token, context.now())
            if row is None:
                raise ApiError(403, "Wrong generation token", "wrongToken")
            key = _allow(db, context, row)
            process = _create(db, context, row, key, asked, video, clips)
            if key.muge_limit is not None:
                # Last, as all uploads of a world write this one row and wait for each other.
                now = context.now()
                period = worlds.period(key.monthly, now)
                worlds.add_usage(db, key.world_id, key.plan_id, key.id, period, now, uge=1)
    except BaseException as error:
        # It may be the answer to the commit that was lost: then the process is kept, and so is its place in the queue.
        if not is_away(error):
            for clip in clips:
                with contextlib.suppress(StorageError):  # then it is swept away later
                    service.blobs.remove(clip.blob)
        if isinstance(error, ApiError):
            with service.database.write() as db:
                processes.spend_token(db, token)
        raise
    if key.muge_limit is None:
        service.meter.emote(key)
    service.announce_capture()
    service.wake_outbox()
    return process


class _Clip(NamedTuple):
    """A file of an upload that is kept: its name among those of the video, its blob and its size in bytes."""

    name: str
    blob: str
    bytes: int


def _keep(blobs: Blobs, file: multipart.File, name: str, stem: str) -> _Clip:
    assert file.path is not None
    extension = Path(file.filename).suffix.lower().lstrip(".")
    extension = extension if _EXTENSION.fullmatch(extension) else "mp4"
    return _Clip(name, blobs.keep(file.path, f"{stem}.{extension}"), file.bytes)


def _allow(db: Connection, context: Context, row: TokenRow) -> CallerRow:
    key = count_call(context, db, row.key_id)
    if key.muge_limit is not None or any(configurations.waiting_limits(key.configuration)):
        # Two uploads at once must not both be the last one. Who writes a row that refers to the world, as the counters do, need
        # not wait: with a full lock each would wait for the other.
        db.execute(select(worlds_table.c.id).where(worlds_table.c.id == row.world_id).with_for_update(key_share=True))
    if key.muge_limit is not None:
        period = worlds.period(key.monthly, context.now())
        if worlds.used(db, row.world_id, key.plan_id, period)["uge"] >= key.muge_limit:
            raise ApiError(403, "Plan limit reached", "planLimitReached")
    check_ugc(key)
    _check_waiting(db, key.configuration, row.world_id, row.user_id)
    return key


def _check_waiting(db: Connection, configuration: dict[str, Any], world_id: int, user_id: int) -> None:
    """Raises ApiError 429 when as many captures wait as the world allows."""
    of_world, of_user = configurations.waiting_limits(configuration)
    if of_user is not None and captures.waits_as_often(db, of_user, user_id=user_id):
        raise ApiError(429, "Too many clips of this user wait already.", "tooManyWaiting")
    if of_world is not None and captures.waits_as_often(db, of_world, world_id=world_id):
        raise ApiError(429, "Too many clips of this world wait already.", "tooManyWaiting")


def count_call(context: Context, db: Connection, key_id: int) -> CallerRow:
    """Count a request with a token as a call of the key that asked for the token, and return that key.

    Raises:
        ApiError: 403 when the world is deleted or the plan's calls are used up.
    """
    service = context.service
    key = service.keys.of_id(db, key_id)
    if key is None or key.world_deleted:
        raise ApiError(403, "Deleted virtual world", "deletedVW")
    if service.meter.needs_total(key):
        service.meter.load_total(db, key)
    service.meter.call(key)
    return key


def check_ugc(key: CallerRow) -> None:
    """Raise ApiError 403 where players may not make emotes."""
    if not key.configuration.get("allowUGC", True):
        raise ApiError(403, "Virtual world does not allow UGC", "noUGC")


def _create(
    db: Connection,
    context: Context,
    row: TokenRow,
    key: CallerRow,
    asked: Asked,
    video: str,
    clips: list[_Clip],
) -> ProcessRow:
    now = context.now()
    if asked.video is not None:
        asset = emotes.any_asset(db, video)
        if asset is None or not (context.strict or asset.world_id in {None, row.world_id}):
            raise ApiError(404, f"Cant find video uuid {video}")
        if asset.type != "video":
            raise ApiError(400, "uuid is not an video uuid")
        name = asked.name or asset.name
    else:
        assert clips
        name = asked.name or "emote"
    uuid, emote = new_uuid(), new_uuid()
    with context.service.database.pipeline(db):
        if asked.video is None:
            asset_id = emotes.add_asset(db, video, name, now, kind="video", world_id=row.world_id)
            for clip in clips:
                emotes.add_file(db, asset_id, clip.name, clip.blob.rpartition(".")[2], clip.blob, clip.bytes, now)
        if context.strict:  # the published server makes the emote now, without files, and it can be asked for at once
            emotes.add_asset(db, emote, name, now, metadata={"maturity": asked.settings.mature}, world_id=row.world_id)
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
            maturity=asked.settings.mature,
            metadata=row.metadata,
            request=asked.within(configurations.clip_length(key.configuration, strict=context.strict).longest_s),
            created_at=now,
        )
    process = processes.find(db, uuid)
    assert process is not None
    outbox.note(db, process, "initialized", now, configuration=key.configuration)
    return process


def find_process(context: Context, uuid: str) -> ProcessRow:
    """Raises ApiError 404 when the key's world has no such process."""
    row = processes.find(context.db, uuid, context.key.world_id)
    if row is None:
        raise ApiError(404, "Process not found")
    return row


def validate(context: Context, uuid: str) -> ProcessRow:
    """The player accepts: the emote goes into the bag.

    Raises:
        ApiError: 403 without the validation flow, for an artist's key or a take that cannot be accepted, 404 for none, 425 before
            it is finished.
    """
    _with_validation(context)
    if context.key.role == Role.ARTIST:
        raise ApiError(403, "A lead validates the takes of this world", "keyMayNotValidate")
    row = find_process(context, uuid)
    # The published server looks at the step alone.
    status = (
        process_steps.group(row.step) if context.strict else process_steps.status(row.step, row.validated, row.rejected)
    )
    if status != "done":
        early = status in {"pending", "processing"} and not context.strict
        raise ApiError(425 if early else 403, "Process is not ready to be validated")
    now = context.now()
    processes.change(context.db, row.uuid, now, validated=True, rejected=False, step="validated")
    worlds.add_to_list(context.db, row.world_id, row.emote, now)
    refinements.make_current(context.db, row, now)
    for emote in processes.emotes_of(row)[1:]:
        worlds.add_to_list(context.db, row.world_id, emote, now)
        emotes.give(context.db, row.user_id, emote, now, uge=True)
    outbox.note(context.db, row, "validated", now, configuration=context.key.configuration)
    if context.key.role == Role.LEAD:
        with audit.acting(f"key {context.key.key_name}"):
            audit.note(context.db, "validate", {"process": row.uuid, "emote": row.emote})
    context.after(lambda: context.service.changed_for([row.user_id]))
    context.after(context.service.wake_outbox)
    return find_process(context, uuid)


def retake(context: Context, uuid: str) -> dict[str, Any]:
    """The player rejects the last attempt and gets a token for another, in the form of `new_token`. It need not be used.

    Raises:
        ApiError: 403 without the validation flow, 404 for none or when no retake is left, 425 before it is finished.
    """
    _with_validation(context)
    row = find_process(context, uuid)
    linked = retakes.of_user(context.db, row.user_id, oldest_child=context.strict)
    last = processes.find(context.db, linked.newest(row.uuid), context.key.world_id)
    assert last is not None
    if not context.strict and not last.rejected and process_steps.group(last.step) in {"pending", "processing"}:
        raise ApiError(425, "Process is not ready to be retaken")
    most = configurations.retries(context.key.configuration)
    if most is not None and retakes.spent(context.db, last.uuid, linked, failed_too=context.strict) >= most:
        raise ApiError(404, "Process retake limit reached")
    now = context.now()
    processes.change(context.db, last.uuid, now, rejected=True, validated=False, step="rejected")
    captures.cancel(context.db, last.uuid)
    if last.step != "rejected":
        outbox.note(context.db, last, "rejected", now, configuration=context.key.configuration)
        context.after(context.service.wake_outbox)
    return new_token(context, row.user_id, last.uuid, last.metadata)


def _with_validation(context: Context) -> None:
    if not configurations.validates(context.key.configuration):
        raise ApiError(403, "This route is disabled when validation flow is disabled. Check settings.")
