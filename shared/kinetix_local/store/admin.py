"""What an administrator does, for the command line and for `/_local/` alike: functions on one transaction, JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from kinetix_core.errors import InputError
from kinetix_local.store import configuration as configurations
from kinetix_local.store import emotes, settings, users, worlds
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.clock import iso, parse_iso
from kinetix_local.store.seal import Seal
from kinetix_local.store.tables import Record, aliases, assets, bag, deliveries, files, keys, plans, processes
from kinetix_local.store.tables import users as users_table
from kinetix_local.store.tables import worlds as worlds_table

__all__ = [
    "add_alias",
    "add_avatar",
    "add_key",
    "add_plan",
    "add_user",
    "add_world",
    "change_world",
    "delete_alias",
    "delete_avatar",
    "delete_key",
    "delete_world",
    "list_aliases",
    "list_avatars",
    "list_deliveries",
    "list_keys",
    "list_plans",
    "list_users",
    "list_worlds",
    "moment",
    "usable_character",
]

Json = dict[str, Any]


def moment(text: str | None) -> int | None:
    """Milliseconds of an ISO 8601 day or time.

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


def world_of(db: Connection, name: str | None) -> Record:
    """The named world; without a name the only one there is."""
    if name is not None:
        return worlds.find_world(db, name)
    found = db.execute(
        select(worlds_table).where(worlds_table.c.is_deleted.is_(False)).order_by(worlds_table.c.id)
    ).all()
    if len(found) == 1:
        return found[0]
    raise InputError(
        "There is no virtual world yet." if not found else "There are several virtual worlds.",
        code="worldNeeded",
        next_step="Make one with `kinetix local world create NAME`." if not found else "Say which one with --world.",
    )


# --- worlds ---


def _world(db: Connection, row: Record, now: int) -> Json:
    plan = worlds.plan(db, row.plan_id)
    usage = worlds.used(db, row.id, row.plan_id, worlds.period(plan.monthly, now))
    return {
        "uuid": row.uuid,
        "name": row.name,
        "plan": plan.name,
        "configuration": row.configuration,
        "whiteList": row.white_list,
        "isDeleted": row.is_deleted,
        "createdAt": iso(row.created_at),
        "usage": usage,
        "limits": {"users": plan.users_limit, "uge": plan.muge_limit, "calls": plan.calls_limit},
    }


def list_worlds(db: Connection, now: int) -> list[Json]:
    return [_world(db, row, now) for row in db.execute(select(worlds_table).order_by(worlds_table.c.id)).all()]


def usage_of(db: Connection, world: str | None) -> list[Json]:
    """Rows per key and period; `mae` and `maeu` are the emotes and users that were active."""
    row = world_of(db, world)
    key_names = {entry.id: entry.uuid for entry in db.execute(select(keys.c.id, keys.c.uuid))}
    return [
        {
            "users": entry["users"],
            "uge": entry["uge"],
            "mae": entry["mae"],
            "maeu": entry["maeu"],
            "calls": entry["calls"],
            "key": key_names[entry["key_id"]],
            "periodStart": iso(entry["period_start"]),
            "lastUsage": None if entry["last_usage"] is None else iso(entry["last_usage"]),
            "createdAt": iso(entry["created_at"]),
        }
        for entry in worlds.usage_rows(db, row.id)
    ]


def add_world(db: Connection, now: int, name: str, plan: str = "Unlimited") -> Json:
    if not 3 <= len(name) <= 25:
        raise InputError("A world's name has 3 to 25 characters.", code="badName", next_step="Choose another name.")
    row = worlds.add_world(db, name, now, plan=plan)
    settings.touch(db)
    return _world(db, row, now)


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
    """Changes what is given; a configuration value of None removes the entry."""
    row = world_of(db, world)
    values: Json = {}
    if name is not None:
        values["name"] = name
    if plan is not None:
        values["plan_id"] = _plan_row(db, plan).id
    if white_list is not None:
        values["white_list"] = white_list
    if configuration:
        if (wrong := configurations.problem(configuration)) is not None:
            raise InputError("The configuration does not fit.", code="badConfiguration", detail=f"{wrong}.")
        merged = {**row.configuration, **configuration}
        values["configuration"] = {key: value for key, value in merged.items() if value is not None}
    if values:
        db.execute(update(worlds_table).where(worlds_table.c.id == row.id).values(**values))
        settings.touch(db)
    return _world(db, db.execute(select(worlds_table).where(worlds_table.c.id == row.id)).one(), now)


