"""Read, hash and check complete source files, and recognise renamed ones by their contents."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kinetix_core.io.glb_chunks import promised_size
from kinetix_core.values.errors import FormatError
from kinetix_godot.manifest import Record
from kinetix_godot.snapshot import hint_of
from kinetix_godot.source.source_file import PATH, SourceFile

Check = Callable[[bytes], None]
"""Raise FormatError for invalid contents."""
_LARGEST = 192 << 20
"""Largest file in bytes."""


def check_emote(data: bytes) -> None:
    """Raise FormatError if Godot's importer cannot read the emote."""
    from kinetix_core.formats import glb  # loads numpy

    glb.check(data)


class Reader:
    """Reader of source files.

    Attributes:
        partial: keys of files that are still being written.
        problems: key → file name and error.
        has_news: either has changed.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self.partial: set[str] = set()
        self.problems: dict[str, tuple[str, FormatError]] = {}
        self.has_news = False

    def read(self, source: SourceFile, record: Record | None, keep: bool) -> bool:
        """Set the hash; read and check new contents. Return False if the file is partial or invalid."""
        if record is not None and record.source_hint == source.hint:
            source.sha = record.source_sha
            return True
        try:
            if source.hint[0] > _LARGEST:
                raise FormatError("The file is too large for an emote.", next_step="Export the animation alone.")
            data, status = _contents(source.path)
            source.hint = hint_of(status)
            if len(data) != status.st_size or not _is_complete(data):
                self._note(source.key, is_partial=True)
                return False
            source.sha = hashlib.sha256(data).hexdigest()
            if record is None or source.sha not in {record.sha, record.source_sha}:
                self._check(data)
        except FileNotFoundError:
            self.forget(source.key)
            return False
        except FormatError as error:
            name = os.fsencode(Path(source.path).name).decode("utf-8", "replace")  # may not be UTF-8
            self._note(source.key, problem=(name, error))
            return False
        self._note(source.key)
        if keep:
            source.data = data
        return True

    def forget(self, key: str) -> None:
        """Drop a missing file from `partial` and `problems`."""
        self._note(key)

    def _note(self, key: str, *, is_partial: bool = False, problem: tuple[str, FormatError] | None = None) -> None:
        known = self.problems.get(key)
        if (key in self.partial) == is_partial and (known and known[1].title) == (problem and problem[1].title):
            return
        self.has_news = True
        self.partial.discard(key)
        self.problems.pop(key, None)
        if is_partial:
            self.partial.add(key)
        if problem:
            self.problems[key] = problem


def _contents(path: str) -> tuple[bytes, os.stat_result]:
    """Return the bytes of a file and its status. An extra byte shows that it is growing."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(handle)
        data = os.read(handle, status.st_size + 1)
        while len(data) < status.st_size and (more := os.read(handle, status.st_size - len(data))):
            data += more
    finally:
        os.close(handle)
    return data, status


def follow_renames(records: Mapping[str, Record], found: Sequence[SourceFile], lost: Sequence[str]) -> dict[str, str]:
    """Map new keys to old ones of files renamed at a folder source, by contents and inode."""
    fresh = [source for source in found if source.key not in records and source.key.startswith(PATH)]
    if not fresh or not lost:
        return {}
    by_sha: dict[str, list[Record]] = {}
    for key in lost:
        if key.startswith(PATH):
            by_sha.setdefault(records[key].source_sha, []).append(records[key])
    followed: dict[str, str] = {}
    for source in fresh:
        candidates = by_sha.get(source.sha or "", [])
        if candidates:
            same = [r for r in candidates if r.source_hint and r.source_hint[3] == source.hint[3]]
            chosen = (same or candidates)[0]
            candidates.remove(chosen)
            followed[source.key] = chosen.key
    return followed


def _is_complete(data: bytes) -> bool:
    """Return False if the header promises more bytes than the file has."""
    if len(data) < 12:
        return False
    size = promised_size(data)
    return size is None or size <= len(data)
