"""The hub's library as the sync reads it while no hub runs: a sidecar that a stranger wrote is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kinetix_godot.source.library import read_library


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
    assert [emote["id"] for emote in read_library(tmp_path)] == ["e-1"]
