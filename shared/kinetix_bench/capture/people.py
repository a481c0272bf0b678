"""Several people in one clip: rendered scenes with exact truth, and the real clip of two people."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.clips import scenes
from kinetix_bench.capture.sample_clips import captured, captured_people, truth_of
from kinetix_capture import estimate
from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
Row = dict[str, Any]
_HIPS = [6, 7]


def measure_people(data: Path, only: str | None = None) -> list[Row]:
    """For each person of each scene: PA beside that of the person alone, who is taken for whom, and the distance between the two."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
        for scene in scenes.SCENES:
            if only is None or only in scene.name:
                rows += _scene(scene, data, Path(scratch))
    if only is None or only in "real":
        rows += _real(data)
    return rows


def _scene(scene: scenes.Scene, data: Path, scratch: Path) -> list[Row]:
    truth = scenes.render(scene, data, scratch / "scene.mp4")
    found = captured_people(scratch / "scene.mp4")
    rows = []
    for number, actor in enumerate(scene.people):
        scenes.render(dataclasses.replace(scene, people=(actor,)), data, scratch / "alone.mp4")
        row = _row(scene.name, number + 1, _pa(captured(scratch / "alone.mp4"), truth[number]))
        if number < len(found):
            row["paMm"] = _pa(found[number], truth[number])
        rows.append(row)
    if len(found) == len(truth) == 2:
        ours, true = _paths(found, truth)
        off = _distance_off(ours, true)
        rows = [
            row | {"isWho": _who(ours[number], true) == number, "distanceOffPercent": off}
            for number, row in enumerate(rows)
        ]
    return rows


def _real(data: Path) -> list[Row]:
    """The person of cam02, with somebody else before him whose truth is not known."""
    truth = truth_of("real", "cam02", data)
    found, alone = captured_people(data / "real" / "two_people_cam02.mp4"), captured(data / "real" / "cam02.mp4")
    return [_row("real", 2, _pa(alone, truth)) | {"paMm": _pa(found[1], truth)}]


def _row(scene: str, person: int, alone_mm: float) -> Row:
    unknown = dict.fromkeys(("paMm", "isWho", "distanceOffPercent"))
    return {"scene": scene, "person": person, "aloneMm": alone_mm, **unknown}


def _pa(found: estimate.Estimate, truth: accuracy.Truth) -> float:
    return round(accuracy.compare(accuracy.delivered(found.motion), truth)["paMm"], 1)


def _paths(found: Sequence[estimate.Estimate], truth: Sequence[accuracy.Truth]) -> tuple[Array, Array]:
    """Return (P, F, 2) where the hips of each one go over the floor, ours and in truth, about the middle of all."""
    ours, true = [_on_floor(one) for one in found], [_level(one.joints) for one in truth]
    count = min(len(path) for path in (*ours, *true))
    paths = [np.stack([path[:count] for path in side]) for side in (ours, true)]
    return paths[0] - paths[0].mean((0, 1)), paths[1] - paths[1].mean((0, 1))


def _who(path: Array, true: Array) -> int:
    """Whose true way a path (F, 2) is nearest to from the first frame to the last: one who is taken for another goes over to his."""
    away = np.linalg.norm(true - path, axis=-1)
    ends = np.argmin(away[:, [0, -1]], axis=0)
    return int(ends[0]) if ends[0] == ends[1] else -1


def _distance_off(ours: Array, true: Array) -> float:
    """Return the mean error of the distance between two people's hips over the floor, in percent of the true one."""
    apart, goal = (np.linalg.norm(side[0] - side[1], axis=1) for side in (ours, true))
    return round(float(np.abs(apart - goal).mean() / goal.mean() * 100), 1)


def _on_floor(found: estimate.Estimate) -> Array:
    """Return (F, 2) x, z of the hips where the group's place puts them."""
    group = found.motion.extras["group"]
    turn = quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(group["yawDegrees"]))
    joints = accuracy.delivered(found.motion).joints * group["size"]
    place: Array = np.array([group["x"], group["z"]], float)
    return _level(quat.rotate(turn, joints)) + place


def _level(joints: Array) -> Array:
    return np.asarray(joints[:, _HIPS].mean(1)[:, [0, 2]])
