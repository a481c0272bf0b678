"""No program that is not ours gets a key, and every one that is started says what it gets."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from kinetix_core.serving.environment import for_other_program, without_secrets
from kinetix_godot.run.headless import import_project
from kinetix_tools.opening import as_glb
from tests.support import tools

pytestmark = pytest.mark.quick

KEY = "0123456789abcdef" * 2
ROOMS = ("shared", "godot_bridge/kinetix_godot", "blender_addon/kinetix_emotes")
BENCHES = ("kinetix_bench", "bench")


def test_what_a_program_needs_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_API_KEY", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("BLENDER_USER_RESOURCES", "/somewhere")
    monkeypatch.setenv("LC_ALL", "C")
    found = for_other_program(("BLENDER_",), EXTRA="1")
    assert found["PATH"] == os.environ["PATH"] and found["LC_ALL"] == "C" and found["EXTRA"] == "1"
    assert found["BLENDER_USER_RESOURCES"] == "/somewhere"
    assert not {"KINETIX_API_KEY", "AWS_SECRET_ACCESS_KEY"} & found.keys()
    assert "BLENDER_USER_RESOURCES" not in for_other_program()
    own = without_secrets("AWS_SECRET_ACCESS_KEY")
    assert "KINETIX_API_KEY" not in own and "AWS_SECRET_ACCESS_KEY" not in own and own["LC_ALL"] == "C"


@pytest.mark.posix_only(reason="the stand-ins are shell scripts")
def test_a_projects_plugins_and_blenders_scripts_see_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, program = tmp_path / "seen", tmp_path / "program"
    program.write_text(f"#!/bin/sh\nenv >> '{seen}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("KINETIX_API_KEY", KEY)
    monkeypatch.setenv("KINETIX_BLENDER", str(program))
    (tmp_path / "emotes").mkdir()
    import_project(tmp_path, "emotes", program)
    (tmp_path / "a.blend").write_bytes(b"BLENDER")
    with pytest.raises(Exception, match="Blender"):
        as_glb(tmp_path / "a.blend", tmp_path)
    told = seen.read_text(encoding="utf-8")
    assert told.count("PATH=") >= 2 and KEY not in told


def test_every_start_of_a_program_names_its_environment() -> None:
    wrong = []
    for room in ROOMS:
        for file in sorted((tools.ROOT / room).rglob("*.py")):
            if any(part.startswith(BENCHES) for part in file.relative_to(tools.ROOT).parts):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                starts = isinstance(node, ast.Call) and ast.unparse(node.func) in {"subprocess.run", "subprocess.Popen"}
                if starts and not {"env"} & {word.arg for word in node.keywords}:  # type: ignore[attr-defined]
                    wrong.append(f"{file.relative_to(tools.ROOT)}:{node.lineno}")  # type: ignore[attr-defined]
    assert not wrong
