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


def dense(misses: list[np.ndarray], firmness: list[np.ndarray], fps: float) -> np.ndarray:
    """The same least squares, written out: rows for every step of every foot, rows for the sway and its steps, nothing at the ends."""
    count, pull = len(misses[0]), fps * hip_compensation._DECAY_STANDING_S
    steps = np.diff(np.eye(count), axis=0)
    rows, right = [np.eye(count), steps * fps * hip_compensation._DECAY_LIFTED_S], [np.zeros((2 * count - 1, 3))]
    for miss, firm in zip(misses, firmness, strict=True):
        weight = np.sqrt(hip_compensation._eased(firm, fps))[:, None] * pull
        rows.append(steps * weight)
        right.append(-np.diff(miss, axis=0) * weight)
    inner = np.vstack(rows)[:, 1:-1]
    found = np.linalg.lstsq(inner, np.vstack(right), rcond=None)[0]
    return np.pad(found, ((1, 1), (0, 0)))


@pytest.mark.parametrize("count", [4, 5, 64, 100, 129])
def test_it_is_the_least_squares_it_says(count: int) -> None:
    rng = np.random.default_rng(count)
    misses = [rng.normal(0, 0.02, (count, 3)).cumsum(axis=0) for _ in range(2)]
    firmness = [rng.uniform(0, 1, count - 1) ** 3 for _ in range(2)]
    found = hip_compensation.compensation(misses, firmness, 30.0)
    assert np.abs(found - dense(misses, firmness, 30.0)).max() < 1e-9
    assert np.abs(found).max() > 1e-4


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
    rig = rigs.build(name)
    joints = [rig.skeleton.index(rig.truth[side + "UpperLeg"]) for side in ("Left", "Right")]
    for move in ("kick", "run", "spinkick", "punch"):
        motion = moves.load(move)
        paths = [
            kinematics.forward(retarget(motion, rig.skeleton, options=RetargetOptions(keep_feet=keep)))[1][
                :, joints
            ].mean(axis=1)[:, [0, 2]]
            for keep in (False, True)
        ]
        fast, kept, added = (
            np.linalg.norm(np.diff(path, 2, axis=0), axis=1).max() * motion.fps**2
            for path in (*paths, paths[1] - paths[0])
        )
        assert kept < 1.2 * fast, (move, kept, fast)
        # A metarig's hips bone swings the joints about itself, and the sway takes just this back.
        assert added < (0.65 if name == "rigify_metarig" else 0.35) * fast, (move, added, fast)


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
