"""`/_local/library`: everything the library page shows, in one answer. `library_edits.py` makes the changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, select

from kinetix_capture.quality_model import QualityReport
from kinetix_local.api.forms import Links
from kinetix_local.api.instance import Service
from kinetix_local.store import configuration as configurations
from kinetix_local.store import emotes, library_edits, process_steps, refinements
from kinetix_local.store import processes as processes_store
from kinetix_local.store import worlds as world_store
from kinetix_local.store.clock import iso
from kinetix_local.store.queue import captures
from kinetix_local.store.roles import Role
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import DeliveryRow, KeyRow
from kinetix_local.store.sql.tables import assets, bag, deliveries, keys, plans, processes, users, worlds
from kinetix_local.web.library_answers import (
    Attempt,
    BinRow,
    ClipLength,
    Delivery,
    EmoteRow,
    FileLink,
    FilmedClip,
    GroupPlace,
    Limits,
    Overview,
    ProcessRow,
    SentenceParts,
    Usage,
    UserRow,
    WorldKey,
    WorldRow,
)

T = TypeVar("T")
_MOST_ROWS = 500
_NUMBER, _PLACE, _ROLE = TypeAdapter(float), TypeAdapter(GroupPlace), TypeAdapter(Role)


class _ClipOfEmote(NamedTuple):
    uuid: str
    emote: str
    video: str
    request: dict[str, Any]
    quality: dict[str, Any] | None


def _wording(failure: dict[str, Any] | None) -> SentenceParts | None:
    made = ((failure or {}).get("wording") or {}).get("title")
    if made is None or not all(isinstance(value, str) for value in made["values"].values()):
        return None
    return SentenceParts(**made)


def _emotes(db: Connection) -> list[EmoteRow]:
    query = (
        select(
            assets.c.id,
            bag.c.id.label("entry"),
            assets.c.uuid,
            assets.c.name,
            assets.c.metadata,
            assets.c.created_at,
            users.c.external_id.label("user"),
            worlds.c.name.label("world"),
        )
        .join(bag, bag.c.emote_uuid == assets.c.uuid)
        .join(users, users.c.id == bag.c.user_id)
        .join(worlds, worlds.c.id == users.c.world_id)
        .where(bag.c.is_deleted.is_(False), assets.c.type == "emote")
        .order_by(bag.c.id.desc())
        .limit(_MOST_ROWS)
    )
    found = db.execute(query).all()
    links = Links("")
    made = emotes.files_of(db, [row.id for row in found])
    uuids = [row.uuid for row in found]
    tags, clips = library_edits.tags_of(db, uuids), _clips(db, uuids)
    correctable = refinements.correctable(db, uuids)
    result = []
    for row in found:
        files = [
            FileLink(name=file.name, extension=file.extension, url=links.file(row.uuid, file))
            for file in made[row.id]
            if file.avatar_uuid is None
        ]
        result.append(
            EmoteRow(
                entry=row.entry,
                uuid=row.uuid,
                name=row.name,
                user=row.user,
                world=row.world,
                createdAt=iso(row.created_at),
                duration=_valid(_NUMBER, row.metadata.get("duration")),
                mature=bool(row.metadata.get("maturity")),
                tags=tags[row.uuid],
                thumbnail=_thumbnail(files),
                files=files,
                clip=clips.get(row.uuid),
                group=_valid(_PLACE, row.metadata.get("group")),
                correctable=row.uuid in correctable,
            )
        )
    return result


def _clips(db: Connection, uuids: list[str]) -> dict[str, FilmedClip]:
    """Emote → the address of the clip that it was made from, where in it the emote begins (seconds), and its further views."""
    columns = processes.c
    wanted = select(columns.uuid, columns.emote, columns.video, columns.request, columns.quality)
    query = wanted.where(processes.c.emote.in_(uuids)).order_by(processes.c.id)
    made = {row.emote: row for row in rows.every(db, _ClipOfEmote, query)}
    further = refinements.captured_with_others(db, set(uuids) - set(made))
    query = wanted.where(processes.c.uuid.in_(further.values()))
    by_uuid = {row.uuid: row for row in rows.every(db, _ClipOfEmote, query)}
    made |= {emote: by_uuid[process] for emote, process in further.items() if process in by_uuid}
    ids = select(assets.c.uuid, assets.c.id).where(assets.c.uuid.in_([row.video for row in made.values()]))
    of = {row.uuid: row.id for row in db.execute(ids)}
    found, links = emotes.files_of(db, list(of.values())), Links("")
    clips = {}
    for emote, row in made.items():
        filmed = found.get(of.get(row.video, 0), [])
        file = next((file for file in filmed if file.name == emotes.ORIGINAL), None)
        if file is not None:
            clips[emote] = FilmedClip(
                url=links.file(row.video, file),
                start=_start(row),
                further=[links.file(row.video, view) for view in emotes.views_of(filmed)],
            )
    return clips


def _bin(service: Service, db: Connection) -> list[BinRow]:
    """Return what was deleted on this page in the last 30 days, newest first."""
    since = service.clock.now() - library_edits.BIN_DAYS * 86_400_000
    query = (
        select(
            bag.c.id.label("entry"),
            assets.c.name,
            users.c.external_id.label("user"),
            worlds.c.name.label("world"),
            bag.c.deleted_at.label("deletedAt"),
        )
        .join(assets, (assets.c.uuid == bag.c.emote_uuid) & (assets.c.type == "emote"))
        .join(users, users.c.id == bag.c.user_id)
        .join(worlds, worlds.c.id == users.c.world_id)
        .where(
            bag.c.is_deleted.is_(True),
            bag.c.deleted_by == library_edits.BINNED_BY,
            bag.c.deleted_at > since,
        )
        .order_by(bag.c.deleted_at.desc(), bag.c.id.desc())
        .limit(_MOST_ROWS)
    )
    return [BinRow(**_dated(row, "deletedAt")) for row in db.execute(query).mappings()]


def _users(db: Connection) -> list[UserRow]:
    count = (
        select(bag.c.user_id, func.count().label("n"))
        .where(bag.c.is_deleted.is_(False))
        .group_by(bag.c.user_id)
        .subquery()
    )
    query = (
        select(
            users.c.external_id.label("id"),
            users.c.created_at.label("createdAt"),
            worlds.c.name.label("world"),
            func.coalesce(count.c.n, 0).label("emotes"),
        )
        .join(worlds, worlds.c.id == users.c.world_id)
        .outerjoin(count, count.c.user_id == users.c.id)
        .order_by(users.c.id.desc())
        .limit(_MOST_ROWS)
    )
    return [UserRow(**_dated(row, "createdAt")) for row in db.execute(query).mappings()]


def _processes(db: Connection) -> list[ProcessRow]:
    query = (
        select(
            processes.c.uuid,
            processes.c.name,
            processes.c.step,
            processes.c.progression,
            processes.c.validated,
            processes.c.rejected,
            processes.c.failure,
            processes.c.created_at,
            users.c.external_id,
            worlds.c.name.label("world"),
            worlds.c.configuration,
        )
        .join(users, users.c.id == processes.c.user_id)
        .join(worlds, worlds.c.id == processes.c.world_id)
        .order_by(processes.c.id.desc())
        .limit(_MOST_ROWS)
    )
    result = []
    running = captures.every_live(db)
    for row in db.execute(query):
        live = running.get(row.uuid)
        step = live.step if live else row.step
        status = process_steps.status(step, row.validated, row.rejected)
        result.append(
            ProcessRow(
                uuid=row.uuid,
                name=row.name,
                user=row.external_id,
                world=row.world,
                status=status,
                step=step,
                progression=max(row.progression, live.percent if live else 0),
                createdAt=iso(row.created_at),
                message=(row.failure or {}).get("title", ""),
                wording=_wording(row.failure),
                waitsForDecision=status == "done" and configurations.validates(row.configuration),
            )
        )
    return result


def _worlds(service: Service, db: Connection) -> list[WorldRow]:
    now, strict = service.clock.now(), service.settings.strict is not None
    result = []
    query = (
        select(
            worlds.c.id,
            worlds.c.uuid,
            worlds.c.name,
            worlds.c.plan_id,
            plans.c.name.label("plan"),
            plans.c.monthly,
            worlds.c.configuration,
            plans.c.users_limit,
            plans.c.muge_limit,
            plans.c.calls_limit,
        )
        .join(plans, plans.c.id == worlds.c.plan_id)
        .where(worlds.c.is_deleted.is_(False))
        .order_by(worlds.c.id)
    )
    for row in db.execute(query):
        of_world = select(keys).where(keys.c.world_id == row.id, keys.c.is_deleted.is_(False))
        own = rows.every(db, KeyRow, of_world.order_by(keys.c.id))
        result.append(
            WorldRow(
                uuid=row.uuid,
                name=row.name,
                plan=row.plan,
                usage=Usage(**world_store.used(db, row.id, row.plan_id, world_store.period(row.monthly, now))),
                clipLength=None if strict else _clip_length(row.configuration),
                limits=Limits(users=row.users_limit, uge=row.muge_limit, calls=row.calls_limit),
                keys=[
                    WorldKey(
                        uuid=key.uuid,
                        name=key.name,
                        hint=key.hint,
                        canRead=key.can_read,
                        canWrite=key.can_write,
                        role=_valid(_ROLE, key.role),
                        expiresAt=iso(key.expires_at) if key.expires_at else None,
                    )
                    for key in own
                ],
            )
        )
    return result


def _clip_length(configuration: dict[str, Any]) -> ClipLength:
    length = configurations.clip_length(configuration, strict=False)
    return ClipLength(minSeconds=length.shortest_s, maxSeconds=length.longest_s)


def _deliveries(db: Connection) -> list[Delivery]:
    query = select(deliveries).order_by(deliveries.c.id.desc()).limit(_MOST_ROWS)
    return [
        Delivery(
            process=row.process,
            status=row.status,
            state=row.state,
            url=row.url,
            createdAt=iso(row.created_at),
            attempts=[
                Attempt(status=entry.get("status"), error=str(entry.get("error") or entry.get("answer") or ""))
                for entry in row.attempts
            ],
        )
        for row in rows.every(db, DeliveryRow, query)
    ]


def _dated(row: Mapping[Any, Any], moment: str) -> dict[str, Any]:
    return {**row, moment: iso(row[moment])}


def _start(row: _ClipOfEmote) -> float:
    """Return the second of its first clip at which an emote begins: later than asked for if the person walks in or a loop is
    cut out; for a group, the earliest."""
    report = QualityReport.read(row.quality)
    if report.clip.begins_s is None or (report.views and not report.views[0].used):
        return processes_store.asked_start(row.request)
    return report.clip.begins_s - (report.group.start_s if report.group else 0.0)


def _valid(kind: TypeAdapter[T], value: object) -> T | None:
    """Return a value of the metadata, None where a stranger wrote it."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None


def _thumbnail(own: list[FileLink]) -> str | None:
    shown = {file.extension: file.url for file in own if file.name == "thumbnail"}
    return shown.get("gif") or shown.get("png")


def create(service: Service) -> APIRouter:
    router = APIRouter(tags=["library"])

    @router.get("/library")
    def overview() -> Overview:
        """Worlds, users, emotes, processes and webhook deliveries; newest first, at most 500 of each."""
        with service.database.read() as db:
            return Overview(
                emotes=_emotes(db),
                bin=_bin(service, db),
                users=_users(db),
                processes=_processes(db),
                worlds=_worlds(service, db),
                deliveries=_deliveries(db),
            )

    return router
