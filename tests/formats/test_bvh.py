"""BVH: what is written is read back, and other programs' channel orders, units and habits are understood."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from kinetix_core.formats import bvh
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import FormatError
from tests.formats.strategies import motions
from tests.motion.angles import angle_deg
from tests.support import clips

pytestmark = pytest.mark.quick

FIGURE = """HIERARCHY
ROOT Hips
{
  OFFSET 0.0 90.0 0.0
  CHANNELS %s
  JOINT Head
  {
    OFFSET 0.0 80.0 0.0
    CHANNELS 3 Xrotation Yrotation Zrotation
    End Site
    {
      OFFSET 0 10 0
    }
  }
}
MOTION
Frames: %d
Frame Time: %s
%s
"""


@given(motions())
@settings(max_examples=40, deadline=None)
def test_joints_come_back_where_they_were(motion: Motion) -> None:
    back = bvh.read_motion(bvh.write_motion(motion).encode(), unit_m=0.01, z_up=False)
    assert len(back) == len(motion)
    assert back.fps == pytest.approx(motion.fps, rel=1e-6)
    assert np.abs(kinematics.forward(back)[1] - kinematics.forward(motion)[1]).max() < 1e-5


@given(motions(tree=False))
@settings(max_examples=20, deadline=None)
def test_rotations_come_back_when_the_bones_rest_unturned(motion: Motion) -> None:
    back = bvh.read_motion(bvh.write_motion(motion).encode(), unit_m=0.01, z_up=False)
    assert angle_deg(back.rotations, motion.rotations).max() < 0.01


def test_angles_after_an_offset_turn_the_rest_pose() -> None:
    """SOMA's files append the rest angles about x, y and z to each offset; the channels are absolute."""
    text = """HIERARCHY
ROOT Hips
{
  OFFSET 0 90 0 90 0 90
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT Head
  {
    OFFSET 80 0 0 0 0 0
    CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
    JOINT HeadEnd
    {
      OFFSET 10 0 0 0 0 -90
      CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.05
0 90 0 90 0 90 80 0 0 0 0 0 10 0 0 0 0 0
0 90 0 90 0 90 80 0 0 -90 0 0 10 0 0 0 0 0
"""
    motion = bvh.read_motion(text.encode())
    upright = [[0, 0.9, 0], [0, 1.7, 0], [0, 1.8, 0]]
    bowed = [[0, 0.9, 0], [0, 1.7, 0], [0, 1.7, -0.1]]
    assert np.allclose(kinematics.rest_pose(motion.skeleton)[1], upright)
    assert np.allclose(kinematics.forward(motion)[1], [upright, bowed])
    with pytest.raises(FormatError):
        bvh.read_motion(text.replace("90 0 90 0 90\n  CH", "90 0 90 0\n  CH").encode())


@pytest.mark.parametrize("order", list(itertools.permutations("XYZ")), ids="".join)
def test_channels_turn_in_the_order_of_the_file(order: tuple[str, ...]) -> None:
    channels = "6 Zposition Xposition Yposition " + " ".join(f"{axis}rotation" for axis in order)
    text = FIGURE % (channels, 1, "0.033333", "3 1 2 10 20 30 0 0 0")
    motion = bvh.read_motion(text.encode())
    expected = quat.IDENTITY
    for axis, angle in zip(order, (10, 20, 30), strict=True):
        own = np.eye(3)["XYZ".index(axis)]
        expected = quat.multiply(expected, quat.from_axis_angle(own, np.radians(angle)))
    assert angle_deg(motion.rotations[0, 0], expected) < 1e-6
    assert motion.root_positions[0] == pytest.approx([0.01, 0.02, 0.03])


@pytest.mark.parametrize(
    ("written", "fps"),
    [("0.033333", 30), ("0.0333333", 30), ("0.0083333", 120), ("0.041667", 24), (".04", 25), ("1.6667e-2", 60)],
)
def test_rounded_frame_times_give_the_rate_that_was_meant(written: str, fps: float) -> None:
    channels = "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
    assert bvh.read_motion((FIGURE % (channels, 1, written, "0 0 0 0 0 0 0 0 0")).encode()).fps == fps


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_unit_is_told_from_the_size_of_the_figure(unit: float) -> None:
    motion = clips.random_motion(3)
    back = bvh.read_motion(bvh.write_motion(motion, unit_m=unit).encode())
    assert np.abs(kinematics.forward(back)[1] - kinematics.forward(motion)[1]).max() < 1e-5


def test_figure_that_stands_along_z_is_stood_up() -> None:
    text = FIGURE % ("6 Xposition Yposition Zposition Zrotation Xrotation Yrotation", 1, "0.04", "1 2 90 30 0 0 0 0 0")
    text = text.replace("0.0 90.0 0.0", "0.0 0.0 90.0").replace("0.0 80.0 0.0", "0.0 0.0 80.0")
    motion = bvh.read_motion(text.encode())
    assert motion.root_positions[0] == pytest.approx([0.01, 0.9, -0.02])
    assert angle_deg(motion.rotations[0, 0], quat.from_axis_angle([0.0, 1, 0], np.radians(30))) < 1e-6
    assert kinematics.rest_pose(motion.skeleton)[1][1] == pytest.approx([0, 1.7, 0])


def test_names_with_spaces_tabs_windows_lines_and_a_byte_order_mark() -> None:
    text = FIGURE % ("6 Xposition Yposition Zposition Zrotation Xrotation Yrotation", 1, "0.04", "0 " * 9)
    text = text.replace("ROOT Hips", "ROOT  The Hips").replace("  ", "\t").replace("\n", "\r\n")
    motion = bvh.read_motion(b"\xef\xbb\xbf" + text.encode())
    assert motion.skeleton.names == ("The Hips", "Head")


def test_root_without_positions_stays_at_its_offset() -> None:
    motion = bvh.read_motion((FIGURE % ("3 Zrotation Xrotation Yrotation", 2, "0.04", "0 " * 12)).encode())
    assert motion.root_positions.tolist() == [[0, 0.9, 0]] * 2


@pytest.mark.parametrize(
    "change",
    [
        ("MOTION", "MOVES"),
        ("}\n", "", 1),
        ("ROOT Hips", "JOINT Hips"),
        ("Frames: 2", "Frames: 3"),
        ("Frames: 2", "Frames: 0"),
        ("Zrotation", "Wrotation"),
        ("OFFSET 0.0 90.0 0.0", "OFFSET 0.0 up 0.0"),
    ],
)
def test_what_is_not_bvh_is_refused(change: tuple[str, str]) -> None:
    text = FIGURE % ("3 Zrotation Xrotation Yrotation", 2, "0.04", "0 " * 12)
    with pytest.raises(FormatError):
        bvh.read_motion(text.replace(*change).encode())