def delete_world(db: Connection, world: str) -> None:
    """Its keys answer `deletedVW` from then on; nothing is erased."""
    row = worlds.find_world(db, world)
    db.execute(update(worlds_table).where(worlds_table.c.id == row.id).values(is_deleted=True))
    settings.touch(db)


# --- keys ---


def list_keys(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    found = db.execute(select(keys).where(keys.c.world_id == row.id).order_by(keys.c.id)).all()
    return [
        {
            "uuid": key.uuid,
            "name": key.name,
            "hint": key.hint,
            "canRead": key.can_read,
            "canWrite": key.can_write,
            "expire": None if key.expires_at is None else iso(key.expires_at),
            "isDeleted": key.is_deleted,
            "createdAt": iso(key.created_at),
        }
        for key in found
    ]


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
) -> Json:
    """The new key with its value, which is never shown again."""
    expires_at = moment(expire)
    if expires_at is not None and expires_at <= now:
        raise InputError("Expire must be in the future.", code="badRequest", next_step="Choose a later time.")
    row = world_of(db, world)
    value, uuid = worlds.add_key(
        db, seal, row.id, now, name=name[:64], can_read=can_read, can_write=can_write, expires_at=expires_at
    )
    settings.touch(db)
    return {"uuid": uuid, "key": value, "world": row.name, "canRead": can_read, "canWrite": can_write, "expire": expire}


def delete_key(db: Connection, uuid: str) -> None:
    if not db.execute(update(keys).where(keys.c.uuid == uuid).values(is_deleted=True)).rowcount:
        raise InputError(
            "There is no such key.", code="keyNotFound", next_step="List them with `kinetix local key list`."
        )
    settings.touch(db)


# --- users ---


