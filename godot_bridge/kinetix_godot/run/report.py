"""State of a target for front ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.sync_models import Conflict, SyncCounts, SyncProblem
from kinetix_core.values.errors import FormatError
from kinetix_core.values.identity import EmoteId
from kinetix_godot.manifest import Manifest, RecordState


@dataclass(frozen=True)
class Status:
    """Parts of a SyncTarget from its engine."""

    counts: SyncCounts
    conflicts: list[Conflict]
    deleted: list[str]
    problems: list[SyncProblem]
    last_sync: str | None


def status_of(
    manifest: Manifest, waiting: int, problems: Mapping[str, tuple[str, FormatError]], last_sync: str | None
) -> Status:
    """Count the records and list conflicts, deleted files and problems.

    The engine may change the records meanwhile: each collection is copied once, in one step.
    """
    special = list(manifest.special.values())
    conflicts = [
        Conflict(
            file=record.file,
            emote_id=None if ":" in record.key else EmoteId(record.key),
            reason="changed at the source and in the project",
            side=record.side,
        )
        for record in special
        if record.state is RecordState.CONFLICT
    ]
    deleted = [record.file for record in special if record.state is RecordState.DELETED]
    counts = SyncCounts(
        synced=len(manifest.records) - len(deleted),
        conflicts=len(conflicts),
        deleted=len(deleted),
        edited=sum(record.state in {RecordState.EDITED, RecordState.MINE} for record in special),
        waiting=waiting,
    )
    found = [SyncProblem(file=name, error=ErrorInfo.of(error)) for name, error in list(problems.values())]
    return Status(counts, conflicts, deleted, found, last_sync)
