"""Three-way decision for one emote: source, last record, and project. No file is written.

Rules:
- A file that is unchanged in the project follows the source: contents, name, removal.
- A file that was changed in the project is never overwritten, moved or removed. New contents are written beside it.
- A file that was deleted in the project stays deleted until it is restored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from kinetix_core.protocol.hub.answers import PlanStep, RenameStep
from kinetix_core.protocol.hub.enumerations import PlannedAction
from kinetix_godot.manifest import Record, RecordState
from kinetix_godot.source.source_file import SourceFile
from kinetix_godot.target.target_side import TargetSide


class ActionKind(StrEnum):
    """Kind of an action. Front ends show all but the first five as `keep`."""

    ADD = "add"
    UPDATE = "update"
    RENAME = "rename"
    REMOVE = "remove"
    CONFLICT = "conflict"
    """Write the source's version beside the project's."""
    REPLACE = "replace"
    """Overwrite the project's version, as a person chose."""
    ADOPT = "adopt"
    """Record an existing file as written, and rewrite torn settings."""
    NOTE = "note"
    UNCHANGED = "unchanged"
    """Record that both sides are in step; not shown."""
    FORGET = "forget"
    MEND = "mend"
    """Check files that were written shortly before a power cut."""

    @property
    def writes(self) -> bool:
        """Return whether the source's contents are written."""
        return self in _WRITING

    @property
    def takes_name(self) -> bool:
        """Return whether the emote takes the name of the action's file."""
        return self in _TAKING

    @property
    def shown(self) -> PlannedAction:
        return PlannedAction(self.value) if self in _SHOWN else PlannedAction.KEEP


_RECORDING = {ActionKind.NOTE, ActionKind.UNCHANGED}
_WRITING = {ActionKind.ADD, ActionKind.UPDATE, ActionKind.CONFLICT, ActionKind.REPLACE}
_TAKING = {ActionKind.ADD, ActionKind.ADOPT, ActionKind.RENAME, ActionKind.CONFLICT, ActionKind.UPDATE}
_SHOWN = {ActionKind.ADD, ActionKind.UPDATE, ActionKind.RENAME, ActionKind.REMOVE, ActionKind.CONFLICT}


@dataclass(frozen=True, slots=True)
class Action:
    """A step of a plan.

    Attributes:
        file: path below the target folder after the action.
        reason: for a person.
        record: recorded after the action; None for `remove` and `forget`.
        source: written by the action.
        old: path before a rename or a removal.
        stale_side: a side copy to delete.
        dropped: the former key of an emote that was renamed at a folder source.
        seen: hash of the file that an update or a removal replaces.
    """

    kind: ActionKind
    file: str
    reason: str
    key: str
    record: Record | None = None
    source: SourceFile | None = None
    old: str = ""
    stale_side: str = ""
    dropped: str = ""
    seen: str | None = None

    def step(self) -> PlanStep:
        if self.kind is ActionKind.RENAME:
            return RenameStep(action=self.kind.shown, file=self.file, reason=self.reason, former=self.old)
        return PlanStep(action=self.kind.shown, file=self.file, reason=self.reason)


def decide(
    source: SourceFile | None, record: Record | None, project: TargetSide, *, torn: bool = False
) -> list[Action]:
    """Return the actions for one emote, usually none or one.

    Args:
        source: the hashed source file; None if it is gone.
        record: the emote's record, under its former key if it was renamed at the source.
        project: the target.
        torn: the file may have been lost in a power cut, so a missing one was not deleted by a person.
    """
    if source is None:
        return _gone(*_found(record, project)) if record else []
    if record is None:
        planned = _first_time(source, project)
    elif record.key == source.key:
        planned = _known(source, record, project, torn=torn)
    else:
        renamed = record._replace(key=source.key, source_hint=None)
        planned = [replace(action, dropped=record.key) for action in _known(source, renamed, project, torn=torn)]
    finished = [_finish(action, record, project) for action in planned]
    return [action for action in finished if action.kind not in _RECORDING or action.record != record]


def _finish(action: Action, before: Record | None, project: TargetSide) -> Action:
    """Drop uncertain hints from the action's record, and choose the path of a side copy."""
    record = action.record
    if record is None:
        return action
    if action.kind in {*_RECORDING, ActionKind.ADOPT, ActionKind.CONFLICT} and record.state is not RecordState.DELETED:
        hint = project.hint(action.file)
        record = record._replace(target_hint=hint if hint and project.is_reliable(hint) else None)
    if record.source_hint is not None and not project.is_reliable(record.source_hint):
        record = record._replace(source_hint=None)
    if action.kind is ActionKind.CONFLICT:
        assert action.source
        record = record._replace(side=project.side_for(action.file, action.source, before))
    return replace(action, record=record)


def _found(record: Record, project: TargetSide) -> tuple[Record, str | None]:
    """Return the record and the hash of the project's file. Announced contents count as written."""
    found = project.sha(record.file)
    if found is not None and found != record.sha and project.announced(record.file, found):
        record = record._replace(sha=found, source_sha=found, state=RecordState.IN_STEP)
    return record, found


def _known(source: SourceFile, record: Record, project: TargetSide, *, torn: bool) -> list[Action]:
    record, found = _found(record, project)
    sha = _sha(source)
    if found is None:
        return _missing(source, record, project, torn=torn)
    if found not in {record.sha, sha} and project.is_incomplete(record.file, source):
        newer = record._replace(sha=sha, source_sha=sha, state=RecordState.IN_STEP, source_hint=source.hint)
        return [
            Action(ActionKind.UPDATE, record.file, "a power cut left it torn", source.key, newer, source, seen=found)
        ]
    if record.state is RecordState.DELETED:  # the user, or his version control, put it back
        record = record._replace(state=RecordState.IN_STEP)
    if found == record.sha:
        return _untouched(source, record, project, found)
    return _edited(source, record, found)


