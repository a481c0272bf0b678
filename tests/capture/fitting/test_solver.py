"""The fit on arrays with known answers: its figure, its derivatives, its normal equations, and a whole known motion."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_capture.fitting import body_model, initial_pose, solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.measurements import Settings
from kinetix_capture.fitting.normal_equations import NormalEquations, join, robust
from kinetix_core.motion import quaternion as quat
from tests.capture import figures

pytestmark = pytest.mark.quick


def _posed(frames: int, size: float = 0.35, seed: int = 0) -> FigurePose:
    """A smooth motion that obeys the figure's freedoms."""
    body, rng = body_model.load(), np.random.default_rng(seed)
    steps = rng.normal(size=(3, len(body.dofs))) * size
    phase = np.linspace(0, np.pi, frames)
    values = steps[0] + np.outer(np.sin(phase), steps[1])
    for number, dof in enumerate(body.dofs):
        if dof.outer:
            values[:, number] = 0.3 + np.abs(values[:, number])
    return figures.posed(values)


def test_bones_keep_their_lengths_and_the_rest_pose_is_the_mannequins() -> None:
    body, pose = body_model.load(), _posed(5)
    assert np.allclose(FigurePose.rest().position[0], body.heads)
    for bone, parent in enumerate(body.parents[1:], 1):
        length = np.linalg.norm(pose.position[:, bone] - pose.position[:, parent], axis=1)
        assert np.allclose(length, np.linalg.norm(body.offsets[bone]))


def test_derivatives_are_those_of_finite_steps() -> None:
    pose = _posed(2)
    slope = body_model.jacobian(pose.body, pose.world, pose.position, pose.points)
    for number in range(slope.shape[-1]):
        step = np.zeros((2, slope.shape[-1]))
        step[:, number] = 1e-6
        moved = FigurePose(*solver.moved(pose.rotations, pose.hips, step)).points
        assert np.allclose((moved - pose.points) / 1e-6, slope[..., number], atol=1e-5)


def test_proportions_move_the_landmarks_as_their_derivative_says() -> None:
    pose = _posed(2)
    grown = solver.growth(pose)
    for number in range(len(body_model.PROPORTIONS)):
        shape = np.zeros(len(body_model.PROPORTIONS))
        shape[number] = 1e-6
        moved = solver.State(pose.rotations, pose.hips, shape).pose.points
        assert np.allclose((moved - pose.points) / 1e-6, grown[..., number], atol=1e-5)


def test_the_banded_solution_is_the_dense_one() -> None:
    rng = np.random.default_rng(1)
    frames, unknowns, shared = 6, 3, 2
    normal = NormalEquations(frames, unknowns, shared)
    rows, values = [], []

    def place(frame: int, block: np.ndarray, extra: np.ndarray | None = None) -> np.ndarray:
        row = np.zeros((len(block), frames * unknowns + shared))
        row[:, frame * unknowns : (frame + 1) * unknowns] = block
        if extra is not None:
            row[:, frames * unknowns :] = extra
        return row

    J, S, r = rng.normal(size=(frames, 4, unknowns)), rng.normal(size=(frames, 4, shared)), rng.normal(size=(frames, 4))
    normal.add(J, r, S)
    for frame in range(frames):
        rows.append(place(frame, J[frame], S[frame]))
        values.append(r[frame])
    weights, bend = rng.uniform(0.5, 2, (frames - 2, unknowns)), rng.normal(size=(frames - 2, unknowns))
    normal.add_bend(weights, bend)
    for frame in range(frames - 2):
        block = np.diag(weights[frame])
        rows.append(place(frame, block) - 2 * place(frame + 1, block) + place(frame + 2, block))
        values.append(weights[frame] * bend[frame])
    before = np.array([0, 3])
    first, second, off = rng.normal(size=(2, 3, unknowns)), rng.normal(size=(2, 3, unknowns)), rng.normal(size=(2, 3))
    normal.add_step(before, first, second, off)
    for number, frame in enumerate(before):
        rows.append(place(frame + 1, second[number]) - place(frame, first[number]))
        values.append(off[number])
    middle, bends, far = np.array([1, 4]), rng.normal(size=(3, 2, 2, unknowns)), rng.normal(size=(2, 2))
    normal.add_curve(middle, (bends[0], bends[1], bends[2]), far)
    for number, frame in enumerate(middle):
        rows.append(np.sum([place(frame - 1 + at, bends[at, number]) for at in range(3)], axis=0))
        values.append(far[number])
    step, change = join([normal.reduce(damping=1e-9)])
    A, b = np.concatenate(rows), np.concatenate(values)
    expected = np.linalg.lstsq(A, -b, rcond=None)[0]
    assert np.allclose(np.concatenate((step.ravel(), change)), expected, atol=1e-5)
    assert normal.cost == pytest.approx(float(b @ b))


def test_hubers_weights_limit_what_an_outlier_can_do() -> None:
    residuals = np.array([0.5, 2.0, 200.0])
    weighted = residuals * robust(residuals, 2.0)
    assert weighted[:2] == pytest.approx(residuals[:2])
    assert weighted[2] == pytest.approx(np.sqrt(2.0 * 200.0))


def test_a_known_motion_comes_back() -> None:
    pose, shape = _posed(24, 0.25, seed=3), np.array([-0.06, 0.0, 0.08])
    points = solver.State(pose.rotations, pose.hips, shape).pose.points
    seen, landmarks = figures.seen(points), np.zeros((24, 33, 3))
    landmarks[:, pose.body.landmarks] = points
    first = solver.State(initial_pose.guess(landmarks), pose.hips + np.array([0.05, -0.05, 0.3]))
    found = solver.refine(seen, first, Settings(iterations=15))
    across = np.linalg.norm((found.pose.points - points)[..., :2], axis=-1)
    assert across.mean() < 0.012
    assert found.cost < 0.1 * solver.refine(seen, first, Settings(iterations=1)).cost + 1e3
    assert np.abs(found.shape[0] - shape[0]) < 0.05
    assert found.shape[2] > 0.0


def test_a_thigh_does_not_turn_as_far_as_a_foot_on_a_straight_leg_seems_to() -> None:
    straight = _posed(6, 0.0)
    body, rotations = straight.body, straight.rotations.copy()
    rotations[:, body.index("LeftFoot")] = quat.from_axis_angle([0.0, 1.0, 0.0], 1.5)
    seen = figures.seen(FigurePose(rotations, straight.hips).points)
    found = solver.refine(seen, solver.State(straight.rotations, straight.hips), Settings())
    assert np.abs(quat.log(found.rotations[:, body.index("LeftUpLeg")])[:, 1]).max() < 1.0


def test_a_wrist_that_is_hardly_seen_is_not_drawn_to_where_it_seems_to_be() -> None:
    pose, hand = _posed(8, 0.2), body_model.rows((15, 17, 19))
    seen = figures.seen(pose.points)
    seen.rays[:, hand] += 0.1 / 4
    seen.weights[:, hand] = 0.05
    found = solver.refine(seen, solver.State(pose.rotations, pose.hips), Settings())
    off = found.pose.points - pose.points
    assert np.linalg.norm(off[:, hand[0], :2], axis=-1).max() < 0.08


def test_raising_in_the_middle_stops_the_fit() -> None:
    pose = _posed(5)

    def stop(share: float) -> None:
        if share > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solver.refine(figures.seen(pose.points), solver.State(pose.rotations, pose.hips), Settings(), stop)
