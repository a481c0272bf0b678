"""The hub's library as the sync reads it while no hub runs: a sidecar that a stranger wrote is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.values.errors import InputError
from kinetix_godot.preset import Preset
from kinetix_godot.source.library import read_library
from kinetix_godot.target.registry import Registry, Target


@pytest.mark.quick
@pytest.mark.parametrize(
    "sidecar",
    [{"id": ".."}, {"id": "path:../x"}, {"id": ""}, {"id": "a/b"}, {"id": 7}, {"name": None}, [], "[" * 200_000],
    ids=lambda value: str(value)[:20],
)
def test_a_hostile_sidecar_is_left_out(tmp_path: Path, sidecar: Any) -> None:
    for name, text in (
        ("good", json.dumps({"id": "e-1", "name": "Wave"})),
        ("hostile", json.dumps({"id": "e-2", "name": "x", **sidecar}) if isinstance(sidecar, dict) else str(sidecar)),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "emote.json").write_text(text, encoding="utf-8")
        (tmp_path / name / f"{name}.glb").write_bytes(b"glTF")
    assert [emote.id for emote in read_library(tmp_path)] == ["e-1"]


@pytest.mark.quick
def test_a_version_is_read_with_the_emote_that_it_is_of(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = [{"created": 5.0}, {"version_of": "e-0", "created": 6.0, "current_since": 7.5}]
    for number, said in enumerate(told):
        (tmp_path / f"{number}").mkdir()
        sidecar = json.dumps({"id": f"e-{number}", "name": "Wave", **said})
        (tmp_path / f"{number}" / "emote.json").write_text(sidecar, encoding="utf-8")
    found = [(emote.key, emote.version_of, emote.current_since) for emote in read_library(tmp_path)]
    assert found == [("e-0", None, 5.0), ("e-0", "e-0", 7.5)]


@pytest.mark.quick
@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "7", "[" * 200_000, '[{"id":"a"}]', "[7]",
        '[{"id":"..","project":"/p","folder":"emotes","source":"library"}]',
        '[{"id":"a","project":"/p","folder":"../..","source":"library"}]',
        '[{"id":"a","project":"/p","folder":"emo\\u0000tes","source":"library"}]',
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_a_damaged_list_of_targets_is_kept_and_stops_nothing(tmp_path: Path, text: str) -> None:
    registry = Registry(tmp_path)
    registry.folder.mkdir()
    (registry.folder / "targets.json").write_text(text, encoding="utf-8")
    assert registry.load() == []
    (kept,) = registry.folder.glob("targets.json.damaged-*")
    assert kept.read_text(encoding="utf-8") == text and registry.load() == []


@pytest.mark.quick
@pytest.mark.parametrize(
    "folder", ["..", "a/../..", "a\\..\\..", "emo\0tes", "C:", "a:b", "nul", ".hidden", "x.", "", "/x"]
)
def test_a_folder_in_a_project_has_a_plain_name(tmp_path: Path, folder: str) -> None:
    (tmp_path / "project.godot").touch()
    with pytest.raises(InputError) as caught:
        Target.create(tmp_path, folder)
    assert caught.value.code == "badFolder"


@pytest.mark.quick
@pytest.mark.parametrize("preset", [5, [], "x", {"importer": []}, {"importer": {}}, {"include": 7}, {"include": [7]}])
def test_settings_of_another_kind_are_named(preset: Any) -> None:
    with pytest.raises(InputError):
        Preset.from_json(preset)
