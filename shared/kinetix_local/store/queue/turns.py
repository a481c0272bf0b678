"""Fair order of the queue: worlds take turns, and within a world its users do.

A capture has its turn among those of its world when it is added. Which world is next stands in no capture: of those with something
to do it is the one that was served the longest time ago. A world that had nothing to do for long so saves nothing up.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from kinetix_local.store.sql.database import insert_missing
from kinetix_local.store.sql.tables import captures, world_turns, worlds

MOST_SHOWN = 1000
"""Places in the queue are counted up to this one: to count on would make each poll of a long queue slower."""

WAITS: ColumnElement[bool] = captures.c.worker.is_(None)
_SERVED = func.coalesce(world_turns.c.turn, 0)
_ORDER = (captures.c.turn, captures.c.id)  # within a world


def _new_turn() -> ScalarSelect[int]:
    other = captures.alias()
    last = select((func.max(other.c.turn) + 1).label("turn")).where(other.c.user_id == bindparam("user"))
    first = select(func.min(other.c.turn)).where(other.c.worker.is_(None), other.c.world_id == bindparam("world"))
    found = union_all(last, first, select(literal(0))).subquery()
    return select(func.max(found.c.turn)).scalar_subquery()


NEW_TURN = _new_turn()
"""The turn of a further capture of the `user` in the `world`: after the user's last one, but not before the world's next turn.

A single clip stands behind one clip of each other user of its world, however many these have sent.
"""


_FIRST_MS, _LONGEST_MS = 2_000, 600_000


def due_after(attempt: int, now: int) -> int:
    """When a capture whose files the storage did not give is tried again, in milliseconds since 1970.

    Twice as long as after the attempt before, up to ten minutes. It stands in the row, so that all services keep to it.
    """
    return now + min(_LONGEST_MS, _FIRST_MS << min(attempt - 1, 16))


def _is_due(now: int) -> ColumnElement[bool]:
    """Match captures that may start. A date beyond the longest pause comes from a clock that was set."""
    due = captures.c.due_at
    return or_(due.is_(None), due <= now, due > now + _LONGEST_MS)


def may_begin(now: int, full_users: Collection[int] = ()) -> ColumnElement[bool]:
    """Match captures that may start, apart from their world's limits: waiting, not postponed, and the user not at the limit."""
    condition = and_(WAITS, _is_due(now))
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


def place_of_row(db: Connection, row: Sequence[Any]) -> Place | None:
    """Return the place in the queue of a row of `PLACE`, or None if its capture does not wait."""
    own = _Own._make(row)
    if own.world is None:
        return None
    in_world = 1 + own.ahead
    others = _of_others(db, own.world, in_world) if own.has_others else 0
    return Place(min(MOST_SHOWN, in_world + others), own.works)


class _Own(NamedTuple):
    world: int | None
    ahead: int
    has_others: bool
    works: bool


def _place() -> tuple[ColumnElement[Any], ...]:
    other = captures.alias()
    waits, order = other.c.worker.is_(None), (other.c.turn, other.c.id)
    earlier = and_(other.c.world_id == captures.c.world_id, tuple_(*order) < tuple_(*_ORDER))
    ahead = select(other.c.id).where(waits, earlier).order_by(*order).limit(MOST_SHOWN - 1).correlate(captures)
    # Both ends of the index; PostgreSQL answers an inequality by reading the whole table.
    lowest, highest = (select(end(other.c.world_id)).where(waits).scalar_subquery() for end in (func.min, func.max))
    columns = (
        captures.c.world_id,
        select(func.count()).select_from(ahead.subquery()).scalar_subquery(),
        or_(lowest < captures.c.world_id, highest > captures.c.world_id),
        select(func.min(other.c.worker)).where(other.c.worker.is_not(None)).scalar_subquery().is_not(None),
    )
    return tuple(case((WAITS, column)) for column in columns)


def _of_others(db: Connection, world: int, in_world: int) -> int:
    """Return how many captures of other worlds start before the `in_world`-th of this one."""
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


PLACE = _place()
"""Columns for `place_of_row`, of a query that has `captures` in an outer join."""
