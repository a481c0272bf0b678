"""Find changes at the sources and in the project, and plan the actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kinetix_godot.manifest import Manifest, Record, RecordState
from kinetix_godot.plan.planner import Action, ActionKind, decide
from kinetix_godot.snapshot import Hint
from kinetix_godot.source.reading import Reader, follow_renames
from kinetix_godot.source.source_file import SourceFile
from kinetix_godot.source.sources import FolderSource, Source
from kinetix_godot.target.places import Places
from kinetix_godot.target.target_side import TargetSide

_KEEP_BYTES = 64 << 20  # of contents from planning to applying


class Planning:
    """Planner of one target; it writes nothing. `sources`: the main one first."""

    def __init__(
        self, manifest: Manifest, sources: Sequence[Source], reader: Reader, places: Places, side: TargetSide
    ) -> None:
        self._manifest, self._sources, self._reader = manifest, sources, reader
        self._places, self._side = places, side

    def all(self, files: dict[str, Hint], begun_ns: int) -> list[Action]:
        """Plan every emote. `files`: the target's files, listed after `begun_ns`. Raise Waiting and OSError."""
        self._side.forget_claims()
        self._side.look(files, begun_ns)
        records = self._manifest.records
        unchecked: list[SourceFile] = []
        seen: set[str] = set()
        for source in self._sources:
            if source is not self._sources[0] and (source.root is None or not source.root.is_dir()):
                continue
            for key, wanted, hint in source.scan():
                seen.add(key)
                record = records.get(key)
                if record is not None and record.source_hint == hint and record.name == wanted:
                    there = files.get(record.file)
                    if record.target_hint == there if there is not None else record.state is RecordState.DELETED:
                        continue
                if found := source.find(key):
                    unchecked.append(found)
        for key in (self._reader.partial | self._reader.problems.keys()) - seen:
            self._reader.forget(key)
        lost = [key for key in records.keys() - seen if not self._is_unavailable(key)]
        self._places.check_lost(lost)
        return self._decide(unchecked, lost)

    def some(self, keys: Sequence[str], maybe_gone: Sequence[str]) -> list[Action]:
        """Plan these emotes. See `Engine.plan`."""
        records = self._manifest.records
        found, lost = [], []
        concludes = False
        for key in keys:
            file = self.find(key)
            concludes = concludes or file is None or key in records
            if file:
                found.append(file)
                continue
            self._reader.forget(key)
            if key in records and not self._is_unavailable(key):
                lost.append(key)
        if concludes:  # a new emote proves its source, and a missing target refuses the write
            self._places.check()
        self._side.look()
        return self._decide(found, lost, [key for key in maybe_gone if not self.find(key)])

    def find(self, key: str) -> SourceFile | None:
        """Return an emote's file at its source."""
        source = self._source_of(key)
        return source.find(key) if source else None

    def _source_of(self, key: str) -> Source | None:
        return next((source for source in self._sources if source.owns(key)), None)

    def _is_unavailable(self, key: str) -> bool:
        source = self._source_of(key)
        return source is not None and source.unavailable(key)

    def _decide(self, found: list[SourceFile], lost: list[str], maybe_gone: Sequence[str] = ()) -> list[Action]:
        actions: list[Action] = []
        kept = 0
        records = self._manifest.records
        usable: list[SourceFile] = []
        for source in found:
            if self._reader.read(source, records.get(source.key), kept < _KEEP_BYTES):
                kept += len(source.data or b"")
                usable.append(source)
        away = dict.fromkeys([*lost, *maybe_gone, *self._moved_away(usable)])
        followed = follow_renames(records, usable, list(away))
        gone = [key for key in lost if key not in followed.values()]
        if late := self._came_untold(gone, usable):
            followed |= follow_renames(records, late, gone)
            usable += [source for source in late if source.key in followed]
            gone = [key for key in gone if key not in followed.values()]
        for source in usable:
            planned = self._one(source, records.get(followed.get(source.key, source.key)))
            actions += planned
            if source.key in self._manifest.torn:
                actions += self._mended(source, planned)
        for key in gone:
            actions += self._one(None, records[key])
        return actions

    def _mended(self, source: SourceFile, found: Sequence[Action]) -> Iterator[Action]:
        """Yield the check of a file that may be torn after a power cut."""
        record = next((action.record for action in reversed(found) if action.record), None)
        record = record or self._manifest.records.get(source.key)
        if record is not None and record.state in {RecordState.IN_STEP, RecordState.CONFLICT}:
            yield Action(ActionKind.MEND, record.file, "written shortly before a power cut", source.key, record, source)

    def _moved_away(self, found: Iterable[SourceFile]) -> Iterator[str]:
        """Yield emotes whose file is gone and whose contents appeared under another name.

        A new folder's files are listed before the events of their removal elsewhere arrive.
        """
        for source in found:
            if source.sha and source.key not in self._manifest.records:
                for key in self._manifest.with_contents(source.sha):
                    if not self.find(key) and not self._is_unavailable(key):
                        yield key

    def _came_untold(self, gone: Sequence[str], found: Iterable[SourceFile]) -> list[SourceFile]:
        """Read new files that may be missing ones under another name.

        A listing misses a file that moves into a folder it has passed, and the event of a new name may be late.
        """
        main, records = self._sources[0], self._manifest.records
        gone = [key for key in gone if main.owns(key)]
        if not gone or not isinstance(main, FolderSource):
            return []
        sizes = {hint[0] if (hint := records[key].source_hint) else None for key in gone}
        known = records.keys() | {source.key for source in found}
        new = [key for key, _, hint in main.scan() if key not in known and (None in sizes or hint[0] in sizes)]
        return [source for key in new if (source := main.find(key)) and self._reader.read(source, None, keep=False)]

    def _one(self, source: SourceFile | None, record: Record | None) -> list[Action]:
        actions = decide(source, record, self._side, torn=record is not None and record.key in self._manifest.torn)
        for action in actions:
            if action.kind.takes_name and action.record:
                self._side.claim(action.file, action.key)
        return actions
