"""Queries about processes and generation tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import Connection, Select, bindparam, delete, exists, func, or_, select, update

from kinetix_capture.quality_model import QualityReport
from kinetix_local.store import process_steps
from kinetix_local.store.queue import captures, turns
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import FileRow, ProcessRow, TokenRow
from kinetix_local.store.sql.tables import assets, files, processes, tokens, users
from kinetix_local.store.sql.tables import captures as captures_table
from kinetix_local.store.worlds import new_uuid

WITH_USER = select(processes, users.c.external_id).join(users, users.c.id == processes.c.user_id)
"""Processes as `ProcessRow`, to be narrowed down."""
_FIND = WITH_USER.where(processes.c.uuid == bindparam("uuid"))
_OF_USER = WITH_USER.where(processes.c.user_id == bindparam("user")).order_by(
    processes.c.created_at.desc(), processes.c.id.desc()
)


def find(db: Connection, uuid: str, world_id: int | None = None) -> ProcessRow | None:
    if world_id is None:
        return rows.first(db, ProcessRow, _FIND, {"uuid": uuid})
    return rows.first(db, ProcessRow, _FIND.where(processes.c.world_id == world_id), {"uuid": uuid})


class Polled(NamedTuple):
    """A process and how far its capture is. `is_linked`: it is a retake or has one; `has_picture`: its video has a thumbnail."""

    row: ProcessRow
    live: captures.Live | None
    place: turns.Place | None
    is_linked: bool
    has_picture: bool


def _poll() -> Select[Any]:
    # One statement: a client asks every second, and on PostgreSQL the round trips cost more than the reading.
    retake = processes.alias()
    picture = _THUMBNAILS.with_only_columns(files.c.id).where(assets.c.uuid == processes.c.video)
    return WITH_USER.add_columns(
        or_(processes.c.parent.is_not(None), exists().where(retake.c.parent == processes.c.uuid)),
        picture.correlate(processes).exists(),
        captures.TELLS,
        *captures.PROGRESS,
        *turns.PLACE,
    ).outerjoin(captures_table, captures_table.c.process == processes.c.uuid)


def poll(db: Connection, uuid: str, world_id: int) -> Polled | None:
    """Return a process of the world with what a status poll shows, or None."""
    return _polled(db, _POLL_ONE, {"uuid": uuid, "world": world_id})


def poll_of_token(db: Connection, token: str, since: int) -> Polled | None:
    """Return the process that was made with a token since that time, as `poll` does."""
    return _polled(db, _POLL_OF_TOKEN, {"token": token, "since": since})


def _polled(db: Connection, query: Select[Any], values: Mapping[str, Any]) -> Polled | None:
    found = db.execute(query, values).first()
    if found is None:
        return None
    row, rest = ProcessRow._make(found[: len(ProcessRow._fields)]), found[len(ProcessRow._fields) :]
    is_linked, has_picture, tells, *further = rest
    progress, place = further[: len(captures.PROGRESS)], further[len(captures.PROGRESS) :]
    return Polled(
        row,
        captures.live_of_row(progress) if tells else None,
        turns.place_of_row(db, place),
        bool(is_linked),
        bool(has_picture),
    )


def of_user(db: Connection, user_id: int, since: int | None = None) -> list[ProcessRow]:
    """Newest first."""
    query = _OF_USER if since is None else _OF_USER.where(processes.c.created_at >= since)
    return rows.every(db, ProcessRow, query, {"user": user_id})


def every(db: Connection) -> list[ProcessRow]:
    """Oldest first."""
    return rows.every(db, ProcessRow, WITH_USER.order_by(processes.c.id))


def of_emote(db: Connection, emote: str, world_id: int) -> ProcessRow | None:
    return rows.first(db, ProcessRow, WITH_USER.where(processes.c.emote == emote, processes.c.world_id == world_id))


def add(db: Connection, **values: Any) -> None:
    """Add a process; one that has work to do waits for its capture. Reads nothing (`Database.pipeline`)."""
    empty = {"progression": 0, "maturity": False, "validated": False, "rejected": False, "attempts": 0}
    whole: dict[str, Any] = empty | values
    db.execute(_ADD, whole)
    if whole["step"] in process_steps.ALIVE and not whole["rejected"]:
        captures.add(db, whole["uuid"], whole["world_id"], whole["user_id"], whole["created_at"])


_ADD = processes.insert().inline()


def emotes_of(row: ProcessRow, count: int | None = None) -> list[str]:
    """The emotes of everybody in the clip, so many or as many as it made: that of the process, and further ones with ids from it.

    A capture that is done once more so makes the same ones.
    """
    if count is None:
        count = QualityReport.read(row.quality).people or 1
    return [row.emote, *(str(uuid5(UUID(row.emote), f"person-{number}")) for number in range(2, count + 1))]


def asked_start(request: Mapping[str, Any]) -> float:
    """Return the second of the clip at which the emote was asked to begin; 0 for an invalid one in an old row."""
    start = request.get("trimStart")
    return float(start) if isinstance(start, int | float) else 0.0


def change(db: Connection, uuid: str, now: int, **values: Any) -> None:
    db.execute(update(processes).where(processes.c.uuid == uuid).values(updated_at=now, **values))


_THUMBNAILS = (
    select(assets.c.uuid, *files.c)
    .join(assets, assets.c.id == files.c.asset_id)
    .where(files.c.name == "thumbnail", assets.c.type == "video")
)


_POLL = _poll()
_POLL_ONE = _POLL.where(processes.c.uuid == bindparam("uuid"), processes.c.world_id == bindparam("world"))
_POLL_OF_TOKEN = _POLL.where(processes.c.token == bindparam("token"), processes.c.created_at > bindparam("since"))

# From the user's processes on: else the database looks through the clips of everybody.
_THUMBNAILS_OF_USER = _THUMBNAILS.join(processes, processes.c.video == assets.c.uuid).where(
    processes.c.user_id == bindparam("user")
)


def thumbnails(db: Connection, user_id: int) -> list[tuple[str, FileRow]]:
    """The videos of the user's processes that have a picture, each with the row of that file; some may come more than once."""
    found = db.execute(_THUMBNAILS_OF_USER, {"user": user_id})
    return [(row[0], FileRow._make(row[1:])) for row in found]


