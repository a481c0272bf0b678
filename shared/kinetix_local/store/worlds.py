"""Queries about plans, worlds, keys, aliases and what a world has used."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import seal
from kinetix_local.store.clock import month_start
from kinetix_local.store.roles import Role
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.database import insert_all_missing, insert_missing, insert_or_update
from kinetix_local.store.sql.rows import AliasRow, CategoryRow, PlanRow, UsageRow, WorldRow
from kinetix_local.store.sql.tables import (
    actives,
    aliases,
    categories,
    keys,
    plans,
    usages,
    world_emotes,
    worlds,
)

PLANS: tuple[dict[str, Any], ...] = (
    {"name": "Unlimited", "muge_limit": None, "users_limit": None, "calls_limit": None, "monthly": True},
    # Counted over all time.
    {"name": "Limited", "muge_limit": 20, "users_limit": 40, "calls_limit": 2000, "monthly": False},
)

DEFAULT_CONFIGURATION: dict[str, Any] = {"allowUGC": True, "allowPremium": True}


def new_uuid() -> str:
    return str(uuid.uuid4())


def ensure_plans(db: Connection, now: int) -> None:
    for plan in PLANS:
        insert_missing(db, plans, {**plan, "uuid": new_uuid(), "created_at": now})


def add_world(db: Connection, name: str, now: int, *, plan: str = "Unlimited", **configuration: Any) -> WorldRow:
    """A new virtual world on the plan of that name."""
    plan_id = db.execute(select(plans.c.id).where(plans.c.name == plan)).scalar()
    if plan_id is None:
        known = ", ".join(db.execute(select(plans.c.name).order_by(plans.c.id)).scalars())
        raise MissingError(f"There is no plan {plan}.", code="planNotFound", next_step=f"Choose one of: {known}.")
    world = db.execute(
        worlds.insert().values(
            uuid=new_uuid(),
            name=name,
            owner_uuid=new_uuid(),
            plan_id=plan_id,
            configuration=DEFAULT_CONFIGURATION | configuration,
            white_list=False,
            is_deleted=False,
            created_at=now,
        )
    )
    key: Any = world.inserted_primary_key
    return world_of_id(db, key[0])


def world_of_id(db: Connection, world_id: int) -> WorldRow:
    return rows.one(db, WorldRow, select(worlds).where(worlds.c.id == world_id))


def find_world(db: Connection, name: str) -> WorldRow:
    """The world with this name or uuid; deleted ones only by uuid.

    Raises:
        InputError: none or several match.
    """
    named = (worlds.c.uuid == name) | and_(worlds.c.name == name, worlds.c.is_deleted.is_(False))
    found = rows.every(db, WorldRow, select(worlds).where(named).order_by(worlds.c.id))
    if len(found) != 1:
        raise MissingError(
            f"There is no virtual world {name}." if not found else f"Several virtual worlds are called {name}.",
            code="worldNotFound",
            next_step="List them with `kinetix local world list` and use the uuid.",
        )
    return found[0]


def add_key(
    db: Connection,
    seals: seal.Seal,
    world_id: int,
    now: int,
    *,
    name: str = "",
    can_read: bool = True,
    can_write: bool = True,
    expires_at: int | None = None,
    value: str | None = None,
    role: Role | None = None,
) -> tuple[str, str]:
    """A new key of the world; returns (its value, its uuid). The value is not stored readable."""
    value = value or seal.new_key()
    key_uuid = new_uuid()
    db.execute(
        keys.insert().values(
            uuid=key_uuid,
            world_id=world_id,
            name=name,
            digest=seal.digest(value),
            sealed=seals.seal(value),
            hint=f"{value[:4]}…{value[-4:]}",
            can_read=can_read,
            can_write=can_write,
            expires_at=expires_at,
            is_deleted=False,
            created_at=now,
            role=role,
        )
    )
    return value, key_uuid


def open_worlds(db: Connection) -> list[WorldRow]:
    """Return those that are not deleted, oldest first."""
    return rows.every(db, WorldRow, select(worlds).where(worlds.c.is_deleted.is_(False)).order_by(worlds.c.id))


class CallerRow(NamedTuple):
    """A key with what a request needs of its world and plan."""

    id: int
    can_read: bool
    can_write: bool
    expires_at: int | None
    is_deleted: bool
    world_id: int
    world_uuid: str
    world_name: str
    configuration: dict[str, Any]
    white_list: bool
    world_deleted: bool
    owner_uuid: str
    world_created_at: int
    plan_id: int
    muge_limit: int | None
    users_limit: int | None
    calls_limit: int | None
    monthly: bool
    key_name: str
    role: str | None


def find_key(db: Connection, which: ColumnElement[bool]) -> CallerRow | None:
    return rows.first(db, CallerRow, _CALLER.where(which))


_CALLER = (
    select(
        keys.c.id,
        keys.c.can_read,
        keys.c.can_write,
        keys.c.expires_at,
        keys.c.is_deleted,
        keys.c.world_id,
        worlds.c.uuid.label("world_uuid"),
        worlds.c.name.label("world_name"),
        worlds.c.configuration,
        worlds.c.white_list,
        worlds.c.is_deleted.label("world_deleted"),
        worlds.c.owner_uuid,
        worlds.c.created_at.label("world_created_at"),
        worlds.c.plan_id,
        plans.c.muge_limit,
        plans.c.users_limit,
        plans.c.calls_limit,
        plans.c.monthly,
        keys.c.name.label("key_name"),
        keys.c.role,
    )
    .join_from(keys, worlds, keys.c.world_id == worlds.c.id)
    .join(plans, worlds.c.plan_id == plans.c.id)
)


def period(monthly: bool, now: int) -> int:
    """Start of the period that a plan counts in; 0 where it counts over all time."""
    return month_start(now) if monthly else 0


def used(db: Connection, world_id: int, plan_id: int, period_start: int) -> dict[str, int]:
    """Return the usage of all the world's keys in the period (0: in all): `users`, `uge`, `calls`."""
    names = ("users", "uge", "calls")
    query = select(*(func.coalesce(func.sum(usages.c[name]), 0) for name in names)).where(
        usages.c.world_id == world_id, usages.c.plan_id == plan_id
    )
    row = db.execute(query.where(usages.c.period_start == period_start) if period_start else query).one()
    return {name: int(value) for name, value in zip(names, row, strict=True)}


