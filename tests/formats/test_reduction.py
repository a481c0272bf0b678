"""Key reduction: what is left out is within the bound, and what can be left out is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinetix_core.formats import reduction
from kinetix_core.motion import quaternion as quat
from tests.motion.angles import angle_deg
from tests.support import clips

pytestmark = pytest.mark.quick


def between(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    keys, frames = np.flatnonzero(mask), np.arange(len(mask))
    left = keys[np.searchsorted(keys, frames, side="right") - 1]
    right = keys[np.minimum(np.searchsorted(keys, frames), len(keys) - 1)]
    return left, right, (frames - left) / np.maximum(right - left, 1)


@given(
    seed=st.integers(0, 10_000),
    frames=st.integers(1, 60),
    bound=st.floats(1e-4, 0.5),
    size=st.sampled_from((1e-6, 0.02, 0.3)),
    longest=st.sampled_from((None, 1, 7)),
)
@settings(max_examples=60, deadline=None)
def test_bound_holds(seed: int, frames: int, bound: float, size: float, longest: int | None) -> None:
    rng = np.random.default_rng(seed)
    turns = quat.exp(np.cumsum(rng.normal(0, size, (3, frames, 3)), 1))
    path = np.cumsum(rng.normal(0, size, (frames, 3)), 0)
    bounds = np.array([bound, bound / 10, bound * 2])
    kept = reduction.keep_turns(turns, bounds, longest)
    for track in range(3):
        left, right, part = between(kept[track])
        made = quat.slerp(turns[track, left], turns[track, right], part)
        assert np.radians(angle_deg(made, turns[track])).max() <= bounds[track] * 1.001 + 1e-9
    held = reduction.keep_path(path, bound, longest)
    left, right, part = between(held)
    made = path[left] * (1 - part[:, None]) + path[right] * part[:, None]
    assert np.linalg.norm(made - path, axis=1).max() <= bound * 1.001 + 1e-12
    for mask in (*kept, held):
        assert mask[0]
        assert mask[-1]
        if longest and frames > 1:
            assert np.diff(np.flatnonzero(mask)).max() <= longest


def test_even_movement_needs_its_ends_only() -> None:
    turns = quat.from_axis_angle([0.0, 0, 1], np.linspace(0, 2.5, 200))[None]
    assert reduction.keep_turns(turns, np.array([1e-3])).sum() == 2
    assert reduction.keep_path(np.linspace([0, 0, 0], [5.0, 1, 2], 200), 1e-6).sum() == 2


def test_a_corner_is_kept() -> None:
    path = np.concatenate([np.linspace([0, 0, 0], [1.0, 0, 0], 50), np.linspace([1, 0.02, 0], [1.0, 1, 0], 50)])
    assert np.flatnonzero(reduction.keep_path(path, 1e-6)).tolist() == [0, 49, 99]


def test_reach_is_the_longest_way_down_the_bones() -> None:
    skeleton = clips.random_motion(1).skeleton
    reach = dict(zip(skeleton.names, reduction.reach(skeleton), strict=True))
    assert reach["Hips"] > reach["Spine"] > reach["LeftArm"] > reach["LeftHand"] > reach["LeftHandIndex3"] == 0.05
