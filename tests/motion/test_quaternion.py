"""Laws that quaternions and interpolation keep, near zero, near half a turn and with either sign."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kinetix_core.motion import Motion, Skeleton, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import looping, timing
from tests.motion.angles import angle_deg

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]

SHAPES = st.sampled_from([(), (1,), (3, 1, 2), (0,)])
ANGLES = st.sampled_from([0.0, 1e-12, 1e-7, 1e-4, 1.0, 3.0, np.pi - 1e-7, np.pi])
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def rotations(draw: st.DrawFn, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Random ones, or all by one special angle about random axes, each with a random sign."""
    size = draw(SHAPES) if shape is None else shape
    rng = np.random.default_rng(draw(SEEDS))
    if draw(st.booleans()):
        q = quat.normalize(rng.normal(size=(*size, 4)))
    else:
        axis = rng.normal(size=(*size, 3))
        axis /= np.linalg.norm(axis, axis=-1, keepdims=True)
        q = quat.from_axis_angle(axis, np.full(size, draw(ANGLES)))
    signed: NDArray[Any] = q * rng.choice([-1.0, 1.0], (*size, 1))
    return signed


def same(a: np.ndarray, b: np.ndarray, degrees: float = 1e-5) -> bool:
    assert np.isfinite(a).all() and np.isfinite(b).all()
    return bool((angle_deg(a, b) <= degrees).all())


law = settings(max_examples=60, deadline=None)


@law
@given(rotations((4,)), rotations((4,)), rotations((4,)))
def test_group(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    assert same(quat.multiply(quat.multiply(a, b), c), quat.multiply(a, quat.multiply(b, c)))
    assert same(quat.multiply(a, quat.conjugate(a)), np.broadcast_to(quat.IDENTITY, a.shape))
    assert same(quat.multiply(a, quat.IDENTITY), a)
    np.testing.assert_allclose(np.linalg.norm(quat.multiply(a, b), axis=-1), 1, atol=1e-12)


@law
@given(rotations(), SEEDS)
def test_rotate_is_the_matrix(q: np.ndarray, seed: int) -> None:
    v = np.random.default_rng(seed).normal(size=(*q.shape[:-1], 3))
    matrix = quat.to_matrix(q)
    np.testing.assert_allclose(quat.rotate(q, v), (matrix @ v[..., None])[..., 0], atol=1e-12)
    np.testing.assert_allclose(
        np.swapaxes(matrix, -1, -2) @ matrix, np.broadcast_to(np.eye(3), matrix.shape), atol=1e-12
    )
    if q.size:
        assert same(quat.from_matrix(matrix), q)


@law
@given(rotations())
def test_exp_undoes_log(q: np.ndarray) -> None:
    v = quat.log(q)
    assert (np.linalg.norm(v, axis=-1) <= np.pi + 1e-9).all()
    assert same(quat.exp(v), q)


@law
@given(SEEDS, st.sampled_from([1.0, 1e-6, 0.0]), st.booleans())
def test_between_turns_one_onto_the_other(seed: int, size: float, opposite: bool) -> None:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(5, 3))
    b = -a if opposite else a + size * rng.normal(size=(5, 3))
    turned = quat.rotate(quat.between(a, b), a / np.linalg.norm(a, axis=-1, keepdims=True))
    np.testing.assert_allclose(turned, b / np.linalg.norm(b, axis=-1, keepdims=True), atol=1e-7)


@law
@given(rotations((3,)), rotations((3,)), st.floats(0, 1))
def test_slerp_is_even_and_short(a: np.ndarray, b: np.ndarray, t: float) -> None:
    whole = angle_deg(a, b)
    middle = quat.slerp(a, b, t)
    np.testing.assert_allclose(angle_deg(a, middle), t * whole, atol=2e-3)
    np.testing.assert_allclose(angle_deg(middle, b), (1 - t) * whole, atol=2e-3)
    assert same(quat.slerp(a, b, 0.0), a, 1e-4) and same(quat.slerp(a, b, 1.0), b, 1e-4)


