"""Administration for the command line and `/_local/`: functions on one transaction, JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic.alias_generators import to_camel
from sqlalchemy import Connection, func, select, update

from kinetix_core.io.given_files import check_file
from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import audit, emotes, process_steps, processes, users, worlds
from kinetix_local.store import configuration as configurations
from kinetix_local.store.audit import audited
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.cleaning import removals
from kinetix_local.store.cleaning.purge import Belongings, belongings
from kinetix_local.store.clock import iso, parse_iso
from kinetix_local.store.queue import captures
from kinetix_local.store.roles import Role
from kinetix_local.store.seal import Seal
from kinetix_local.store.sql import rows, settings, tables
from kinetix_local.store.sql.rows import AssetRow, KeyRow, PlanRow, ProcessRow, UserRow, WorldRow

Json = dict[str, Any]


def _told(row: NamedTuple, *names: str, **renamed: str) -> Json:
    """Return fields of a row for people: names in camel case, or another name → the field; times in ISO 8601."""
    found: Json = {}
    for shown, name in [*((to_camel(name), name) for name in names), *renamed.items()]:
        value = getattr(row, name)
        found[shown] = iso(value) if name.endswith("_at") and value is not None else value
    return found


def _moment(text: str | None) -> int | None:
    """Return milliseconds of an ISO 8601 day or time.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise InputError(
            f"“{text}” is not a date.", code="badDate", next_step="Write it like 2026-05-01 or 2026-05-01T12:00:00Z."
        ) from error


def _world_of(db: Connection, name: str | None) -> WorldRow:
    """The named world; without a name the only one there is."""
    if name is not None:
        return worlds.find_world(db, name)
    found = worlds.open_worlds(db)
    if len(found) == 1:
        return found[0]
    raise InputError(
        "There is no virtual world yet." if not found else "There are several virtual worlds.",
        code="worldNeeded",
        next_step="Make one with `kinetix local world create NAME`." if not found else "Say which one with --world.",
    )


# --- worlds, plans and aliases ---


def _plan_of(db: Connection, name: str) -> PlanRow:
    row = rows.first(db, PlanRow, select(tables.plans).where(tables.plans.c.name == name))
    if row is None:
        raise MissingError(
            f"There is no plan {name}.", code="planNotFound", next_step="List them with `kinetix local plan list`."
        )
    return row


def list_plans(db: Connection) -> list[Json]:
    return [
        _told(plan, "name", "muge_limit", "calls_limit", "monthly", "created_at", totalUsersLimit="users_limit")
        for plan in worlds.all_plans(db)
    ]


@audited
def add_plan(
    db: Connection,
    now: int,
    name: str,
    *,
    emotes_limit: int | None = None,
    users_limit: int | None = None,
    calls_limit: int | None = None,
    monthly: bool = False,
) -> Json:
    if db.execute(select(tables.plans.c.id).where(tables.plans.c.name == name)).first() is not None:
        raise InputError(f"The plan {name} exists.", code="alreadyExists", next_step="Choose another name.")
    db.execute(
        tables.plans.insert().values(
            uuid=worlds.new_uuid(),
            name=name,
            muge_limit=emotes_limit,
            users_limit=users_limit,
            calls_limit=calls_limit,
            monthly=monthly,
            created_at=now,
        )
    )
    return list_plans(db)[-1]


def _world(db: Connection, row: WorldRow, now: int) -> Json:
    plan = worlds.plan(db, row.plan_id)
    usage = worlds.used(db, row.id, row.plan_id, worlds.period(plan.monthly, now))
    return _told(row, "uuid", "name", "configuration", "white_list", "is_deleted", "created_at") | {
        "plan": plan.name,
        "usage": usage,
        "limits": {"users": plan.users_limit, "uge": plan.muge_limit, "calls": plan.calls_limit},
    }


def list_worlds(db: Connection, now: int) -> list[Json]:
    return [
        _world(db, row, now) for row in rows.every(db, WorldRow, select(tables.worlds).order_by(tables.worlds.c.id))
    ]


