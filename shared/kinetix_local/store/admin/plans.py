"""Plans: what a world may use."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import worlds
from kinetix_local.store.admin.common import Json
from kinetix_local.store.audit import audited
from kinetix_local.store.clock import iso
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import PlanRow
from kinetix_local.store.sql.tables import plans


def plan_of(db: Connection, name: str) -> PlanRow:
    row = rows.first(db, PlanRow, select(plans).where(plans.c.name == name))
    if row is None:
        raise MissingError(
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
