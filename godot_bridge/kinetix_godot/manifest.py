"""Records of what was written into a target, by key: the base of the three-way comparison.

On disk: a snapshot and a log. The log announces a batch before it is applied, records it afterwards, and notes when all above
is flushed to the disk; later records may be torn after a power cut. A line that is cut off is ignored.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from kinetix_core.io import files
from kinetix_godot.snapshot import Hint

_COMPACT_AFTER = 2_000_000  # bytes of log
# ASCII, as names on the disk may not be UTF-8.
_encode = json.JSONEncoder(separators=(",", ":")).encode


class RecordState(StrEnum):
    """State of the project's file relative to the source."""

    IN_STEP = ""
    DELETED = "deleted"
    """Deleted in the project; it stays deleted."""
    EDITED = "edited"
    """Changed in the project."""
    CONFLICT = "conflict"
    """Changed on both sides; the source's version lies beside it."""
    MINE = "mine"
    """Conflict resolved for the project's version."""


class Record(NamedTuple):
    """An emote in the target.

    Attributes:
        key: the emote's id, or `path:` and the path below the source folder.
        file: path below the target folder.
        sha: of the contents as written.
        source_sha: of the source's contents; differs from `sha` after a conflict.
        name: the source's name, before it was made safe.
        side: the side copy of a conflict, or "".
        source_hint, target_hint: None when uncertain.
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
        """Read a record from a row of JSON."""
        key, file, sha, source_sha, name, state, side, *hints = row
        source_hint, target_hint = (tuple(hint) if hint else None for hint in hints)
        return cls(key, file, sha, source_sha, name, RecordState(state), side, source_hint, target_hint)


class Manifest:
    """Records of one target. Methods raise OSError when the disk refuses.

    Attributes:
        special: records that are not in step.
        intents: file → hashes that may have been written there.
        torn: recorded emotes whose files may be missing or incomplete on the disk.
        unflushed: emotes that are not flushed to the disk yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshot, self._log = folder / "manifest.json", folder / "manifest.log"
        self.records: dict[str, Record] = {}
        self.by_file: dict[str, Record] = {}
        self.special: dict[str, Record] = {}
        self.intents: dict[str, set[str]] = {}
        self._by_contents: dict[str, set[str]] | None = None  # hash at the source → keys
        self.unflushed: set[str] = set()
        self._former: dict[str, set[str]] = {}  # file → hashes before the unflushed one
        self._file: BinaryIO | None = None
        self._size = 0
        self._is_log_doubtful = False  # its sync failed, and the next one would succeed
        self._load()

    def _load(self) -> None:
        for part in (self._snapshot, self._log):
            lines: list[bytes] = []
            with contextlib.suppress(FileNotFoundError):  # the project's files are recognised by their contents
                lines = part.read_bytes().split(b"\n")[:-1]  # what follows the last line end was cut off
            for line in lines:
                with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
                    self._replay(json.loads(line))
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
            self.unflushed.add(record.key)
            self.intents.pop(record.file, None)
        for key in entry.get("drop", []):
            self.records.pop(key, None)
        if entry.get("settled"):
            self.unflushed.clear()
            self._former.clear()

    def with_contents(self, sha: str) -> list[str]:
        """Return the keys of emotes whose file at the source had these contents."""
        if self._by_contents is None:
            self._by_contents = {}
            for record in self.records.values():
                self._by_contents.setdefault(record.source_sha, set()).add(record.key)
        keys = self._by_contents.get(sha, set())
        return sorted(key for key in keys if key in self.records and self.records[key].source_sha == sha)

    def announce(self, writes: Iterable[tuple[str, str]]) -> None:
        """Log which contents (hash) will be written to which files."""
        pairs = list(writes)
        if pairs:
            self._append(_encode({"write": pairs}))
            for file, sha in pairs:
                self.intents.setdefault(file, set()).add(sha)

    def invalidate(self, key: str) -> None:
        """Forget the hint of the project's file, in memory only: it may have changed."""
        if (known := self.records.get(key)) is None:
            return
        invalidated = known._replace(target_hint=None)
        for records, name in ((self.records, key), (self.by_file, known.file), (self.special, key)):
            if records.get(name) is known:
                records[name] = invalidated

    def mark_torn(self) -> None:
        """Mark unflushed emotes as torn, so that they are compared by contents and mended."""
        self.torn |= self.unflushed & self.records.keys()
        for key in self.torn:
            self.invalidate(key)

    def record(self, changed: Iterable[Record], dropped: Iterable[str] = ()) -> None:
        """Record changed and dropped emotes."""
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
            self.unflushed.add(record.key)
            if record.state is not RecordState.IN_STEP:
                self.special[record.key] = record
            else:
                self.special.pop(record.key, None)
        self._append(_encode({"set": records, "drop": keys}))

    def flush(self) -> None:
        """Log that all recorded files are on the disk, and flush the log."""
        if not self.unflushed:
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
        self.unflushed.clear()

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
        """Write the snapshot, a log of one line, and start a new log, once all recorded files are on the disk."""
        self.close()
        files.write(self._snapshot, _encode({"set": list(self.records.values()), "settled": True}) + "\n", private=True)
        self._log.unlink(missing_ok=True)
        self.intents.clear()
        self.unflushed.clear()
        self._size, self._is_log_doubtful = 0, False

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
