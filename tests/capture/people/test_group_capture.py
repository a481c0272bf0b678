"""A real clip of two people: who is captured, and the files that the command writes for them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture.deliver import produce
from kinetix_capture.interface import CaptureRequest, Refinement
from kinetix_core.formats import glb
from kinetix_core.protocol.corrections import FootContact, Side, write_json
from tests.capture.conftest import run_capture
from tests.support import tools

TWO = tools.DATA / "real" / "two_people_cam02.mp4"
pytestmark = pytest.mark.xdist_group("capture_people")


def _captured(folder: Path, *options: str) -> list[str]:
    run_capture(TWO, "-o", folder / "duo.glb", *options)
    return sorted(path.name for path in folder.iterdir())


def test_every_person_becomes_an_emote_at_the_place_beside_the_other(tmp_path: Path) -> None:
    further = ["--also", str(tmp_path / "duo.json"), "--keep-observations", str(tmp_path / "duo.npz")]
    assert _captured(tmp_path, "--people", "all", *further) == [
        *("duo-1.glb", "duo-1.json", "duo-1.npz", "duo-2.glb", "duo-2.json", "duo-2.npz")
    ]
    motions = [glb.read_motion(tmp_path / f"duo-{number}.glb") for number in (1, 2)]
    assert [motion.name for motion in motions] == ["two_people_cam02 1", "two_people_cam02 2"]
    places = [motion.extras["group"] for motion in motions]
    assert [(place["person"], place["of"]) for place in places] == [(1, 2), (2, 2)]
    assert places[0]["id"] == places[1]["id"]
    assert json.loads((tmp_path / "duo-2.json").read_text())["group"] == places[1]
    apart = np.array([places[1][axis] - places[0][axis] for axis in ("x", "z")])
    assert apart[0] > 0, "from left to right"
    assert 1.5 < np.linalg.norm(apart) < 3.2
    assert abs((places[0]["yawDegrees"] - places[1]["yawDegrees"] + 180) % 360 - 180) > 120, "they face each other"
    truth = truth_of("real", "cam02", tools.DATA)
    figures = [accuracy.compare(accuracy.delivered(glb.write_emote(motion)), truth) for motion in motions]
    assert figures[1]["paMm"] < 56
    assert figures[0]["paMm"] > 100, "the other one moves otherwise"
    assert len({json.loads((tmp_path / f"duo-{number}.json").read_text())["camera"]["focal"] for number in (1, 2)}) == 1
    foot = FootContact(id="a", side=Side.LEFT, first=3, last=12)
    for number in (1, 2):  # with nothing to correct it is the capture
        for said in ([], [foot]):
            take = Refinement(tmp_path / f"duo-{number}.npz", write_json(said))
            request = CaptureRequest(Path(), tmp_path, "", refinement=take)
            again = produce(request, lambda progress: None, ["animation-v2.glb", "quality.json"]).files
            emote, report = again["animation-v2.glb"].read_bytes(), again["quality.json"].read_bytes()
            assert (emote == (tmp_path / f"duo-{number}.glb").read_bytes()) == (not said)
            assert (report == (tmp_path / f"duo-{number}.json").read_bytes()) == (not said)
            assert glb.read_motion(again["animation-v2.glb"]).extras["group"] == places[number - 1]


def test_one_person_is_captured_instead_of_a_refusal(tmp_path: Path) -> None:
    assert _captured(tmp_path, "--people", "one", "--no-hands", "--end", "1.2") == ["duo.glb"]
    motion = glb.read_motion(tmp_path / "duo.glb")
    assert "group" not in motion.extras
    assert motion.name == "two_people_cam02"
