"""The clip's picture in a view: which part of it is shown, where joints are on it, and which one is under the mouse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.blender import addon_alone

pytestmark = pytest.mark.quick

s: Any = addon_alone.module("pointing.sheet")
Rect: Any = addon_alone.module("clip_view.rect").Rect
SIZE = (1600, 900)
FREE = Rect(50.0, 30.0, 850.0, 698.0)


def sides(rect: Any) -> Any:
    return rect.left, rect.bottom, rect.right, rect.top


def test_the_part_that_is_shown_has_the_figure_in_it_and_room_around() -> None:
    part = s.part_around([(0.4, 0.2), (0.5, 0.8)], SIZE)
    assert part.bottom < 0.2 - 0.05 and part.top > 0.8 + 0.05
    wide, high = part.width * SIZE[0], part.height * SIZE[1]
    assert wide / high >= 0.7 - 1e-9, "there is room to drag a joint aside"
    assert part.left < 0.4 and part.right > 0.5 and (part.left + part.right) / 2 == pytest.approx(0.45)


@pytest.mark.parametrize(
    "places",
    [[(0.0, 0.0), (1.0, 1.0)], [(-0.5, 0.5), (0.1, 2.0)], [(0.99, 0.99)], [(3.0, 3.0), (4.0, 5.0)], []],
    ids=["all of it", "beyond its edges", "a corner", "nowhere in it", "nothing"],
)
def test_the_part_lies_in_the_picture(places: Any) -> None:
    part = s.part_around(places, SIZE)
    assert 0 <= part.left < part.right <= 1 + 1e-9 and 0 <= part.bottom < part.top <= 1 + 1e-9


@pytest.mark.parametrize("part", [Rect(0.0, 0.0, 1.0, 1.0), Rect(0.3, 0.1, 0.5, 0.9)], ids=["wide", "upright"])
def test_the_picture_is_as_large_as_it_fits_and_not_stretched(part: Any) -> None:
    rect = s.arranged(FREE, part, SIZE, 1.0).rect
    assert rect.width / rect.height == pytest.approx(part.width * SIZE[0] / (part.height * SIZE[1]))
    assert FREE.left < rect.left and rect.right < FREE.right and FREE.bottom + 30 < rect.bottom and rect.top < FREE.top
    assert rect.width == pytest.approx(FREE.width - 32) or rect.height == pytest.approx(FREE.height - 68)


def test_places_are_told_from_the_upper_left_of_the_whole_picture() -> None:
    sheet = s.Sheet(Rect(100.0, 200.0, 300.0, 600.0), Rect(0.25, 0.5, 0.75, 1.0))
    assert sheet.point((0.25, 0.0)) == (100.0, 600.0) and sheet.point((0.5, 0.5)) == (200.0, 200.0)
    assert sheet.moved((0.25, 0.0), 100.0, -200.0) == pytest.approx((0.5, 0.25))
    moved = sheet.point(sheet.moved((0.4, 0.3), 12.0, -34.0))
    x, y = sheet.point((0.4, 0.3))
    assert moved == pytest.approx((x + 12, y - 34))
    assert sheet.moved((0.5, 0.5), 1e6, 1e6) == (1.0, 0.0), "it stays inside of the picture"


def test_of_joints_that_lie_on_one_another_the_nearest_one_is_meant() -> None:
    points = {"leftWrist": (100.0, 100.0), "leftHip": (106.0, 100.0)}
    assert s.nearest(points, 102.0, 100.0, 16.0) == "leftWrist"
    assert s.nearest(points, 105.0, 100.0, 16.0) == "leftHip"
    assert s.nearest(points, 100.0, 117.0, 16.0) is None and s.nearest({}, 0.0, 0.0, 16.0) is None
