"""API keys of a world. A value is shown once, when it is made."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import worlds
from kinetix_local.store.admin.common import Json, moment, world_of
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.roles import Role
from kinetix_local.store.seal import Seal
from kinetix_local.store.sql import rows, settings
from kinetix_local.store.sql.rows import KeyRow
from kinetix_local.store.sql.tables import keys


def list_keys(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    found = rows.every(db, KeyRow, select(keys).where(keys.c.world_id == row.id).order_by(keys.c.id))
    return [
        {
            "uuid": key.uuid,
            "name": key.name,
            "hint": key.hint,
            "canRead": key.can_read,
            "canWrite": key.can_write,
            "role": key.role,
            "expire": None if key.expires_at is None else iso(key.expires_at),
            "isDeleted": key.is_deleted,
            "createdAt": iso(key.created_at),
        }
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
