"""The checks of `inside/checks/` in every Blender version that is supported, on the add-on as the zip holds it.

What Blender changes comes with a version and stays, so the oldest and the newest see it; those between are the nightly run's.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import build_extension
from tests.support import tools

INSIDE = Path(__file__).parent / "inside"
CHECKS = INSIDE / "checks"


# Every wait inside ends with the reason; this one only ends a Blender that hangs.
HANGS_S = 900


def run_inside(version: str, folder: Path, files: Sequence[Path | str]) -> dict[str, object]:
    """Run `inside/runner.py` on these files (or tests in them) and return its result."""
    staged, result = folder / "staged", folder / "result.json"
    build_extension.stage(staged / "kinetix_emotes")
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "blender")}
    environment.pop("PYTHONPATH", None)
    with (folder / "output.log").open("wb") as log:
        subprocess.run(
            [str(tools.bpy_python(version)), str(INSIDE / "runner.py"), str(result), str(staged), *map(str, files)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            timeout=HANGS_S,
            check=False,
        )
    assert result.is_file(), (folder / "output.log").read_text(errors="replace")[-4000:]
    answer: dict[str, object] = json.loads(result.read_text(encoding="utf-8"))
    return answer


def assert_all_hold(answer: dict[str, object]) -> None:
    texts: dict[str, str] = answer["texts"]  # type: ignore[assignment]
    outcomes: dict[str, str] = answer["outcomes"]  # type: ignore[assignment]
    assert not texts, "\n\n".join(f"{name}:\n{text}" for name, text in texts.items())
    assert outcomes and set(outcomes.values()) == {"passed"}, outcomes
    assert answer["code"] == 0


OLDEST, *BETWEEN, NEWEST = tools.BPY_VERSIONS


def nightly(*versions: str) -> list[object]:
    return [pytest.param(version, marks=pytest.mark.nightly) for version in versions]


def checks() -> list[Path | str]:
    apart = {"check_rigify.py", "check_real_hub.py", "check_kills.py"}
    return [file for file in sorted(CHECKS.glob("check_*.py")) if file.name not in apart]


@pytest.mark.timeout(HANGS_S + 30)
@pytest.mark.parametrize("version", [OLDEST, NEWEST, *nightly(*BETWEEN)])
def test_every_check_holds_in_this_version(version: str, tmp_path: Path) -> None:
    assert_all_hold(run_inside(version, tmp_path, checks()))


@pytest.mark.timeout(HANGS_S + 30)
@pytest.mark.parametrize("version", [NEWEST, *nightly(OLDEST, *BETWEEN)])
def test_generated_rigify_rigs_follow_the_clip(version: str, tmp_path: Path) -> None:
    assert_all_hold(run_inside(version, tmp_path, [CHECKS / "check_rigify.py"]))
