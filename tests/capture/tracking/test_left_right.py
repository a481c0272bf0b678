"""Limbs that the network takes for those of the other side, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_capture.tracking import left_right

pytestmark = pytest.mark.quick


def _walk(frames: int = 40) -> np.ndarray:
    """Landmarks (F, 33, 3) of legs and arms that swing past each other."""
    rng = np.random.default_rng(2)
    points = np.repeat(rng.normal(0, 0.3, (1, 33, 3)), frames, axis=0)
    swing = 0.3 * np.sin(np.arange(frames) / 5.0)
    for left in (*left_right.LEGS, *left_right.ARMS):
        points[:, left + 1] = points[:, left] + [0.15, 0.0, 0.02]
        points[:, left, 0] += swing
        points[:, left + 1, 0] -= swing
    return points + rng.normal(0, 0.004, points.shape)


def test_limbs_that_change_sides_for_some_frames_are_put_back() -> None:
    true = _walk()
    wrong = np.zeros(len(true), bool)
    wrong[[8, 9, 20]] = True
    seen = left_right.exchanged(true, wrong, left_right.LEGS)
    found = left_right.swapped(seen, left_right.LEGS)
    assert np.array_equal(found, wrong)
    assert np.allclose(left_right.exchanged(seen, found, left_right.LEGS), true)


def test_limbs_that_pass_each_other_are_left_alone() -> None:
    true = _walk()
    assert not left_right.swapped(true, left_right.LEGS).any()
    assert not left_right.swapped(true, left_right.ARMS).any()
    assert not left_right.swapped(true[:4], left_right.LEGS).any()


def test_a_landmark_that_jumps_away_for_a_frame_is_not_trusted() -> None:
    true = _walk()
    true[15, 27] += [0.5, 0.0, 0.0]
    trust = left_right.trust(true)
    assert trust[15, 27] < 0.05
    assert np.median(trust) > 0.95
    assert trust[14, 27] > 0.5
