"""Up, focal length, standing feet and the leg lock, each against a scene or a walk that is known exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinetix_capture.arrays import unit
from kinetix_capture.contacts import floor, foot_lock, several_cameras
from kinetix_capture.fitting import scene_up
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_core.motion import quaternion as quat
from tests.capture.drawn_room import NO_EDGES, room_edges
from tests.capture.figures import degrees

pytestmark = pytest.mark.quick

_NOBODY_STANDS = np.zeros((0, 2, 3))


@pytest.mark.parametrize(("pitch", "roll"), [(8.0, 0.0), (22.0, 13.0), (25.0, -26.0)])
def test_up_comes_from_the_edges_of_the_room_even_for_a_rolled_camera(pitch: float, roll: float) -> None:
    truth = scene_up.up_of(np.radians(pitch), np.radians(roll))
    leaning = np.array([0.2, 0.97, -0.1])
    up, sure = floor.find_up(room_edges(pitch, roll, 0.4, 0.85), 0.85, unit(leaning), _NOBODY_STANDS)
    assert degrees(up, truth) < 0.1
    assert sure > 0.8


def test_somebody_who_lies_does_not_tip_theroom_edges() -> None:
    truth = scene_up.up_of(np.radians(12.0), np.radians(-3.0))
    lying = np.array([0.97, 0.2, 0.14])
    up, _ = floor.find_up(room_edges(12.0, -3.0, 0.4, 0.85), 0.85, unit(lying), _NOBODY_STANDS)
    assert degrees(up, truth) < 0.1


def test_the_more_a_body_may_lean_the_less_it_tells_of_up() -> None:
    leaning = scene_up.up_of(np.radians(8.0), np.radians(20.0))
    ups = [floor.find_up(NO_EDGES, 0.85, leaning, _NOBODY_STANDS, lean_deg=lean)[0] for lean in (8.0, 16.0, 32.0)]
    assert degrees(ups[0], leaning) + 3 < degrees(ups[1], leaning) < degrees(ups[2], leaning) - 3


def test_a_foot_on_its_toes_does_not_tip_the_floor() -> None:
    """Its heel stays where it is as well, 10 cm above, as in a push-up; the body lies, and says nothing of up."""
    truth = scene_up.up_of(np.radians(12.0), 0.0)
    turn = quat.between(np.array([0.0, 1.0, 0.0]), truth)
    rng = np.random.default_rng(2)
    toes = rng.normal(scale=(0.3, 0.003, 0.3), size=(60, 3))
    feet = quat.rotate(turn, np.stack((toes + np.array([0.0, 0.1, -0.1]), toes), 1)) - [0.0, 1.0, 4.0]
    lying = quat.rotate(turn, np.array([0.0, 0.1, 0.99]))
    up, _ = floor.find_up(NO_EDGES, 0.85, unit(lying), feet)
    assert degrees(up, truth) < 2
    both = np.repeat(feet.reshape(-1, 1, 3), 2, axis=1)  # taken for points of their own
    assert degrees(floor.find_up(NO_EDGES, 0.85, unit(lying), both)[0], truth) > 4


def _sight(edges: scene_up.Edges) -> several_cameras.Sight:
    return several_cameras.Sight(
        np.zeros((3, 4, 2)), np.ones((3, 4)), np.zeros((3, 4, 3)), np.zeros((3, 3)), edges, 0.85
    )


def test_a_scene_that_the_others_contradict_does_not_tip_up() -> None:
    """Three fifths of what the second camera sees is a ramp, which it takes for the floor."""
    truth = scene_up.up_of(np.radians(12.0), 0.0)
    room, ramp = room_edges(12.0, 0.0, 0.4, 0.85), room_edges(22.0, 0.0, 0.4, 0.85)
    share = np.arange(300) % 5 < 2
    mixed = scene_up.Edges(
        np.where(share[:, None], room.places, ramp.places),
        np.where(share[:, None], room.along, ramp.along),
        room.weights,
    )
    assert degrees(floor.find_up(mixed, 0.85, truth, _NOBODY_STANDS)[0], truth) > 5
    up, sure = several_cameras.find_up([_sight(room), _sight(mixed)], truth, None)
    assert degrees(up, truth) < 0.1
    assert sure > 0.8


def test_scenes_without_edges_share_what_the_body_tells() -> None:
    turn = quat.to_matrix(quat.from_axis_angle([1.0, 0.0, 0.0], np.radians(20.0)))
    axis = scene_up.up_of(np.radians(12.0), 0.0)
    apart = [_sight(NO_EDGES), replace(_sight(NO_EDGES), turn=turn)]
    ups = [several_cameras.find_up([sight], axis, None)[0] for sight in apart]
    up, sure = several_cameras.find_up(apart, axis, None)
    assert degrees(*ups) > 4 and degrees(up, ups[0]) == pytest.approx(degrees(up, ups[1]), abs=0.1)
    assert sure == 0


@pytest.mark.parametrize("focal", [0.68, 0.85, 1.05])
def test_the_focal_length_comes_from_the_edges(focal: float) -> None:
    assert (scene_up.focal_length(room_edges(12.0, 3.0, 0.5, focal), 0.85) or 0.85) == pytest.approx(focal, rel=0.06)


def test_without_edges_nothing_tells_the_focal_length_and_the_bodys_axis_holds() -> None:
    assert scene_up.focal_length(NO_EDGES, 0.85) is None
    axis = scene_up.up_of(np.radians(12.0), 0.0)
    up, sure = floor.find_up(NO_EDGES, 0.85, axis, _NOBODY_STANDS)
    assert degrees(up, axis) < 6
    assert sure == 0


def test_edges_of_a_drawn_grid_are_found_and_moving_pixels_are_not() -> None:
    pictures = []
    for number in range(6):
        picture = np.full((120, 160), 90, np.uint8)
        picture[:, 40:80], picture[60:, :] = 200, 30
        picture[20:40, 10 + 20 * number : 25 + 20 * number] = 255
        pictures.append(picture)
    found = scene_up.edges(pictures, 160, (80, 60))
    upright = np.abs(found.along[:, 1]) > 0.99
    level = np.abs(found.along[:, 0]) > 0.99
    assert (upright | level).mean() > 0.95
    assert upright.any() and level.any()


def test_standing_needs_slow_and_low() -> None:
    frames = 40
    points = np.zeros((frames, 3, 3))
    points[:, :, 2] = -4.0
    points[:, 0, 1] = -1.0  # stands
    points[:, 1, 0], points[:, 1, 1] = np.linspace(0, 2, frames), -1.0  # slides
    points[:, 2, 1] = 0.0  # still, but a metre up
    rays = points[..., :2] / 4.0
    found = floor.find_contacts(rays, points, 30.0, np.array([0.0, 1.0, 0.0]))
    assert found[:, 0].all()
    assert not found[:, 1].any()
    assert not found[:, 2].any()


@pytest.mark.parametrize(
    ("aside", "upwards", "stands"),
    [(0.0, -0.1, True), (0.0, 0.1, False), (0.1, -0.1, False), (0.0, -0.015, True)],
    ids=["below the floor", "a step", "steps down and aside", "a tremble"],
)
def test_a_foot_that_stands_is_not_lost_where_it_is_seen_below_the_floor_for_a_moment(
    aside: float, upwards: float, stands: bool
) -> None:
    """The network takes the other one for it, which passes in front. A foot that is lifted, or that comes down elsewhere, moves."""
    frames, away = 40, slice(18, 23)
    points = np.zeros((frames, 1, 3))
    points[..., 1:] = -1.0, -4.0
    seen = points.copy()
    seen[away, :, 1] += upwards
    seen[away.stop :, :, 0] += aside
    found = floor.find_contacts(seen[..., :2] / 4.0, points, 30.0, np.array([0.0, 1.0, 0.0]))
    assert found[away].all() == stands
    assert found[:14].all() and found[27:].all()


def _walk(foot: float = -0.1, low: float = 0.03) -> FigurePose:
    """Stands on both feet, which are turned by so many radians, while the hips glide forward: every ankle slides."""
    rest = FigurePose.rest(30)
    rotations, hips = rest.rotations, rest.hips - [0.0, low, 0.0]
    for side in (0, 1):
        up_leg, leg, ankle = rest.body.limb(side, "UpLeg", "Leg", "Foot")
        rotations[:, up_leg] = quat.from_axis_angle([1.0, 0, 0], -0.25)
        rotations[:, leg] = quat.from_axis_angle(rest.body.knee[side], 0.5)
        rotations[:, ankle] = quat.from_axis_angle([1.0, 0, 0], foot)
    hips[:, 2] += np.linspace(-0.04, 0.06, 30)
    return FigurePose(rotations, hips)


_BOTH = (np.arange(30)[:, None] >= 6) & (np.arange(30)[:, None] < [24, 24])
_PLANTED = foot_lock.FootContacts(_BOTH, _BOTH)


def test_held_feet_do_not_move_and_lie_flat_on_the_floor() -> None:
    held = foot_lock.lock_feet(_walk(), _PLANTED)
    for side in (0, 1):
        leg, foot = held.body.limb(side, "Leg", "Foot")
        ankle = held.position[6:24, foot]
        assert np.linalg.norm(np.diff(ankle, axis=0), axis=1).max() * 30 < 0.01
        assert np.abs(ankle[:, 1] - held.body.heads[foot, 1]).max() < 0.0003
        assert np.abs(held.world[6:24, foot, 1, 1] - 1).max() < 1e-6
        assert (quat.log(held.rotations[:, leg]) @ held.body.knee[side] > 0).all()
    assert np.abs(np.diff(held.position, 2, axis=0)).max() < 0.02
    assert held.points[..., 1].min() > -0.005


def test_a_foot_that_stands_on_heel_or_toes_and_lies_level_stands_on_both() -> None:
    stands = np.tile([True, False, False, True], (4, 1))
    toes_up = np.array([-0.1, -0.01, 0.01, 0.1])
    height = np.stack((np.zeros(4), np.zeros(4), toes_up, toes_up), 1)
    planted = foot_lock.foot_contacts(stands, height)
    assert planted.heel.T.tolist() == [[True] * 4, [False, True, True, True]]
    assert planted.toe.T.tolist() == [[True, True, True, False], [True] * 4]


def test_a_foot_comes_down_flat_in_a_few_frames_and_rises_again_sooner() -> None:
    held = foot_lock.lock_feet(_walk(foot=0.4), _PLANTED)
    lean = 1 - held.world[:, held.body.index("LeftFoot"), 1, 1]
    assert lean[6:24].max() < 1e-6
    assert (lean[2:6] < 0.98 * lean[0]).all()
    assert (np.abs(lean[26:] - lean[0]) < 1e-6).all()


def test_nothing_goes_through_the_floor() -> None:
    nobody = foot_lock.FootContacts(np.zeros_like(_BOTH), np.zeros_like(_BOTH))
    held = foot_lock.lock_feet(_walk(low=0.33), nobody)
    assert held.points[..., 1].min() > -0.02


def test_a_stand_reaches_to_the_frames_that_are_seen_at_its_place() -> None:
    x = np.concatenate((np.linspace(-0.5, 0.0, 10), np.zeros(12), np.linspace(0.05, 0.5, 10)))
    points = np.stack((x, np.zeros(32), np.full(32, -4.0)), -1)[:, None]
    rays = points[..., :2] / 4.0
    stands = np.zeros((32, 1), bool)
    stands[11:20] = True
    found = floor.extend_contacts(stands, rays, points)[:, 0]
    assert np.flatnonzero(found).tolist() == list(range(9, 22))
    assert not floor.extend_contacts(np.zeros((32, 1), bool), rays, points).any()
