"""The benchmark's scorer for others' emotes and upper bodies."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_bench.capture.score import bench_score
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import InputError
from tests.support import tools


def _delivered(truth: accuracy.Truth) -> accuracy.Delivered:
    return accuracy.Delivered(truth.joints.copy(), truth.rotations, 0.0)


def test_of_an_upper_body_legs_and_place_do_not_count() -> None:
    truth = truth_of("synthetic", "walk_az20", tools.DATA)
    given = _delivered(truth)
    given.joints[:, 6:] += np.random.default_rng(5).normal(size=given.joints[:, 6:].shape)
    given.joints[:, :6] += [3.0, -1.0, 2.0]
    found = accuracy.compare_upper(given, truth)
    assert found["paMm"] < 1e-6 and found["limbDirectionDeg"] < 1e-4 and found["rotationDeg"] < 1e-4
    given.joints[:, 4, 1] += 0.1
    moved = accuracy.compare_upper(given, truth)
    assert moved["paMm"] > 5 and moved["limbDirectionDeg"] > 2


def test_an_upper_body_that_is_late_by_two_frames_is_brought_in_time() -> None:
    truth = truth_of("synthetic", "walk_az20", tools.DATA)
    late = dataclasses.replace(_delivered(truth), joints=truth.joints[2:], rotations={})
    assert accuracy.compare_upper(late, truth)["paMm"] < 1e-6


def test_anybodys_emote_of_a_sample_clip_is_scored(tmp_path: Path) -> None:
    skeleton = mannequin.load("1k").skeleton
    rotations, path = np.tile(skeleton.rest_rotations, (50, 1, 1)), np.tile(skeleton.rest_translations[0], (50, 1))
    file = tmp_path / "still.glb"
    file.write_bytes(glb.write_emote(Motion(skeleton, 30.0, rotations, path, name="still")))
    told = ["--data", str(tools.DATA), "--clip", "cam02"]
    whole = CliRunner().invoke(bench_score, [str(file), *told], catch_exceptions=False)
    upper = CliRunner().invoke(bench_score, [str(file), *told, "--upper"], catch_exceptions=False)
    assert json.loads(whole.output)["paMm"] > 100 and json.loads(whole.output)["driftPercent"] > 10
    assert json.loads(upper.output)["paMm"] > 20 and "driftPercent" not in json.loads(upper.output)
    assert "paMm" in CliRunner().invoke(bench_score, [str(file), *told], catch_exceptions=False).output
    unknown = CliRunner().invoke(bench_score, [str(file), "--data", str(tools.DATA), "--clip", "cam99"])
    assert isinstance(unknown.exception, InputError) and "cam02" in unknown.exception.next_step
