"""Versions of an emote that come from corrections: which there are, and which one a player has.

A version is an emote and a process of its own, so that whatever holds for a new emote holds for it: it waits in the queue, is told by
webhooks, and where a world validates it comes into the bag only when the player accepts it. All versions come from the first one,
whose observations are kept beside it. A player has one of them at a time. Of a clip of several people, whose emotes come from one
process, each one's emote has versions of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from kinetix_capture.quality_model import QualityReport
from kinetix_core.values.errors import InputError, MissingError
from kinetix_local.store import configuration, emotes, library_edits, process_steps, processes, worlds
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import AssetRow, FileRow, ProcessRow
from kinetix_local.store.sql.tables import assets, bag
from kinetix_local.store.sql.tables import processes as processes_table
from kinetix_local.store.sql.tables import worlds as worlds_table

OBSERVATIONS = "observations"
"""The type of the asset that holds them, and the name of its file."""
_REFINES = "refines"
_CORRECTIONS = "corrections"
_TELLS_HUB = "tellsHub"
_REPLACED = "another version"
# Metadata of the asset with the observations; its process, and these fields of the quality report.
_PROCESS = "process"
_UNSURE, _ARM_CHOICES = _REPORTED = ("unsure", "armChoices")


class Version(NamedTuple):
    """One version of an emote; number 1 is what was captured.

    Attributes:
        emote: its own.
        process: what it came from. That of a first version may have captured further people.
        unsure, arm_choices: as in the quality report.
        current: it is the one in the player's bag.
    """

    number: int
    emote: str
    process: ProcessRow
    unsure: list[dict[str, Any]]
    arm_choices: list[dict[str, Any]]
    current: bool

    @property
    def corrections(self) -> list[dict[str, Any]]:
        return list(self.process.request.get(_CORRECTIONS) or [])


def asset_of(emote: str) -> str:
    """The asset with the observations of an emote."""
    return str(uuid.uuid5(uuid.UUID(emote), OBSERVATIONS))


def keep(
    db: Connection,
    row: ProcessRow,
    emote: str,
    name: str,
    quality: QualityReport,
    seen: tuple[str, int],
    now: int,
) -> None:
    """Keep the observations of an emote that a process captured.

    Args:
        name: of the emote.
        quality: the emote's report.
        seen: the blob that holds them, and its size in bytes.
    """
    reported = quality.plain()
    metadata = {_PROCESS: row.uuid, **{field: reported.get(field, []) for field in _REPORTED}}
    asset = emotes.add_asset(
        db, asset_of(emote), name, now, kind=OBSERVATIONS, world_id=row.world_id, metadata=metadata
    )
    emotes.add_file(db, asset, OBSERVATIONS, "npz", *seen, now)


def observations(db: Connection, row: ProcessRow) -> FileRow | None:
    """Return those that a version is solved from; None where none were kept."""
    return emotes.file_by_name(db, asset_of(_first(row)), None, OBSERVATIONS, "npz")


def correctable(db: Connection, uuids: Sequence[str]) -> set[str]:
    """Return those of these emotes that can be corrected: what was seen of them was kept."""
    query = select(processes_table.c.emote, processes_table.c.request).where(processes_table.c.emote.in_(uuids))
    first = {row.emote: _refined(row.request) for row in db.execute(query)}
    kept_in = {emote: asset_of(first.get(emote) or emote) for emote in uuids}
    found = select(assets.c.uuid).where(assets.c.uuid.in_(kept_in.values()), assets.c.type == OBSERVATIONS)
    kept = set(db.execute(found).scalars())
    return {emote for emote, asset in kept_in.items() if asset in kept}


def captured_with_others(db: Connection, uuids: Iterable[str]) -> dict[str, str]:
    """Emote → the process that captured it, of those emotes that are further people's of their clip."""
    of = {asset_of(emote): emote for emote in uuids}
    query = select(assets.c.uuid, assets.c.metadata).where(assets.c.uuid.in_(of), assets.c.type == OBSERVATIONS)
    return {
        of[row.uuid]: row.metadata[_PROCESS] for row in db.execute(query) if isinstance(row.metadata.get(_PROCESS), str)
    }


def _refined(request: Mapping[str, Any]) -> str | None:
    """Return the id of the emote that a request refines, or None, also for an invalid id in an old row."""
    try:
        return str(uuid.UUID(request.get(_REFINES)))
    except (AttributeError, TypeError, ValueError):
        return None


def _first(row: ProcessRow) -> str:
    """The emote that was captured, of which the process's is a version."""
    return version_of(row) or row.emote


def version_of(row: ProcessRow) -> str | None:
    """The emote that was captured, of which the process makes a version; None for a process that captures."""
    return _refined(row.request)


def corrections_of(row: ProcessRow) -> list[dict[str, Any]] | None:
    """Return the corrections that a process solves again, or None if it captures."""
    return list(row.request.get(_CORRECTIONS) or []) if _REFINES in row.request else None


def versions(db: Connection, emote: str) -> list[Version]:
    """All versions of the emote that `emote` is one of, the first one first.

    Raises:
        InputError: `emoteNotFound`.
    """
    found = _versions(db, emote)
    if found is None:
        raise MissingError("There is no such emote.", code="emoteNotFound", next_step="Look at the library.")
    return found