def usage_of(db: Connection, world: str | None) -> list[Json]:
    """Rows per key and period; `mae` and `maeu` are the emotes and users that were active."""
    row = _world_of(db, world)
    key_names = dict(db.execute(select(tables.keys.c.id, tables.keys.c.uuid)).all())
    active = worlds.active_counts(db, row.id)
    return [
        _told(entry, "users", "uge", "calls", "created_at")
        | {
            "mae": active.get((entry.period_start, "emote"), 0),
            "maeu": active.get((entry.period_start, "user"), 0),
            "key": key_names[entry.key_id],
            "periodStart": iso(entry.period_start),
            "lastUsage": None if entry.last_usage is None else iso(entry.last_usage),
        }
        for entry in worlds.usage_rows(db, row.id)
    ]


@audited
def add_world(db: Connection, now: int, name: str, plan: str = "Unlimited") -> Json:
    if not 3 <= len(name) <= 25:
        raise InputError("A world's name has 3 to 25 characters.", code="badName", next_step="Choose another name.")
    row = worlds.add_world(db, name, now, plan=plan)
    settings.touch(db)
    return _world(db, row, now)


@audited
def change_world(
    db: Connection,
    now: int,
    world: str | None,
    *,
    name: str | None = None,
    plan: str | None = None,
    white_list: bool | None = None,
    configuration: Mapping[str, Any] | None = None,
) -> Json:
    """Change what is given; a configuration value of None removes the entry."""
    row = _world_of(db, world)
    values: Json = {}
    if name is not None:
        values["name"] = name
    if plan is not None:
        values["plan_id"] = _plan_of(db, plan).id
    if white_list is not None:
        values["white_list"] = white_list
    if configuration:
        if (wrong := configurations.unknown_key(configuration) or configurations.problem(configuration)) is not None:
            raise InputError(
                "The configuration does not fit.",
                code="badConfiguration",
                detail=f"{wrong}.",
                next_step="Correct the value that the detail names.",
            )
        merged = {**row.configuration, **configuration}
        values["configuration"] = {key: value for key, value in merged.items() if value is not None}
    if values:
        db.execute(update(tables.worlds).where(tables.worlds.c.id == row.id).values(**values))
        settings.touch(db)
    return _world(db, worlds.world_of_id(db, row.id), now)


@audited
def delete_world(db: Connection, world: str) -> None:
    """Its keys answer `deletedVW` from then on; nothing is erased."""
    row = worlds.find_world(db, world)
    db.execute(update(tables.worlds).where(tables.worlds.c.id == row.id).values(is_deleted=True))
    settings.touch(db)


def list_aliases(db: Connection, world: str | None) -> list[Json]:
    row = _world_of(db, world)
    return [
        _told(alias, "uuid", "name", "description", "categories", "mature", "emotes", "created_at")
        | _told(alias, startDate="start_at", interval="interval_ms")
        for alias in worlds.aliases_of(db, row.id)
    ]


@audited
def add_alias(
    db: Connection,
    now: int,
    world: str | None,
    name: str,
    uuids: list[str],
    *,
    interval_ms: int | None = None,
    start: str | None = None,
    description: str | None = None,
) -> Json:
    """A named slot. With several emotes it rotates: every `interval_ms` from `start` on."""
    row = _world_of(db, world)
    if interval_ms is not None and interval_ms < 1:
        raise InputError("The interval is too short.", code="badInterval", next_step="Give milliseconds, one or more.")
    for uuid in uuids:
        if emotes.asset(db, uuid) is None:
            raise MissingError(
                f"There is no emote {uuid}.", code="emoteNotFound", next_step="Give the uuid of an emote."
            )
    alias = worlds.add_alias(
        db,
        row.id,
        now,
        name=name,
        emotes=uuids,
        interval_ms=interval_ms,
        start_at=_moment(start) if start else (now if interval_ms else None),
        description=description,
    )
    return next(entry for entry in list_aliases(db, row.uuid) if entry["uuid"] == alias)


@audited
def delete_alias(db: Connection, world: str | None, name: str) -> None:
    row = worlds.alias(db, _world_of(db, world).id, name)
    if row is None:
        raise MissingError(
            f"There is no alias {name}.", code="aliasNotFound", next_step="Choose an alias from the list."
        )
    db.execute(tables.aliases.delete().where(tables.aliases.c.id == row.id))


# --- keys and users ---


