"""Keeps one target in step with its source: finds what changed, plans, applies, and says how it stands."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from kinetix_core.errors import InputError
from kinetix_godot import importing, report
from kinetix_godot.applier import ANY, Applier, ChangedMeanwhile
from kinetix_godot.collecting import collecting_later
from kinetix_godot.manifest import Manifest, Record
from kinetix_godot.places import Places
from kinetix_godot.planner import Action, SourceFile, decide
from kinetix_godot.reading import Check, Reader, follow_renames
from kinetix_godot.settings import FILE_NAME, Target, written_preset
from kinetix_godot.snapshot import Hint, is_settled, read_hint, sha256_of, walk
from kinetix_godot.sources import Source
from kinetix_godot.spares import Spares
from kinetix_godot.target_side import TargetSide, View
from kinetix_godot.verify import verify

__all__ = ["Engine"]

Json = dict[str, Any]
_CHUNK_FILES, _CHUNK_BYTES = 64, 32 << 20
_KEEP_BYTES = 64 << 20  # of contents from planning to applying
_SETTLE_S = 0.05
_SETTLE_FILES = 6  # so few that a file which lands meanwhile does not wait for them


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
        check: Check = verify,
        step: Callable[[str], None] = lambda step: None,
    ) -> None:
        self.target, self.sources = target, sources
        self.lock = threading.RLock()
        self._root = str(target.path)
        self._state = state
        self.manifest = Manifest(state)
        self._applier = Applier(target.path, state / "removed", step, Spares(target.project / ".godot", target.id))
        self._reader = Reader(check)
        self.partial, self.problems = self._reader.partial, self._reader.problems
        self._places = Places(target, sources[0], self.manifest)
        self._side = TargetSide(self._root, self.manifest, target.preset.names)
        self._own: dict[str, Hint | None] = {}  # our latest writes, so that their events are known as ours
        # key → when its contents are to be compared once more, the earliest first
        self._unsettled: dict[str, float] = {}
        self._imports = importing.ImportTexts(target.folder, target.preset, self._bone_map)
        self._rigs: dict[str, str] = {}
        self._news = False
        self._settings_file = target.project / FILE_NAME
        self._settings: Hint | None = None
        self.changed: list[str] = []
        self.removed: list[str] = []
        self.last_sync: str | None = None
        self.seconds = 0.0

    # ---- what changed

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
                return self._plan_some(list(dict.fromkeys(keys)), maybe_gone)
            self._places.accepts_empty = accept_empty
            try:
                self.check_places()
                with collecting_later():
                    return self._plan_all()
            finally:
                self._places.accepts_empty = False

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
            self._imports = importing.ImportTexts(self.target.folder, preset, self._bone_map)
            self._news = True

    def _plan_all(self) -> list[Action]:
        started = time.perf_counter()
        self._follow_settings()
        files, folders = walk(self.target.path)
        if self.manifest.intents:
            self._applier.sweep(folders)
        self._side.forget_claims()
        view = View(files)
        records = self.manifest.records
        doubtful: list[SourceFile] = []
        seen: set[str] = set()
        for source in (self.sources[0], *self.sources[1:]):
            if source is not self.sources[0] and (source.root is None or not source.root.is_dir()):
                continue
            for key, wanted, hint in source.scan():
                seen.add(key)
                record = records.get(key)
                if record is not None and record.source_hint == hint and record.name == wanted:
                    there = files.get(record.file)
                    if record.target_hint == there if there is not None else record.state == "deleted":
                        continue
                if found := source.find(key):
                    doubtful.append(found)
        for key in (self.partial | self.problems.keys()) - seen:
            self._reader.forget(key)
        lost = [key for key in records.keys() - seen if not self._is_unavailable(key)]
        self._places.check_lost(lost)
        actions = self._decide(doubtful, lost, view)
        self.seconds = time.perf_counter() - started
        return actions

    def _plan_some(self, keys: list[str], maybe_gone: Sequence[str]) -> list[Action]:
        records = self.manifest.records
        found, lost = [], []
        concludes = False
        for key in keys:
            file = self._find(key)
            concludes = concludes or file is None or key in records
            if file:
                found.append(file)
                continue
            self._reader.forget(key)
            if key in records and not self._is_unavailable(key):
                lost.append(key)
        if concludes:  # a new emote shows that its source is there, and a target that is away refuses to be written
            self.check_places()
        return self._decide(found, lost, View(), [key for key in maybe_gone if not self._find(key)])

    def _source_of(self, key: str) -> Source | None:
        return next((source for source in self.sources if source.owns(key)), None)

    def _find(self, key: str) -> SourceFile | None:
        source = self._source_of(key)
        return source.find(key) if source else None

    def _is_unavailable(self, key: str) -> bool:
        source = self._source_of(key)
        return source is not None and source.unavailable(key)

    # ---- deciding

    def _decide(
        self, found: list[SourceFile], lost: list[str], view: View, maybe_gone: Sequence[str] = ()
    ) -> list[Action]:
        actions: list[Action] = []
        kept = 0
        records = self.manifest.records
        usable: list[SourceFile] = []
        for source in found:
            if self._reader.read(source, records.get(source.key), kept < _KEEP_BYTES):
                kept += len(source.data or b"")
                usable.append(source)
        away = dict.fromkeys([*lost, *maybe_gone, *self._moved_away(usable)])
        followed = follow_renames(records, usable, list(away))
        gone = [key for key in lost if key not in followed.values()]
        for source in usable:
            record = records.get(followed.get(source.key, source.key))
            if record is not None and record.key != source.key:
                record = Record(source.key, *record.row()[1:])
                record.source_hint = None
            for action in self._one(source, record, view):
                if source.key in followed:
                    action.dropped = followed[source.key]
                actions.append(action)
        for key in gone:
            actions += self._one(None, records[key], view)
        return actions

    def _moved_away(self, found: Iterable[SourceFile]) -> Iterator[str]:
        """Emotes whose contents have come under another name while their own file is gone, which nobody may have told yet.

        Whoever lists a new folder sees what is moved in before the events that tell where it came from.
        """
        for source in found:
            if source.sha and source.key not in self.manifest.records:
                for key in self.manifest.with_contents(source.sha):
                    if not self._find(key) and not self._is_unavailable(key):
                        yield key

    def _one(self, source: SourceFile | None, record: Record | None, view: View) -> list[Action]:
        found = decide(
            source,
            record,
            lambda file: self._side.sha(file, view),
            self._side.name_for,
            lambda lost: self._side.moved_to(lost, view),
            lambda file, sha: sha in self.manifest.intents.get(file, ()),
        )
        for action in found:
            if action.record is None:
                continue
            if action.kind in {"note", "adopt", "conflict"} and action.record.state != "deleted":
                hint = self._side.hint(action.file, view)
                action.record.target_hint = hint if hint and is_settled(hint) else None
            if action.record.source_hint is not None and not is_settled(action.record.source_hint):
                action.record.source_hint = None
            if action.kind == "conflict":
                self._side.choose_side(action, self.manifest.records.get(action.key))
            self._side.claim(action)
        return [
            a
            for a in found
            if not (a.kind == "note" and a.record and a.record.row() == _row(self.manifest.records.get(a.key)))
        ]

    # ---- applying

    def apply(self, actions: Sequence[Action]) -> None:
        """Carries the plan out. Raises OSError when a disk refuses; what was done until then is recorded."""
        with self.lock:
            started = time.perf_counter()
            chunk: list[Action] = []
            size = 0
            for action in actions:
                chunk.append(action)
                size += len(action.source.data or b"") if action.source else 0
                if len(chunk) >= _CHUNK_FILES or size >= _CHUNK_BYTES:
                    self._apply_chunk(chunk)
                    chunk, size = [], 0
            if chunk:
                self._apply_chunk(chunk)
            if actions:
                self.last_sync = datetime.now(UTC).isoformat(timespec="milliseconds")
            self.seconds += time.perf_counter() - started

    def _apply_chunk(self, actions: Sequence[Action]) -> None:
        self.manifest.announce((self._written_file(a), a.source.sha) for a in actions if a.source and a.source.sha)
        done: list[Record] = []
        dropped: list[str] = []
        try:
            for action in actions:
                try:
                    self._apply_one(action)
                except (ChangedMeanwhile, FileNotFoundError):
                    self.check_places()
                    self._doubt_later(action.key)  # somebody was faster: looked at again
                    continue
                if action.record is not None:
                    done.append(action.record)
                    if action.record.source_hint is None or (
                        action.record.target_hint is None and action.record.state != "deleted"
                    ):
                        self._doubt_later(action.key)
                else:
                    dropped.append(action.key)
                if action.dropped:
                    dropped.append(action.dropped)
        finally:
            self._note(done, dropped)

    def _note(self, done: list[Record], dropped: list[str]) -> None:
        special = self.manifest.special
        self._news = self._news or bool(dropped) or any(record.state or record.key in special for record in done)
        self.manifest.record(done, dropped)
        for key in dropped:
            self._unsettled.pop(key, None)
            self._reader.forget(key)

    @staticmethod
    def _written_file(action: Action) -> str:
        return action.record.side if action.kind == "conflict" and action.record else action.file

    def _apply_one(self, action: Action) -> None:
        record = action.record
        if action.stale_side:
            self._drop_side(action)
        if action.kind in {"add", "update", "conflict", "replace"}:
            assert record and action.source
            file = self._written_file(action)
            hint = self._write(file, action)
            if action.kind != "conflict":
                record.target_hint = hint if is_settled(hint) else None
            self.changed.append(file)
        elif action.kind == "rename":
            assert record
            hint_after = self._applier.move(action.old, action.file)
            record.target_hint = hint_after if hint_after and is_settled(hint_after) else None
            self._own[action.file] = hint_after
            self._own[action.old] = None
            self._side.release(action.old)
            self.changed.append(action.file)
            self.removed.append(action.old)
        elif action.kind == "remove":
            if sha256_of(f"{self._root}/{action.file}") not in {None, action.seen}:
                raise ChangedMeanwhile(action.file)
            self._own[action.file] = None
            self._applier.remove(action.file, action.key)
            self._side.release(action.file)
            self.removed.append(action.file)
        elif action.kind == "forget":
            self._side.release(action.file)
            if not os.path.lexists(f"{self._root}/{action.file}"):
                self._applier.remove(action.file)

    def _write(self, file: str, action: Action) -> Hint:
        source = action.source
        assert source
        data = source.data
        if data is None:
            data = Path(source.path).read_bytes()
            if hashlib.sha256(data).hexdigest() != source.sha:
                raise ChangedMeanwhile(file)
        expected: Hint | str | None = None
        if action.kind == "update":
            known = self.manifest.records.get(action.dropped or action.key)
            is_as_noted = known is not None and known.file == file and action.seen == known.sha
            expected = known.target_hint if known and is_as_noted and known.target_hint else ANY
            if expected == ANY and sha256_of(f"{self._root}/{file}") != action.seen:
                raise ChangedMeanwhile(file)
        elif action.kind in {"conflict", "replace"}:
            expected = ANY
        if not self._applier.restore_import(action.key, file):
            self._applier.write_once(
                f"{file}.import",
                lambda: self._imports.text(file, source, source.document or importing.json_chunk(data)),
            )
        hint = self._applier.write(file, data, expected)
        source.data = None
        self._own[file] = hint
        return hint

    def _bone_map(self, rig: importing.Rig) -> str:
        """Path below `res://` of the bone map that all files with these bones share; written when it is not there."""
        if rig.signature not in self._rigs:
            file = f"rigs/{rig.signature}.tres"
            self._applier.write_once(file, lambda: importing.bone_map_text(rig))
            self._rigs[rig.signature] = f"{self.target.folder}/{file}"
        return self._rigs[rig.signature]

    def _drop_side(self, action: Action) -> None:
        before = self.manifest.records.get(action.key)
        if before and sha256_of(f"{self._root}/{action.stale_side}") == before.source_sha:
            self._own[action.stale_side] = None
            self._applier.remove(action.stale_side)
            self.removed.append(action.stale_side)
        self._side.release(action.stale_side)

    # ---- events and choices

    def is_own(self, file: str) -> bool:
        """True when this change of a target file is our own latest write."""
        if file not in self._own:
            return False
        hint = read_hint(f"{self._root}/{file}")
        if hint == self._own[file]:
            return True
        del self._own[file]
        return False

    def doubt(self, key: str) -> None:
        """The project's file of this emote may have changed: its hint is not to be believed."""
        with self.lock:
            if record := self.manifest.records.get(key):
                record.target_hint = None

    def take_news(self) -> bool:
        """True once after anything has changed that a front end shows."""
        news = self._news or self._reader.has_news
        self._news = self._reader.has_news = False
        return news

    def _doubt_later(self, key: str) -> None:
        self._unsettled.pop(key, None)
        self._unsettled[key] = time.monotonic() + _SETTLE_S

    def settle(self, now: float) -> list[str]:
        """A few emotes whose hints were too fresh to trust; their contents are compared once more."""
        with self.lock:
            keys = [key for key, due in islice(self._unsettled.items(), _SETTLE_FILES) if due <= now]
            for key in keys:
                del self._unsettled[key]
            if len(self._own) > 4096:
                self._own.clear()
            return keys

    @property
    def settle_due(self) -> float | None:
        """When `settle` has something to do, by `time.monotonic()`."""
        with self.lock:
            return next(iter(self._unsettled.values()), None)

    def key_of(self, file: str) -> str | None:
        """The emote that a target file belongs to."""
        record = self.manifest.by_file.get(file)
        return record.key if record else None

    def file_of(self, key: str) -> str | None:
        """Where an emote lies below the target folder."""
        record = self.manifest.records.get(key)
        return record.file if record else None

    def send(self, name: str, data: bytes) -> None:
        """Puts a file that no source has among what was sent by hand."""
        folder = self._state / "sent"
        Applier(folder, folder).write(f"{name}.glb", data)

    def resolve(self, file: str, choice: str) -> None:
        """The user's word on a conflict (`mine`, `theirs`) or on a deleted file (`restore`).

        Raises:
            InputError: there is nothing to decide about this file, or the choice does not fit.
        """
        with self.lock:
            record = self.manifest.by_file.get(file)
            fitting = {"conflict": {"mine", "theirs"}, "edited": {"theirs"}, "mine": {"theirs"}, "deleted": {"restore"}}
            if record is None or choice not in fitting.get(record.state, set()):
                raise InputError(
                    f"There is nothing to decide about {file} with “{choice}”.",
                    code="noConflict",
                    next_step="List the conflicts with: kinetix sync list",
                )
            values = record.row()
            chosen = Record(*values)
            chosen.side, chosen.target_hint = "", None
            if choice == "mine":
                chosen.state = "mine"
                self._apply_chunk([Action("note", file, "kept", record.key, chosen, stale_side=record.side)])
                return
            source = self._find(record.key)
            if source is None or not self._reader.read(source, None, True) or source.sha is None:
                raise InputError(
                    "The source of this emote is not there.",
                    code="noSource",
                    next_step="Sync first, then choose again.",
                )
            if choice == "theirs":
                self._keep_replaced(file)
            chosen.state, chosen.sha, chosen.source_sha = "", source.sha, source.sha
            self._apply_chunk(
                [
                    Action(
                        "add" if choice == "restore" else "replace",
                        file,
                        choice,
                        record.key,
                        chosen,
                        source,
                        stale_side=record.side,
                    )
                ]
            )

    def _keep_replaced(self, file: str) -> None:
        """The version that the user gives up stays in the hub's folder, in case he gave up the wrong one."""
        place = self.target.path / file
        if place.is_file():
            data = place.read_bytes()
            folder = self._state / "replaced"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{place.stem}-{hashlib.sha256(data).hexdigest()[:8]}.glb").write_bytes(data)

    def restore_all(self) -> None:
        """Brings back what was deleted in the project."""
        with self.lock:
            self.target.path.mkdir(parents=True, exist_ok=True)
            self.apply(self.plan())
            for record in [record for record in self.manifest.special.values() if record.state == "deleted"]:
                self.resolve(record.file, "restore")

    def status(self) -> Json:
        """Counts and conflicts in the form of docs/hub-protocol.md."""
        with self.lock:
            return report.status(self.manifest, len(self.partial), self.problems, self.last_sync)

    def take_changes(self) -> tuple[list[str], list[str]]:
        """Project paths that were written and removed since the last call."""
        with self.lock:
            changed, removed = self.changed, self.removed
            self.changed, self.removed = [], []
        prefix = f"{self.target.folder}/"
        return [prefix + file for file in dict.fromkeys(changed)], [prefix + file for file in dict.fromkeys(removed)]

    def make_ready(self) -> None:
        """For one who watches: has the next emote enter faster."""
        with self.lock:
            self._applier.make_ready()

    def close(self) -> None:
        with self.lock:
            self._applier.close()
            if self.manifest.intents or self.manifest.records:
                try:
                    self.manifest.compact()
                except OSError:
                    self.manifest.close()  # the log holds the same


def _row(record: Record | None) -> list[Any] | None:
    return record.row() if record else None
