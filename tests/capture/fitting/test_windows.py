"""A long clip is fitted in windows: the same motion as in one piece, no seam where two meet, and no more memory for more seconds."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from kinetix_capture.fitting import body_model, solver
from kinetix_capture.fitting.measurements import Measurements, Settings
from kinetix_core.motion import quaternion as quat

WINDOWED = Settings(window=130, overlap=35, iterations=3)
WHOLE = Settings(window=100_000, iterations=3)
Fits = tuple[solver.State, solver.State]


def _seen(frames: int) -> tuple[Measurements, solver.State]:
    """Somebody of other proportions who treads on the spot and turns, as a trembling network sees it, and a bad first guess."""
    body, rng = body_model.load(), np.random.default_rng(7)
    phase = np.arange(frames) * 0.21
    values = np.zeros((frames, len(body.dofs)))
    for number, dof in enumerate(body.dofs):
        if dof.bones:
            swing = 0.25 * np.sin(phase * (1 + number % 3 / 3) + number)
            values[:, number] = np.abs(swing) + 0.2 if dof.outer else swing
    values[:, 0], values[:, 2] = 0.4 * np.sin(phase / 9), 0.3 * np.sin(phase / 7)
    rest = np.tile(quat.IDENTITY, (frames, len(body.names), 1))
    rotations, hips = solver._moved(body, rest, np.tile([0.0, 0.0, -4.0], (frames, 1)), values)
    person = body_model.with_proportions(body, np.array([-0.06, 0.05, 0.08]))
    points = body_model.points(person, *body_model.pose(person, rotations, hips))
    hip = body_model.rows((23, 24))
    world = points - points[:, hip].mean(1, keepdims=True) + rng.normal(0, 0.03, points.shape)
    rays = points[..., :2] / -points[..., 2:] + rng.normal(0, 0.002, (*points.shape[:2], 2))
    feet = body_model.rows(body_model.FEET)
    standing = np.zeros(rays.shape[:2], bool)
    standing[:, feet] = (np.sin(phase)[:, None] > 0) == np.array([True, False, True, False])
    seen = Measurements(rays, np.ones(rays.shape[:2]), world, None, standing, np.array([0.0, 1.0, 0.0]))
    seen.soles = np.full(len(body.landmarks), 0.03)
    return seen, solver.State(rotations, hips + np.array([0.05, -0.05, 0.2]))


def _joints(state: solver.State) -> np.ndarray:
    body = body_model.with_proportions(body_model.load(), state.shape)
    return body_model.pose(body, state.rotations, state.hips)[1]


@pytest.fixture(scope="module")
def fits() -> Fits:
    seen, first = _seen(200)
    body = body_model.load()
    return solver.refine(body, seen, first, WINDOWED), solver.refine(body, seen, first, WHOLE)


def test_windows_give_the_motion_and_the_proportions_of_the_fit_in_one_piece(fits: Fits) -> None:
    windowed, whole = fits
    assert len(solver.windows(200, WINDOWED)) == 4
    assert np.abs(windowed.shape - whole.shape).max() < 1e-3
    off = np.linalg.norm(_joints(windowed) - _joints(whole), axis=-1)
    assert off.mean() < 0.001 and off.max() < 0.005


def test_where_two_windows_meet_is_no_seam(fits: Fits) -> None:
    joins = [window.frames.start + window.own.start for window in solver.windows(200, WINDOWED)[1:]]
    bend = [np.linalg.norm(np.diff(_joints(fit), 2, axis=0), axis=-1).mean(1) for fit in fits]
    at = np.array([[join - 2, join - 1] for join in joins])
    assert bend[0][at] == pytest.approx(bend[1][at], abs=0.001)
    assert bend[0][at].mean() < 1.3 * bend[0].mean()


def test_six_times_the_length_takes_the_same_memory_beside_the_frames_own() -> None:
    settings = Settings(window=60, overlap=10, iterations=1)
    needed = []
    for frames in (60, 360):
        seen, first = _seen(frames)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        found = solver.refine(body_model.load(), seen, first, settings)
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        posed = solver._pose(body_model.load(), found)
        own = sum(values.nbytes for values in (posed.rotations, posed.hips, posed.world, posed.position, posed.points))
        needed.append(peak - own)
    assert needed[1] < 1.2 * needed[0]
