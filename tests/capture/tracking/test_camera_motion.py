"""A camera that turns, and one that is carried along, before a room whose pictures are cast ray by ray, so that the truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture.clips import moving
from kinetix_capture.tracking import camera_motion
from kinetix_capture.tracking.picture_alignment import View, align
from kinetix_capture.tracking.survey import FrameSample
from kinetix_capture.tracking.track import Track
from kinetix_capture.video.decode import Part
from kinetix_core.motion import quaternion as quat
from tests.capture import clips, figures
from tests.capture.drawn_room import LENS, SIZE, drawn

TIMES = np.arange(36) / 30


def nobody(times: np.ndarray) -> Track:
    return figures.track(times, np.full((len(times), 33, 3), np.nan))


def _measured(path: Path, pictures: list[NDArray[np.uint8]]) -> camera_motion.CameraMotion:
    clips.write(path, [np.repeat(picture[..., None], 3, -1) for picture in pictures])
    parts = [
        camera_motion.measure(Part(path, first, last), nobody(TIMES), LENS, lambda time_s: None)
        for first, last in ((0.0, 0.6 + 0.5 / 30), (0.6, 2.0))
    ]
    return camera_motion.join(parts)


def _samples(pictures: list[NDArray[np.uint8]]) -> list[FrameSample]:
    return [
        FrameSample(n / 6, (), np.zeros((16, 16, 3)), False, picture, 1.0) for n, picture in enumerate(pictures[::5])
    ]


def _degrees(turns: np.ndarray) -> np.ndarray:
    return np.asarray(np.degrees(np.linalg.norm(quat.log(quat.from_matrix(turns)), axis=-1)))


def _relative(turns: np.ndarray) -> np.ndarray:
    return np.asarray(turns @ turns[0].T)


def test_the_turn_between_two_pictures_is_found_in_another_light_and_past_what_moves() -> None:
    turn = quat.to_matrix(quat.exp(np.radians([0.8, -2.5, 1.5])))
    second = (drawn(turn) * 0.8 + 20).astype(np.uint8)
    second[60:150, 120:180] = 255 - second[60:150, 120:180]
    found = align(View(drawn(np.eye(3)), LENS), View(second, LENS), np.eye(3))
    assert _degrees(found.turn @ turn.T) < 0.03
    assert found.misfit < 0.1 < found.before


@pytest.mark.parametrize("how", ["shake", "pan"])
def test_shake_and_pan_are_measured_and_nothing_is_carried(tmp_path: Path, how: str) -> None:
    turns = moving.shake(TIMES, 1.2, 5) if how == "shake" else moving.pan(TIMES, 25.0)
    pictures = [drawn(turn) for turn in turns]
    assert not camera_motion.is_still(_samples(pictures), LENS)
    found = _measured(tmp_path / "clip.mp4", pictures)
    assert found.times == pytest.approx(TIMES, abs=1e-3)
    assert _degrees(_relative(found.turns) @ np.swapaxes(_relative(turns), 1, 2)).max() < 0.15
    assert found.parallax[-1] < 0.0005
    assert not found.translates and found.unknown == 0
    assert found.describe() == ()


def test_a_film_of_four_seconds_is_measured_as_well_at_its_end(tmp_path: Path) -> None:
    """Each picture's first guess follows from the turns before, so what is wrong with one must not grow in those that follow."""
    times = np.arange(120) / 30
    turns = moving.shake(times, 1.2, 5) @ moving.pan(times, 5.0)
    path = tmp_path / "clip.mp4"
    clips.write(path, [np.repeat(drawn(turn)[..., None], 3, -1) for turn in turns])
    found = camera_motion.measure(Part(path, 0.0, 5.0), nobody(times), LENS, lambda time_s: None)
    off = _degrees(_relative(found.turns) @ np.swapaxes(_relative(turns), 1, 2))
    assert off.max() < 0.15 and found.unknown == 0
    assert np.abs(found.turns @ np.swapaxes(found.turns, 1, 2) - np.eye(3)).max() < 1e-9


def test_a_camera_on_a_tripod_is_told_from_one_in_a_hand() -> None:
    noise = np.random.default_rng(1)
    picture = drawn(np.eye(3)).astype(float)
    still = [np.clip(picture + noise.normal(0, 3, picture.shape), 0, 255).astype(np.uint8) for _ in TIMES]
    assert camera_motion.is_still(_samples(still), LENS)
    calm = [drawn(turn) for turn in moving.shake(TIMES, 0.15, 5)]
    assert not camera_motion.is_still(_samples(calm), LENS)
    plain = [np.full((SIZE[1], SIZE[0]), 90, np.uint8)] * 8
    assert camera_motion.is_still(_samples(plain), LENS), "a wall without a pattern tells nothing"


@pytest.mark.parametrize("metres_a_second", [(0.5, 0.0), (0.0, 0.6)], ids=["sideways_walk", "ahead"])
def test_a_camera_that_is_carried_along_is_recognised_and_said(
    tmp_path: Path, metres_a_second: tuple[float, float]
) -> None:
    sideways_walk, ahead = metres_a_second
    found = _measured(tmp_path / "clip.mp4", [drawn(np.eye(3), (sideways_walk * time, ahead * time)) for time in TIMES])
    assert found.translates
    assert any("carried along" in sentence for sentence in found.describe())


def test_a_track_without_the_cameras_turns_is_the_one_of_a_camera_that_stands_still() -> None:
    random = np.random.default_rng(2)
    world = random.normal(0, 0.4, (len(TIMES), 33, 3))
    place = world + np.array([0.2, 0.0, 4.0])
    turns = camera_motion.join(
        [camera_motion.CameraMotion(TIMES, moving.pan(TIMES, 20.0), np.zeros(len(TIMES)), 0.0, LENS)]
    )
    turned = [np.einsum("nij,nlj->nli", turns.turns, points) for points in (place, world)]
    points, hands = LENS.pixels(turned[0]), np.repeat(turned[1][:, None, :21], 2, 1)
    seen = replace(nobody(TIMES), points=points, world=turned[1], hand_world=hands)
    found = camera_motion.stabilise(seen, turns)
    assert found.points == pytest.approx(LENS.pixels(place), abs=1e-6)
    assert found.world == pytest.approx(world) and found.hand_world[:, 1] == pytest.approx(world[:, :21])


def test_pictures_are_turned_back_before_the_scenes_edges_are_looked_for() -> None:
    turns = moving.pan(np.arange(8) / 6, 12.0)
    motion = camera_motion.join([camera_motion.CameraMotion(np.arange(8) / 6, turns, np.zeros(8), 0.0, LENS)])
    samples = [
        FrameSample(n / 6, (), np.zeros((16, 16, 3)), False, drawn(turn), 1.0) for n, turn in enumerate(motion.turns)
    ]
    pictures, unseen = camera_motion.steadied_pictures(samples, motion)
    wanted = drawn(np.eye(3)).astype(float)
    for picture in pictures:
        assert np.median(np.abs(picture - wanted)[~unseen]) < 4
    assert unseen.mean() < 0.02
