"""Decisions of a person: the side of a conflict, and the return of a deleted emote."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.protocol.hub.enumerations import ConflictChoice
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded
from kinetix_godot.apply.execution import Execution
from kinetix_godot.manifest import Manifest, RecordState
from kinetix_godot.plan.planner import Action, ActionKind
from kinetix_godot.plan.planning import Planning
from kinetix_godot.source.reading import Reader

__all__ = ["Choices"]


_FITTING = {
    RecordState.IN_STEP: set[ConflictChoice](),
    RecordState.CONFLICT: {ConflictChoice.MINE, ConflictChoice.THEIRS},
    RecordState.EDITED: {ConflictChoice.THEIRS},
    RecordState.MINE: {ConflictChoice.THEIRS},
    RecordState.DELETED: {ConflictChoice.RESTORE},
}


class Choices:
    """Resolver of conflicts in one target.

    Args:
        root: the target folder.
        keep: folder for replaced files.
    """

    def __init__(
        self, manifest: Manifest, planning: Planning, reader: Reader, execution: Execution, root: Path, keep: Path
    ) -> None:
        self._manifest, self._planning, self._reader, self._execution = manifest, planning, reader, execution
        self._root, self._keep = root, keep

    def resolve(self, file: str, choice: ConflictChoice) -> None:
        """See `Engine.resolve`."""
        record = self._manifest.by_file.get(file)
        if record is None or choice not in _FITTING[record.state]:
            raise InputError(
                worded("“{choice}” does not apply to “{file}”.", file=file, choice=choice),
                code="noConflict",
                next_step="List the conflicts.",
                command="kinetix sync list",
            )
        if choice is ConflictChoice.MINE:
            kept = record._replace(state=RecordState.MINE, side="", target_hint=None)
            self._execution.run([Action(ActionKind.NOTE, file, "kept", record.key, kept, stale_side=record.side)])
            return
        source = self._planning.find(record.key)
        if source is None or not self._reader.read(source, None, True) or source.sha is None:
            raise InputError(
                "The source of this emote is missing.",
                code="noSource",
                next_step="Sync first, then choose again.",
            )
        if choice is ConflictChoice.THEIRS:
            self._keep_replaced(file)
        chosen = record._replace(
            state=RecordState.IN_STEP, side="", sha=source.sha, source_sha=source.sha, target_hint=None
        )
        kind = ActionKind.ADD if choice is ConflictChoice.RESTORE else ActionKind.REPLACE
        self._execution.run([Action(kind, file, choice.value, record.key, chosen, source, stale_side=record.side)])

    def _keep_replaced(self, file: str) -> None:
        """Copy the version that is replaced into the hub's folder."""
        place = self._root / file
        if place.is_file():
            with place.open("rb") as given:  # piece by piece: it may be of any size
                digest = hashlib.file_digest(given, "sha256").hexdigest()
            files.copy(place, self._keep / f"{place.stem}-{digest[:8]}.glb", sha256=digest, private=True)
