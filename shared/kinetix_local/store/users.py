"""Queries about the users of a world."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.database import insert_missing
from kinetix_local.store.sql.rows import UserRow
from kinetix_local.store.sql.tables import users

_FIND = select(users).where(users.c.world_id == bindparam("world"), users.c.external_id == bindparam("external"))


def find(db: Connection, world_id: int, external_id: str) -> UserRow | None:
    return rows.first(db, UserRow, _FIND, {"world": world_id, "external": external_id})


def add(db: Connection, world_id: int, external_id: str, now: int) -> UserRow | None:
    """The new user, or None when the world has this user already."""
    values = {"world_id": world_id, "external_id": external_id, "created_at": now}
    return find(db, world_id, external_id) if insert_missing(db, users, values) else None


def not_found(external_id: str) -> InputError:
    """For whoever administers a user that the world does not have."""
    return MissingError(
        f"There is no user {external_id}.", code="userNotFound", next_step="List them with `kinetix local user list`."
    )
