"""Audit log of the administration. An entry is written in the transaction that it describes, and never changed."""

from __future__ import annotations

import functools
import getpass
import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePath
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, insert, select

from kinetix_core.values.errors import mask
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import AuditRow
from kinetix_local.store.sql.tables import audit

P = ParamSpec("P")
T = TypeVar("T")

_actor: ContextVar[str] = ContextVar("actor", default="")
_PLAIN = (str, int, float, bool, list, dict, PurePath)


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """Attribute the administration within this context to the actor, otherwise to the user who runs the process."""
    before = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(before)


def note(db: Connection, action: str, details: Mapping[str, Any]) -> None:
    told = {name: _plain(value) for name, value in details.items()}
    actor = _actor.get() or f"command line, {_user()}"
    db.execute(insert(audit).values(at=time.time_ns() // 1_000_000, actor=actor[:128], action=action, details=told))


def audited(function: Callable[Concatenate[Connection, P], T]) -> Callable[Concatenate[Connection, P], T]:
    """Notes the call with everything plain that it was given, once it has succeeded."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def noted(db: Connection, /, *given: P.args, **named: P.kwargs) -> T:
        result = function(db, *given, **named)
        bound = signature.bind(db, *given, **named).arguments
        told = {name: value for name, value in bound.items() if isinstance(value, _PLAIN) and name != "now"}
        note(db, function.__name__, told)
        return result

    return noted


def entries(db: Connection, limit: int, *, actor: str | None = None, before: int | None = None) -> list[AuditRow]:
    """The last ones, newest first: of one actor where one is named, and older than the entry `before`."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if actor is not None:
        query = query.where(audit.c.actor == actor)
    if before is not None:
        query = query.where(audit.c.id < before)
    return rows.every(db, AuditRow, query)


def actors(db: Connection) -> list[str]:
    """Everybody who has an entry, by name."""
    return list(db.scalars(select(audit.c.actor).distinct().order_by(audit.c.actor)))


def _plain(value: Any) -> Any:
    """Return the value as JSON, without keys and private folders."""
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value if value is None or isinstance(value, (bool, int, float)) else mask(str(value))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
