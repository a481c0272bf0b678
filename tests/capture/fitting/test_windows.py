"""A long clip is fitted in windows: the same motion as in one piece, no seam where two meet, and no more memory for more seconds."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from kinetix_capture.fitting import body_model, solver
from kinetix_capture.fitting.measurements import Measurements, Settings
from tests.capture import figures

WINDOWED = Settings(window=130, overlap=35, iterations=3)
WHOLE = Settings(window=100_000, iterations=3)
Fits = tuple[solver.State, solver.State]


def _seen(frames: int) -> tuple[Measurements, solver.State]:
    """Somebody of other proportions who treads on the spot and turns, as a trembling network sees it, and a bad first guess."""
    phase, rng = 0.21 * np.arange(frames, dtype=float), np.random.default_rng(7)
    pose = figures.dancing(phase, 0.25)
    seen = figures.seen(solver.State(pose.rotations, pose.hips, np.array([-0.06, 0.05, 0.08])).pose.points)
    seen.world += rng.normal(0, 0.03, seen.world.shape)
    seen.rays += rng.normal(0, 0.002, seen.rays.shape)
    seen.standing = np.zeros(seen.weights.shape, bool)
    seen.standing[:, body_model.rows(body_model.FEET)] = (np.sin(phase)[:, None] > 0) == [True, False, True, False]
    seen.up, seen.soles = np.array([0.0, 1.0, 0.0]), np.full(seen.weights.shape[1], 0.03)
    return seen, solver.State(pose.rotations, pose.hips + np.array([0.05, -0.05, 0.2]))


@pytest.fixture(scope="module")
def fits() -> Fits:
    seen, first = _seen(200)
    return solver.refine(seen, first, WINDOWED), solver.refine(seen, first, WHOLE)


def test_windows_give_the_motion_and_the_proportions_of_the_fit_in_one_piece(fits: Fits) -> None:
    windowed, whole = fits
    assert len(solver.windows(200, WINDOWED)) == 4
    assert np.abs(windowed.shape - whole.shape).max() < 1e-3
    off = np.linalg.norm(windowed.pose.position - whole.pose.position, axis=-1)
    assert off.mean() < 0.001 and off.max() < 0.005


def test_where_two_windows_meet_is_no_seam(fits: Fits) -> None:
    joins = [window.frames.start + window.own.start for window in solver.windows(200, WINDOWED)[1:]]
    bend = [np.linalg.norm(np.diff(fit.pose.position, 2, axis=0), axis=-1).mean(1) for fit in fits]
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
        found = solver.refine(seen, first, settings)
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        pose = found.pose
        own = sum(values.nbytes for values in (pose.rotations, pose.hips, pose.world, pose.position, pose.points))
        needed.append(peak - own)
    assert needed[1] < 1.2 * needed[0]
