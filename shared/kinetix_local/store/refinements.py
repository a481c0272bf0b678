"""Versions of an emote that come from corrections: which there are, and which one a player has.

A version is an emote and a process of its own, so that whatever holds for a new emote holds for it: it waits in the queue, is told by
webhooks, and where a world validates it comes into the bag only when the player accepts it. All versions come from the first one,
whose observations are kept beside it. A player has one of them at a time.
"""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from kinetix_core.errors import InputError
from kinetix_local.store import configuration, emotes, process_steps, processes, rows, worlds
from kinetix_local.store.rows import FileRow, ProcessRow
from kinetix_local.store.tables import bag
from kinetix_local.store.tables import processes as processes_table
from kinetix_local.store.tables import worlds as worlds_table

__all__ = [
    "OBSERVATIONS",
    "Version",
    "asset_of",
    "begin",
    "corrections_of",
    "go_to",
    "keep",
    "make_current",
    "observations",
    "versions",
]

OBSERVATIONS = "observations"
"""The type of the asset that holds them, and the name of its file."""
_REFINES = "refines"
_CORRECTIONS = "corrections"
_REPLACED = "another version"


class Version(NamedTuple):
    """One version of an emote; number 1 is what was captured. `current`: it is the one in the player's bag."""

    number: int
    process: ProcessRow
    current: bool

    @property
    def corrections(self) -> list[dict[str, Any]]:
        return list(self.process.request.get(_CORRECTIONS) or [])


def asset_of(emote: str) -> str:
    """The asset with the observations of an emote."""
    return str(uuid.uuid5(uuid.UUID(emote), OBSERVATIONS))


def keep(db: Connection, row: ProcessRow, blob: str, size: int, now: int) -> None:
    """Keeps the observations of what a process captured."""
    asset = emotes.add_asset(db, asset_of(row.emote), row.name, now, kind=OBSERVATIONS, world_id=row.world_id)
    emotes.add_file(db, asset, OBSERVATIONS, "npz", blob, size, now)


def observations(db: Connection, row: ProcessRow) -> FileRow | None:
    """Those that a version is solved from; None where none were kept."""
    return emotes.file_by_name(db, asset_of(_first(row)), None, OBSERVATIONS, "npz")


def _first(row: ProcessRow) -> str:
    """The emote that was captured, of which the process's is a version."""
    return str(row.request.get(_REFINES) or row.emote)


def corrections_of(row: ProcessRow) -> list[dict[str, Any]] | None:
    """What a process is to solve again; None for one that captures."""
    return list(row.request.get(_CORRECTIONS) or []) if _REFINES in row.request else None


def versions(db: Connection, emote: str) -> list[Version]:
    """All versions of the emote that `emote` is one of, the first one first.

    Raises:
        InputError: `emoteNotFound`.
    """
    made = rows.first(db, ProcessRow, processes.with_user().where(processes_table.c.emote == emote))
    if made is None:
        raise InputError("There is no such emote.", code="emoteNotFound", next_step="Look at the library.")
    first = _first(made)
    query = processes.with_user().where(
        processes_table.c.user_id == made.user_id, processes_table.c.video == made.video
    )
    found = [row for row in rows.every(db, ProcessRow, query.order_by(processes_table.c.id)) if _first(row) == first]
    has = set(
        db.execute(select(bag.c.emote_uuid).where(bag.c.user_id == made.user_id, bag.c.is_deleted.is_(False))).scalars()
    )
    return [Version(number, row, row.emote in has) for number, row in enumerate(found, 1)]


def begin(db: Connection, emote: str, corrections: list[dict[str, Any]], now: int) -> ProcessRow:
    """A process for a further version with these corrections, all of them: what the version before had is not added.

    Raises:
        InputError: `emoteNotFound`, or `observationsNotFound` where none were kept.
    """
    first = versions(db, emote)[0].process
    if observations(db, first) is None:
        raise InputError(
            "No observations of this emote were kept.",
            code="observationsNotFound",
            next_step="Capture the clip again: emotes of one clip keep them from now on.",
        )
    made = worlds.new_uuid()
    processes.add(
        db,
        uuid=made,
        world_id=first.world_id,
        user_id=first.user_id,
        key_id=first.key_id,
        token=None,
        name=first.name,
        emote=worlds.new_uuid(),
        animation=worlds.new_uuid(),
        video=first.video,
        parent=None,
        step="initialized",
        maturity=first.maturity,
        metadata=first.metadata,
        request={**first.request, _REFINES: first.emote, _CORRECTIONS: corrections},
        created_at=now,
    )
    row = processes.find(db, made)
    assert row is not None
    return row


def make_current(db: Connection, row: ProcessRow, now: int) -> None:
    """The player has this version from now on, and no other one of the emote."""
    emotes.give(db, row.user_id, row.emote, now, uge=True)
    for version in versions(db, row.emote):
        if version.current and version.process.emote != row.emote:
            emotes.remove(db, row.user_id, version.process.emote, now, _REPLACED)


def go_to(db: Connection, emote: str, number: int, now: int) -> ProcessRow:
    """Makes a version the current one again.

    Raises:
        InputError: `emoteNotFound`, `versionNotFound`, or `versionNotAccepted` for one that is not done, or that nobody has accepted.
    """
    found = next((version.process for version in versions(db, emote) if version.number == number), None)
    if found is None:
        raise InputError("There is no such version.", code="versionNotFound", next_step="List the versions.")
    world = db.execute(select(worlds_table.c.configuration).where(worlds_table.c.id == found.world_id)).scalar_one()
    validated = process_steps.status(found.step, found.validated, found.rejected)
    if validated != "validated" and (validated != "done" or configuration.validates(world)):
        raise InputError(
            "This version is not accepted.",
            code="versionNotAccepted",
            next_step="Validate it first." if validated == "done" else "Wait until it is done, or choose another.",
        )
    make_current(db, found, now)
    return found