def add_usage(
    db: Connection, world_id: int, plan_id: int, key_id: int, period_start: int, now: int, **counts: int
) -> None:
    place = {"world_id": world_id, "plan_id": plan_id, "key_id": key_id, "period_start": period_start}
    more: dict[str, Any] = {name: usages.c[name] + count for name, count in counts.items()}
    new = {**place, "users": 0, "uge": 0, "calls": 0, **counts, "created_at": now, "last_usage": now}
    insert_or_update(db, usages, place, new, **more, last_usage=now)


def add_actives(db: Connection, noted: Iterable[tuple[int, int, str, str]]) -> None:
    """Note who and what was active: world, start of the period, kind and value."""
    names = ("world_id", "period_start", "kind", "value")
    insert_all_missing(db, actives, [dict(zip(names, (*one[:3], one[3][:64]), strict=True)) for one in noted])


def usage_rows(db: Connection, world_id: int) -> list[UsageRow]:
    """Return the usage of each key in each period."""
    return rows.every(db, UsageRow, select(usages).where(usages.c.world_id == world_id).order_by(usages.c.id))


def active_counts(db: Connection, world_id: int) -> dict[tuple[int, str], int]:
    """(period start, kind) → how many emotes (kind `emote`) or users (`user`) were active in the period."""
    found = db.execute(
        select(actives.c.period_start, actives.c.kind, func.count())
        .where(actives.c.world_id == world_id)
        .group_by(actives.c.period_start, actives.c.kind)
    )
    return {(period_start, kind): count for period_start, kind, count in found}


def alias(db: Connection, world_id: int, name: str) -> AliasRow | None:
    query = select(aliases).where(aliases.c.world_id == world_id, aliases.c.name_key == name.casefold())
    return rows.first(db, AliasRow, query)


def aliases_of(db: Connection, world_id: int) -> list[AliasRow]:
    return rows.every(db, AliasRow, select(aliases).where(aliases.c.world_id == world_id).order_by(aliases.c.id))


def add_alias(db: Connection, world_id: int, now: int, **values: Any) -> str:
    name = values["name"]
    if alias(db, world_id, name) is not None:
        raise InputError(f"The alias {name} already exists.", code="alreadyExists", next_step="Choose another name.")
    alias_uuid = new_uuid()
    empty: dict[str, Any] = {
        "description": None,
        "categories": [],
        "mature": None,
        "emotes": [],
        "start_at": None,
        "interval_ms": None,
    }
    db.execute(
        aliases.insert().values(
            **(empty | values), uuid=alias_uuid, world_id=world_id, name_key=name.casefold(), created_at=now
        )
    )
    return alias_uuid


def listed(db: Connection, world_id: int, emote_uuid: str) -> bool:
    """Return True when the emote is in the world's own list."""
    found = select(world_emotes.c.id).where(
        world_emotes.c.world_id == world_id, world_emotes.c.emote_uuid == emote_uuid
    )
    return db.execute(found).first() is not None


def add_to_list(db: Connection, world_id: int, emote_uuid: str, now: int) -> bool:
    return insert_missing(db, world_emotes, {"world_id": world_id, "emote_uuid": emote_uuid, "created_at": now})


def all_categories(db: Connection) -> list[CategoryRow]:
    return rows.every(db, CategoryRow, select(categories).order_by(categories.c.name, categories.c.id))


def plan(db: Connection, plan_id: int) -> PlanRow:
    return rows.one(db, PlanRow, select(plans).where(plans.c.id == plan_id))


def all_plans(db: Connection) -> list[PlanRow]:
    return rows.every(db, PlanRow, select(plans).order_by(plans.c.id))
