"""With the editor closed: a real Godot imports on request, and what failed is found although its exit code is 0."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from kinetix_godot.run import commands
from tests.godot import emotes
from tests.godot.conftest import Place
from tests.godot.editor import bad_lines, godot, make_project, own_environment
from tests.support import tools

pytestmark = pytest.mark.xdist_group("godot-runtime")


def test_import_on_request_and_failures_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    for name, value in own_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    place = Place(tmp_path)
    (place.source / "Wave.glb").write_bytes(emotes.wave_glb(1))
    arguments = ["run", "--import", "--godot", str(tools.godot()), "--json"]
    ended = CliRunner().invoke(commands.sync, arguments)
    assert ended.exit_code == 0, ended.output
    settings = (place.emotes / "Wave.glb.import").read_text(encoding="utf-8")
    assert "uid=" in settings and "valid=false" not in settings, "Godot has not imported it"
    assert list((place.project / ".godot/imported").glob("Wave.glb-*.res"))

    (place.emotes / "Own.glb").write_bytes(b"glTF\x02\0\0\0\x10\0\0\0nope")  # the user's, so nobody checked it
    for _ in range(2):  # Godot does not try it again by itself, and it is still told
        ended = CliRunner().invoke(commands.sync, arguments)
        assert ended.exit_code == 1
        told = json.loads(ended.output)["targets"]
        assert [failed for found in told for failed in found.get("failed", [])] == ["emotes/Own.glb"]


def test_an_import_from_a_terminal_starts_no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path, resources=100)
    (project / "Wave.glb").write_bytes(emotes.wave_glb(1))
    asked = tmp_path / "asked"
    program = tmp_path / "kinetix"
    program.write_text(f"#!/bin/sh\ntouch '{asked}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KINETIX_COMMAND", str(program))
    monkeypatch.setenv("KINETIX_NO_START", "")
    code, output = godot(tmp_path, project, "--import")
    assert code == 0 and not bad_lines(output), bad_lines(output)
    assert list((project / ".godot/imported").glob("Wave.glb-*.scn"))
    time.sleep(0.5)
    assert not asked.exists()


def test_without_godot_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GODOT", raising=False)
    Place(tmp_path)
    ended = CliRunner().invoke(commands.sync, ["run", "--import"])
    assert "--godot" in getattr(ended.exception, "next_step", "")
