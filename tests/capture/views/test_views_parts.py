"""The parts of a fit over several views, each on data whose answer is known: offsets by sound and motion, camera poses, the fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture import savitzky_golay
from kinetix_capture.fitting import solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.further_cameras import CameraPose
from kinetix_capture.fitting.measurements import Measurements, Settings
from kinetix_capture.views import camera_poses, motion_offset, sound
from kinetix_core.motion import quaternion as quat
from tests.capture import clips, figures

pytestmark = pytest.mark.quick

Array = NDArray[np.float64]
FPS = 30.0


def _figure(times: Array) -> FigurePose:
    """Somebody who dances in front of a camera, at any times."""
    return figures.dancing(times * 5.0, 0.3)


def _landmarks(times: Array) -> Array:
    return _figure(times).points


def _beside(degrees: float) -> CameraPose:
    """A camera that sees the same place, 4 m ahead, from another side, and looks a little down."""
    about = quat.multiply(
        quat.from_axis_angle([1.0, 0.0, 0.0], 0.1), quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(degrees))
    )
    turn = quat.to_matrix(about)
    return CameraPose(turn, np.array([0.1, 0.0, -4.2]) - turn @ np.array([0.0, 0.0, -4.0]))


@pytest.mark.parametrize("degrees", [32, 75, 150])
def test_cameras_are_found_from_what_both_see(degrees: float) -> None:
    first, camera = _landmarks(np.arange(40) / FPS), _beside(degrees)
    noise = np.random.default_rng(1).normal(0, 0.03, first.shape)
    further = camera.apply(first) + noise
    further[:, 8] += 0.8  # a wrist that one of them takes for the other side's
    found = camera_poses.relate(first, further, np.ones(first.shape[:2]))
    off = quat.log(quat.from_matrix(found.pose.turn @ camera.turn.T))
    assert np.degrees(np.linalg.norm(off)) < 1.5
    assert np.linalg.norm(found.pose.inverse().shift - camera.inverse().shift) < 0.1
    between = [camera_poses.degrees_between(pose, first.mean((0, 1))) for pose in (found.pose, camera)]
    assert between[0] == pytest.approx(between[1], abs=1.5)


@pytest.mark.parametrize("late_s", [0.0, 0.413, -0.35])
def test_the_motion_tells_when_a_camera_began(late_s: float) -> None:
    first = _landmarks(np.arange(75) / FPS)
    further = _beside(60).apply(_landmarks(np.arange(70) / FPS + late_s))
    rng = np.random.default_rng(2)
    trembling = [
        savitzky_golay.smoothed(points + rng.normal(0, 0.02, points.shape), 7, 2) for points in (first, further)
    ]
    assert motion_offset.offset_s(trembling[0], trembling[1], FPS) == pytest.approx(late_s, abs=0.011)


def test_who_stands_still_tells_no_time() -> None:
    still = np.repeat(_landmarks(np.zeros(1)), 60, axis=0)
    assert motion_offset.offset_s(still, still, FPS) is None
    assert motion_offset.offset_s(still[:20], still, FPS) is None


def _noise(seconds: float, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * sound.RATE)).astype(np.float32)


@pytest.mark.parametrize("late_s", [0.0, 1.25, -0.8])
def test_any_sound_tells_when_a_camera_began(late_s: float) -> None:
    """The other phone is farther off: quieter, dull, with its own noise."""
    heard, rate = _noise(8.0, 0), sound.RATE
    first = heard[2 * rate : 6 * rate] + 0.3 * _noise(4.0, 1)
    begin = round((2 + late_s) * rate)
    other = np.convolve(heard[begin : begin + 3 * rate], np.ones(5) / 5, "same").astype(np.float32)
    further = 0.2 * other + 0.1 * _noise(3.0, 2)
    found = sound.offset_s(sound.Sound(first, 0.1), sound.Sound(further, 0.25))
    assert found == pytest.approx(late_s - 0.15, abs=0.001)


def test_sounds_of_different_places_tell_nothing() -> None:
    rate = sound.RATE
    first, other = (sound.Sound(_noise(3.0, seed), 0.0) for seed in (5, 6))
    assert sound.offset_s(first, other) is None
    assert sound.offset_s(first, sound.Sound(np.zeros(3 * rate, np.float32), 0.0)) is None


def test_a_clap_has_the_time_of_the_picture_that_shows_it(tmp_path: Path) -> None:
    """Pictures that begin 0.6 s after the sound, as a phone's may; times are those of a player."""
    samples = np.zeros(2 * 48000, np.float32)
    samples[48000:48240] = np.random.default_rng(0).normal(0, 0.5, 240)
    times = [0.6 + number / 30 for number in range(40)]
    path = clips.write(tmp_path / "clip.mp4", clips.numbered(40, (64, 64)), times=times, sound=samples)
    heard = sound.read(path)
    assert heard is not None
    loudest = heard.begins_s + int(np.argmax(np.abs(heard.samples))) / sound.RATE
    assert loudest == pytest.approx(1.0, abs=0.03)


