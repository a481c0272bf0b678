"""Planted feet: fixed on one spot, or following a drift; loops stay loops."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core import mannequin
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion.cleanup import foot_lock
from kinetix_core.motion.editing import looping, timing
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from tests.motion import moves, rigs

pytestmark = pytest.mark.quick

UP, FPS, LEG = np.array([0.0, 1, 0]), 30.0, 0.9
FRAMES = 181
SHARE = np.linspace(0, 1, FRAMES)
DRIFTS = {
    "steadily": SHARE,
    "all at once": 1 / (1 + np.exp((0.5 - SHARE) * 60)),
    "there and back": np.sin(2 * np.pi * SHARE) / 2,
}


def stand(path: np.ndarray) -> np.ndarray:
    """(F, 3) where a foot is put that stands all the time on this path (F, 3)."""
    always = np.ones(len(path), bool)
    height = path @ UP
    return path + foot_lock.offsets(path, height, path, always, always, UP, FPS, LEG)


def drift(kind: str, metres: float) -> np.ndarray:
    rng = np.random.default_rng(2)
    path = np.outer(DRIFTS[kind], [metres, 0, metres / 3])
    return np.asarray(path + rng.normal(0, 0.0008, path.shape) * np.array([1, 0, 1]))


@pytest.mark.parametrize("kind", DRIFTS)
@pytest.mark.parametrize("metres", [0.0, 0.03, 0.08])
def test_a_stand_that_drifts_a_little_has_one_spot(kind: str, metres: float) -> None:
    path = drift(kind, metres)
    spot = stand(path)
    assert np.ptp(spot, axis=0).max() < 1e-9
    np.testing.assert_allclose(spot[0], path.mean(axis=0), atol=1e-9)


@pytest.mark.parametrize("kind", DRIFTS)
@pytest.mark.parametrize("metres", [0.12, 0.2, 0.5])
def test_a_stand_that_drifts_far_is_dragged_and_never_hops(kind: str, metres: float) -> None:
    path = drift(kind, metres)
    spot = stand(path)
    speed = np.linalg.norm(np.diff(spot, axis=0), axis=1) * FPS
    meant = np.linalg.norm(np.gradient(np.outer(DRIFTS[kind], [metres, 0, metres / 3]), 1 / FPS, axis=0), axis=1)
    assert speed.max() < meant.max() + 0.02
    assert speed.sum() < meant.sum()
    assert np.abs(spot - path).max() < 2.5 * 0.05 * LEG


@pytest.mark.parametrize("metres", [0.12, 0.2, 0.5])
def test_a_loop_s_stand_comes_back_to_where_it_was(metres: float) -> None:
    path = drift("there and back", metres)
    path[-1] = path[0]
    row = np.concatenate((path[:-1], path[:-1], path))
    spot = stand(row)[FRAMES - 1 : 2 * FRAMES - 1]
    np.testing.assert_allclose(spot[0], spot[-1], atol=1e-9)


@pytest.mark.parametrize("name", ["walk", "jump", "dance_a", "idle"])
def test_a_loop_with_held_feet_stays_a_loop(name: str) -> None:
    looped = idle() if name == "idle" else looping.loop(moves.load(name), travel=True)
    rig = rigs.build("child")
    bones = map_bones(rig.skeleton)

    def put(motion: Motion) -> Motion:
        return retarget(motion, rig.skeleton, target_map=bones, options=RetargetOptions(foot_lock=True))

    def jump(motion: Motion) -> float:
        """Return the jump of the joints over the seam, less the figure's travel."""
        at = kinematics.forward(motion)[1]
        step = (at[-1, 0] - at[0, 0]) * [1.0, 0, 1]
        return float(np.abs(at[-1] - at[0] - step).max())

    held = put(looped)
    assert len(held) == len(looped) and held.extras["loop"]
    clip = looped.with_(extras={**looped.extras, "loop": False})
    assert jump(put(clip)) > 0.002  # what it is for
    assert jump(held) < 1e-6


def test_a_loop_goes_on_before_and_after_itself() -> None:
    looped = looping.loop(moves.load("walk"), travel=True)
    period = len(looped) - 1
    row = looping.repeat(looped, np.arange(-period, 2 * period + 1))
    step = looped.root_positions[-1] - looped.root_positions[0]
    for turn in (-1, 0, 1):
        part = row.root_positions[(turn + 1) * period : (turn + 2) * period + 1]
        np.testing.assert_allclose(part, looped.root_positions + turn * step, atol=1e-9)
    pose = timing.pick(looped, np.array([0]))
    np.testing.assert_array_equal(looping.repeat(pose, np.arange(3)).root_positions, pose.root_positions[[0, 0, 0]])


def idle() -> Motion:
    """A loop that stands for six seconds, drifts by 20 cm and comes back at its end."""
    figure = mannequin.load().skeleton
    path = figure.rest_translations[0] + np.outer(SHARE, [0.2, 0, 0])
    rest = np.tile(figure.rest_rotations, (FRAMES, 1, 1))
    return looping.close(Motion(figure, FPS, rest, path, "idle", {"contacts": [[True, True]] * FRAMES}))
