"""What we wrote into a target, by key: the middle of the three-way comparison.

A snapshot file and a log of later lines. A batch is announced by one line before it is applied and recorded by one line after,
so that a process that dies between the two still knows its own files. A line that was cut off by the death is ignored. A third line
says when all that is recorded above is on the disk: what a power cut may have left torn is what comes after the last of these.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from kinetix_core.io import files
from kinetix_godot.snapshot import Hint

__all__ = ["Manifest", "Record", "RecordState"]

_COMPACT_AFTER = 2_000_000  # bytes of log
# In ASCII: a name that is no text on the disk could not be written otherwise.
_encode = json.JSONEncoder(separators=(",", ":")).encode
_NO_HINT = (0, 0, 0, 0)


class RecordState(StrEnum):
    """How the project's file stands to the source."""

    IN_STEP = ""
    DELETED = "deleted"
    """A person deleted it in the project: it stays away."""
    EDITED = "edited"
    """A person changed it in the project."""
    CONFLICT = "conflict"
    """Both sides changed; the source's version lies beside it."""
    MINE = "mine"
    """A person settled the conflict for the project's version."""


class Record(NamedTuple):
    """One emote in the target.

    Attributes:
        key: the emote's id, or `path:` and the path below the source folder.
        file: path below the target folder.
        sha: of the contents that we wrote; what "untouched" means.
        source_sha: of the source's contents that were last dealt with; differs from `sha` after a conflict.
        name: as the artist wrote it, before it was made safe.
        side: the side copy of a conflict, or "".
        source_hint, target_hint: None when in doubt.
    """

    key: str
    file: str
    sha: str
    source_sha: str
    name: str
    state: RecordState = RecordState.IN_STEP
    side: str = ""
    source_hint: Hint | None = None
    target_hint: Hint | None = None

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Record:
        """The record of a row that went through JSON, which has no tuples."""
        key, file, sha, source_sha, name, state, side, *hints = row
        source_hint, target_hint = (tuple(hint) if hint else None for hint in hints)
        return cls(key, file, sha, source_sha, name, RecordState(state), side, source_hint, target_hint)


