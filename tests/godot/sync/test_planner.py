"""The planner over a project that is a dictionary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kinetix_godot.manifest import Manifest, Record, RecordState
from kinetix_godot.plan.planner import Action, ActionKind, decide
from kinetix_godot.snapshot import Hint
from kinetix_godot.source.source_file import SourceFile
from kinetix_godot.target.names import side_name

OLD, FRESH = (1, 1, 1, 1), (1, 9, 9, 1)
WAVE = Record("path:Wave.glb", "Wave.glb", "one", "one", "Wave", RecordState.IN_STEP, "", OLD, OLD)


@dataclass
class Contents:
    """File → hash; every hint but `FRESH` is settled."""

    files: dict[str, str] = field(default_factory=dict)
    seen: Hint = OLD

    def sha(self, file: str) -> str | None:
        return self.files.get(file)

    def hint(self, file: str) -> Hint | None:
        return self.seen if file in self.files else None

    def is_settled(self, hint: Hint) -> bool:
        return hint != FRESH

    def name_for(self, source: SourceFile, record: Record | None) -> str:
        return f"{source.wanted}.glb"

    def side_for(self, file: str, source: SourceFile, record: Record | None) -> str:
        return record.side if record and record.side else side_name(file)

    def moved_to(self, record: Record) -> str | None:
        return None

    def announced(self, file: str, sha: str) -> bool:
        return False

    def is_incomplete(self, file: str, source: SourceFile) -> bool:
        return False


def at_source(sha: str, name: str = "Wave", hint: Hint = OLD) -> SourceFile:
    return SourceFile(f"path:{name}.glb", f"/source/{name}.glb", name, hint, sha)


def only(found: list[Action]) -> tuple[ActionKind, Record]:
    (action,) = found
    assert action.record is not None
    return action.kind, action.record


@pytest.mark.parametrize("hint", [OLD, FRESH])
def test_hints_are_recorded_only_when_they_can_be_believed(hint: Hint) -> None:
    believed = None if hint == FRESH else hint
    kind, record = only(decide(at_source("one", hint=hint), None, Contents({"Wave.glb": "one"}, seen=hint)))
    assert (kind, record.source_hint, record.target_hint) == (ActionKind.ADOPT, believed, believed)
    kind, record = only(decide(at_source("two", hint=hint), WAVE, Contents({"Wave.glb": "mine"}, seen=hint)))
    assert (kind, record.source_hint, record.target_hint) == (ActionKind.CONFLICT, believed, believed)


def test_a_conflict_comes_with_its_side_copy() -> None:
    _, first = only(decide(at_source("two"), WAVE, Contents({"Wave.glb": "mine"})))
    assert (first.state, first.side) == (RecordState.CONFLICT, "Wave.theirs.glb")
    _, second = only(decide(at_source("three"), first._replace(side="other.glb"), Contents({"Wave.glb": "mine"})))
    assert second.side == "other.glb"


def test_an_emote_renamed_at_its_source_gives_up_its_old_key() -> None:
    (action,) = decide(at_source("one", "Hello"), WAVE, Contents({"Wave.glb": "one"}))
    assert (action.kind, action.file, action.old) == (ActionKind.RENAME, "Hello.glb", "Wave.glb")
    assert action.record is not None
    assert (action.record.key, action.dropped) == ("path:Hello.glb", WAVE.key)


def test_what_is_known_is_not_noted_again() -> None:
    without_hint = WAVE._replace(target_hint=None)
    kind, record = only(decide(at_source("one"), without_hint, Contents({"Wave.glb": "one"})))
    assert (kind, record) == (ActionKind.UNCHANGED, WAVE)
    assert decide(at_source("one"), WAVE, Contents({"Wave.glb": "one"})) == []
    assert decide(at_source("one"), without_hint, Contents({"Wave.glb": "one"}, seen=FRESH)) == []


def test_states_are_written_as_ever(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    manifest.record([WAVE, WAVE._replace(key="b", file="b.glb", state=RecordState.DELETED, target_hint=None)])
    manifest.close()
    rows = json.loads((tmp_path / "manifest.log").read_text(encoding="ascii"))["set"]
    assert [row[5] for row in rows] == ["", "deleted"]
    for _ in range(2):  # from the log, then from the snapshot
        manifest = Manifest(tmp_path)
        assert manifest.records["b"].state is RecordState.DELETED
        assert [record.key for record in manifest.special.values()] == ["b"]
        manifest.compact()
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="ascii"))["state"] == ["", "deleted"]
