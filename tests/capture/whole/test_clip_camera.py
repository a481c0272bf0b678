"""The clip's camera in the emote's axes: what is drawn by it lies where the landmarks were seen."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from kinetix_capture import deliver
from kinetix_capture.fitting import body_model, packing
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.interface import CaptureRequest, Refinement
from kinetix_capture.refining import take_file
from kinetix_capture.tracking.camera_motion import CameraSwing
from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.captured_body import CapturedBody
from tests.capture.conftest import Taken
from tests.support.seen_take import FRAMES, seen_take
from tests.support.takes.clip_view import JOINTS, joints_in_clip

_FLIP = np.array([1.0, -1.0, -1.0])


@pytest.mark.quick
@pytest.mark.parametrize("kind", ["still", "turned", "in place", "looped", "upper"])
def test_the_emote_drawn_by_the_clips_camera_lies_over_what_was_seen(kind: str, tmp_path: Path) -> None:
    take = seen_take(captured=CapturedBody.UPPER if kind == "upper" else CapturedBody.WHOLE)
    take = dataclasses.replace(take, in_place=kind == "in place", loop=kind == "looped")
    if kind == "in place":
        take = dataclasses.replace(take, fit=_going_aside(take.fit))
    turns = np.zeros((FRAMES, 3))
    if kind == "turned":
        turns = np.round(np.outer(np.linspace(-0.2, 0.3, FRAMES), [0.1, 1.0, 0.05]), 4)
        take = dataclasses.replace(take, camera=CameraSwing(17.0, False, turns))
    take_file.write(tmp_path / "take.zip", take)
    request = CaptureRequest(tmp_path, tmp_path, refinement=Refinement(tmp_path / "take.zip", {"corrections": []}))
    made = deliver.produce(request, lambda progress: None, ["animation.glb", "quality.json"])

    camera = made.quality["camera"]
    motion = glb.read_motion(made.files["animation.glb"])
    shown = joints_in_clip(motion, camera)
    begins = made.quality.get("loop", {}).get("start", 0)
    frames = slice(begins, begins + len(motion))
    rays = take.fit.measured.rays[frames][:, body_model.rows(list(JOINTS))]
    ahead = np.concatenate((rays, -np.ones((*rays.shape[:2], 1))), -1)
    ahead = quat.rotate(quat.exp(turns[frames])[:, None], ahead * _FLIP) * _FLIP
    seen = take.fit.pictures[0].shares(ahead[..., :2] / -ahead[..., 2:])
    if kind == "upper":
        shown, seen = shown[:, :6], seen[:, :6]
    pixels = np.linalg.norm((shown - seen) * take.fit.size, axis=-1)
    assert np.median(pixels) < 0.01 * take.fit.size[1]
    assert len(camera["poses"]) == (-(-len(motion) // camera["step"]) if kind in ("turned", "in place") else 1)
    written = glb.read_clip_camera(made.files["animation.glb"])
    assert written == {"beginsS": made.quality["clip"]["beginsS"]} | {
        name: camera[name] for name in ("focal", "aspect", "step", "poses")
    }
    character = glb.read_character(made.files["animation.glb"])
    cut = glb.write_onto(character, [glb.read_motion(made.files["animation.glb"])])
    assert glb.read_clip_camera(cut) is None, "the camera is of the clips that the file had"
    assert json.loads(made.files["quality.json"].read_text(encoding="utf-8"))["camera"] == camera


def _going_aside(fit: ClipFit) -> ClipFit:
    hips = fit.state.hips + np.outer(np.linspace(0.0, 1.0, FRAMES), [1.0, 0.0, 0.0])
    state = dataclasses.replace(fit.state, hips=hips)
    points = state.pose.points
    measured = dataclasses.replace(fit.measured, rays=points[..., :2] / -points[..., 2:])
    return packing.rounded(dataclasses.replace(fit, state=state, measured=measured))


@pytest.mark.xdist_group("capture_whole")
def test_the_sample_lies_over_its_clip(taken: Taken) -> None:
    motion, seen = glb.read_motion(taken.delivery.files["animation.glb"]), taken.captured.seen
    shown = joints_in_clip(motion, taken.delivery.quality["camera"]) * taken.captured.fit.size
    pixels = np.linalg.norm(shown - seen.points[:, list(JOINTS)], axis=-1)
    assert np.median(pixels) < 0.01 * max(taken.captured.fit.size)
