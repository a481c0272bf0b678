"""Keeps one target in step with its source: plans, applies, and says how it stands."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.project_files import ProjectFolder
from kinetix_core.protocol.hub.enumerations import ConflictChoice
from kinetix_core.values.errors import KinetixError
from kinetix_godot.apply.applier import Applier
from kinetix_godot.apply.choices import Choices
from kinetix_godot.apply.execution import Execution
from kinetix_godot.manifest import Manifest, RecordState
from kinetix_godot.plan.planner import Action
from kinetix_godot.plan.planning import Planning
from kinetix_godot.preset import FILE_NAME, written_preset
from kinetix_godot.run.report import Status, status_of
from kinetix_godot.snapshot import Hint, read_hint, walk
from kinetix_godot.source.reading import Check, Reader, check_emote
from kinetix_godot.source.sources import Source
from kinetix_godot.target.places import Places
from kinetix_godot.target.registry import Target
from kinetix_godot.target.target_side import TargetSide

__all__ = ["Engine"]

_SYNC_AFTER_S, _SYNC_LATEST_S = 0.25, 1.0  # after the last file that was written, and after the first
_SYNC_AT_ONCE = 6  # so few that a file which lands meanwhile does not wait for them


class Engine:
    """One target. Every public method may be called from any thread; they take turns.

    Args:
        target: what is kept in step.
        state: folder for the manifest.
        sources: where emotes come from, the main one first.
        check: raises FormatError for contents that must not enter the project.
        step: see Applier.
    """

    def __init__(
        self,
        target: Target,
        state: Path,
        sources: Sequence[Source],
        check: Check = check_emote,
        step: Callable[[str], None] = lambda step: None,
    ) -> None:
        self.target, self.sources = target, sources
        self.lock = threading.RLock()
        self._state = state
        self.manifest = Manifest(state)
        self._applier = Applier(target.project, target.folder, state / "removed", step)
        self._written: tuple[float, float] | None = (
            None  # since when something waits for the disk, and when the last came to it
        )
        self._is_swept = False
        self._reader = Reader(check)
        self.partial, self.problems = self._reader.partial, self._reader.problems
        self._places = Places(target, sources[0], self.manifest)
        self._side = TargetSide(str(target.path), self.manifest, target.preset.names)
        self._planning = Planning(self.manifest, sources, self._reader, self._places, self._side)
        self._execution = Execution(target, self.manifest, self._applier, self._places, self._side, self._reader)
        self._choices = Choices(
            self.manifest, self._planning, self._reader, self._execution, target.path, state / "replaced"
        )
        self._settings_file = target.project / FILE_NAME
        self._settings: Hint | None = None
        self.last_sync: str | None = None
        self.seconds = 0.0

    # ---- what changed, and what is done about it

    def check_places(self) -> None:
        """Raises Waiting when the project, a folder that was there, or the source is away."""
        self._places.check()

    def plan(
        self, keys: Iterable[str] | None = None, maybe_gone: Sequence[str] = (), *, accept_empty: bool = False
    ) -> list[Action]:
        """What has to be done for these emotes, or for all. Raises Waiting and OSError.

        Args:
            keys: None for all.
            maybe_gone: emotes whose file at the source has vanished a moment ago; a new one may be the same under another name.
            accept_empty: a person says that an empty source folder is meant.
        """
        with self.lock:
            if keys is not None:
                return self._planning.some(list(dict.fromkeys(keys)), maybe_gone)
            self._places.accepts_empty = accept_empty
            try:
                self.check_places()
                try:
                    return self._plan_all()
                except FileNotFoundError:  # a place has left while it was looked through
                    self.check_places()
                    return self._plan_all()
            finally:
                self._places.accepts_empty = False

    def _plan_all(self) -> list[Action]:
        started = time.perf_counter()
        self._follow_settings()
        begun_ns = time.time_ns()
        found, folders = walk(self.target.path, refuse_links=True)
        if not self._is_swept or self.manifest.intents:
            self._applier.sweep(folders)
            self._is_swept = True
        actions = self._planning.all(found, begun_ns)
        self.seconds = time.perf_counter() - started
        return actions

    def _follow_settings(self) -> None:
        """Takes over what was changed in the project's settings file: a colleague may have committed it."""
        hint = read_hint(self._settings_file)
        if hint is None or hint == self._settings:
            return
        preset = written_preset(self.target.project, self.target.folder)
        self._settings = hint
        if preset is not None and preset != self.target.preset:
            self.target = replace(self.target, preset=preset)
            self.sources[0].use(preset)
            self._side.names = preset.names
            self._execution.use(self.target)
            self._execution.has_news = True

    def apply(self, actions: Sequence[Action]) -> None:
        """Carries the plan out. Raises OSError when a disk refuses; what was done until then is recorded."""
        with self.lock:
            started = time.perf_counter()
            try:
                self._execution.run(actions)
            finally:
                if self._applier.unsynced or self.manifest.unsettled:
                    now = time.monotonic()
                    self._written = (self._written[0] if self._written else now, now)
            if actions:
                self.last_sync = datetime.now(UTC).isoformat(timespec="milliseconds")
            self.seconds += time.perf_counter() - started

    # ---- events

    def is_own(self, file: str) -> bool:
        """True when this change of a target file is our own latest write."""
        return self._execution.own.has(file)

    def invalidate(self, key: str) -> None:
        """The project's file of this emote may have changed: its hint is not to be believed."""
        with self.lock:
            self.manifest.invalidate(key)

    def settle(self, now: float) -> list[str]:
        """A few emotes whose hints were too fresh to trust; their contents are compared once more."""
        with self.lock:
            self._execution.own.trim()
            return self._execution.rechecks.take(now)

    @property
    def settle_due(self) -> float | None:
        """When `settle` has something to do, by `time.monotonic()`."""
        with self.lock:
            return self._execution.rechecks.due

    def sync_due(self, *, is_busy: bool = False) -> float | None:
        """When what was written should reach the disk, by `time.monotonic()`. While others wait, later."""
        if self._written is None:
            return None
        first, last = self._written
        return first + _SYNC_LATEST_S if is_busy else min(last + _SYNC_AFTER_S, first + _SYNC_LATEST_S)

    def sync_to_disk(self) -> None:
        """Has a few of the files that were written last reach the disk, and once all are there what we know of them."""
        with self.lock:
            self._sync(_SYNC_AT_ONCE)
            if not self._applier.unsynced:
                self.manifest.settle()
                self._written = None

    def _sync(self, most: int) -> None:
        """Raises OSError; then everything that is not settled has to be compared by its contents."""
        try:
            self._applier.sync(most)
        except OSError:
            self.manifest.mark_torn()
            raise

    def key_of(self, file: str) -> str | None:
        """The emote that a target file belongs to."""
        record = self.manifest.by_file.get(file)
        return record.key if record else None

    def file_of(self, key: str) -> str | None:
        """Where an emote lies below the target folder."""
        record = self.manifest.records.get(key)
        return record.file if record else None

    # ---- what people ask for

    def send(self, name: str, data: bytes) -> None:
        """Puts a file that no source has among what was sent by hand."""
        files.write(self._state / "sent" / f"{name}.glb", data, private=True)

    def resolve(self, file: str, choice: ConflictChoice) -> None:
        """The user's word on a conflict or on a deleted file.

        Raises:
            InputError: there is nothing to decide about this file, or the choice does not fit.
        """
        with self.lock:
            self._choices.resolve(file, choice)

    def restore_all(self) -> None:
        """Brings back what was deleted in the project."""
        with self.lock:
            with ProjectFolder(self.target.project, self.target.folder, make=True):
                pass
            self._execution.use(self.target)  # the bone maps may have gone with the folder
            self.apply(self.plan())
            for record in list(self.manifest.special.values()):
                if record.state is RecordState.DELETED:
                    self.resolve(record.file, ConflictChoice.RESTORE)

    # ---- how it stands

    def status(self) -> Status:
        """Return counts, conflicts and problems. Does not wait for work in progress."""
        return status_of(self.manifest, len(self.partial), self.problems, self.last_sync)

    @property
    def has_changes(self) -> bool:
        """Whether `take_changes` has something to give."""
        return bool(self._execution.changed or self._execution.removed)

    def take_changes(self) -> tuple[list[str], list[str]]:
        """Project paths that were written and removed since the last call."""
        with self.lock:
            changed, removed = self._execution.changed, self._execution.removed
            self._execution.changed, self._execution.removed = [], []
        prefix = f"{self.target.folder}/"
        return [prefix + file for file in dict.fromkeys(changed)], [prefix + file for file in dict.fromkeys(removed)]

    def take_news(self) -> bool:
        """True once after anything has changed that a front end shows."""
        news = self._execution.has_news or self._reader.has_news
        self._execution.has_news = self._reader.has_news = False
        return news

    def close(self) -> None:
        """Leaves the manifest as one file, and none open: Windows removes no log that somebody has, not the next engine's either."""
        with self.lock:
            try:
                if self.manifest.intents or self.manifest.records:
                    with contextlib.suppress(OSError):
                        self._sync(len(self._applier.unsynced))
                    self._sync(len(self._applier.unsynced))  # what the first one lost is written again
                    self.manifest.compact()
            except (OSError, KinetixError):
                pass  # the log holds the same
            finally:
                self.manifest.close()
