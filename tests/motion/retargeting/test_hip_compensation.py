"""The sway that keeps feet from sliding without turning a limb."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core import mannequin
from kinetix_core.motion import kinematics
from kinetix_core.motion.cleanup import hip_compensation
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from tests.motion import moves, rigs
from tests.motion.retargeting.measure import measure

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_pose_has_no_sway(count: int) -> None:
    miss = np.arange(count * 3.0).reshape(count, 3)
    assert not hip_compensation.compensation([miss], [np.ones(count - 1)], 30.0).any()


def test_the_way_keeps_its_length() -> None:
    path = np.zeros((60, 3))
    path[:, 2] = np.linspace(0, 2, 60)
    shaking = np.zeros((60, 3))
    shaking[1::2, 0] = 0.02
    given = hip_compensation.bounded(path, shaking)
    length = np.linalg.norm(np.diff(path + given, axis=0), axis=1).sum()
    assert 0 < given[1, 0] < 0.02 and 2 < length <= 2 * (1 + hip_compensation._MOST_STRETCH)
    assert np.array_equal(hip_compensation.bounded(path, shaking * 0.1), shaking * 0.1)


def test_the_same_figure_is_left_alone() -> None:
    motion = moves.load("dance_a")
    out = retarget(motion, mannequin.load().skeleton)
    assert np.abs(out.root_positions - motion.root_positions).max() < 1e-9


@pytest.mark.parametrize("name", ["child", "stocky_legs_apart"])
def test_feet_of_other_proportions_slide_less(name: str) -> None:
    rig = rigs.build(name)
    slides = []
    for keep in (False, True):
        found = [
            measure(motion, retarget(motion, rig.skeleton, options=RetargetOptions(keep_feet=keep)), rig)
            for motion in map(moves.load, ("getup_facedown", "jump", "cartwheel"))
        ]
        assert all(0.98 <= one.stride <= 1.02 and one.direction < 0.01 for one in found)
        slides.append(np.average([one.slide for one in found], weights=[one.standing for one in found]))
    assert slides[1] < 0.93 * slides[0], slides


@pytest.mark.parametrize("name", ["child", "stocky_legs_apart", "rigify_metarig"])
def test_the_hips_never_jerk(name: str) -> None:
    """Neither to the side nor up, where a foot comes down fast."""
    rig = rigs.build(name)
    hips, *joints = (rig.skeleton.index(rig.truth[bone]) for bone in ("Hips", "LeftUpperLeg", "RightUpperLeg"))
    for move in ("kick", "run", "spinkick", "punch", "cartwheel", "getup_facedown"):
        motion = moves.load(move)
        at = [
            kinematics.forward(retarget(motion, rig.skeleton, options=RetargetOptions(keep_feet=keep)))[1]
            for keep in (False, True)
        ]
        paths = [one[:, joints].mean(axis=1)[:, [0, 2]] for one in at]
        fast, kept, added = (
            np.linalg.norm(np.diff(path, 2, axis=0), axis=1).max() for path in (*paths, paths[1] - paths[0])
        )
        assert kept < 1.2 * fast, (move, kept, fast)
        # A metarig's hips bone swings the joints about itself, and the sway takes just this back.
        share = 0.65 if name == "rigify_metarig" else 0.35
        assert added < share * fast or move in ("cartwheel", "getup_facedown"), (move, added, fast)
        lifts = [np.abs(np.diff(one[:, hips, 1], 2)).max() for one in at]
        assert lifts[1] < 1.15 * lifts[0], move


@pytest.mark.parametrize("fps", [12.0, 30.0, 60.0, 120.0])
def test_it_is_the_same_at_every_rate(fps: float) -> None:
    seconds = np.arange(round(3 * fps) + 1) / fps
    miss = np.stack((0.03 * np.sin(2 * seconds), 0 * seconds, 0.02 * np.cos(3 * seconds)), axis=1)
    firm = np.exp(-(((seconds[1:] - 1.5) / 0.8) ** 4))
    places = np.linspace(0, 3, 37)
    given = hip_compensation.compensation([miss], [firm], fps)
    finer = np.arange(1801) / 600
    wanted = hip_compensation.compensation(
        [np.stack((0.03 * np.sin(2 * finer), 0 * finer, 0.02 * np.cos(3 * finer)), axis=1)],
        [np.exp(-(((finer[1:] - 1.5) / 0.8) ** 4))],
        600.0,
    )
    for axis in (0, 2):
        off = np.interp(places, seconds, given[:, axis]) - np.interp(places, finer, wanted[:, axis])
        assert np.abs(off).max() < 0.2 * np.abs(wanted[:, axis]).max()