def thumbnail(db: Connection, video: str) -> FileRow | None:
    """The picture of a video; only one that came by an import has one."""
    found = db.execute(_THUMBNAILS.where(assets.c.uuid == video)).first()
    return None if found is None else FileRow._make(found[1:])


def count_since(db: Connection, user_id: int, since: int) -> int:
    """First attempts since then that did not fail by the service's own fault: what a daily limit counts."""
    query = (
        select(func.count())
        .select_from(processes)
        .where(
            processes.c.user_id == user_id,
            processes.c.created_at >= since,
            processes.c.parent.is_(None),
            processes.c.step.not_in(("render_failed", "association_failed")),
            or_(processes.c.return_code.is_(None), processes.c.return_code != -1),
            processes.c.post_ml_error.is_not(True),
        )
    )
    return db.execute(query).scalar() or 0


GOES_ON_MS = 1_800_000  # so long after a take its phone may film another one by a link of the same hub
_CLOCK_SLACK_MS = 10_000  # a clock that follows others is moved by little all the time


def add_token(db: Connection, now: int, life_ms: int, **values: Any) -> tuple[str, int]:
    """Add a generation token. Returns (uuid, when it expires)."""
    uuid, expires_at = new_uuid(), now + life_ms
    db.execute(_ADD_TOKEN, {"uuid": uuid, "expires_at": expires_at, "created_at": now, **values})
    return uuid, expires_at


_ADD_TOKEN = tokens.insert()


def forget_tokens(db: Connection, now: int) -> None:
    """Delete tokens that expired a day ago, and those that a clock set back has left in the future."""
    day = 86_400_000
    db.execute(delete(tokens).where(or_(tokens.c.expires_at < now - day, tokens.c.created_at > now + day)))


def token(db: Connection, uuid: str, now: int) -> TokenRow | None:
    """Return the token, unless it is used or expired.

    One from the future is expired: the clock was set back, and its age is unknown.
    """
    return rows.first(db, TokenRow, _OPEN_TOKEN, _open(uuid, now))


def take_token(db: Connection, uuid: str, now: int) -> TokenRow | None:
    """Use the token up and return it, as `token` does; of several transactions one gets it."""
    return rows.first(db, TokenRow, _TAKE_TOKEN, _open(uuid, now))


def _open(uuid: str, now: int) -> dict[str, Any]:
    return {"token": uuid, "now": now, "latest": now + _CLOCK_SLACK_MS}


_IS_OPEN = (
    tokens.c.uuid == bindparam("token"),
    tokens.c.expires_at > bindparam("now"),
    tokens.c.created_at <= bindparam("latest"),
)
_OPEN_TOKEN = select(tokens).where(*_IS_OPEN)
_TAKE_TOKEN = delete(tokens).where(*_IS_OPEN).returning(*tokens.c)


def needs_phones(db: Connection, used: Collection[str], now: int) -> bool:
    """Return whether a token is open, or another take may follow one of the `used` ones."""
    is_open = tokens.c.expires_at > now, tokens.c.created_at <= now + _CLOCK_SLACK_MS
    last = func.coalesce(processes.c.ended_at, processes.c.updated_at, processes.c.created_at)
    fresh = processes.c.token.in_(used), last > now - GOES_ON_MS
    return any(db.execute(select(exists().where(*one))).scalar() for one in (is_open, fresh))


def spend_token(db: Connection, uuid: str) -> bool:
    """Use the token up; False when somebody else was faster."""
    return db.execute(delete(tokens).where(tokens.c.uuid == uuid)).rowcount > 0