def list_keys(db: Connection, world: str | None) -> list[Json]:
    row = _world_of(db, world)
    found = rows.every(
        db, KeyRow, select(tables.keys).where(tables.keys.c.world_id == row.id).order_by(tables.keys.c.id)
    )
    return [
        _told(
            key,
            "uuid",
            "name",
            "hint",
            "can_read",
            "can_write",
            "role",
            "is_deleted",
            "created_at",
            expire="expires_at",
        )
        for key in found
    ]


@audited
def add_key(
    db: Connection,
    seal: Seal,
    now: int,
    world: str | None,
    *,
    name: str = "",
    can_read: bool = True,
    can_write: bool = True,
    expire: str | None = None,
    role: str | None = None,
) -> Json:
    """The new key with its value, which is never shown again."""
    if role is not None and role not in list(Role):
        raise InputError("There is no such role.", code="badRole", next_step=f"Choose one of {', '.join(Role)}.")
    expires_at = _moment(expire)
    if expires_at is not None and expires_at <= now:
        raise InputError("Expire must be in the future.", code="badRequest", next_step="Choose a later time.")
    row = _world_of(db, world)
    value, uuid = worlds.add_key(
        db,
        seal,
        row.id,
        now,
        name=name[:64],
        can_read=can_read,
        can_write=can_write,
        expires_at=expires_at,
        role=None if role is None else Role(role),
    )
    settings.touch(db)
    made = {"uuid": uuid, "key": value, "world": row.name, "canRead": can_read, "canWrite": can_write, "expire": expire}
    return made if role is None else made | {"role": role}


@audited
def delete_key(db: Connection, uuid: str) -> None:
    if not db.execute(update(tables.keys).where(tables.keys.c.uuid == uuid).values(is_deleted=True)).rowcount:
        raise MissingError(
            "There is no such key.", code="keyNotFound", next_step="List them with `kinetix local key list`."
        )
    settings.touch(db)


def list_users(db: Connection, world: str | None) -> list[Json]:
    row = _world_of(db, world)
    sizes = (
        select(tables.bag.c.user_id, func.count())
        .where(tables.bag.c.is_deleted.is_(False))
        .group_by(tables.bag.c.user_id)
    )
    counts: dict[int, int] = dict(db.execute(sizes).all())
    query = select(tables.users).where(tables.users.c.world_id == row.id).order_by(tables.users.c.id)
    found = rows.every(db, UserRow, query)
    return [
        {"id": user.external_id, "createdAt": iso(user.created_at), "emotesCount": counts.get(user.id, 0)}
        for user in found
    ]


def belongings_of(db: Connection, world: str | None, name: str) -> tuple[WorldRow, Belongings]:
    """The world that is meant, and what there is of a user in it."""
    row = _world_of(db, world)
    user = users.find(db, row.id, name)
    if user is None:
        raise users.not_found(name)
    return row, belongings(db, user)


def add_user(db: Connection, now: int, world: str | None, name: str) -> Json:
    row = _world_of(db, world)
    user = users.add(db, row.id, name, now)
    if user is None:
        raise InputError(f"The user {name} exists.", code="alreadyExists", next_step="Use it, or choose another id.")
    return {"id": user.external_id, "createdAt": iso(user.created_at)}


# --- avatars ---


def list_avatars(db: Connection) -> list[Json]:
    found = rows.every(
        db, AssetRow, select(tables.assets).where(tables.assets.c.type == "avatar").order_by(tables.assets.c.id)
    )
    return [{"uuid": row.uuid, "name": row.name, "createdAt": iso(row.created_at)} for row in found]


def usable_character(character: Path, folder: Path) -> Path:
    """The character as a GLB, which Blender may have to make in `folder`: seconds, so not while the database is held.

    Raises:
        InputError: it is not there, has no bones of a person, or Blender is needed and not here.
        FormatError: it is damaged.
    """
    check_file(character, instead="Give the file of one character.")
    from kinetix_core.formats import glb  # numpy: only needed here
    from kinetix_core.motion.mapping.automatic import map_bones
    from kinetix_tools import opening

    as_glb = opening.as_glb(character, folder)
    if "Hips" not in map_bones(glb.read_character(as_glb).skeleton):
        raise InputError(
            "The character's hips were not recognised.",
            code="noHips",
            next_step="Use a character with the bones of a person, named as Mixamo, VRM or another maker of rigs does.",
        )
    return as_glb