def _first_time(source: SourceFile, project: TargetSide) -> list[Action]:
    file, sha = project.name_for(source, None), _sha(source)
    record = Record(source.key, file, sha, sha, source.wanted, source_hint=source.hint)
    found = project.sha(file)
    if found is None:
        return [Action(ActionKind.ADD, file, "new at the source", source.key, record, source)]
    if found == sha:
        return [Action(ActionKind.ADOPT, file, "already there with the same contents", source.key, record, source)]
    if project.announced(file, found) or project.is_incomplete(file, source):
        return [
            Action(ActionKind.UPDATE, file, "an update that was interrupted", source.key, record, source, seen=found)
        ]
    clash = record._replace(sha=found, state=RecordState.CONFLICT)
    reason = "the project has another file of this name; the source's version lies beside it"
    return [Action(ActionKind.CONFLICT, file, reason, source.key, clash, source)]


def _gone(record: Record, found: str | None) -> list[Action]:
    file, key = record.file, record.key
    if found is not None and found == record.sha and record.state in {RecordState.IN_STEP, RecordState.DELETED}:
        return [Action(ActionKind.REMOVE, file, "deleted at the source", key, old=file, seen=found)]
    reason = "deleted at the source, changed in the project: it is yours now"
    if found is None:
        reason = "gone at the source and in the project"
    return [Action(ActionKind.FORGET, file, reason, key, stale_side=record.side)]


def _missing(source: SourceFile, record: Record, project: TargetSide, *, torn: bool) -> list[Action]:
    sha = _sha(source)
    if place := project.moved_to(record):
        moved = record._replace(
            file=place, sha=record.sha, source_sha=record.source_sha, source_hint=source.hint, target_hint=None
        )
        reason = f"moved in the project from {record.file}"
        follow = [Action(ActionKind.ADOPT, place, reason, record.key, moved, old=record.file)]
        if sha != record.source_sha and moved.state is RecordState.IN_STEP:
            newer, reason = moved._replace(sha=sha, source_sha=sha), "new contents at the source"
            follow.append(Action(ActionKind.UPDATE, place, reason, record.key, newer, source, seen=record.sha))
        return follow
    if torn and record.state is RecordState.IN_STEP:
        again = record._replace(sha=sha, source_sha=sha, source_hint=source.hint, target_hint=None)
        return [Action(ActionKind.ADD, record.file, "a power cut took it", source.key, again, source)]
    if record.state is RecordState.DELETED and record.source_sha == sha and record.source_hint == source.hint:
        return []
    gone = record._replace(
        state=RecordState.DELETED, source_sha=sha, source_hint=source.hint, target_hint=None, side=""
    )
    reason = "deleted in the project: stays deleted"
    return [Action(ActionKind.NOTE, record.file, reason, record.key, gone, stale_side=record.side)]


def _untouched(source: SourceFile, record: Record, project: TargetSide, found: str) -> list[Action]:
    sha = _sha(source)
    if record.state in {RecordState.CONFLICT, RecordState.MINE}:
        # The project's own version, as it was when it was reported.
        return _edited(source, record, record.sha)
    actions = []
    if record.name != source.wanted:
        file = project.name_for(source, record)
        named = record._replace(file=file, name=source.wanted, source_hint=source.hint)
        if file != record.file:
            actions.append(Action(ActionKind.RENAME, file, "renamed at the source", source.key, named, old=record.file))
        elif sha == record.sha:
            reason = "renamed at the source; the safe name is the same"
            actions.append(Action(ActionKind.NOTE, file, reason, source.key, named))
        record = named
    if sha != record.sha:
        newer = record._replace(sha=sha, source_sha=sha, state=RecordState.IN_STEP, source_hint=source.hint)
        reason = "new contents at the source"
        actions.append(Action(ActionKind.UPDATE, record.file, reason, source.key, newer, source, seen=found))
    elif not actions and (
        record.source_hint != source.hint or record.target_hint is None or record.state is not RecordState.IN_STEP
    ):
        synced = record._replace(source_hint=source.hint, source_sha=sha, state=RecordState.IN_STEP)
        actions.append(Action(ActionKind.UNCHANGED, record.file, "unchanged", source.key, synced))
    return actions


def _edited(source: SourceFile, record: Record, found: str) -> list[Action]:
    sha = _sha(source)
    if found == sha:
        same = record._replace(
            sha=sha, source_sha=sha, state=RecordState.IN_STEP, side="", source_hint=source.hint, target_hint=None
        )
        reason = "both sides made the same change"
        return [Action(ActionKind.ADOPT, record.file, reason, source.key, same, stale_side=record.side)]
    if sha == record.source_sha:
        if (
            record.state in {RecordState.CONFLICT, RecordState.MINE, RecordState.EDITED}
            and record.source_hint == source.hint
            and record.target_hint is not None
        ):
            return []
        state = RecordState.EDITED if record.state is RecordState.IN_STEP else record.state
        noted = record._replace(state=state, source_hint=source.hint, target_hint=None)
        return [Action(ActionKind.NOTE, record.file, "changed in the project: kept", source.key, noted)]
    clash = record._replace(state=RecordState.CONFLICT, source_sha=sha, source_hint=source.hint, target_hint=None)
    reason = "changed at the source and in the project; the source's version lies beside yours"
    return [Action(ActionKind.CONFLICT, record.file, reason, source.key, clash, source)]


def _sha(source: SourceFile) -> str:
    assert source.sha is not None, "the planner needs hashed sources"
    return source.sha
