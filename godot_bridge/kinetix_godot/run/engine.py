"""Engine of one target: plan, apply, and report the state."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.project_files import ProjectFolder
from kinetix_core.protocol.hub.enumerations import ConflictChoice
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.wording import worded
from kinetix_godot.apply.applier import Applier
from kinetix_godot.apply.execution import Execution
from kinetix_godot.manifest import Manifest, RecordState
from kinetix_godot.plan.planner import Action, ActionKind
from kinetix_godot.plan.planning import Planning
from kinetix_godot.preset import FILE_NAME, written_preset
from kinetix_godot.run.report import Status, status_of
from kinetix_godot.snapshot import Hint, list_glbs, read_hint
from kinetix_godot.source.reading import Check, Reader, check_emote
from kinetix_godot.source.sources import Source
from kinetix_godot.target.places import Places
from kinetix_godot.target.registry import Target
from kinetix_godot.target.target_side import TargetSide

_FITTING = {
    RecordState.IN_STEP: set[ConflictChoice](),
    RecordState.CONFLICT: {ConflictChoice.MINE, ConflictChoice.THEIRS},
    RecordState.EDITED: {ConflictChoice.THEIRS},
    RecordState.MINE: {ConflictChoice.THEIRS},
    RecordState.DELETED: {ConflictChoice.RESTORE},
}
_SYNC_AFTER_S, _SYNC_LATEST_S = 0.25, 1.0  # after the last file that was written, and after the first
_SYNC_AT_ONCE = 6  # few, as a landing file waits for them


class Engine:
    """Engine of one target. Public methods may be called from any thread.

    Args:
        state: folder for the manifest.
        sources: sources of emotes, the main one first.
        check: raises FormatError for invalid contents.
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
        self._written: tuple[float, float] | None = None  # times of the first and last write that is not synced
        self._is_swept = False
        self._reader = Reader(check)
        self.partial, self.problems = self._reader.partial, self._reader.problems
        self._places = Places(target, sources[0], self.manifest)
        self._side = TargetSide(str(target.path), self.manifest, target.preset.names)
        self._planning = Planning(self.manifest, sources, self._reader, self._places, self._side)
        self._execution = Execution(target, self.manifest, self._applier, self._places, self._side, self._reader)
        self._settings_file = target.project / FILE_NAME
        self._settings: Hint | None = None
        self.last_sync: str | None = None
        self.seconds = 0.0

    # ---- plan and apply

    def check_places(self) -> None:
        """Raise Waiting if the project, its folder or the source is missing."""
        self._places.check()

    def plan(
        self, keys: Iterable[str] | None = None, maybe_gone: Sequence[str] = (), *, accept_empty: bool = False
    ) -> list[Action]:
        """Plan these emotes, or all. Raise Waiting and OSError.

        Args:
            keys: None for all.
            maybe_gone: emotes whose file vanished a moment ago, perhaps by a rename.
            accept_empty: an empty source folder is intended.
        """
        with self.lock:
            if keys is not None:
                return self._planning.some(list(dict.fromkeys(keys)), maybe_gone)
            self._places.accepts_empty = accept_empty
            try:
                self.check_places()
                try:
                    return self._plan_all()
                except FileNotFoundError:  # a place vanished meanwhile
                    self.check_places()
                    return self._plan_all()
            finally:
                self._places.accepts_empty = False

    def _plan_all(self) -> list[Action]:
        started = time.perf_counter()
        self._follow_settings()
        begun_ns = time.time_ns()
        found, folders = list_glbs(self.target.path, refuse_links=True)
        if not self._is_swept or self.manifest.intents:
            self._applier.sweep(folders)
            self._is_swept = True
        actions = self._planning.all(found, begun_ns)
        self.seconds = time.perf_counter() - started
        return actions

    def _follow_settings(self) -> None:
        """Read the project's settings file if it has changed."""
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
        """Execute the plan. Raise OSError when a disk refuses; the steps before it are recorded."""
        with self.lock:
            started = time.perf_counter()
            try:
                self._execution.run(actions)
            finally:
                if self._applier.unsynced or self.manifest.unflushed:
                    now = time.monotonic()
                    self._written = (self._written[0] if self._written else now, now)
            if actions:
                self.last_sync = datetime.now(UTC).isoformat(timespec="milliseconds")
            self.seconds += time.perf_counter() - started

    # ---- events

    def is_own(self, file: str) -> bool:
        """Return whether the target file is unchanged since the last own write."""
        return self._execution.own.has(file)

    def invalidate(self, key: str) -> None:
        """Forget the hint of the project's file: it may have changed."""
        with self.lock:
            self.manifest.invalidate(key)

    def recheck(self, now: float) -> list[str]:
        """Return a few emotes to compare once more, as their hints were too fresh."""
        with self.lock:
            self._execution.own.trim()
            return self._execution.rechecks.take(now)

    @property
    def recheck_due(self) -> float | None:
        """Time at which `recheck` returns something, by `time.monotonic()`."""
        with self.lock:
            return self._execution.rechecks.due

    def sync_due(self, *, is_busy: bool = False) -> float | None:
        """Time to flush the writes to the disk, by `time.monotonic()`; later while busy."""
        if self._written is None:
            return None
        first, last = self._written
        return first + _SYNC_LATEST_S if is_busy else min(last + _SYNC_AFTER_S, first + _SYNC_LATEST_S)

    def sync_to_disk(self) -> None:
        """Flush a few files to the disk, and their records once all are there."""
        with self.lock:
            self._sync(_SYNC_AT_ONCE)
            if not self._applier.unsynced:
                self.manifest.flush()
                self._written = None

    def _sync(self, most: int) -> None:
        """Raise OSError; unflushed emotes are then compared by contents."""
        try:
            self._applier.sync(most)
        except OSError:
            self.manifest.mark_torn()
            raise

    def key_of(self, file: str) -> str | None:
        """Return the key of the emote at a target file."""
        record = self.manifest.by_file.get(file)
        return record.key if record else None

    def file_of(self, key: str) -> str | None:
        """Return an emote's path below the target folder."""
        record = self.manifest.records.get(key)
        return record.file if record else None

    # ---- requests

    def send(self, name: str, data: bytes) -> None:
        """Add a file to those sent by hand."""
        files.write(self._state / "sent" / f"{name}.glb", data, private=True)

    def resolve(self, file: str, choice: ConflictChoice) -> None:
        """Resolve a conflict, or restore a deleted file. Raise InputError if the choice does not fit."""
        with self.lock:
            self._resolve(file, choice)

    def _resolve(self, file: str, choice: ConflictChoice) -> None:
        record = self.manifest.by_file.get(file)
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
        place = self.target.path / file
        if place.is_file():
            with place.open("rb") as given:  # piece by piece: it may be of any size
                digest = hashlib.file_digest(given, "sha256").hexdigest()
            files.copy(place, self._state / "replaced" / f"{place.stem}-{digest[:8]}.glb", sha256=digest, private=True)

    def restore_all(self) -> None:
        """Restore every file that was deleted in the project."""
        with self.lock:
            with ProjectFolder(self.target.project, self.target.folder, make=True):
                pass
            self._execution.use(self.target)  # the bone maps may have gone with the folder
            self.apply(self.plan())
            for record in list(self.manifest.special.values()):
                if record.state is RecordState.DELETED:
                    self.resolve(record.file, ConflictChoice.RESTORE)

    # ---- state

    def status(self) -> Status:
        """Return counts, conflicts and problems, without waiting for work in progress."""
        return status_of(self.manifest, len(self.partial), self.problems, self.last_sync)

    @property
    def has_changes(self) -> bool:
        """Return whether `take_changes` returns something."""
        return bool(self._execution.changed or self._execution.removed)

    def take_changes(self) -> tuple[list[str], list[str]]:
        """Return the project paths that were written and removed since the last call."""
        with self.lock:
            changed, removed = self._execution.changed, self._execution.removed
            self._execution.changed, self._execution.removed = [], []
        prefix = f"{self.target.folder}/"
        return [prefix + file for file in dict.fromkeys(changed)], [prefix + file for file in dict.fromkeys(removed)]

    def take_news(self) -> bool:
        """Return whether the shown state has changed since the last call."""
        news = self._execution.has_news or self._reader.has_news
        self._execution.has_news = self._reader.has_news = False
        return news

    def close(self) -> None:
        """Flush and compact the manifest, and close its log, which Windows could not delete."""
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