@audited
def add_avatar(db: Connection, blobs: Blobs, now: int, world: str | None, character: Path, name: str) -> Json:
    """Register a character (`usable_character`). Emotes made from now on get files for it."""
    world_id = _world_of(db, world).id if world else None
    blob, size = blobs.add(character)
    uuid = worlds.new_uuid()
    asset = emotes.add_asset(db, uuid, name, now, kind="avatar", world_id=world_id)
    emotes.add_file(db, asset, "character", "glb", blob, size, now)
    removals.check_there(db, blobs, [blob])
    return {"uuid": uuid, "name": name}


@audited
def delete_avatar(db: Connection, uuid: str) -> None:
    """Emotes keep the files that were made for it."""
    row = emotes.asset(db, uuid, "avatar")
    if row is None:
        raise MissingError(
            f"There is no avatar {uuid}.", code="avatarNotFound", next_step="Choose an avatar from the list."
        )
    db.execute(tables.files.delete().where(tables.files.c.asset_id == row.id))
    db.execute(tables.assets.delete().where(tables.assets.c.id == row.id))


# --- captures, webhooks and the log ---


def list_captures(db: Connection) -> list[Json]:
    """Return what runs, then what waits, oldest first."""
    query = (
        select(
            tables.captures.c.process,
            tables.processes.c.name,
            tables.worlds.c.name.label("world"),
            tables.users.c.external_id.label("user"),
            tables.captures.c.worker,
            tables.captures.c.stage,
            tables.captures.c.percent,
            tables.captures.c.created_at.label("createdAt"),
        )
        .join(tables.processes, tables.processes.c.uuid == tables.captures.c.process)
        .join(tables.worlds, tables.worlds.c.id == tables.captures.c.world_id)
        .join(tables.users, tables.users.c.id == tables.captures.c.user_id)
        .order_by(tables.captures.c.worker.is_(None), tables.captures.c.id)
    )
    return [
        {
            **row,
            "stage": "waiting" if row["worker"] is None else row["stage"],
            "percent": None if row["worker"] is None else row["percent"],
            "createdAt": iso(row["createdAt"]),
        }
        for row in db.execute(query).mappings()
    ]


@audited
def cancel_capture(db: Connection, now: int, process: str) -> ProcessRow:
    """Cancel a capture and reject its process; return the process as it was. Its worker stops at the next heartbeat."""
    captures.cancel(db, process)  # first: it waits for a delivery of this capture
    row = processes.find(db, process)
    if row is None or row.step not in process_steps.ALIVE:
        raise MissingError(
            "No such capture is waiting or running.",
            code="captureNotFound",
            next_step="List them with `kinetix local capture list`.",
        )
    processes.change(db, process, now, rejected=True, step="rejected", ended_at=now)
    return row


def list_deliveries(db: Connection, limit: int = 100, process: str | None = None) -> list[Json]:
    """Webhooks out, newest first, with every attempt."""
    query = (
        select(
            tables.deliveries.c.uuid,
            tables.deliveries.c.process,
            tables.deliveries.c.status,
            tables.deliveries.c.state,
            tables.deliveries.c.url,
            tables.deliveries.c.attempts,
            tables.deliveries.c.next_at.label("nextAt"),
            tables.deliveries.c.created_at.label("createdAt"),
            tables.worlds.c.name.label("world"),
            tables.processes.c.name,
        )
        .join(tables.worlds, tables.worlds.c.id == tables.deliveries.c.world_id)
        .join(tables.processes, tables.processes.c.uuid == tables.deliveries.c.process, isouter=True)
    )
    if process is not None:
        query = query.where(tables.deliveries.c.process == process)
    return [
        {
            **row,
            "createdAt": iso(row["createdAt"]),
            "nextAt": None if row["nextAt"] is None else iso(row["nextAt"]),
            "attempts": [
                {
                    "at": iso(attempt["at"]),
                    "status": attempt["status"],
                    "error": attempt["answer"] if attempt["status"] is None else "",
                    "answer": attempt["answer"],
                }
                for attempt in row["attempts"]
            ],
        }
        for row in db.execute(query.order_by(tables.deliveries.c.id.desc()).limit(limit)).mappings()
    ]


def list_audit(db: Connection, limit: int) -> list[Json]:
    """The last entries, newest first."""
    return [
        {"at": iso(entry.at), "actor": entry.actor, "action": entry.action.replace("_", " "), "details": entry.details}
        for entry in audit.entries(db, limit)
    ]
