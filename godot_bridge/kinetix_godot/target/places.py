"""Check that project, target folder and source exist; nothing is concluded from a missing one."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kinetix_core.io.project_files import ProjectFolder
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.wording import worded
from kinetix_godot.manifest import Manifest, RecordState
from kinetix_godot.source.sources import Source
from kinetix_godot.target.registry import Target


class Waiting(KinetixError):
    """Raised while a place is missing; its files do not count as deleted."""


class Places:
    """Places of one target."""

    def __init__(self, target: Target, source: Source, manifest: Manifest) -> None:
        self._target, self._source, self._manifest = target, source, manifest
        self._project_file = str(target.project / "project.godot")
        self._empty: Waiting | None = None
        self.accepts_empty = False

    def check(self) -> None:
        """Raise Waiting if the project, its folder or the source is missing."""
        if not os.path.exists(self._project_file):  # noqa: PTH110 - checked before every landing
            raise Waiting(
                "The project is missing.",
                code="projectGone",
                detail=str(self._target.project),
                next_step="Connect the drive, put the project back, or remove the target.",
            )
        try:
            with ProjectFolder(self._target.project, self._target.folder):
                pass  # no link in the path
        except (FileNotFoundError, NotADirectoryError):
            if self._manifest.records:
                raise Waiting(
                    worded("The folder {folder} is missing from the project.", folder=self._target.folder),
                    code="folderGone",
                    next_step="Restore the folder, or choose “Bring the emotes back” in Godot's dock.",
                    command="kinetix sync run --restore",
                ) from None
            with ProjectFolder(self._target.project, self._target.folder, make=True):
                pass
        root = self._source.root
        if root is None:
            return
        if not os.path.isdir(root):  # noqa: PTH112
            raise Waiting(
                "The source folder is missing.",
                code="sourceGone",
                detail=str(root),
                next_step="Restore the folder; the sync continues by itself.",
            )
        if self._empty is not None and not self.accepts_empty:
            with os.scandir(root) as entries:
                if not any(entries):  # cheap, as it is repeated
                    raise self._empty
            self._empty = None

    def check_lost(self, lost: Sequence[str]) -> None:
        """Raises Waiting when a source folder without any emote held most of what we know: its drive may be away.

        Files that are deleted one by one send events, and those are followed to the last.
        """
        self._empty = None
        source, root = self._source, self._source.root
        if self.accepts_empty or root is None or not lost:
            return
        here = {
            key
            for key, record in self._manifest.records.items()
            if source.owns(key) and record.state is not RecordState.DELETED
        }
        known, gone = len(here), len(here.intersection(lost))
        if known < 2 or gone * 2 <= known or any(source.scan()):
            return
        self._empty = Waiting(
            worded(
                "The source folder is empty: {gone} of {known} emotes would leave the project.", gone=gone, known=known
            ),
            code="sourceEmpty",
            detail=str(root),
            next_step="Connect its drive. If you emptied the folder, choose “I emptied the folder” in Godot's dock.",
            command="kinetix sync run --accept-empty",
        )
        raise self._empty