def _versions(db: Connection, emote: str) -> list[Version] | None:
    """Return None where it is not known what the emote came from."""
    made = _process_of(db, emote)
    first = emote if made is None else _first(made)
    seen = emotes.asset(db, asset_of(first), OBSERVATIONS)
    captured = _process_of(db, first) or _captured_with_others(db, first, seen)
    made = made or captured
    if made is None:
        return None
    query = processes.WITH_USER.where(processes_table.c.user_id == made.user_id, processes_table.c.video == made.video)
    rest = rows.every(db, ProcessRow, query.order_by(processes_table.c.id))
    further = [row for row in rest if _REFINES in row.request and _first(row) == first]
    has = set(
        db.execute(select(bag.c.emote_uuid).where(bag.c.user_id == made.user_id, bag.c.is_deleted.is_(False))).scalars()
    )
    found = [] if captured is None else [(first, captured, *_reported(captured, seen))]
    found += [(row.emote, row, *_reported(row)) for row in further]
    return [Version(number, *one, one[0] in has) for number, one in enumerate(found, 1)]


def _process_of(db: Connection, emote: str) -> ProcessRow | None:
    return rows.first(db, ProcessRow, processes.WITH_USER.where(processes_table.c.emote == emote))


def _captured_with_others(db: Connection, emote: str, seen: AssetRow | None) -> ProcessRow | None:
    """The process that captured a further person of its clip, as what was seen of that one tells it."""
    told = None if seen is None else seen.metadata.get(_PROCESS)
    row = processes.find(db, told) if isinstance(told, str) else None
    return row if row is not None and emote in processes.emotes_of(row) else None


def _reported(row: ProcessRow, seen: AssetRow | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the uncertain spans and the arm choices of an emote. Of several people `seen` has those of each."""
    stored = seen.metadata if seen is not None and _UNSURE in seen.metadata else row.quality
    plain = QualityReport.read(stored).plain()
    return plain.get(_UNSURE, []), plain.get(_ARM_CHOICES, [])


def version(db: Connection, emote: str, number: int) -> Version:
    """One of them by its number.

    Raises:
        InputError: `emoteNotFound`, `versionNotFound`.
    """
    found = next((one for one in versions(db, emote) if one.number == number), None)
    if found is None:
        raise MissingError("There is no such version.", code="versionNotFound", next_step="List the versions.")
    return found


def kept_observations(db: Connection, first: str) -> tuple[AssetRow, FileRow]:
    """Those of an emote that was captured, where there have to be some: their asset, which has the emote's name, and its file.

    Raises:
        InputError: `observationsNotFound`.
    """
    seen = emotes.asset(db, asset_of(first), OBSERVATIONS)
    file = None if seen is None else emotes.file_by_name(db, seen.uuid, None, OBSERVATIONS, "npz")
    if seen is None or file is None:
        raise MissingError(
            "No observations of this emote were kept.",
            code="observationsNotFound",
            next_step="Capture the clip again: what is seen is kept now.",
        )
    return seen, file


def begin(db: Connection, emote: str, corrections: list[dict[str, Any]], now: int, *, job: str = "") -> ProcessRow:
    """A process for a further version with these corrections, all of them: what the version before had is not added.

    Args:
        job: the job of the hub that follows the process and fetches the version; it finds it by this after a kill.

    Raises:
        InputError: `emoteNotFound`, or `observationsNotFound` where none were kept.
    """
    first = versions(db, emote)[0]
    seen, _ = kept_observations(db, first.emote)
    captured, asked = first.process, emotes.asset(db, emote)
    made = worlds.new_uuid()
    processes.add(
        db,
        uuid=made,
        world_id=captured.world_id,
        user_id=captured.user_id,
        key_id=captured.key_id,
        token=None,
        name=(asked or seen).name,  # it may have been renamed since
        emote=worlds.new_uuid(),
        animation=worlds.new_uuid(),
        video=captured.video,
        parent=None,
        step="initialized",
        maturity=captured.maturity,
        metadata={**(captured.metadata or {}), "job": job} if job else captured.metadata,
        request={
            **captured.request,
            _REFINES: first.emote,
            _CORRECTIONS: corrections,
            _TELLS_HUB: not job,
        },
        created_at=now,
    )
    row = processes.find(db, made)
    assert row is not None
    return row


def make_current(db: Connection, made: ProcessRow, now: int) -> None:
    """The player has what this process made from now on, and no other version of the emote."""
    _make_current(db, made.user_id, made.emote, now, tells_hub=bool(made.request.get(_TELLS_HUB)))


def _make_current(db: Connection, user_id: int, emote: str, now: int, *, tells_hub: bool) -> None:
    emotes.give(db, user_id, emote, now, uge=True)
    for other in versions(db, emote):
        if other.current and other.emote != emote:
            emotes.remove(db, user_id, other.emote, now, _REPLACED)
    if tells_hub:
        library_edits.note_made(db, user_id, emote)


def unneeded(db: Connection, made: Iterable[str]) -> list[str]:
    """The assets with the observations of those emotes of which no version is left that could be corrected."""
    every = [found for emote in made if (found := _versions(db, emote))]
    return [
        asset_of(found[0].emote)
        for found in every
        if not any(version.current or _stays(version.process) for version in found)
    ]


def _stays(row: ProcessRow) -> bool:
    return not row.rejected and process_steps.group(row.step) != "failed"


def go_to(db: Connection, emote: str, number: int, now: int) -> Version:
    """Make a version the current one again, also in the hub's library.

    Raises:
        InputError: `emoteNotFound`, `versionNotFound`, or `versionNotAccepted` for one that is not done, or that nobody has accepted.
    """
    found = version(db, emote, number)
    row = found.process
    world = db.execute(select(worlds_table.c.configuration).where(worlds_table.c.id == row.world_id)).scalar_one()
    validated = process_steps.status(row.step, row.validated, row.rejected)
    if validated != "validated" and (validated != "done" or configuration.validates(world)):
        raise InputError(
            "This version is not accepted.",
            code="versionNotAccepted",
            next_step="Validate it first." if validated == "done" else "Wait until it is done, or choose another.",
        )
    _make_current(db, row.user_id, found.emote, now, tells_hub=True)
    return found
