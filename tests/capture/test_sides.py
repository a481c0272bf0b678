"""Limbs that the network takes for those of the other side, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_local.capture import sides

pytestmark = pytest.mark.quick


def _walk(frames: int = 40) -> np.ndarray:
    """Landmarks (F, 33, 3) of legs and arms that swing past each other."""
    rng = np.random.default_rng(2)
    points = np.repeat(rng.normal(0, 0.3, (1, 33, 3)), frames, axis=0)
    swing = 0.3 * np.sin(np.arange(frames) / 5.0)
    for left in (*sides.LEGS, *sides.ARMS):
        points[:, left + 1] = points[:, left] + [0.15, 0.0, 0.02]
        points[:, left, 0] += swing
        points[:, left + 1, 0] -= swing
    return points + rng.normal(0, 0.004, points.shape)


def test_limbs_that_change_sides_for_some_frames_are_put_back() -> None:
    true = _walk()
    wrong = np.zeros(len(true), bool)
    wrong[[8, 9, 20]] = True
    seen = sides.exchanged(true, wrong, sides.LEGS)
    found = sides.swapped(seen, sides.LEGS)
    assert np.array_equal(found, wrong)
    assert np.allclose(sides.exchanged(seen, found, sides.LEGS), true)


def test_limbs_that_pass_each_other_are_left_alone() -> None:
    true = _walk()
    assert not sides.swapped(true, sides.LEGS).any()
    assert not sides.swapped(true, sides.ARMS).any()
    assert not sides.swapped(true[:4], sides.LEGS).any()


def test_a_landmark_that_jumps_away_for_a_frame_is_not_trusted() -> None:
    true = _walk()
    true[15, 27] += [0.5, 0.0, 0.0]
    trust = sides.trust(true)
    assert trust[15, 27] < 0.05
    assert np.median(trust) > 0.95
    assert trust[14, 27] > 0.5
