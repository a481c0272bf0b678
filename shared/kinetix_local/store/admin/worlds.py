"""Virtual worlds: their plan, configuration and usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from kinetix_core.values.errors import InputError
from kinetix_local.store import configuration as configurations
from kinetix_local.store import worlds
from kinetix_local.store.admin.common import Json, world_of
from kinetix_local.store.admin.plans import plan_of
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows, settings
from kinetix_local.store.sql.rows import WorldRow
from kinetix_local.store.sql.tables import keys
from kinetix_local.store.sql.tables import worlds as worlds_table


def _world(db: Connection, row: WorldRow, now: int) -> Json:
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
    return [_world(db, row, now) for row in rows.every(db, WorldRow, select(worlds_table).order_by(worlds_table.c.id))]


def usage_of(db: Connection, world: str | None) -> list[Json]:
    """Rows per key and period; `mae` and `maeu` are the emotes and users that were active."""
    row = world_of(db, world)
    key_names = dict(db.execute(select(keys.c.id, keys.c.uuid)).all())
    active = worlds.active_counts(db, row.id)
    return [
        {
            "users": entry.users,
            "uge": entry.uge,
            "mae": active.get((entry.period_start, "emote"), 0),
            "maeu": active.get((entry.period_start, "user"), 0),
            "calls": entry.calls,
            "key": key_names[entry.key_id],
            "periodStart": iso(entry.period_start),
            "lastUsage": None if entry.last_usage is None else iso(entry.last_usage),
            "createdAt": iso(entry.created_at),
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
    """Changes what is given; a configuration value of None removes the entry."""
    row = world_of(db, world)
    values: Json = {}
    if name is not None:
        values["name"] = name
    if plan is not None:
        values["plan_id"] = plan_of(db, plan).id
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
        db.execute(update(worlds_table).where(worlds_table.c.id == row.id).values(**values))
        settings.touch(db)
    return _world(db, worlds.world_of_id(db, row.id), now)


@audited
def delete_world(db: Connection, world: str) -> None:
    """Its keys answer `deletedVW` from then on; nothing is erased."""
    row = worlds.find_world(db, world)
    db.execute(update(worlds_table).where(worlds_table.c.id == row.id).values(is_deleted=True))
    settings.touch(db)
