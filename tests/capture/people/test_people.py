"""Identities of several people, owners of bodies, and relative places: all without a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kinetix_capture.networks.person_detector import Person
from kinetix_capture.people import places
from kinetix_capture.tracking import apart, people, survey, track
from tests.capture import figures

pytestmark = pytest.mark.quick

RED, BLUE, GREY = (200, 30, 30), (30, 40, 190), (90, 90, 90)


def _body(x: float, colour: tuple[int, int, int], radius: float = 100.0, clear: float = 0.9) -> people.Body:
    hips = np.array([x, 300.0])
    return people.Body(Person(clear, hips, hips - [0.0, radius]), np.tile(np.array(colour, float), (5, 1)))


def _found(pictures: Sequence[Sequence[people.Body]]) -> people.Found:
    cells = np.zeros((16, 16, 3))
    samples = [
        survey.FrameSample(number / survey.RATE, tuple(body.person for body in bodies), cells, True, None, 1.0)
        for number, bodies in enumerate(pictures)
    ]
    return people.find([sample.time_s for sample in samples], pictures)


def _ends(found: people.Found) -> list[tuple[float, float]]:
    return [(float(path.finds[0][1].hips[0]), float(path.finds[-1][1].hips[0])) for path in found.people]


def test_people_who_cross_are_told_by_their_looks() -> None:
    """While the one hides the other, both turn round: by their ways alone each would be taken for the other."""
    places_seen = [(100 + 40 * n, 500 - 40 * n) for n in range(6)] + [(260 - 40 * n, 340 + 40 * n) for n in range(6)]
    pictures = [[_body(a, RED), _body(b, BLUE)] for a, b in places_seen]
    pictures[5] = [pictures[5][0]]
    found = _found(pictures)
    assert _ends(found) == [(100, 60), (500, 540)]
    assert [(crossing.first, crossing.second, crossing.told) for crossing in found.crossings] == [(0, 1, True)]


def test_people_who_look_alike_are_told_by_their_ways_and_it_is_said() -> None:
    pictures = [[_body(100 + 40 * n, GREY), _body(500 - 40 * n, GREY)] for n in range(12)]
    pictures[5] = [pictures[5][0]]
    found = _found(pictures)
    assert _ends(found) == [(100, 540), (500, 60)]
    assert [crossing.told for crossing in found.crossings] == [False]


def test_who_comes_back_is_the_same_person() -> None:
    pictures = [[_body(100, RED), *([] if 3 <= n < 8 else [_body(500, BLUE)])] for n in range(14)]
    assert [len(path.times) for path in _found(pictures).people] == [14, 9]


def test_a_shade_that_is_seen_as_a_body_is_nobody_but_a_person_may_be_hidden_for_a_while() -> None:
    shade = [[_body(100, RED), _body(500, BLUE, clear=0.5)] for _ in range(14)]
    hidden = [[_body(100, RED), _body(500, BLUE, clear=0.5 if 3 <= n < 9 else 0.9)] for n in range(14)]
    assert [len(_found(pictures).people) for pictures in (shade, hidden)] == [1, 2]


def test_who_only_passes_or_stands_far_away_is_no_person_of_the_clip() -> None:
    pictures = [[_body(400, RED), _body(100, GREY, 40), *([_body(700, BLUE)] if n < 3 else [])] for n in range(12)]
    assert _ends(_found(pictures)) == [(400, 400)]


def test_the_most_prominent_is_the_largest_who_is_seen_long() -> None:
    found = _found([[_body(100, RED, 90), _body(500, BLUE, 120)] for n in range(8)])
    assert people.most_prominent(found).finds[0][1].hips[0] == 500


def _track(x: np.ndarray, scale: float = 100.0) -> track.Track:
    """Somebody who stands at x (N,) pixels."""
    count = len(x)
    world = np.zeros((count, 33, 3))
    for landmark in range(33):
        world[:, landmark, :2] = [0.2 * (-1) ** landmark, -0.6 + landmark / 22]
    points = world[..., :2] * scale + np.stack((x, np.full(count, 300.0)), 1)[:, None]
    return figures.track(np.arange(count) / 30, world, points)


def _path(x: np.ndarray, every: int = 5) -> survey.PersonPath:
    path = survey.PersonPath()
    for frame in range(0, len(x), every):
        path.add(frame / 30, _body(x[frame], RED).person)
    return path


def test_a_body_that_two_are_taken_for_is_the_one_who_goes_there() -> None:
    stays, walks = np.full(40, 300.0), 100 + 10.0 * np.arange(40)
    taken = walks.copy()
    taken[16:26] = 300  # the walker's track sticks to the one who stays
    apart_tracks = apart.set_apart([_track(stays), _track(taken)], [_path(stays), _path(walks)])
    assert apart_tracks[0].found.all()
    assert not apart_tracks[1].found[16:26].any()
    assert apart_tracks[1].found[:12].all()
    assert apart_tracks[1].found[30:].all()


def test_what_a_nearer_person_hides_is_bridged() -> None:
    behind, front = _track(np.full(30, 300.0), 80.0), _track(np.full(30, 600.0), 140.0)
    front.points[10:15] += [[[-300.0, 0.0]]]
    behind.points[10:15, 15] += 25.0  # a wrist that is taken for another
    seen = apart.hide([behind, front])[0]
    assert seen.visibility[12, 15] == 0
    assert seen.visibility[:8].min() == seen.visibility[20:].min() == 1
    assert np.allclose(seen.points[:, 15], seen.points[0, 15])


def test_sizes_follow_from_one_floor_as_far_as_they_are_sure() -> None:
    sizes = places._sizes(np.array([1.5, 1.5 / 0.8]), np.array([4.0, 4.0]))
    assert 0.81 < sizes[1] / sizes[0] < 0.83, "most of the difference in height, as people are of like sizes"
    far = places._sizes(np.array([1.5, 1.5 / 0.8]), np.array([3.0, 9.0]))
    assert far[1] / far[0] > 0.84, "far from each other, the floor's height depends on which way is up"
    assert places._sizes(np.array([0.1, 0.2]), np.array([4.0, 4.0])).tolist() == [1, 1]
