"""Helpers of the administration: the selected world, and dates as people write them."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic.alias_generators import to_camel
from sqlalchemy import Connection

from kinetix_core.values.errors import InputError
from kinetix_local.store import worlds
from kinetix_local.store.clock import iso, parse_iso
from kinetix_local.store.sql.rows import WorldRow

Json = dict[str, Any]


def told(row: NamedTuple, *names: str, **renamed: str) -> Json:
    """Return fields of a row for people: names in camel case, or another name → the field; times in ISO 8601."""
    found: Json = {}
    for shown, name in [*((to_camel(name), name) for name in names), *renamed.items()]:
        value = getattr(row, name)
        found[shown] = iso(value) if name.endswith("_at") and value is not None else value
    return found


def moment(text: str | None) -> int | None:
    """Return milliseconds of an ISO 8601 day or time.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise InputError(
            f"“{text}” is not a date.", code="badDate", next_step="Write it like 2026-05-01 or 2026-05-01T12:00:00Z."
        ) from error


def world_of(db: Connection, name: str | None) -> WorldRow:
    """The named world; without a name the only one there is."""
    if name is not None:
        return worlds.find_world(db, name)
    found = worlds.open_worlds(db)
    if len(found) == 1:
        return found[0]
    raise InputError(
        "There is no virtual world yet." if not found else "There are several virtual worlds.",
        code="worldNeeded",
        next_step="Make one with `kinetix local world create NAME`." if not found else "Say which one with --world.",
    )