def list_users(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    number = func.count().label("n")
    sizes = select(bag.c.user_id, number).where(bag.c.is_deleted.is_(False)).group_by(bag.c.user_id)
    counts = {entry.user_id: entry.n for entry in db.execute(sizes)}
    found = db.execute(select(users_table).where(users_table.c.world_id == row.id).order_by(users_table.c.id)).all()
    return [
        {"id": user.external_id, "createdAt": iso(user.created_at), "emotesCount": counts.get(user.id, 0)}
        for user in found
    ]


def add_user(db: Connection, now: int, world: str | None, name: str) -> Json:
    row = world_of(db, world)
    user = users.add(db, row.id, name, now)
    if user is None:
        raise InputError(f"The user {name} exists.", code="alreadyExists", next_step="Use it, or choose another id.")
    return {"id": user.external_id, "createdAt": iso(user.created_at)}


# --- aliases ---


def list_aliases(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    return [
        {
            "uuid": alias.uuid,
            "name": alias.name,
            "description": alias.description,
            "categories": alias.categories,
            "mature": alias.mature,
            "emotes": alias.emotes,
            "startDate": None if alias.start_at is None else iso(alias.start_at),
            "interval": alias.interval_ms,
            "createdAt": iso(alias.created_at),
        }
        for alias in db.execute(select(aliases).where(aliases.c.world_id == row.id).order_by(aliases.c.id)).all()
    ]


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
    row = world_of(db, world)
    if interval_ms is not None and interval_ms < 1:
        raise InputError("The interval is too short.", code="badInterval", next_step="Give milliseconds, one or more.")
    for uuid in uuids:
        if emotes.asset(db, uuid) is None:
            raise InputError(f"There is no emote {uuid}.", code="emoteNotFound", next_step="Give the uuid of an emote.")
    alias = worlds.add_alias(
        db,
        row.id,
        now,
        name=name,
        emotes=uuids,
        interval_ms=interval_ms,
        start_at=moment(start) if start else (now if interval_ms else None),
        description=description,
    )
    return next(entry for entry in list_aliases(db, row.uuid) if entry["uuid"] == alias)


def delete_alias(db: Connection, world: str | None, name: str) -> None:
    row = worlds.alias(db, world_of(db, world).id, name)
    if row is None:
        raise InputError(f"There is no alias {name}.", code="aliasNotFound", next_step="List them first.")
    db.execute(aliases.delete().where(aliases.c.id == row.id))


# --- plans ---


def _plan_row(db: Connection, name: str) -> Record:
    row = db.execute(select(plans).where(plans.c.name == name)).first()
    if row is None:
        raise InputError(
            f"There is no plan {name}.", code="planNotFound", next_step="List them with `kinetix local plan list`."
        )
    return row


def list_plans(db: Connection) -> list[Json]:
    return [
        {
            "name": plan.name,
            "mugeLimit": plan.muge_limit,
            "totalUsersLimit": plan.users_limit,
            "callsLimit": plan.calls_limit,
            "monthly": plan.monthly,
            "createdAt": iso(plan.created_at),
        }
        for plan in db.execute(select(plans).order_by(plans.c.id)).all()
    ]


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
    if db.execute(select(plans.c.id).where(plans.c.name == name)).first() is not None:
        raise InputError(f"The plan {name} exists.", code="alreadyExists", next_step="Choose another name.")
    db.execute(
        plans.insert().values(
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


# --- avatars: characters that every new emote is also made for ---


def list_avatars(db: Connection) -> list[Json]:
    found = db.execute(select(assets).where(assets.c.type == "avatar").order_by(assets.c.id)).all()
    return [{"uuid": row.uuid, "name": row.name, "createdAt": iso(row.created_at)} for row in found]


def usable_character(character: Path, folder: Path) -> Path:
    """The character as a GLB, which Blender may have to make in `folder`: seconds, so not while the database is held.

    Raises:
        InputError: it is not there, has no bones of a person, or Blender is needed and not here.
        FormatError: it is damaged.
    """
    if not character.is_file():
        raise InputError(f"There is no file {character}.", code="fileNotFound", next_step="Check the path.")
    from kinetix_core.formats import glb  # numpy: only needed here
    from kinetix_core.motion import mapping
    from kinetix_local import opening

    as_glb = opening.as_glb(character, folder)
    if "Hips" not in mapping.map_bones(glb.read_character(as_glb).skeleton):
        raise InputError(
            "The character's skeleton has no hips that could be recognised.",
            code="noHips",
            next_step="Use a character with the bones of a person, named as Mixamo, VRM or another maker of rigs does.",
        )
    return as_glb


def add_avatar(db: Connection, blobs: Blobs, now: int, world: str | None, character: Path, name: str) -> Json:
    """Registers a character (`usable_character`). Emotes made from now on get files for it."""
    world_id = world_of(db, world).id if world else None
    blob, size = blobs.add(character)
    uuid = worlds.new_uuid()
    asset = emotes.add_asset(db, uuid, name, now, kind="avatar", world_id=world_id)
    emotes.add_file(db, asset, "character", "glb", blob, size, now)
    return {"uuid": uuid, "name": name}


def delete_avatar(db: Connection, uuid: str) -> None:
    """Emotes keep the files that were made for it."""
    row = emotes.asset(db, uuid, "avatar")
    if row is None:
        raise InputError(f"There is no avatar {uuid}.", code="avatarNotFound", next_step="List them first.")
    db.execute(files.delete().where(files.c.asset_id == row.id))
    db.execute(assets.delete().where(assets.c.id == row.id))


# --- deliveries ---


def list_deliveries(db: Connection, limit: int = 100, process: str | None = None) -> list[Json]:
    """Webhooks out, newest first, with every attempt."""
    query = select(deliveries, worlds_table.c.name.label("world"), processes.c.name.label("emote_name")).join(
        worlds_table, worlds_table.c.id == deliveries.c.world_id
    )
    query = query.join(processes, processes.c.uuid == deliveries.c.process, isouter=True)
    if process is not None:
        query = query.where(deliveries.c.process == process)
    return [
        {
            "uuid": row.uuid,
            "world": row.world,
            "process": row.process,
            "name": row.emote_name,
            "status": row.status,
            "state": row.state,
            "url": row.url,
            "createdAt": iso(row.created_at),
            "nextAt": None if row.next_at is None else iso(row.next_at),
            "attempts": [
                {
                    "at": iso(attempt["at"]),
                    "status": attempt["status"],
                    "error": attempt["answer"] if attempt["status"] is None else "",
                    "answer": attempt["answer"],
                }
                for attempt in row.attempts
            ],
        }
        for row in db.execute(query.order_by(deliveries.c.id.desc()).limit(limit)).all()
    ]
