"""Whether project, target folder and source are there. Nothing is concluded from a place that is away."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kinetix_core.io.project_files import ProjectFolder
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.wording import worded
from kinetix_godot.manifest import Manifest, RecordState
from kinetix_godot.source.sources import Source
from kinetix_godot.target.registry import Target

__all__ = ["Places", "Waiting"]


class Waiting(KinetixError):
    """A place is not there just now. Nothing is concluded from that, above all not that its files were deleted."""


class Places:
    """The places of one target."""

    def __init__(self, target: Target, source: Source, manifest: Manifest) -> None:
        self._target, self._source, self._manifest = target, source, manifest
        self._project_file = str(target.project / "project.godot")
        self._empty: Waiting | None = None
        self.accepts_empty = False  # while a person says so

    def check(self) -> None:
        """Raises Waiting when the project, a folder that was there, or the source is away."""
        if not os.path.exists(self._project_file):  # noqa: PTH110 - asked before every landing
            raise Waiting(
                "The project is not there.",
                code="projectGone",
                detail=str(self._target.project),
                next_step="Connect the drive or put the project back; the sync goes on by itself. Or remove the target.",
            )
        try:
            with ProjectFolder(self._target.project, self._target.folder):
                pass  # no link on the way
        except (FileNotFoundError, NotADirectoryError):
            if self._manifest.records:
                raise Waiting(
                    worded("The folder {folder} is gone from the project.", folder=self._target.folder),
                    code="folderGone",
                    next_step="Put it back and the sync goes on. To have its emotes brought back: “Bring the emotes back” in "
                    "Godot's dock.",
                    command="kinetix sync run --restore",
                ) from None
            with ProjectFolder(self._target.project, self._target.folder, make=True):
                pass
        root = self._source.root
        if root is None:
            return
        if not os.path.isdir(root):  # noqa: PTH112
            raise Waiting(
                "The source folder is not there.",
                code="sourceGone",
                detail=str(root),
                next_step="Put it back; the sync goes on by itself.",
            )
        if self._empty is not None and not self.accepts_empty:
            with os.scandir(root) as entries:
                if not any(entries):  # cheap, because it is asked again and again until the drive is back
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
            next_step="If its drive is away, connect it; the sync goes on by itself. "
            "If you emptied the folder, say so: “I emptied the folder” in Godot's dock.",
            command="kinetix sync run --accept-empty",
        )
        raise self._empty
