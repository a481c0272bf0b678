"""Stands of a few frames between swings, in the feet of a run that is known exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture.contacts import short_contacts
from kinetix_core.motion.contacts import runs

pytestmark = pytest.mark.quick

_UP = np.array([0.0, 1.0, 0.0])
_NOBODY = np.zeros((60, 4), bool)
# frames in which each foot stands, left and right in turn, two metres apart
_LEFT, _RIGHT = ((10, 15), (34, 39)), ((22, 27), (46, 51))


def _foot(stands: tuple[tuple[int, int], ...], first_x: float) -> np.ndarray:
    """(60, 3) of a foot that swings forward and up in an arc between its stands, 5 m from the camera."""
    known = [
        (float(frame), first_x + 4 * number) for number, span in enumerate(stands) for frame in (span[0], span[1] - 1)
    ]
    known = [(known[0][0] - 20, known[0][1] - 4), *known, (known[-1][0] + 20, known[-1][1] + 4)]
    frames = np.arange(60.0)
    x = np.interp(frames, *np.array(known).T)
    swings = np.ones(60, bool)
    height = np.zeros(60)
    for first, last in stands:
        swings[first:last] = False
    for first, last in runs(swings):
        height[first:last] = 0.3 * np.sin(np.pi * (np.arange(first, last) - first + 1) / (last - first + 1))
    return np.stack((x, height - 1.0, np.full(60, -5.0)), 1)


def _run() -> tuple[np.ndarray, np.ndarray]:
    """Heels and toes (60, 4, 3) in the order of `ground.FEET`, and hips (60, 3) 0.9 m above the floor."""
    heels = np.stack((_foot(_LEFT, 0.0), _foot(_RIGHT, 2.0)), 1)
    hips = np.stack((np.linspace(-2, 8, 60), np.full(60, -0.1), np.full(60, -5.0)), 1)
    return np.concatenate((heels, heels + np.array([0.2, 0.0, 0.0])), 1), hips


def _seen(points: np.ndarray, metres: float = 0.004) -> np.ndarray:
    noise = np.random.default_rng(2).normal(size=(*points.shape[:2], 2)) * metres
    seen: NDArray[Any] = (points[..., :2] + noise) / -points[..., 2:]
    return seen


def _expected(*spans: tuple[int, int]) -> np.ndarray:
    out = np.zeros(60, bool)
    for first, last in spans:
        out[first:last] = True
    return out


def test_the_short_stands_of_a_run_are_found_to_the_frame_and_its_swings_are_not() -> None:
    points, hips = _run()
    found = short_contacts.add_short_contacts(_NOBODY, _seen(points), points, hips, 30.0, _UP)
    for point, stands in enumerate((_LEFT, _RIGHT, _LEFT, _RIGHT)):
        assert found[:, point].tolist() == _expected(*stands).tolist()


def test_the_body_may_rise_and_the_stands_be_blurred_in_the_fit() -> None:
    points, hips = _run()
    seen = _seen(points)
    drift = np.linspace(0, 0.4, 60)[:, None]
    fitted = np.apply_along_axis(lambda x: np.convolve(np.pad(x, 2, mode="edge"), np.ones(5) / 5, "valid"), 0, points)
    fitted[..., 1] += drift
    found = short_contacts.add_short_contacts(_NOBODY, seen, fitted, hips + drift * _UP, 30.0, _UP)
    assert found.any(axis=0).all()
    assert not (found & ~np.stack([_expected(*(_LEFT, _RIGHT)[point % 2]) for point in range(4)], 1)).any()


def test_a_foot_that_rests_in_the_air_or_under_a_lying_body_does_not_stand() -> None:
    points, hips = _run()
    lifted = points.copy()
    lifted[:, [0, 2], 1] += 0.2
    lifted[:, [1, 3], 1] = -1.0
    assert not short_contacts.add_short_contacts(_NOBODY, _seen(lifted), lifted, hips, 30.0, _UP)[:, [0, 2]].any()
    assert not short_contacts.add_short_contacts(_NOBODY, _seen(points), points, hips - 0.6 * _UP, 30.0, _UP).any()


def test_a_slow_foot_does_not_stand_between_swings() -> None:
    points, hips = _run()
    slow = points * np.array([0.15, 0.15, 1.0]) - 0.85 * _UP
    assert not short_contacts.add_short_contacts(_NOBODY, _seen(slow, 0.001), slow, hips, 30.0, _UP).any()


def test_what_is_known_stays_and_a_long_stand_grows_no_further() -> None:
    points, hips = _run()
    known = _NOBODY.copy()
    known[2:15, 0] = True
    found = short_contacts.add_short_contacts(known, _seen(points), points, hips, 30.0, _UP)
    assert found[2:15, 0].all()
    assert not found[:30, 2].any()
    assert found[34:39, 2].all()
    assert not short_contacts.add_short_contacts(_NOBODY[:2], _seen(points[:2]), points[:2], hips[:2], 30.0, _UP).any()
