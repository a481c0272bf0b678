"""API keys of a world, whose value is shown once, and its users."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import users, worlds
from kinetix_local.store.admin.common import Json, moment, told, world_of
from kinetix_local.store.audit import audited
from kinetix_local.store.cleaning.purge import Belongings, belongings
from kinetix_local.store.clock import iso
from kinetix_local.store.roles import Role
from kinetix_local.store.seal import Seal
from kinetix_local.store.sql import rows, settings
from kinetix_local.store.sql.rows import KeyRow, UserRow, WorldRow
from kinetix_local.store.sql.tables import bag, keys
from kinetix_local.store.sql.tables import users as users_table


def list_keys(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    found = rows.every(db, KeyRow, select(keys).where(keys.c.world_id == row.id).order_by(keys.c.id))
    return [
        told(
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
    expires_at = moment(expire)
    if expires_at is not None and expires_at <= now:
        raise InputError("Expire must be in the future.", code="badRequest", next_step="Choose a later time.")
    row = world_of(db, world)
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
    if not db.execute(update(keys).where(keys.c.uuid == uuid).values(is_deleted=True)).rowcount:
        raise MissingError(
            "There is no such key.", code="keyNotFound", next_step="List them with `kinetix local key list`."
        )
    settings.touch(db)


def list_users(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    sizes = select(bag.c.user_id, func.count()).where(bag.c.is_deleted.is_(False)).group_by(bag.c.user_id)
    counts: dict[int, int] = dict(db.execute(sizes).all())
    query = select(users_table).where(users_table.c.world_id == row.id).order_by(users_table.c.id)
    found = rows.every(db, UserRow, query)
    return [
        {"id": user.external_id, "createdAt": iso(user.created_at), "emotesCount": counts.get(user.id, 0)}
        for user in found
    ]


def belongings_of(db: Connection, world: str | None, name: str) -> tuple[WorldRow, Belongings]:
    """The world that is meant, and what there is of a user in it."""
    row = world_of(db, world)
    user = users.find(db, row.id, name)
    if user is None:
        raise users.not_found(name)
    return row, belongings(db, user)


def add_user(db: Connection, now: int, world: str | None, name: str) -> Json:
    row = world_of(db, world)
    user = users.add(db, row.id, name, now)
    if user is None:
        raise InputError(f"The user {name} exists.", code="alreadyExists", next_step="Use it, or choose another id.")
    return {"id": user.external_id, "createdAt": iso(user.created_at)}
