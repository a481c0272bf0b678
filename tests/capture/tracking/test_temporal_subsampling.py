"""Which frames are looked at: every other one of an even motion, all of one that changes, and none is lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from kinetix_capture.networks.body_landmarks import Pose
from kinetix_capture.networks.network import Region
from kinetix_capture.networks.person_detector import Person
from kinetix_capture.tracking import temporal_subsampling, track
from kinetix_capture.tracking.survey import PersonPath

pytestmark = pytest.mark.quick

_SCALE = 400.0
_BODY = np.random.default_rng(2).normal(0, 0.3, (33, 3))


def _pose(
    along_m: float = 0.0, wrist_m: float = 0.0, toes_m: float = 0.0, depth_m: float = 0.0, sure: float = 0.9
) -> Pose:
    """A body, 400 pixels to a metre, moved along x as a whole, and with a wrist, toes, or a wrist's depth moved on their own."""
    world = _BODY.copy()
    world[15, 2] += depth_m
    points = _SCALE * (_BODY[:, :2] + [1.0 + along_m, 1.0])
    points[15, 0] += _SCALE * wrist_m
    points[31, 0] += _SCALE * toes_m
    ones = np.ones(33)
    return Pose(1.0, points, ones, world, sure * ones, Region(500, 500, 400))


def _after(values: list[float], key: str = "along_m", step_s: float = 1 / 30) -> temporal_subsampling.MotionHistory:
    history = temporal_subsampling.MotionHistory()
    for frame, value in enumerate(values):
        history.add(frame * step_s, _pose(**{key: value}))
    return history


@pytest.mark.parametrize("speed", [0.0, 0.05, 0.3])
def test_an_even_motion_may_be_skipped_however_fast(speed: float) -> None:
    assert _after([speed * frame for frame in range(5)]).may_skip()


@pytest.mark.parametrize(("key", "most"), [("wrist_m", 0.015), ("toes_m", 0.01), ("along_m", 0.01)])
def test_one_that_speeds_up_may_not(key: str, most: float) -> None:
    # half way between two looks it is off by half of what a frame gains in speed
    for share, skips in ((0.9, True), (1.1, False)):
        assert _after([share * most * frame**2 for frame in range(5)], key).may_skip() == skips


def test_depth_that_jumps_may_not() -> None:
    assert not _after([0.0, 0.0, 0.0, 0.0, 0.26], "depth_m").may_skip()


def test_too_few_frames_a_gap_or_a_slow_clip_may_not() -> None:
    assert not _after([0.0] * 4).may_skip()
    assert not _after([0.0] * 5, step_s=1 / 15).may_skip()
    history = _after([0.0] * 3)
    history.add(0.1, None)
    for frame in range(4, 8):
        history.add(frame / 30, _pose())
        assert not history.may_skip()
    history.add(8 / 30, _pose())
    assert history.may_skip()


def test_a_body_that_goes_elsewhere_does_not_continue_the_motion() -> None:
    history = _after([0.01 * frame for frame in range(5)])
    assert history.continued_by(6 / 30, _pose(0.06))
    assert not history.continued_by(6 / 30, _pose(0.06, wrist_m=0.15))
    assert not history.continued_by(9 / 30, _pose(0.09))


def test_what_is_filled_in_lies_on_the_line() -> None:
    filled = temporal_subsampling.interpolate(
        (1.0, _pose(0.0, depth_m=0.1)), (1.4, _pose(0.4, depth_m=0.5, sure=0.5)), 1.1
    )
    expected = _pose(0.1, depth_m=0.2, sure=0.8)
    assert filled.points == pytest.approx(expected.points)
    assert filled.world == pytest.approx(expected.world)
    assert filled.sure == pytest.approx(0.8)


class _Poser:
    """Sees where a body of a known motion is, and notes which pictures it is shown: their first pixel is their number."""

    def __init__(self, poses: list[Pose]) -> None:
        self.poses = poses
        self.shown: list[int] = []

    def __call__(self, picture: Image.Image, region: Region) -> Pose:
        number = int(np.asarray(picture)[0, 0])
        self.shown.append(number)
        return self.poses[number]


def _followed(poses: list[Pose]) -> tuple[list[int], list[track.Row]]:
    poser = _Poser(poses)
    person = PersonPath([(0.0, Person(1.0, np.array([500.0, 500.0]), np.array([500.0, 340.0])))])
    follower = track.Follower(person, track.Wanted(hands=False), poser)
    rows = []
    for number in range(len(poses)):
        rows += follower(Image.new("L", (8, 8), number), number / 30, 1.0)
    rows += follower.rest()
    # the first picture is looked at twice: the second time in the region that the first look gave
    assert poser.shown[0] == 0
    return poser.shown[1:], rows


def test_an_even_motion_is_looked_at_in_every_other_frame() -> None:
    shown, rows = _followed([_pose(0.02 * frame) for frame in range(12)])
    # the last one is held back when the clip ends
    assert shown == [0, 1, 2, 3, 4, 6, 8, 10, 11]
    for frame, (pose, *_) in enumerate(rows):
        assert pose is not None
        assert pose.points == pytest.approx(_pose(0.02 * frame).points)


def test_a_move_that_sets_in_is_seen_in_all_its_frames() -> None:
    wrist = [0.0] * 9 + [0.3, 0.6, 0.8, 0.9, 0.9, 0.9, 0.9]
    poses = [_pose(wrist_m=value) for value in wrist]
    shown, rows = _followed(poses)
    # 10 is beyond an even course, so 9 is looked at after all, and then every frame until it is even again
    assert shown[:13] == [0, 1, 2, 3, 4, 6, 8, 10, 9, 11, 12, 13, 14]
    assert [pose.points[15, 0] for pose, *_ in rows if pose] == pytest.approx([pose.points[15, 0] for pose in poses])


@pytest.mark.parametrize("sure", [0.2, 0.6])
def test_a_blurred_or_lost_body_is_looked_at_in_order(sure: float) -> None:
    poses = [_pose() for _ in range(12)]
    poses[6:8] = [_pose(sure=sure)] * 2
    shown, rows = _followed(poses)
    first = shown.index(6)
    assert 5 in shown[first:]
    # 6 was looked at ahead of 5, and again in its turn
    assert 6 in shown[shown.index(5) :]
    assert [pose is None for pose, *_ in rows] == [sure < 0.3 and number in (6, 7) for number in range(12)]
    assert math.isclose(rows[5][0].sure if rows[5][0] else 0, 0.9)
