"""Hostile lists of targets, folder names and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kinetix_core.values.errors import InputError
from kinetix_godot.preset import Preset
from kinetix_godot.target.registry import Registry, Target


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
    "folder",
    ["..", "a/../..", "a\\..\\..", "emo\0tes", "C:", "a:b", "nul", ".hidden", ".godot/x", "../out", "x.", "", "/x"],
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
