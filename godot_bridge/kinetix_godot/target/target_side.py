"""View of the target folder during planning: hints, hashes, taken names, moved files."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from kinetix_core.io.file_names import fold
from kinetix_core.protocol.hub.enumerations import NameStyle
from kinetix_godot.manifest import Manifest, Record, RecordState
from kinetix_godot.snapshot import Hint, is_reliable, list_glbs, read_hint, sha256_of
from kinetix_godot.source.source_file import SourceFile
from kinetix_godot.target.names import safe_path, side_name, unique

_BLOCK = 512  # bytes that a disk writes at once


@dataclass
class _View:
    """View of one plan. `files` is None when files are read one by one."""

    begun_ns: int
    files: dict[str, Hint] | None = None
    hashes: dict[str, str | None] = field(default_factory=dict)
    hints: dict[str, Hint | None] = field(default_factory=dict)


class TargetSide:
    """Read-only view of one target folder. Files are paths below it."""

    def __init__(self, root: str, manifest: Manifest, names: NameStyle) -> None:
        self._root, self._manifest, self.names = root, manifest, names
        self._begun_ns = time.time_ns()
        self._claims: dict[str, str] | None = None
        self._view = _View(time.time_ns())

    def look(self, files: dict[str, Hint] | None = None, begun_ns: int | None = None) -> None:
        """Begin a plan with a new view. `files`: all files of the target, listed after `begun_ns`."""
        self._view = _View(time.time_ns() if begun_ns is None else begun_ns, files)

    def forget_claims(self) -> None:
        """Forget claimed names, some of which belong to a plan that was only shown."""
        self._claims = None

    def release(self, file: str) -> None:
        """Free the name of a deleted file."""
        if self._claims is not None:
            self._claims.pop(fold(file), None)

    def hint(self, file: str) -> Hint | None:
        """Return the hint of a file, None if it is missing."""
        view = self._view
        if view.files is not None:
            return view.files.get(file)
        if file not in view.hints:
            view.hints[file] = read_hint(f"{self._root}/{file}", refuse_link=True)
        return view.hints[file]

    def is_reliable(self, hint: Hint) -> bool:
        """See `snapshot.is_reliable`."""
        return is_reliable(hint, self._view.begun_ns)

    def announced(self, file: str, sha: str) -> bool:
        """Return whether these contents were announced for the file and not recorded."""
        return sha in self._manifest.intents.get(file, ())

    def sha(self, file: str) -> str | None:
        """Return the hash of a file, from its record if the hint is unchanged."""
        hashes = self._view.hashes
        if file in hashes:
            return hashes[file]
        hint = self.hint(file)
        record = self._manifest.by_file.get(file)
        sha: str | None
        if hint is None:
            sha = None
        elif record is not None and record.target_hint == hint and record.state is RecordState.IN_STEP:
            sha = record.sha
        else:
            sha = sha256_of(f"{self._root}/{file}", refuse_link=True)
        hashes[file] = sha
        return sha

    def moved_to(self, record: Record) -> str | None:
        """Return where the file was moved to within the target, None if it was not."""
        view = self._view
        special = self._manifest.special.values()
        if record.state is RecordState.DELETED and record.target_hint is None and view.files is None:
            return None
        if view.files is None:
            view.files = list_glbs(Path(self._root), refuse_links=True)[0]
        inode = record.target_hint[3] if record.target_hint else None
        sides = {special.side for special in special if special.side}
        free = [f for f in view.files if f not in self._manifest.by_file and f not in sides]
        free.sort(key=lambda f: view.files is not None and view.files[f][3] != inode)
        for file in free:
            # Copies have the same contents, so another inode needs the same name in another folder.
            if (view.files[file][3] == inode or file.rpartition("/")[2] == record.file.rpartition("/")[2]) and self.sha(
                file
            ) == record.sha:
                return file
        return None

    def name_for(self, source: SourceFile, record: Record | None) -> str:
        """Return a safe, unused file name; for an emote with a record also one that is free on disk."""
        claims = self._all_claims()

        def taken(path: str) -> bool:
            file = f"{path}.glb"
            owner = claims.get(fold(file))
            if owner is not None and owner != source.key and (record is None or owner != record.key):
                return True
            if record is not None:
                return (
                    file != record.file and fold(file) != fold(record.file) and os.path.lexists(f"{self._root}/{file}")
                )
            return False

        return unique(safe_path(source.wanted, self.names), source.key, taken) + ".glb"

    def _all_claims(self) -> dict[str, str]:
        if self._claims is None:
            self._claims = {fold(record.file): record.key for record in self._manifest.records.values()}
            self._claims.update({fold(r.side): r.key for r in self._manifest.special.values() if r.side})
        return self._claims

    def claim(self, file: str, key: str) -> None:
        """Reserve a name for an emote."""
        self._all_claims()[fold(file)] = key

    def side_for(self, file: str, source: SourceFile, record: Record | None) -> str:
        """Return the path of a side copy: a free one, or that of an unchanged older copy."""
        if (
            record
            and record.side
            and sha256_of(f"{self._root}/{record.side}", refuse_link=True) in {None, record.source_sha}
        ):
            return record.side
        side = side_name(file)
        return unique(side[:-4], f"{source.key}{source.sha}", lambda p: self._is_foreign(f"{p}.glb", source)) + ".glb"

    def _is_foreign(self, file: str, source: SourceFile) -> bool:
        found = sha256_of(f"{self._root}/{file}", refuse_link=True)
        return found not in {None, source.sha} and not self.is_incomplete(file, source)

    def is_incomplete(self, file: str, source: SourceFile) -> bool:
        """Return whether a file is a torn copy of the source's contents: their beginning, or blocks of zeros.

        A file that changed since the start is being written by a program, unless a drive lost its bytes.
        """
        try:
            hint = read_hint(f"{self._root}/{file}", refuse_link=True)
            if hint and max(hint[1], hint[2]) > self._begun_ns and source.key not in self._manifest.torn:
                return False
            expected = source.data if source.data is not None else Path(source.path).read_bytes()
            with Path(self._root, file).open("rb") as target:
                found = target.read(len(expected) + 1)  # a larger file is not torn
        except OSError:
            return False
        blocks = range(0, len(found), _BLOCK)
        return len(found) <= len(expected) and all(
            found[at : at + _BLOCK] == expected[at : at + _BLOCK][: len(found) - at] or not any(found[at : at + _BLOCK])
            for at in blocks
        )
