"""Joints of Blender's exports: scaled object, rolls, moving hips, saved in a pose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from kinetix_core.formats import bvh, glb
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion import quaternion as quat
from tests.support import tools
from tests.support.waiting import LIMIT_S

OBJECT_TURN = 0.5  # of the armature object about the vertical; BVH leaves object transforms out


@pytest.mark.parametrize("version", ["4.2", "5.2"])
@pytest.mark.xdist_group("bpy_formats")
def test_files_of_blender(version: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("bpy_export.py")
    done = subprocess.run(
        [tools.bpy_python(version), script, tmp_path], capture_output=True, encoding="utf-8", timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(tmp_path / "truth.npz") as truth:
        names, places = list(truth["names"]), truth["positions"]
    clip = glb.read_motion(tmp_path / "sampled.glb")
    assert (clip.fps, len(clip)) == (24.0, len(places))
    assert far(clip, names, places) < 1e-5
    # The rest pose is the armature's, although the file was saved in frame 7.
    _, rest = kinematics.rest_pose(clip.skeleton)
    assert rest[clip.skeleton.index("Spine")] == pytest.approx([0, 1.1, 0], abs=1e-5)
    character = glb.read_character(tmp_path / "sampled.glb")
    assert character.vertices[:, 1].max() == pytest.approx(1.45, abs=1e-5)
    back = glb.read_motion(glb.write_onto(character, [clip.with_(skeleton=character.skeleton)]))
    assert far(back, names, places) < 1e-5
    own = bvh.read_motion(tmp_path / "rig.bvh")
    assert own.fps == 24.0
    turned = quat.rotate(quat.from_axis_angle([0.0, 1, 0], -OBJECT_TURN), places)
    assert far(own, names, turned) < 2e-5  # the file has six decimals of a centimetre's hundredth


def far(motion: Motion, names: list[str], places: np.ndarray) -> float:
    order = [names.index(name) for name in motion.skeleton.names]
    return float(np.linalg.norm(kinematics.forward(motion)[1] - places[:, order], axis=-1).max())
