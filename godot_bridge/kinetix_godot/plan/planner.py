"""Decides what has to happen to one emote, from three sides: the source, what we wrote last, and what lies in the project.

Pure: no file is touched here. The rules, in the artist's words:
- A file that we wrote and nobody changed follows the source: new contents, new name, removal.
- A file that somebody changed in the project is never overwritten, moved or removed. New contents go beside it and it is reported.
- A file that somebody deleted in the project stays deleted until it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kinetix_godot.plan.manifest import Record
from kinetix_godot.source.snapshot import Hint

__all__ = ["Action", "SourceFile", "decide", "side_name"]

_SIDE = ".theirs"


@dataclass(slots=True)
class SourceFile:
    """One emote at the source.

    Attributes:
        key: the emote's id, or `path:` and the path below the source folder.
        path: where the GLB lies.
        wanted: path without extension that it would like in the target, not yet safe.
        hint: of the file.
        sha: of its contents; None until they were read.
        facts: what the importer should know: `loop`, `emoteId`.
        document: the glTF document in the contents, when the check has read it.
        data: the contents, while they are few enough to be kept from hashing to writing.
    """

    key: str
    path: str
    wanted: str
    hint: Hint
    sha: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    data: bytes | None = None
    document: dict[str, Any] | None = None


@dataclass(slots=True)
class Action:
    """One step of a plan.

    Attributes:
        kind: `add`, `update`, `rename`, `remove` change the project; `conflict` writes a side copy; `replace` is the user's choice;
            `adopt`, `note`, `forget` change only what we know; `mend` (and a first `adopt`) also writes the settings beside the file
            anew where a power cut left them torn. A front end sees the last four as `keep`.
        file: path below the target folder after the action.
        reason: for a person.
        record: the record after the action; None for `remove` and `forget`.
        source: what is written; None where nothing is.
        old: path before a rename or of what is removed.
        stale_side: a side copy that is no longer needed.
        seen: hash of what an update or a removal was planned to replace.
        dropped: the key that the emote had before, when it was renamed at a folder source.
    """

    kind: str
    file: str
    reason: str
    key: str
    record: Record | None = None
    source: SourceFile | None = None
    old: str = ""
    stale_side: str = ""
    dropped: str = ""
    seen: str | None = None

    @property
    def shown(self) -> str:
        return self.kind if self.kind in {"add", "update", "rename", "remove", "conflict"} else "keep"

    def as_dict(self) -> dict[str, str]:
        found = {"action": self.shown, "file": self.file, "reason": self.reason}
        return {**found, "from": self.old} if self.kind == "rename" else found


def side_name(file: str) -> str:
    """Where the source's version goes when the project's own was changed: `Wave.glb` → `Wave.theirs.glb`."""
    return f"{file[:-4]}{_SIDE}.glb"


def decide(
    source: SourceFile | None,
    record: Record | None,
    target_sha: Callable[[str], str | None],
    name_for: Callable[[SourceFile, Record | None], str],
    moved_to: Callable[[Record], str | None],
    ours: Callable[[str, str], bool],
    wreck: Callable[[str, SourceFile], bool],
    *,
    torn: bool = False,
) -> list[Action]:
    """The actions for one emote, usually none or one.

    Args:
        source: its side at the source, contents hashed; None when it is gone there.
        record: what we know of it.
        target_sha: hash of a file of the target, None when it is not there.
        name_for: a safe file name for a source that no other emote has; for one that has a record, also free on disk.
        moved_to: where somebody moved our file within the target, if he did.
        ours: whether these contents (file, hash) were announced by us before a crash.
        wreck: whether the file is what a power cut leaves of the source's contents.
        torn: it was written shortly before a power cut, perhaps: one that is not there was not deleted by a person.
    """
    if record is None:
        return _first_time(source, target_sha, name_for, ours, wreck) if source else []
    found = target_sha(record.file)
    if found is not None and found != record.sha and ours(record.file, found):
        record = _with(record, sha=found, source_sha=found, state="")
    if source is None:
        return _gone(record, found)
    if found is None:
        return _missing(source, record, moved_to, torn=torn)
    if found not in {record.sha, _sha(source)} and wreck(record.file, source):
        newer = _with(record, sha=_sha(source), source_sha=_sha(source), state="", source_hint=source.hint)
        return [Action("update", record.file, "a power cut left it torn", source.key, newer, source, seen=found)]
    if record.state == "deleted":  # the user, or his version control, put it back
        record = _with(record, state="")
    if found == record.sha:
        return _untouched(source, record, name_for, found)
    return _edited(source, record, found)


def _with(record: Record, **changes: Any) -> Record:
    values = dict(zip(Record.__slots__, record.row(), strict=True)) | changes
    return Record(**values)


def _first_time(
    source: SourceFile,
    target_sha: Callable[[str], str | None],
    name_for: Callable[[SourceFile, Record | None], str],
    ours: Callable[[str, str], bool],
    wreck: Callable[[str, SourceFile], bool],
) -> list[Action]:
    file, sha = name_for(source, None), _sha(source)
    record = Record(source.key, file, sha, sha, source.wanted, source_hint=source.hint)
    found = target_sha(file)
    if found is None:
        return [Action("add", file, "new at the source", source.key, record, source)]
    if found == sha:
        return [Action("adopt", file, "already there with the same contents", source.key, record, source)]
    if ours(file, found) or wreck(file, source):
        return [Action("update", file, "an update that was interrupted", source.key, record, source, seen=found)]
    record.sha, record.state, record.side = found, "conflict", side_name(file)
    reason = "the project has another file of this name; the source's version lies beside it"
    return [Action("conflict", file, reason, source.key, record, source)]


def _gone(record: Record, found: str | None) -> list[Action]:
    side = record.side
    if found is None:
        return [
            Action("forget", record.file, "gone at the source and in the project", record.key, None, stale_side=side)
        ]
    if found == record.sha and record.state in {"", "deleted"}:
        return [Action("remove", record.file, "deleted at the source", record.key, None, old=record.file, seen=found)]
    return [
        Action(
            "forget",
            record.file,
            "deleted at the source, changed in the project: it is yours now",
            record.key,
            stale_side=side,
        )
    ]


def _missing(
    source: SourceFile,
    record: Record,
    moved_to: Callable[[Record], str | None],
    *,
    torn: bool,
) -> list[Action]:
    sha = _sha(source)
    if place := moved_to(record):
        moved = _with(
            record, file=place, sha=record.sha, source_sha=record.source_sha, source_hint=source.hint, target_hint=None
        )
        follow = [
            Action("adopt", place, f"moved in the project from {record.file}", record.key, moved, old=record.file)
        ]
        if sha != record.source_sha and moved.state == "":
            newer = _with(moved, sha=sha, source_sha=sha)
            follow.append(
                Action("update", place, "new contents at the source", record.key, newer, source, seen=record.sha)
            )
        return follow
    if torn and record.state == "":
        again = _with(record, sha=sha, source_sha=sha, source_hint=source.hint, target_hint=None)
        return [Action("add", record.file, "a power cut took it", source.key, again, source)]
    if record.state == "deleted" and record.source_sha == sha and record.source_hint == source.hint:
        return []
    gone = _with(record, state="deleted", source_sha=sha, source_hint=source.hint, target_hint=None, side="")
    return [
        Action("note", record.file, "deleted in the project: stays deleted", record.key, gone, stale_side=record.side)
    ]


def _untouched(
    source: SourceFile, record: Record, name_for: Callable[[SourceFile, Record | None], str], found: str
) -> list[Action]:
    sha = _sha(source)
    if record.state in {"conflict", "mine"}:  # the project's own version, as it was when it was reported
        return _edited(source, record, record.sha)
    actions = []
    if record.name != source.wanted:
        file = name_for(source, record)
        named = _with(record, file=file, name=source.wanted, source_hint=source.hint)
        if file != record.file:
            actions.append(Action("rename", file, "renamed at the source", source.key, named, old=record.file))
        elif sha == record.sha:
            actions.append(Action("note", file, "renamed at the source; the safe name is the same", source.key, named))
        record = named
    if sha != record.sha:
        newer = _with(record, sha=sha, source_sha=sha, state="", source_hint=source.hint)
        actions.append(
            Action("update", record.file, "new contents at the source", source.key, newer, source, seen=found)
        )
    elif not actions and (record.source_hint != source.hint or record.target_hint is None or record.state):
        settled = _with(record, source_hint=source.hint, source_sha=sha, state="")
        actions.append(Action("note", record.file, "unchanged", source.key, settled))
    return actions


def _edited(source: SourceFile, record: Record, found: str) -> list[Action]:
    sha = _sha(source)
    if found == sha:
        same = _with(record, sha=sha, source_sha=sha, state="", side="", source_hint=source.hint, target_hint=None)
        return [
            Action("adopt", record.file, "both sides made the same change", source.key, same, stale_side=record.side)
        ]
    if sha == record.source_sha:
        if (
            record.state in {"conflict", "mine", "edited"}
            and record.source_hint == source.hint
            and record.target_hint is not None
        ):
            return []
        state = record.state or "edited"
        noted = _with(record, state=state, source_hint=source.hint, target_hint=None)
        return [Action("note", record.file, "changed in the project: kept", source.key, noted)]
    clash = _with(
        record, state="conflict", side=side_name(record.file), source_sha=sha, source_hint=source.hint, target_hint=None
    )
    reason = "changed at the source and in the project; the source's version lies beside yours"
    return [Action("conflict", record.file, reason, source.key, clash, source)]


def _sha(source: SourceFile) -> str:
    assert source.sha is not None, "the planner needs hashed sources"
    return source.sha