def test_a_clip_without_sound_has_none(tmp_path: Path) -> None:
    assert sound.read(clips.write(tmp_path / "clip.mp4", clips.numbered(5))) is None
    assert sound.read(tmp_path / "none.mp4") is None


def _seen(points: Array, rng: np.random.Generator) -> Measurements:
    """Return a network's estimate of landmarks in a camera's frame, which hardly tells their depth."""
    seen = figures.seen(points)
    seen.rays += rng.normal(0, 0.001, seen.rays.shape)
    seen.world[..., 2] *= 0.3
    seen.speeds = np.gradient(savitzky_golay.smoothed(seen.rays, 5, 2), axis=0) * FPS
    return seen


def test_the_fit_finds_depth_the_camera_and_its_clock() -> None:
    """Depth is guessed badly by both; a camera is taken for 4° aside and its pictures for 12 ms older than they are."""
    times, late_s = np.arange(50) / FPS, 0.012
    rng, camera, pose = np.random.default_rng(4), _beside(70), _figure(times)
    first, further = _seen(_landmarks(times), rng), _seen(camera.apply(_landmarks(times - late_s)), rng)
    settings = Settings(iterations=6)
    begun = solver.State(pose.rotations, pose.hips + np.array([0.0, 0.0, 0.15]))
    alone = solver.refine(first, begun, settings)
    first.further = (further,)
    aside = CameraPose(quat.to_matrix(quat.from_axis_angle([0.0, 1.0, 0.0], 0.07)) @ camera.turn, camera.shift)
    both = solver.refine(first, replace(begun, cameras=(aside,)), settings)

    def off(state: solver.State) -> float:
        given, true = figures.from_hips(state.pose.points), figures.from_hips(pose.points)
        return float(np.linalg.norm(given - true, axis=-1).mean())

    assert off(both) < 0.45 * off(alone)
    found = both.cameras[0]
    turned = quat.log(quat.from_matrix(found.turn @ camera.turn.T))
    assert np.degrees(np.linalg.norm(turned)) < 2.0
    assert found.late_s == pytest.approx(late_s, abs=0.004)


def test_the_fit_finds_the_lenses_that_no_scene_told() -> None:
    """Rays of both cameras are made with a wrong focal length, one too short and one too long; held, they bend the path."""
    times = np.arange(50) / FPS
    pose = _figure(times)
    hips = pose.hips + 1.2 * times[:, None] * [0.0, 0.0, 1.0]
    points = FigurePose(pose.rotations, hips).points
    rng, camera, (near, far) = np.random.default_rng(6), _beside(70), (0.85, 1.5)
    first, further = _seen(points, rng), _seen(camera.apply(points), rng)
    for seen, factor in ((first, near), (further, far)):  # noise of 1.6 cm: shrinking it must not pay
        seen.rays = (seen.rays + rng.normal(0, 0.004, seen.rays.shape)) * factor
    begun = solver.State(pose.rotations, hips, cameras=(camera,))
    settings = Settings(iterations=12)
    found = {}
    for spread in (None, 0.12):
        first.focal_spread = further.focal_spread = spread
        first.further = (further,)
        found[spread] = solver.refine(first, replace(begun, zooms=np.zeros(2)), settings)
    assert np.abs(found[None].zooms).max() == 0.0
    assert np.exp(found[0.12].zooms) == pytest.approx([near, far], rel=0.05)

    def off(state: solver.State) -> float:
        """Metres by which the hips are off their path, once it is as large as the body says and turned as it fits best."""
        path, true = state.hips - state.hips.mean(0), hips - hips.mean(0)
        u, _, vt = np.linalg.svd(path.T @ true)
        return float(np.linalg.norm(path @ u @ vt / np.exp(state.shape.mean()) - true, axis=-1).mean())

    assert off(found[0.12]) < 0.5 * off(found[None])
