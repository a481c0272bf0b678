"""The queue of captures: one row for each process that has work to do, waiting or held by a worker; none when nothing is wanted.

A worker holds a row by a lease, which names the attempt. Every write of a worker asks for exactly that lease, so whoever lost it
changes nothing any more: the row went to another attempt, or is gone because the capture ended or was cancelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, func, insert, select, update

from kinetix_core.values.failure import CaptureStage
from kinetix_local.store import configuration as configurations
from kinetix_local.store.queue import turns
from kinetix_local.store.queue.turns import WAITS
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.tables import captures, worlds

_LEASING = 0x6C65617365  # PostgreSQL's lock that who leases has until the end of the transaction


class Lease(NamedTuple):
    """The right of a `worker` to capture for `process`, in this `attempt` and no other."""

    process: str
    attempt: int
    worker: str


class Heartbeat(NamedTuple):
    """Last sign of a lease's holder, and the progress of its capture."""

    process: str
    attempt: int
    worker: str
    heartbeat: int
    stage: str | None
    percent: int

    @property
    def lease(self) -> Lease:
        return Lease(self.process, self.attempt, self.worker)


class Live(NamedTuple):
    """Progress of a process's capture, in whole numbers, as typed clients read them.

    `percent` is 0 … 99, `updated_at` in milliseconds since 1970.
    """

    stage: CaptureStage
    percent: int
    remaining_s: int | None
    elapsed_s: int
    updated_at: int

    @property
    def step(self) -> str:
        return "rendering" if self.stage is CaptureStage.WRITE else "ml_running"


class _Candidate(NamedTuple):
    id: int
    process: str
    attempt: int


class _Progress(NamedTuple):
    process: str
    stage: str
    percent: int
    remaining_s: int | None
    elapsed_s: int
    updated_at: int

    def live(self) -> Live:
        return Live(CaptureStage(self.stage), *self[2:])


PROGRESS = tuple(captures.c[name] for name in _Progress._fields)
"""Columns for `live_of_row`, of the captures for which `TELLS` holds."""
TELLS = and_(~WAITS, captures.c.stage.is_not(None))
_PROGRESS = select(*PROGRESS).where(TELLS)
_PROGRESS_OF_USER = _PROGRESS.where(captures.c.user_id == bindparam("user"))


def _of(lease: Lease) -> ColumnElement[bool]:
    return and_(
        captures.c.process == lease.process,
        captures.c.attempt == lease.attempt,
        captures.c.worker == lease.worker,
    )


def add(db: Connection, process: str, world_id: int, user_id: int, now: int) -> None:
    """Put a process into the queue, at the place that `turns` gives it. Reads nothing (`Database.pipeline`)."""
    row = {"process": process, "world_id": world_id, "user_id": user_id, "created_at": now, "updated_at": now}
    db.execute(_ADD, row | {"world": world_id, "user": user_id})


_ADD = insert(captures).inline().values(turn=turns.NEW_TURN)


def any_waiting(db: Connection, now: int) -> bool:
    """Return whether a capture waits that is not postponed."""
    return db.execute(select(captures.c.id).where(turns.may_begin(now)).limit(1)).first() is not None


def lease_next(db: Connection, worker: str, now: int) -> Lease | None:
    """Hands the capture whose turn it is to `worker`; None when none may begin. Several may ask at once."""
    if db.dialect.name == "postgresql":  # SQLite has one writer at a time
        # Else two who ask at once would each be the last one that a world or a user may have.
        db.execute(select(func.pg_advisory_xact_lock(_LEASING)))
    full_worlds, full_users = _full(db)
    beginning = turns.may_begin(now, full_users)
    for world in turns.worlds_in_turn(db, full_worlds, beginning):
        query = select(captures.c.id, captures.c.process, captures.c.attempt)
        query = query.where(beginning, captures.c.world_id == world)
        # SQLite has one writer at a time and leaves the lock out.
        query = query.order_by(captures.c.turn, captures.c.id).limit(1).with_for_update(skip_locked=True)
        found = rows.first(db, _Candidate, query)
        if found is None:  # another transaction just cancels it, say
            continue
        lease = Lease(found.process, found.attempt + 1, worker)
        values: dict[str, Any] = {"worker": worker, "attempt": lease.attempt, "heartbeat": 0, "updated_at": now}
        db.execute(update(captures).where(captures.c.id == found.id).values(**values))
        turns.served(db, world)
        return lease
    return None


def _full(db: Connection) -> tuple[list[int], list[int]]:
    """Worlds and users that have as many captures running as their world's configuration allows."""
    query = select(captures.c.world_id, captures.c.user_id).where(~WAITS)
    busy = [(world, user) for world, user in db.execute(query)]
    if not busy:
        return [], []
    of_world, of_user = Counter(world for world, _ in busy), Counter(user for _, user in busy)
    found = db.execute(select(worlds.c.id, worlds.c.configuration).where(worlds.c.id.in_(of_world)))
    limits = {world: configurations.running_limits(configuration) for world, configuration in found}
    full_worlds = [world for world, count in of_world.items() if _reached(count, limits[world].of_world)]
    full_users = {user for world, user in busy if _reached(of_user[user], limits[world].of_user)}
    return full_worlds, sorted(full_users)


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit


