"""`userData.json`: the mapping of an avatar is written as the SDKs read it, and read back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kinetix_core import mannequin
from kinetix_core.formats import names, user_data
from kinetix_core.motion import Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import FormatError
from tests.motion.angles import angle_deg

pytestmark = pytest.mark.quick


def test_mapping_comes_back() -> None:
    skeleton = mannequin.load().skeleton
    bones = {humanoid: own for own, humanoid in names.HUMANOID.items()}
    text = user_data.write(skeleton, bones, "Sam")
    data = json.loads(text)
    assert user_data.read(text.encode()) == bones and len(user_data.KINETIX) == 52
    assert data["bone_mapping"]["Kinetix_LeftForeArm"] == "LeftForeArm"
    assert data["bone_mapping"]["Kinetix_RightPinky0"] == "RightHandPinky1"
    assert data["mapping"]["LeftThumbProximal"] == "LeftHandThumb1"  # Unity's names
    assert data["mapping"]["LeftThumbIntermediate"] == "LeftHandThumb2"
    assert len(data["default_t_pose"]) == len(skeleton)
    assert "position" in data["default_t_pose"][0]
    assert "position" not in data["default_t_pose"][1]


def test_rest_pose_is_written_as_three_js_reads_it() -> None:
    rng = np.random.default_rng(0)
    rest = quat.normalize(rng.normal(size=(40, 4)))
    rest[0] = quat.from_axis_angle([0.0, 1, 0], np.pi / 2)  # gimbal lock
    skeleton = Skeleton(tuple(map(str, range(40))), np.arange(-1, 39), rest, rng.normal(size=(40, 3)))
    pose = json.loads(user_data.write(skeleton, {"Hips": "0"}))["default_t_pose"]
    angles = np.array([[entry["rotation"][axis] for axis in "xyz"] for entry in pose])
    x, y, z = (quat.from_axis_angle(np.eye(3)[axis], angles[:, axis]) for axis in range(3))
    assert angle_deg(quat.multiply(quat.multiply(x, y), z), rest).max() < 0.001


def test_flat_form_of_the_unreal_sdk() -> None:
    text = json.dumps({"Kinetix_Hips": "pelvis", "Kinetix_Spine1": "spine_02", "Kinetix_Spine3": "x", "other": 1})
    assert user_data.read(text.encode()) == {"Hips": "pelvis", "Chest": "spine_02"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bone_mapping": 5}', '{"Kinetix_Hips": 5}', "[" * 100_000])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        user_data.read(text.encode())
