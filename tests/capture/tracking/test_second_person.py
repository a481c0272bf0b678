"""A second person counts in every picture that shows one, also where the detector takes two for one."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from PIL import Image

from kinetix_capture.networks.body_landmarks import Pose, Poser
from kinetix_capture.networks.network import Region
from kinetix_capture.networks.person_detector import Person, body_region
from kinetix_capture.tracking.second_person import SecondPersonCheck

pytestmark = pytest.mark.quick

PICTURE = Image.new("RGB", (640, 360))


def _person(x: float, radius: float = 100.0) -> Person:
    return Person(0.9, np.array([x, 200.0]), np.array([x, 200.0 - radius]))


class _Bodies:
    """Stands for the landmark model: sees the body that is nearest to a region's middle, or nobody farther than 60 pixels away."""

    def __init__(self, *places: float) -> None:
        self.places = list(places)
        self.looks = 0

    def __call__(self, image: Image.Image, region: Region) -> Pose:
        self.looks += 1
        place = min(self.places, key=lambda x: abs(x - region.x))
        points = np.full((33, 2), place)
        points[:, 1] = np.linspace(100, 300, 33)
        person = _person(place)
        return Pose(
            1.0 if abs(place - region.x) < 60 else 0.1,
            points,
            np.ones(33),
            np.zeros((33, 3)),
            np.ones(33),
            body_region(person.hips, person.reach),
        )


def _others(bodies: _Bodies) -> SecondPersonCheck:
    return SecondPersonCheck(lambda: cast(Poser, bodies))


def test_two_people_are_counted_where_the_detector_sees_one_of_them_only() -> None:
    others = _others(_Bodies(150, 320))
    finds = [[_person(150)], [_person(150), _person(320)], [_person(150)], [_person(320)], []]
    assert [others(PICTURE, found) for found in finds] == [False, True, True, True, True]


def test_someone_who_has_left_is_not_counted_on() -> None:
    bodies = _Bodies(150, 320)
    others = _others(bodies)
    assert others(PICTURE, [_person(150), _person(320)])
    bodies.places = [150]
    assert [others(PICTURE, [_person(150)]) for _ in range(3)] == [False, False, False]
    assert bodies.looks == 2 + 3, "once nobody is there, nobody is looked for any more"


def test_two_finds_of_one_body_are_one_person_and_one_find_needs_no_second_look() -> None:
    assert not _others(_Bodies(200))(PICTURE, [_person(170), _person(230)])
    bodies = _Bodies(150)
    assert not _others(bodies)(PICTURE, [_person(150)])
    assert not bodies.looks
