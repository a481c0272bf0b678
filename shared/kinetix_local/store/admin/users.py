"""Users of a world, with the size of their bags."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from kinetix_core.values.errors import InputError
from kinetix_local.store import users
from kinetix_local.store.admin.common import Json, world_of
from kinetix_local.store.cleaning.purge import Belongings, belongings
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import UserRow, WorldRow
from kinetix_local.store.sql.tables import bag
from kinetix_local.store.sql.tables import users as users_table


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
