"""Virtual worlds with their configuration and usage, plans, and aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import configuration as configurations
from kinetix_local.store import emotes, worlds
from kinetix_local.store.admin.common import Json, moment, told, world_of
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows, settings
from kinetix_local.store.sql.rows import PlanRow, WorldRow
from kinetix_local.store.sql.tables import aliases, keys, plans
from kinetix_local.store.sql.tables import worlds as worlds_table


def plan_of(db: Connection, name: str) -> PlanRow:
    row = rows.first(db, PlanRow, select(plans).where(plans.c.name == name))
    if row is None:
        raise MissingError(
            f"There is no plan {name}.", code="planNotFound", next_step="List them with `kinetix local plan list`."
        )
    return row


def list_plans(db: Connection) -> list[Json]:
    return [
        told(plan, "name", "muge_limit", "calls_limit", "monthly", "created_at", totalUsersLimit="users_limit")
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


def _world(db: Connection, row: WorldRow, now: int) -> Json:
    plan = worlds.plan(db, row.plan_id)
    usage = worlds.used(db, row.id, row.plan_id, worlds.period(plan.monthly, now))
    return told(row, "uuid", "name", "configuration", "white_list", "is_deleted", "created_at") | {
        "plan": plan.name,
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
        told(entry, "users", "uge", "calls", "created_at")
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


def list_aliases(db: Connection, world: str | None) -> list[Json]:
    row = world_of(db, world)
    return [
        told(alias, "uuid", "name", "description", "categories", "mature", "emotes", "created_at")
        | told(alias, startDate="start_at", interval="interval_ms")
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
    row = world_of(db, world)
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
        start_at=moment(start) if start else (now if interval_ms else None),
        description=description,
    )
    return next(entry for entry in list_aliases(db, row.uuid) if entry["uuid"] == alias)


@audited
def delete_alias(db: Connection, world: str | None, name: str) -> None:
    row = worlds.alias(db, world_of(db, world).id, name)
    if row is None:
        raise MissingError(
            f"There is no alias {name}.", code="aliasNotFound", next_step="Choose an alias from the list."
        )
    db.execute(aliases.delete().where(aliases.c.id == row.id))