@law
@given(SEEDS)
def test_continuous_keeps_the_rotation_and_has_no_jump(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = quat.exp(rng.normal(0, 0.2, (30, 2, 3)))
    path = [steps[0]]
    for step in steps[1:]:
        path.append(quat.multiply(path[-1], step))
    q = np.array(path) * np.where(rng.random((30, 2, 1)) < 0.5, -1.0, 1.0)
    smooth = quat.continuous(q)
    assert same(smooth, q)
    assert ((smooth[1:] * smooth[:-1]).sum(-1) > 0).all()


@law
@given(SEEDS, st.integers(1, 12), st.integers(1, 6))
def test_local_and_world_rotations_undo_each_other(seed: int, bones: int, frames: int) -> None:
    rng = np.random.default_rng(seed)
    parents = np.array([int(rng.integers(-1, k)) if k else -1 for k in range(bones)])
    local = quat.normalize(rng.normal(size=(frames, bones, 4)))
    world = kinematics.world_rotations(parents, local)
    assert same(kinematics.local_rotations(parents, world), local)


def chain(seed: int, frames: int, bones: int = 4) -> Motion:
    rng = np.random.default_rng(seed)
    skeleton = Skeleton(
        tuple(f"b{k}" for k in range(bones)),
        np.arange(bones) - 1,
        quat.normalize(rng.normal(size=(bones, 4))),
        rng.normal(size=(bones, 3)),
    )
    return Motion(skeleton, 30.0, quat.normalize(rng.normal(size=(frames, bones, 4))), rng.normal(size=(frames, 3)))


@law
@given(SEEDS, st.integers(1, 9))
def test_positions_are_the_matrix_products(seed: int, frames: int) -> None:
    motion = chain(seed, frames)
    world, positions = kinematics.forward(motion)
    for frame in range(frames):
        matrix = np.eye(4)
        for bone in range(4):
            own = np.eye(4)
            own[:3, :3] = quat.to_matrix(motion.rotations[frame, bone])
            own[:3, 3] = motion.root_positions[frame] if bone == 0 else motion.skeleton.rest_translations[bone]
            matrix = matrix @ own
            np.testing.assert_allclose(positions[frame, bone], matrix[:3, 3], atol=1e-9)
            np.testing.assert_allclose(quat.to_matrix(world[frame, bone]), matrix[:3, :3], atol=1e-9)


@law
@given(SEEDS, st.integers(1, 12), st.integers(2, 5))
def test_resampling_by_a_whole_factor_keeps_the_frames(seed: int, frames: int, factor: int) -> None:
    motion = chain(seed, frames)
    finer = timing.resample(motion, 30.0 * factor)
    assert len(finer) == (frames - 1) * factor + 1
    assert same(finer.rotations[::factor], motion.rotations, 1e-3)
    np.testing.assert_allclose(finer.root_positions[::factor], motion.root_positions, atol=1e-9)


@law
@given(SEEDS, st.integers(3, 40))
def test_closing_a_loop_meets_exactly(seed: int, frames: int) -> None:
    closed = looping.close(chain(seed, frames))
    assert same(closed.rotations[0], closed.rotations[-1], 1e-4)
    np.testing.assert_allclose(closed.root_positions[0], closed.root_positions[-1], atol=1e-9)


@pytest.mark.parametrize("size", [1e-11, 1e-4, 1.0, 1e30, 1e200, 1e308])
def test_any_length_is_made_one(size: float) -> None:
    unit = np.array([0.0, 0.6, 0.0, 0.8])
    np.testing.assert_allclose(quat.normalize(unit * size), unit, atol=1e-12)
    np.testing.assert_allclose(
        quat.normalize(np.stack([unit * size, quat.IDENTITY])), [unit, quat.IDENTITY], atol=1e-12
    )


@pytest.mark.parametrize("first", [0.0, 1e-13, np.nan, np.inf, -np.inf])
def test_what_has_no_direction_is_made_the_identity(first: float) -> None:
    np.testing.assert_array_equal(
        quat.normalize(np.array([[first, 0, 0, 0], [0, 0, 2, 0]])), [quat.IDENTITY, [0, 0, 1, 0]]
    )
