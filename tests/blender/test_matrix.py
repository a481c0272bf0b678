"""The checks of `inside/` in every Blender version that is supported, on the add-on as the zip holds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import tools

sys.path.insert(0, str(tools.ROOT / "packaging"))

import build_extension

INSIDE = Path(__file__).parent / "inside"


def run_inside(version: str, folder: Path, *arguments: str, seconds: float = 110) -> dict[str, object]:
    """Runs `inside/runner.py` and returns its result."""
    staged, result = folder / "staged", folder / "result.json"
    build_extension.stage(staged / "kinetix_emotes")
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "blender")}
    environment.pop("PYTHONPATH", None)
    with (folder / "output.log").open("wb") as log:
        subprocess.run(
            [str(tools.bpy_python(version)), str(INSIDE / "runner.py"), str(result), str(staged), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            timeout=seconds,
            check=False,
        )
    assert result.is_file(), (folder / "output.log").read_text(errors="replace")[-4000:]
    answer: dict[str, object] = json.loads(result.read_text(encoding="utf-8"))
    return answer


@pytest.mark.parametrize("version", tools.BPY_VERSIONS)
def test_every_check_holds_in_this_version(version: str, tmp_path: Path) -> None:
    answer = run_inside(version, tmp_path)
    assert answer["outcomes"], answer
    assert not answer["texts"], "\n\n".join(f"{name}:\n{text}" for name, text in answer["texts"].items())  # type: ignore[attr-defined]
    assert answer["code"] == 0