def held(db: Connection, lease: Lease) -> bool:
    """Return whether the lease still holds; within a transaction it then does until the end."""
    return db.execute(select(captures.c.id).where(_of(lease)).with_for_update()).first() is not None


def beat(db: Connection, lease: Lease, progress: Live | None = None) -> bool:
    """The holder is alive, and so far; False when the lease does not hold any more. `percent` never falls."""
    values: dict[str, Any] = {"heartbeat": captures.c.heartbeat + 1}
    if progress is not None:
        percent = min(99, max(0, progress.percent))
        values |= {
            "stage": progress.stage,
            "percent": case((captures.c.percent > percent, captures.c.percent), else_=percent),
            "remaining_s": progress.remaining_s,
            "elapsed_s": progress.elapsed_s,
            "updated_at": progress.updated_at,
            "withheld": None,  # its files came
        }
    return db.execute(update(captures).where(_of(lease)).values(**values)).rowcount > 0


def end(db: Connection, lease: Lease) -> bool:
    """The capture is over, whatever became of it; False when the lease does not hold: then nothing of it may be kept."""
    return db.execute(delete(captures).where(_of(lease))).rowcount > 0


def free(db: Connection, lease: Lease, *, died: bool = False) -> int | None:
    """Another worker may begin anew. `died`: its worker died of it; the answer is how many did, None when the lease does not hold."""
    if not held(db, lease):
        return None
    values: dict[str, Any] = {"worker": None, "deaths": captures.c.deaths + int(died)}
    db.execute(update(captures).where(_of(lease)).values(**values))
    return int(db.execute(select(captures.c.deaths).where(captures.c.process == lease.process)).scalar_one())


def postpone(db: Connection, lease: Lease, said: str, now: int) -> None:
    """Once it is free, another capture is tried first: the storage does not give its files. `said`: what it answers."""
    due = turns.due_after(lease.attempt, now)
    db.execute(update(captures).where(_of(lease)).values(due_at=due, withheld=said))


def withheld(db: Connection, process: str) -> str | None:
    """Return the storage's last error for the capture's files, if they were not read since."""
    return db.execute(select(captures.c.withheld).where(captures.c.process == process)).scalar()


def free_silent(db: Connection, seen: Heartbeat) -> bool:
    """Free a lease whose holder was not heard since; False when it was, or holds it no more."""
    still = and_(_of(seen.lease), captures.c.heartbeat == seen.heartbeat)
    return db.execute(update(captures).where(still).values(worker=None)).rowcount > 0


def free_all_of(db: Connection, owner: str) -> int:
    """Free what the workers `owner/…` held; for an owner that has just begun, so that none of these lives."""
    own = and_(~WAITS, captures.c.worker.startswith(f"{owner}/", autoescape=True))
    return db.execute(update(captures).where(own).values(worker=None)).rowcount


def cancel(db: Connection, process: str) -> None:
    """Nobody wants it any more: whoever captures it learns that at the next heartbeat."""
    db.execute(delete(captures).where(captures.c.process == process))


def running(db: Connection) -> list[Heartbeat]:
    """The leases that are held."""
    return rows.every(db, Heartbeat, select(*(captures.c[name] for name in Heartbeat._fields)).where(~WAITS))


def live(db: Connection, process: str) -> Live | None:
    """Return None for a capture that waits, said nothing yet or is over."""
    found = rows.first(db, _Progress, _PROGRESS.where(captures.c.process == process))
    return None if found is None else found.live()


def live_of_row(progress: Sequence[Any]) -> Live:
    """Return the progress in a row of `PROGRESS`."""
    return _Progress._make(progress).live()


def live_of_user(db: Connection, user_id: int) -> dict[str, Live]:
    """Process → how far its capture is, of those that run."""
    return {found.process: found.live() for found in rows.every(db, _Progress, _PROGRESS_OF_USER, {"user": user_id})}


def every_live(db: Connection) -> dict[str, Live]:
    return {found.process: found.live() for found in rows.every(db, _Progress, _PROGRESS)}


def waits_as_often(db: Connection, limit: int, *, world_id: int | None = None, user_id: int | None = None) -> bool:
    """Return whether at least `limit` captures of the world or of the user wait."""
    if limit < 1:
        return True
    query = select(captures.c.id).where(WAITS)
    if world_id is not None:
        query = query.where(captures.c.world_id == world_id)
    if user_id is not None:
        query = query.where(captures.c.user_id == user_id)
    return db.execute(query.limit(1).offset(limit - 1)).first() is not None


def stages(db: Connection) -> dict[CaptureStage, int]:
    """Return the number of captures in each stage."""
    query = select(captures.c.stage, func.count()).where(~WAITS, captures.c.stage.is_not(None))
    return {CaptureStage(stage): count for stage, count in db.execute(query.group_by(captures.c.stage))}


def counts(db: Connection) -> tuple[int, int]:
    """Return how many captures wait, and how many run."""
    waiting, busy = (select(func.count(captures.c.id)).where(state).scalar_subquery() for state in (WAITS, ~WAITS))
    found = db.execute(select(waiting, busy)).one()
    return found[0], found[1]
