"""What the engine knows of the target folder while it plans: hints, hashes, names that are taken, files that were moved."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from kinetix_core.io.file_names import fold
from kinetix_godot.manifest import Manifest, Record, RecordState
from kinetix_godot.snapshot import Hint, is_settled, read_hint, sha256_of, walk
from kinetix_godot.source.source_file import SourceFile
from kinetix_godot.target.names import safe_path, side_name, unique

__all__ = ["TargetSide"]

_BLOCK = 512  # bytes; what a disk writes whole


@dataclass
class _View:
    """What one plan sees of the target. `files` is None when single files are asked for as needed."""

    begun_ns: int
    files: dict[str, Hint] | None = None
    hashes: dict[str, str | None] = field(default_factory=dict)
    hints: dict[str, Hint | None] = field(default_factory=dict)


class TargetSide:
    """Answers the planner's questions about one target folder (see `planner.Project`). Writes nothing."""

    def __init__(self, root: str, manifest: Manifest, names: str) -> None:
        self._root, self._manifest, self.names = root, manifest, names
        self._begun_ns = time.time_ns()
        self._claims: dict[str, str] | None = None
        self._view = _View(time.time_ns())

    def look(self, files: dict[str, Hint] | None = None, begun_ns: int | None = None) -> None:
        """Begins a plan: what was seen before is forgotten.

        Args:
            files: all that the target holds, when that is known.
            begun_ns: when somebody began to look for them.
        """
        self._view = _View(time.time_ns() if begun_ns is None else begun_ns, files)

    def forget_claims(self) -> None:
        """Has the names looked up again; a plan that was only shown may have claimed some."""
        self._claims = None

    def release(self, file: str) -> None:
        """Frees the name of a file that is gone."""
        if self._claims is not None:
            self._claims.pop(fold(file), None)

    def hint(self, file: str) -> Hint | None:
        """The hint of a file; None when it is not there."""
        view = self._view
        if view.files is not None:
            return view.files.get(file)
        if file not in view.hints:
            view.hints[file] = read_hint(f"{self._root}/{file}", refuse_link=True)
        return view.hints[file]

    def is_settled(self, hint: Hint) -> bool:
        """See `snapshot.is_settled`."""
        return is_settled(hint, self._view.begun_ns)

    def announced(self, file: str, sha: str) -> bool:
        """Whether the log said that we would write these contents there, and not that we did."""
        return sha in self._manifest.intents.get(file, ())

    def sha(self, file: str) -> str | None:
        """The hash of a file, from its record where the hint says that it is unchanged."""
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
        """Where somebody moved our file within the target; None when he did not."""
        view = self._view
        special = self._manifest.special.values()
        if record.state is RecordState.DELETED and record.target_hint is None and view.files is None:
            return None
        if view.files is None:
            view.files = walk(Path(self._root), refuse_links=True)[0]
        inode = record.target_hint[3] if record.target_hint else None
        sides = {special.side for special in special if special.side}
        free = [f for f in view.files if f not in self._manifest.by_file and f not in sides]
        free.sort(key=lambda f: view.files is not None and view.files[f][3] != inode)
        for file in free:
            # Without an inode only the same name in another folder counts: any copy of an emote has the same contents.
            if (view.files[file][3] == inode or file.rpartition("/")[2] == record.file.rpartition("/")[2]) and self.sha(
                file
            ) == record.sha:
                return file
        return None

    def name_for(self, source: SourceFile, record: Record | None) -> str:
        """A safe file name that no other emote has; for an emote that has a record, also free on disk."""
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
        """Remembers that an emote is about to take a name."""
        self._all_claims()[fold(file)] = key

    def side_for(self, file: str, source: SourceFile, record: Record | None) -> str:
        """A side copy goes where nothing of the user's lies: an older side copy that he did not touch may be replaced."""
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
        """Whether a file of the target is what a power cut leaves of the source's contents: its beginning, or zeros in place of it.

        A file that was changed since we began is being written by a program, which emptied it first: no power cut was in between.
        Only a drive that lost what we wrote leaves such a file meanwhile.
        """
        try:
            hint = read_hint(f"{self._root}/{file}", refuse_link=True)
            if hint and max(hint[1], hint[2]) > self._begun_ns and source.key not in self._manifest.torn:
                return False
            whole = source.data if source.data is not None else Path(source.path).read_bytes()
            with Path(self._root, file).open("rb") as target:
                found = target.read(len(whole) + 1)  # what is larger is none, and may be of any size
        except OSError:
            return False
        blocks = range(0, len(found), _BLOCK)
        return len(found) <= len(whole) and all(
            found[at : at + _BLOCK] == whole[at : at + _BLOCK][: len(found) - at] or not any(found[at : at + _BLOCK])
            for at in blocks
        )
