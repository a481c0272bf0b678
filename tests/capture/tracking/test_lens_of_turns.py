"""The focal length is found from a camera's turns in a drawn room with a known one."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kinetix_bench.capture.clips import moving
from kinetix_capture import pipeline
from kinetix_capture.estimate import Camera
from kinetix_capture.fitting import scene_up
from kinetix_capture.tracking import camera_motion, lens_of_turns
from kinetix_capture.tracking.survey import FrameSample
from kinetix_core.motion import quaternion as quat
from tests.capture.drawn_room import LENS, NO_EDGES, drawn, lens_of, room_edges
from tests.capture.tracking.test_camera_motion import nobody

ASSUMED = 0.77
TIMES = np.arange(8) / 6
Place = Callable[[np.ndarray], tuple[float, float]]


def _told(turns: np.ndarray, focal: float, place: Place = lambda turn: (0.0, 0.0)) -> float | None:
    """In longer sides of the pictures, which a camera films with `focal` that is turned so, `place` metres aside and ahead."""
    pictures = [
        lens_of_turns.Picture(drawn(turn, place(turn), lens_of(focal)), lens_of(ASSUMED), None) for turn in turns
    ]
    longer = lens_of_turns.find(pictures)
    return None if longer is None else ASSUMED * longer


@pytest.mark.parametrize("focal", [0.5, 0.65, 0.77, 1.0, 1.3])
@pytest.mark.parametrize("turns", [moving.pan(TIMES, 12.0), moving.shake(TIMES, 1.5, 5)], ids=["pan", "shake"])
def test_a_pan_or_a_shaking_hand_tells_the_lens(turns: np.ndarray, focal: float) -> None:
    assert _told(turns, focal) == pytest.approx(focal, rel=0.015)


def test_a_phone_that_swings_about_the_one_who_holds_it_tells_it_nearly() -> None:
    """At the length of an arm: the phone itself goes a few centimetres."""

    def at_an_arms_length(turn: np.ndarray) -> tuple[float, float]:
        ahead = turn.T @ [0.0, 0.0, 0.4]
        return ahead[0], ahead[2] - 0.4

    assert _told(moving.pan(TIMES, 12.0), 0.65, at_an_arms_length) == pytest.approx(0.65, rel=0.08)


@pytest.mark.parametrize(
    ("turns", "metres_a_second"),
    [
        (np.tile(np.eye(3), (8, 1, 1)), 0.0),
        (np.tile(np.eye(3), (8, 1, 1)), 0.5),
        (quat.to_matrix(quat.exp(np.radians(6.0) * TIMES[:, None] * [0.0, 0.0, 1.0])), 0.0),
        (moving.shake(TIMES, 0.15, 5), 0.0),
        (moving.shake(TIMES, 1.5, 5), 0.1),
        (moving.shake(TIMES, 1.5, 5), 0.3),
    ],
    ids=[
        "stands still",
        "is carried along",
        "rolls",
        "hardly shakes",
        "shakes and drifts",
        "shakes and is carried along",
    ],
)
def test_a_camera_that_hardly_turns_or_does_more_than_turn_tells_nothing(
    turns: np.ndarray, metres_a_second: float
) -> None:
    aside = iter(metres_a_second * TIMES)
    assert _told(turns, 0.77, lambda turn: (next(aside), 0.0)) is None


def test_few_pictures_are_not_believed() -> None:
    assert _told(moving.pan(TIMES, 12.0)[::2], 0.65) is not None
    assert _told(moving.pan(TIMES, 12.0)[::3], 0.65) is None


def test_a_lens_that_zooms_while_it_turns_has_no_single_focal_length() -> None:
    """Each picture by a lens of its own, so that pairs of them contradict each other."""
    turns, focals = moving.pan(TIMES, 12.0), (0.6, 0.6, 0.6, 0.6, 0.7, 0.7, 0.7, 0.7)
    pictures = [
        lens_of_turns.Picture(drawn(turn, lens=lens_of(focal)), lens_of(ASSUMED), None)
        for turn, focal in zip(turns, focals, strict=True)
    ]
    assert lens_of_turns.find(pictures) is None


def test_a_wall_without_a_pattern_tells_nothing() -> None:
    plain = lens_of_turns.Picture(np.full((180, 320), 90, np.uint8), LENS, None)
    assert lens_of_turns.find([plain] * 8) is None


def test_pictures_that_were_not_kept_are_done_without() -> None:
    turns = moving.pan(TIMES, 12.0)
    pictures = [drawn(turn, lens=lens_of(0.65)) for turn in turns]
    samples = [
        FrameSample(time_s, (), np.zeros((16, 16, 3)), False, None if number == 3 else picture, 2.0)
        for number, (time_s, picture) in enumerate(zip(TIMES, pictures, strict=True))
    ]
    lens = camera_motion.lens_told(samples, nobody(TIMES), LENS.scaled(2.0))
    assert lens is not None
    assert lens.focal == pytest.approx(lens_of(0.65).scaled(2.0).focal, rel=0.015)
    assert lens.centre == LENS.scaled(2.0).centre


@pytest.mark.parametrize(
    ("edges", "by_turns", "wanted"),
    [
        (room_edges(12.0, 3.0, 0.5, 0.9), True, 0.9),
        (room_edges(12.0, 3.0, 0.5, 0.9), False, 0.9),
        (NO_EDGES, True, 0.65),
        (NO_EDGES, False, None),
        (NO_EDGES, None, None),
    ],
    ids=["edges and turns", "edges", "turns", "nothing", "a camera that stood still"],
)
def test_where_the_scenes_edges_do_not_tell_the_lens_the_turns_do(
    edges: scene_up.Edges, by_turns: bool | None, wanted: float | None
) -> None:
    turns, none = np.tile(np.eye(3), (2, 1, 1)), np.zeros(2)
    motion = camera_motion.CameraMotion(none, turns, none, 0.0, lens_of(0.65), focal_told=bool(by_turns))
    seen: Any = SimpleNamespace(
        edges=edges, camera=Camera((320, 180), (160.0, 90.0)), motion=None if by_turns is None else motion
    )
    assert pipeline.told_focal(seen) == (None if wanted is None else pytest.approx(wanted, rel=0.06))
