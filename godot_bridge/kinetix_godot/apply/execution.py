"""Execute plans: announce the writes, carry them out, and record the result."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from kinetix_godot.apply.applier import Applier, ChangedMeanwhile, Expected
from kinetix_godot.manifest import Manifest, Record, RecordState
from kinetix_godot.plan.planner import Action, ActionKind
from kinetix_godot.plan.recheck import OwnWrites, Rechecks
from kinetix_godot.snapshot import Hint, read_hint, sha256_of
from kinetix_godot.source.reading import Reader
from kinetix_godot.source.source_file import SourceFile
from kinetix_godot.target import importing
from kinetix_godot.target.places import Places
from kinetix_godot.target.registry import Target
from kinetix_godot.target.target_side import TargetSide

_CHUNK_FILES, _CHUNK_BYTES = 64, 32 << 20


class Execution:
    """Executor of one target's plans.

    Attributes:
        changed, removed: files that were written and removed since the last `take_changes`.
        has_news: the state that front ends show has changed.
    """

    def __init__(
        self, target: Target, manifest: Manifest, applier: Applier, places: Places, side: TargetSide, reader: Reader
    ) -> None:
        self._manifest, self._applier = manifest, applier
        self._places, self._side, self._reader = places, side, reader
        self._root = str(target.path)
        self._rigs: dict[str, str] = {}
        self.own, self.rechecks = OwnWrites(target.path), Rechecks()
        self.changed: list[str] = []
        self.removed: list[str] = []
        self.has_news = False
        self.use(target)

    def use(self, target: Target) -> None:
        """Use other settings, and look for the bone maps again."""
        self._rigs.clear()
        self._folder = target.folder
        self._imports = importing.ImportTexts(target.folder, target.preset, self._bone_map)

    def run(self, actions: Sequence[Action]) -> None:
        """Execute a plan. Raise OSError when a disk refuses; the steps before it are recorded."""
        chunk: list[Action] = []
        size = 0
        for action in actions:
            chunk.append(action)
            size += len(action.source.data or b"") if action.source else 0
            if len(chunk) >= _CHUNK_FILES or size >= _CHUNK_BYTES:
                self._run_chunk(chunk)
                chunk, size = [], 0
        if chunk:
            self._run_chunk(chunk)

    def _run_chunk(self, actions: Sequence[Action]) -> None:
        self._manifest.announce(
            (_written_file(a), a.source.sha) for a in actions if a.kind.writes and a.source and a.source.sha
        )
        done: dict[str, Record] = {}
        dropped: list[str] = []
        try:
            for action in actions:
                try:
                    record = self._run_one(action)
                except (ChangedMeanwhile, FileNotFoundError):
                    self._places.check()
                    self.rechecks.add(action.key)
                    continue
                if action.kind is ActionKind.MEND:
                    continue
                if record is not None:
                    done[action.key] = record
                    is_gone = record.state is RecordState.DELETED
                    if record.source_hint is None or (record.target_hint is None and not is_gone):
                        self.rechecks.add(action.key)
                else:
                    dropped.append(action.key)
                if action.dropped:
                    dropped.append(action.dropped)
        finally:
            self._record(list(done.values()), dropped)

    def _record(self, done: list[Record], dropped: list[str]) -> None:
        special = self._manifest.special
        if dropped or any(record.state is not RecordState.IN_STEP or record.key in special for record in done):
            self.has_news = True
        self._manifest.record(done, dropped)
        for key in dropped:
            self.rechecks.drop(key)
            self._reader.forget(key)

    def _run_one(self, action: Action) -> Record | None:
        """Execute one action and return the emote's new record, None where it is gone."""
        record = action.record
        if action.stale_side:
            self._drop_side(action)
        if action.kind.writes:
            assert record and action.source
            file = _written_file(action)
            self._write(file, action, action.source)
            self.changed.append(file)
            if action.kind is not ActionKind.CONFLICT:
                return record._replace(target_hint=None)  # it may have changed since: compare once more
        elif action.kind is ActionKind.MEND or (action.kind is ActionKind.ADOPT and action.source):
            self._mend(action)
        elif action.kind is ActionKind.RENAME:
            assert record
            hint_after = self._applier.move(action.old, action.file)
            self.own.note(action.file, hint_after)
            self.own.note(action.old, None)
            self._side.release(action.old)
            self.changed.append(action.file)
            self.removed.append(action.old)
            return record._replace(target_hint=None)
        elif action.kind is ActionKind.REMOVE:
            seen = read_hint(f"{self._root}/{action.file}", refuse_link=True)  # before its contents
            if sha256_of(f"{self._root}/{action.file}", refuse_link=True) not in {None, action.seen}:
                raise ChangedMeanwhile(action.file)
            self.own.note(action.file, None)
            self._applier.remove(action.file, action.key, seen)
            self._side.release(action.file)
            self.removed.append(action.file)
        elif action.kind is ActionKind.FORGET:
            self._side.release(action.file)
            if not os.path.lexists(f"{self._root}/{action.file}"):
                self._applier.remove(action.file)
        return record

    def _write(self, file: str, action: Action, source: SourceFile) -> None:
        data = self._contents(file, source)
        expected = self._expected(file, action)
        with self._applier.holding_folder(file):
            if not self._applier.restore_import(action.key, file):
                self._write_import(file, source, data)
            hint = self._applier.write(file, data, expected)
        source.data = None
        self.own.note(file, hint)

    def _contents(self, file: str, source: SourceFile) -> bytes:
        """Return the planned contents. Raise ChangedMeanwhile if the source has changed."""
        data = source.data
        if data is None:
            data = Path(source.path).read_bytes()
            if hashlib.sha256(data).hexdigest() != source.sha:
                raise ChangedMeanwhile(file)
        return data

    def _write_import(self, file: str, source: SourceFile, data: bytes) -> bool:
        return self._applier.write_once(f"{file}.import", lambda: self._imports.text(file, source, data))

    def _mend(self, action: Action) -> None:
        """Rewrite the settings, bone map and side copy that a power cut left torn."""
        assert action.record and action.source
        source, side = action.source, action.record.side
        file = side or action.file
        is_own = action.kind is ActionKind.MEND or file in self._manifest.intents
        if is_own or os.path.lexists(f"{self._root}/{file}.import"):
            data = self._contents(file, source)
            self._imports.text(file, source, data)  # writes the bone map where it is missing
            if self._write_import(file, source, data):
                self.changed.append(file)
            if (
                side
                and self._side.is_incomplete(side, source)
                and sha256_of(f"{self._root}/{side}", refuse_link=True) != source.sha
            ):
                self.own.note(side, self._applier.write(side, data))
        self._manifest.torn.discard(action.key)

    def _expected(self, file: str, action: Action) -> Hint | Expected | None:
        """Return what `Applier.write` may replace at `file`. Raise ChangedMeanwhile."""
        if action.kind is ActionKind.ADD:
            return None
        if action.kind is not ActionKind.UPDATE:
            return Expected.ANY
        known = self._manifest.records.get(action.dropped or action.key)
        hint = known.target_hint if known and known.file == file and action.seen == known.sha else None
        now = read_hint(f"{self._root}/{file}", refuse_link=True)
        # Another hint may stand for the same contents, as after a checkout.
        if (hint is None or hint != now) and sha256_of(f"{self._root}/{file}", refuse_link=True) != action.seen:
            raise ChangedMeanwhile(file)
        return now

    def _bone_map(self, rig: importing.Rig) -> str:
        """Return the path below `res://` of the bone map of these bones; write it if it is missing."""
        if rig.signature not in self._rigs:
            file = f"rigs/{rig.signature}.tres"
            self._applier.write_once(file, lambda: importing.bone_map_text(rig))
            self._rigs[rig.signature] = f"{self._folder}/{file}"
        return self._rigs[rig.signature]

    def _drop_side(self, action: Action) -> None:
        before = self._manifest.records.get(action.key)
        seen = read_hint(f"{self._root}/{action.stale_side}", refuse_link=True)
        if before and sha256_of(f"{self._root}/{action.stale_side}", refuse_link=True) == before.source_sha:
            self.own.note(action.stale_side, None)
            self._applier.remove(action.stale_side, expected=seen)
            self.removed.append(action.stale_side)
        self._side.release(action.stale_side)


def _written_file(action: Action) -> str:
    return action.record.side if action.kind is ActionKind.CONFLICT and action.record else action.file
