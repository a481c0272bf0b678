"""Which process is a retake of which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from kinetix_local.store import process_steps
from kinetix_local.store.sql.tables import processes

_LINKS = (
    select(processes.c.uuid, processes.c.parent)
    .where(processes.c.user_id == bindparam("user"), processes.c.parent.is_not(None))
    .order_by(processes.c.id)
)


class Retakes(NamedTuple):
    """The retakes of one user by uuid, in both directions. Of several children of one process, one counts as its child."""

    parent_of: Mapping[str, str]
    child_of: Mapping[str, str]

    def hierarchy(self, uuid: str) -> dict[str, Any]:
        """Return the retakes around a process: `{"parents": n, "parent": {…}, "children": n, "child": {…}}`."""
        parents, parent = _chain(uuid, self.parent_of, "parent")
        children, child = _chain(uuid, self.child_of, "child")
        return {"parents": parents, "parent": parent, "children": children, "child": child}

    def newest(self, uuid: str) -> str:
        """The last attempt of the chain that `uuid` belongs to."""
        return (_line(uuid, self.child_of) or [uuid])[-1]


NONE = Retakes({}, {})


def of_user(db: Connection, user_id: int, *, oldest_child: bool = False) -> Retakes:
    """Return the user's retakes. Of several children of a process, the newest counts.

    Args:
        oldest_child: the oldest one counts, as the published server follows it.
    """
    parent_of = {row.uuid: row.parent for row in db.execute(_LINKS, {"user": user_id})}
    oldest_first = list(parent_of.items())
    children = oldest_first[::-1] if oldest_child else oldest_first
    return Retakes(parent_of, {parent: child for child, parent in children})


def spent(db: Connection, uuid: str, retakes: Retakes, *, failed_too: bool = False) -> int:
    """Return how many retakes the attempts up to `uuid` used; a failed one is free, except on the published server."""
    line = [uuid, *_line(uuid, retakes.parent_of)]
    if failed_too:
        return len(line) - 1
    found = db.execute(select(processes.c.step, processes.c.return_code).where(processes.c.uuid.in_(line)))
    # Giving an attempt up overwrites its step, so a failure is then known by its code alone.
    kept = sum(process_steps.group(step) != "failed" and not return_code for step, return_code in found)
    return max(0, kept - 1)


def _line(uuid: str, next_of: Mapping[str, str]) -> list[str]:
    """Return what follows `uuid`, nearest first. Stops at a ring, which an import may have made."""
    line: list[str] = []
    seen = {uuid}
    while (following := next_of.get(uuid)) and following not in seen:
        seen.add(following)
        line.append(following)
        uuid = following
    return line


def _chain(uuid: str, next_of: Mapping[str, str], word: str) -> tuple[int, dict[str, Any]]:
    if uuid not in next_of:
        return 0, {}
    line = _line(uuid, next_of)
    nested: dict[str, Any] = {}
    for index, entry in enumerate(reversed(line)):
        nested = {"uuid": entry, word: nested} if index else {"uuid": entry}
    return len(line), nested