class Manifest:
    """Raises OSError when the disk refuses; what is in memory then stays as it was on disk plus what was not yet recorded.

    Attributes:
        torn: emotes that were recorded, but whose files perhaps did not reach the disk: the last process ended before, or the drive
            said that it lost them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshot, self._log = folder / "manifest.json", folder / "manifest.log"
        self.records: dict[str, Record] = {}
        self.by_file: dict[str, Record] = {}
        self.special: dict[str, Record] = {}  # those with a state: what a person hears of
        self.intents: dict[str, set[str]] = {}  # file → hashes that we may have written there
        self._by_contents: dict[str, set[str]] | None = (
            None  # hash at the source → keys; made when it is first asked for
        )
        self.unsettled: set[str] = set()  # emotes whose files may not be on the disk yet
        self._former: dict[str, set[str]] = {}  # file → hashes that it had before what is not settled
        self._file: BinaryIO | None = None
        self._size = 0
        self._is_log_doubtful = False  # its sync failed: the next one would succeed and say nothing
        self._load()

    def _load(self) -> None:
        try:
            records = _from_columns(json.loads(self._snapshot.read_bytes()))
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            records = []  # without it the files are recognised by their contents
        self.records = {record.key: record for record in records}
        try:
            lines = self._log.read_bytes().split(b"\n")[:-1]  # what follows the last line end was cut off
        except FileNotFoundError:
            lines = []
        for line in lines:
            try:
                self._replay(json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
        self.torn: set[str] = set()
        self.by_file = {record.file: record for record in self.records.values()}
        self.special = {
            record.key: record for record in self.records.values() if record.state is not RecordState.IN_STEP
        }
        for file, hashes in self._former.items():
            self.intents.setdefault(file, set()).update(hashes)
        self.mark_torn()

    def _replay(self, entry: Mapping[str, Any]) -> None:
        for file, sha in entry.get("write", []):
            self.intents.setdefault(file, set()).add(sha)
        for row in entry.get("set", []):
            record = Record.from_row(row)
            if (old := self.records.get(record.key)) is not None and old.sha != record.sha:
                self._former.setdefault(record.file, set()).add(old.sha)
            self.records[record.key] = record
            self.unsettled.add(record.key)
            self.intents.pop(record.file, None)
        for key in entry.get("drop", []):
            self.records.pop(key, None)
        if entry.get("settled"):
            self.unsettled.clear()
            self._former.clear()

    def with_contents(self, sha: str) -> list[str]:
        """Keys of the emotes whose file at the source had these contents."""
        if self._by_contents is None:
            self._by_contents = {}
            for record in self.records.values():
                self._by_contents.setdefault(record.source_sha, set()).add(record.key)
        keys = self._by_contents.get(sha, set())
        return sorted(key for key in keys if key in self.records and self.records[key].source_sha == sha)

    def announce(self, writes: Iterable[tuple[str, str]]) -> None:
        """Says before it happens which contents (hash) will be written to which files."""
        pairs = list(writes)
        if pairs:
            # Written by hand: while an emote waits for it, the general writer would take three times as long.
            rows = ",".join(f"[{_quoted(file)},{_quoted(sha)}]" for file, sha in pairs)
            self._append(f'{{"write":[{rows}]}}')
            for file, sha in pairs:
                self.intents.setdefault(file, set()).add(sha)

    def invalidate(self, key: str) -> None:
        """The project's file of this emote may have changed: its hint is not to be believed. This is not written down."""
        if (known := self.records.get(key)) is None:
            return
        invalidated = known._replace(target_hint=None)
        for records, name in ((self.records, key), (self.by_file, known.file), (self.special, key)):
            if records.get(name) is known:
                records[name] = invalidated

    def mark_torn(self) -> None:
        """What is not settled counts as torn: it is compared by its contents, and mended."""
        self.torn |= self.unsettled & self.records.keys()
        for key in self.torn:
            self.invalidate(key)

    def record(self, changed: Iterable[Record], dropped: Iterable[str] = ()) -> None:
        """Notes what was done."""
        records, keys = list(changed), list(dropped)
        if not records and not keys:
            return
        for key in keys:
            self.special.pop(key, None)
            if old := self.records.pop(key, None):
                self._forget_file(old)
                if self._by_contents is not None:
                    self._by_contents.get(old.source_sha, set()).discard(key)
        for record in records:
            old = self.records.get(record.key)
            if old is not None and old.file != record.file:
                self._forget_file(old)
            self.records[record.key] = record
            self.by_file[record.file] = record
            if self._by_contents is not None:
                self._by_contents.setdefault(record.source_sha, set()).add(record.key)
            self.intents.pop(record.file, None)
            self.unsettled.add(record.key)
            if record.state is not RecordState.IN_STEP:
                self.special[record.key] = record
            else:
                self.special.pop(record.key, None)
        self._append(_encode({"set": records, "drop": keys}))

    def settle(self) -> None:
        """Notes that all files that were recorded are on the disk, and has that and the records reach it as well."""
        if not self.unsettled:
            return
        if self._size > _COMPACT_AFTER or self._is_log_doubtful:
            self.compact()
            return
        self._append('{"settled":true}')
        assert self._file is not None
        try:
            files.sync_handle(self._file.fileno())
        except OSError:
            self._is_log_doubtful = True
            raise
        self.unsettled.clear()

    def _forget_file(self, record: Record) -> None:
        if self.by_file.get(record.file) is record or self.by_file.get(record.file, record).key == record.key:
            self.by_file.pop(record.file, None)

    def _append(self, entry: str) -> None:
        if self._file is None:
            self._file = files.open_log(self._log)
            self._size = os.fstat(self._file.fileno()).st_size
            if self._size:
                self._file.write(b"\n")  # ends a line that was cut off
        line = entry.encode("ascii") + b"\n"
        while line:
            written = self._file.write(line)
            self._size += written
            line = line[written:]

    def compact(self) -> None:
        """Writes the snapshot and starts a new log. All files that were recorded are on the disk."""
        self.close()
        files.write(self._snapshot, _encode(_columns(list(self.records.values()))), private=True)
        self._log.unlink(missing_ok=True)
        self.intents.clear()
        self.unsettled.clear()
        self._size, self._is_log_doubtful = 0, False

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _columns(records: Sequence[Record]) -> dict[str, list[Any]]:
    """The snapshot: a list for each attribute. One list for each record would take twice as long to read."""
    columns: dict[str, list[Any]] = {name: [getattr(record, name) for record in records] for name in Record._fields}
    columns["source_sha"] = [None if record.source_sha == record.sha else record.source_sha for record in records]
    for name in ("source_hint", "target_hint"):
        columns[name] = list(zip(*(hint or _NO_HINT for hint in columns[name]), strict=True))
    return columns


def _from_columns(columns: Mapping[str, Any]) -> list[Record]:
    values = dict(columns)
    if not values["key"]:
        return []
    values["source_sha"] = [
        sha if other is None else other for sha, other in zip(values["sha"], values["source_sha"], strict=True)
    ]
    values["state"] = map(RecordState, values["state"])
    for name in ("source_hint", "target_hint"):
        values[name] = [hint if hint[3] else None for hint in zip(*values[name], strict=True)]
    return list(map(Record, *(values[name] for name in Record._fields)))
