"""The readers of the Godot add-on and hostile input: a reason or a sane emote, little memory, little time. One Godot reads it all."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinetix_core.formats import glb, kinanim, names
from kinetix_core.motion import Motion, kinematics
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.godot import hostile
from tests.godot.editor import godot, imported_project
from tests.motion.angles import angle_deg

pytestmark = pytest.mark.xdist_group("godot-runtime")

FUZZED = 150
MOST_MIB = 256
"""Beside the file itself, as for the readers in Python."""
MOST_TIMES = 12
"""A file that is refused may take as long as this many usual emotes of a minute; one that is read, for every minute of it."""

Row = dict[str, Any]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """File → what the reader said of it."""
    root = tmp_path_factory.mktemp("hostile")
    project, folder = imported_project(tmp_path_factory, root), root / "files"
    shutil.copy(Path(__file__).with_name("gd") / "read_all.gd", project)
    folder.mkdir()
    made = {name: make() for name, make in hostile.bombs().items()}
    for name, data in (hostile.PLAIN() | hostile.fuzzed(FUZZED) | hostile.same() | made).items():
        (folder / name).write_bytes(data)
    log = root / "report.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KINETIX_TEST_FILES", str(folder))
        patch.setenv("KINETIX_TEST_REPORT", str(log))
        code, output = godot(root, project, "-s", "res://read_all.gd")
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert code == 0 and len(rows) == len(list(folder.iterdir())), (rows[-1:], output[-3000:])
    assert "SCRIPT ERROR" not in output, output[:3000]
    shutil.rmtree(folder)
    return {row["name"]: row for row in rows}


def judge(row: Row, report: dict[str, Row]) -> None:
    is_read = "frames" in row
    assert is_read != bool(row["problems"]), "an emote or a reason, not both"
    usual = report[f"plain{Path(row['name']).suffix}"]
    minutes = 0.0
    if is_read:
        assert row["sane"] and row["frames"] <= 18_000
        minutes = row["frames"] * row["bones"] / (usual["frames"] * usual["bones"])
    else:
        assert all("; " in problem and problem.endswith(".") for problem in row["problems"]), row["problems"]
    assert row["us"] < MOST_TIMES * max(1.0, minutes) * usual["us"], f"{row['us'] / usual['us']:.1f} usual emotes"


@pytest.mark.parametrize("name", hostile.bombs())
def test_bomb_costs_little(report: dict[str, Row], name: str) -> None:
    judge(report[name], report)


def test_damaged_files_give_a_reason_or_a_sane_emote(report: dict[str, Row]) -> None:
    found = [row for name, row in report.items() if name.startswith("fuzzed")]
    for row in found:
        judge(row, report)
    refused = sum(bool(row["problems"]) for row in found)
    assert 0 < refused < len(found) == 2 * FUZZED


def test_memory_is_bounded(report: dict[str, Row]) -> None:
    rows = list(report.values())
    first, largest = rows[0]["peak"], max(row["size"] for row in rows)
    growth = {row["name"]: row["peak"] - before["peak"] for before, row in pairwise(rows)}
    assert rows[-1]["peak"] - first < (MOST_MIB << 20) + 3 * largest, max(growth, key=growth.__getitem__)


@pytest.mark.parametrize("name", hostile.same())
def test_both_languages_read_alike(report: dict[str, Row], name: str) -> None:
    data, row = hostile.same()[name], report[name]
    read = glb.read_motion if name.endswith("glb") else kinanim.read_motion
    try:
        motion = read(data)
    except FormatError:
        assert row["problems"]
        return
    assert not row["problems"], row["problems"]
    assert row["frames"] == len(motion)
    compare(motion, row)


def compare(motion: Motion, row: Row) -> None:
    worlds, places = kinematics.forward(motion)
    checked = 0
    for own, humanoid in names.HUMANOID.items():
        if humanoid in row["worlds"]:
            turns = np.array(row["worlds"][humanoid])
            off = angle_deg(turns, worlds[:, motion.skeleton.index(own)])
            assert off.max() < 0.1, f"{humanoid} is off by {off.max():.2f} degrees"
            checked += 1
    assert checked > 20
    np.testing.assert_allclose(row["hips"], places[:, motion.skeleton.index("Hips")], atol=1e-3)
    rest = np.zeros((len(motion), len(FACE_SHAPES)))
    face = np.stack([row["face"].get(shape, rest[:, 0]) for shape in FACE_SHAPES], axis=1)
    np.testing.assert_allclose(face, rest if motion.face is None else motion.face, atol=1e-4)
