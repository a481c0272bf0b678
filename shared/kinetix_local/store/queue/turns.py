"""Who comes next in the queue: worlds take turns, and within a world its users do.

A capture has its turn among those of its world when it is added. Which world is next stands in no capture: of those with something
to do it is the one that was served the longest time ago. A world that had nothing to do for long so saves nothing up.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from kinetix_local.store.queue import postponed
from kinetix_local.store.sql.database import insert_missing
from kinetix_local.store.sql.tables import captures, world_turns, worlds

__all__ = ["MOST_SHOWN", "WAITS", "Place", "may_begin", "new_turn", "place", "served", "worlds_in_turn"]

MOST_SHOWN = 1000
"""Places in the queue are counted up to this one: to count on would make each poll of a long queue slower."""

WAITS: ColumnElement[bool] = captures.c.worker.is_(None)
_SERVED = func.coalesce(world_turns.c.turn, 0)
_ORDER = (captures.c.turn, captures.c.id)  # within a world


def new_turn(db: Connection, world_id: int, user_id: int) -> int:
    """The turn of a further capture of the user: after the user's last one, but not before the turn that is next in the world.

    A single clip so stands behind one clip of everybody else of its world, however many these have sent.
    """
    last = select(func.max(captures.c.turn)).where(captures.c.user_id == user_id)
    first = select(func.min(captures.c.turn)).where(WAITS, captures.c.world_id == world_id)
    own, current = db.execute(select(last.scalar_subquery(), first.scalar_subquery())).one()
    return max(0 if own is None else int(own) + 1, current or 0)


def may_begin(now: int, full_users: Collection[int] = ()) -> ColumnElement[bool]:
    """Of a capture, whatever its world allows: it waits, it is not put off, and its user has not as many as allowed."""
    condition = and_(WAITS, postponed.is_due(now))
    return and_(condition, captures.c.user_id.not_in(full_users)) if full_users else condition


def worlds_in_turn(db: Connection, full_worlds: Collection[int], beginning: ColumnElement[bool]) -> list[int]:
    """The worlds with a capture that may begin, who is next first. `full` ones may begin nothing; `beginning` see `may_begin`."""
    of_world = exists().where(beginning, captures.c.world_id == worlds.c.id)
    query = _worlds().where(of_world).order_by(_SERVED, worlds.c.id)
    if full_worlds:
        query = query.where(worlds.c.id.not_in(full_worlds))
    return list(db.execute(query).scalars())


def served(db: Connection, world_id: int) -> None:
    """A capture of the world begins: the others are before it now."""
    insert_missing(db, world_turns, {"world_id": world_id, "turn": 0})
    newest = select(func.max(world_turns.alias().c.turn)).scalar_subquery()
    db.execute(update(world_turns).where(world_turns.c.world_id == world_id).values(turn=newest + 1))


class Place(NamedTuple):
    """Place in the queue: 1 begins next, `MOST_SHOWN` is that or a later one. `works`: whether any capture runs."""

    number: int
    works: bool


def place(db: Connection, process: str) -> Place | None:
    """Return the place of a process in the queue, or None if its capture does not wait."""
    own = db.execute(_PLACE, {"process": process}).first()
    if own is None:
        return None
    in_world = 1 + int(own.ahead)
    others = _of_others(db, int(own.world_id), in_world) if own.has_others else 0
    return Place(min(MOST_SHOWN, in_world + others), bool(own.works))


def _place() -> Select[Any]:
    # One statement: on PostgreSQL the round trips of a poll cost more than the counting.
    own = select(*_ORDER, captures.c.world_id).where(captures.c.process == bindparam("process"), WAITS).subquery()
    earlier = and_(captures.c.world_id == own.c.world_id, tuple_(*_ORDER) < tuple_(own.c.turn, own.c.id))
    ahead = select(captures.c.id).where(WAITS, earlier).order_by(*_ORDER).limit(MOST_SHOWN - 1).correlate(own)
    # Two ranges of the index; an inequality would read the whole queue of the own world.
    others = (
        exists().where(WAITS, captures.c.world_id < own.c.world_id),
        exists().where(WAITS, captures.c.world_id > own.c.world_id),
    )
    return select(
        own.c.world_id,
        select(func.count()).select_from(ahead.subquery()).scalar_subquery().label("ahead"),
        or_(*others).label("has_others"),
        exists().where(~WAITS).label("works"),
    )


def _of_others(db: Connection, world: int, in_world: int) -> int:
    """How many captures of other worlds begin before the one that is `in_world`-th in its own."""
    turn = db.execute(select(world_turns.c.turn).where(world_turns.c.world_id == world)).scalar() or 0
    is_before = tuple_(_SERVED, worlds.c.id) < tuple_(literal(turn), literal(world))
    most = MOST_SHOWN - in_world  # of which each is enough to say no more
    return sum(
        int(db.execute(_waiting(min(rounds, most)).where(worlds.c.id != world, condition)).scalar() or 0)
        for rounds, condition in ((in_world, is_before), (in_world - 1, ~is_before))
        if rounds and most
    )


def _waiting(most: int) -> Select[Any]:
    """The sum over worlds of what waits in each, counted up to `most`."""
    each = select(captures.c.id).where(WAITS, captures.c.world_id == worlds.c.id).limit(most)
    count = select(func.count()).select_from(each.correlate(worlds).subquery()).scalar_subquery()
    return _worlds().with_only_columns(func.sum(count))


def _worlds() -> Select[Any]:
    return select(worlds.c.id).select_from(worlds.outerjoin(world_turns, world_turns.c.world_id == worlds.c.id))


_PLACE = _place()
