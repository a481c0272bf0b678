"""Trimming and cropping by the mouse: what is under it and what a drag makes of it, without Blender."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.blender import addon_alone

pytestmark = pytest.mark.quick


g: Any = addon_alone.module("trimming.geometry")
Rect: Any = addon_alone.module("trimming.geometry").Rect
PICTURE = Rect(100.0, 200.0, 500.0, 400.0)
STRIP = g.Strip(Rect(10.0, 20.0, 434.0, 60.0), 8.0, 12.0, 10.0)  # 50 pixels a second
CROP = g.Crop(0.25, 0.25, 0.2, 0.1)


def close(one: Any, other: Any) -> Any:
    return pytest.approx((other.left, other.right, other.top, other.bottom)) == (
        one.left,
        one.right,
        one.top,
        one.bottom,
    )


@pytest.mark.parametrize("aspect", [0.4, 9 / 16, 1.0, 16 / 9, 3.0])
@pytest.mark.parametrize("size", [(1200, 800), (400, 900), (900, 260), (60, 40)])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_picture_keeps_its_shape_and_lies_above_its_strip(aspect: float, size: Any, scale: float) -> None:
    free = Rect(30.0, 10.0, 30.0 + size[0], 10.0 + size[1])
    places = g.arranged(free, aspect, scale)
    assert places.picture.width / places.picture.height == pytest.approx(aspect)
    assert free.left < places.strip.left < places.strip.right < free.right
    assert places.strip.top + places.bar < places.picture.bottom
    assert places.picture.top < free.top and places.picture.left >= free.left and places.strip.bottom > free.bottom


def test_a_place_on_the_strip_is_a_time_and_back() -> None:
    for seconds in (0.0, 0.02, 3.7, 8.0):
        assert STRIP.time_at(STRIP.x_of(seconds)) == pytest.approx(seconds)
    assert (STRIP.time_at(-50.0), STRIP.time_at(9000.0)) == (0.0, 8.0)
    assert STRIP.seconds_of(25.0) == pytest.approx(0.5)
    empty = g.Strip(Rect(0.0, 0.0, 10.0, 10.0), 0.0, 12.0, 10.0)
    assert empty.x_of(1.0) == 12.0 and empty.time_at(5.0) == 0.0 and empty.seconds_of(5.0) == 0.0


def test_handles_stand_outside_of_the_part_and_never_on_each_other() -> None:
    short = g.Part(2.0, 2.04)
    first, last = (STRIP.handle_of(grip, short) for grip in (g.StripGrip.FROM, g.StripGrip.TO))
    assert first.right <= last.left
    for part in (g.Part(0.0, 8.0), g.Part(2.0, 5.0), g.Part(7.0, 8.0), short):
        for grip in (g.StripGrip.FROM, g.StripGrip.TO):
            handle = STRIP.handle_of(grip, part)
            assert STRIP.rect.left <= handle.left and handle.right <= STRIP.rect.right
            assert STRIP.grip_at((handle.left + handle.right) / 2, 40.0, part, 6.0) is grip


@pytest.mark.parametrize(
    ("x", "y", "grip"),
    [
        (STRIP.x_of(3.0), 40.0, "TIME"),
        (STRIP.x_of(1.0), 40.0, "TIME"),
        (STRIP.x_of(3.0), 65.0, "BOTH"),
        (STRIP.x_of(1.0), 65.0, None),
        (STRIP.x_of(2.0) - 6.0, 65.0, "FROM"),
        (STRIP.x_of(5.0) + 6.0, 30.0, "TO"),
        (STRIP.x_of(3.0), 90.0, None),
    ],
)
def test_what_of_the_strip_is_under_the_mouse(x: float, y: float, grip: Any) -> None:
    assert STRIP.grip_at(x, y, g.Part(2.0, 5.0)) is (g.StripGrip[grip] if grip else None)


@pytest.mark.parametrize(
    ("grip", "by", "part"),
    [
        ("FROM", 0.5, (2.5, 5.0)),
        ("FROM", -9.0, (0.0, 5.0)),
        ("FROM", 9.0, (4.0, 5.0)),
        ("TO", -0.5, (2.0, 4.5)),
        ("TO", 9.0, (2.0, 8.0)),
        ("TO", -9.0, (2.0, 3.0)),
        ("BOTH", 1.0, (3.0, 6.0)),
        ("BOTH", 9.0, (5.0, 8.0)),
        ("BOTH", -9.0, (0.0, 3.0)),
    ],
)
def test_a_part_stays_in_the_clip_and_as_long_as_a_clip_must_be(grip: str, by: float, part: Any) -> None:
    moved = STRIP.moved(g.Part(2.0, 5.0), g.StripGrip[grip], by, 1.0)
    assert (moved.start, moved.end) == pytest.approx(part)


def test_a_clip_that_is_too_short_keeps_all_of_it() -> None:
    strip = g.Strip(STRIP.rect, 0.8, 12.0, 10.0)
    for grip, by in product(g.StripGrip, (-1.0, 0.3, 1.0)):
        if grip is not g.StripGrip.TIME:
            assert strip.moved(g.Part(0.0, 0.8), grip, by, 1.0) == g.Part(0.0, 0.8)


def test_a_cut_lies_on_a_frame() -> None:
    assert g.nearest_frame(1.019, 25.0, 8.0) == pytest.approx(1.0)
    assert g.nearest_frame(1.021, 25.0, 8.0) == pytest.approx(1.04)
    assert g.nearest_frame(8.3, 25.0, 8.0) == 8.0 and g.nearest_frame(1.019, 0.0, 8.0) == 1.019


def test_a_crop_is_a_rectangle_and_back() -> None:
    rect = g.crop_rect(PICTURE, CROP)
    assert (rect.left, rect.bottom, rect.right, rect.top) == pytest.approx((200.0, 220.0, 400.0, 360.0))
    assert close(g.crop_of(PICTURE, rect), CROP)
    assert g.crop_of(PICTURE, PICTURE.grown(40.0)) == g.Crop()


@pytest.mark.parametrize(
    ("first", "last", "crop"),
    [
        ((200.0, 220.0), (400.0, 360.0), CROP),
        ((400.0, 360.0), (200.0, 220.0), CROP),
        ((400.0, 220.0), (200.0, 360.0), CROP),
        ((200.0, 220.0), (900.0, 900.0), g.Crop(0.25, 0.0, 0.0, 0.1)),
        ((200.0, 220.0), (201.0, 221.0), g.Crop(0.25, 0.65, 0.8, 0.1)),
        ((200.0, 220.0), (199.0, 219.0), g.Crop(0.15, 0.75, 0.9, 0.0)),
        ((500.0, 400.0), (499.0, 399.0), g.Crop(0.9, 0.0, 0.0, 0.9)),
    ],
)
def test_a_crop_is_drawn_from_corner_to_corner(first: Any, last: Any, crop: Any) -> None:
    assert close(g.crop_drawn(PICTURE, first, last), crop)


@pytest.mark.parametrize(
    ("x", "y", "sides"),
    [
        (200.0, 290.0, "LEFT"),
        (203.0, 290.0, "LEFT"),
        (396.0, 290.0, "RIGHT"),
        (300.0, 357.0, "TOP"),
        (300.0, 216.0, "BOTTOM"),
        (201.0, 359.0, "LEFT|TOP"),
        (404.0, 217.0, "RIGHT|BOTTOM"),
        (300.0, 290.0, "ALL"),
        (150.0, 290.0, None),
    ],
)
def test_what_of_the_crop_is_under_the_mouse(x: float, y: float, sides: Any) -> None:
    wanted = None
    for name in (sides or "").split("|"):
        if name:
            wanted = g.Sides[name] if wanted is None else wanted | g.Sides[name]
    assert g.sides_at(PICTURE, CROP, x, y, 5.0) == wanted
    assert g.sides_at(PICTURE, g.Crop(), x, y, 5.0) is None, "a whole picture has no crop to take hold of"


def test_a_small_crop_can_be_moved_as_well_as_made_larger() -> None:
    small = g.Crop(0.45, 0.45, 0.45, 0.45)  # 40 by 20 pixels
    assert g.sides_at(PICTURE, small, 300.0, 300.0, 30.0) == g.Sides.ALL
    assert g.sides_at(PICTURE, small, 283.0, 300.0, 30.0) == g.Sides.LEFT


@pytest.mark.parametrize(
    ("sides", "by", "crop"),
    [
        (g.Sides.LEFT, (40.0, 999.0), g.Crop(0.35, 0.25, 0.2, 0.1)),
        (g.Sides.LEFT, (-999.0, 0.0), g.Crop(0.0, 0.25, 0.2, 0.1)),
        (g.Sides.LEFT, (999.0, 0.0), g.Crop(0.65, 0.25, 0.2, 0.1)),
        (g.Sides.RIGHT | g.Sides.TOP, (40.0, 20.0), g.Crop(0.25, 0.15, 0.1, 0.1)),
        (g.Sides.BOTTOM, (0.0, 999.0), g.Crop(0.25, 0.25, 0.2, 0.7)),
        (g.Sides.ALL, (40.0, -10.0), g.Crop(0.35, 0.15, 0.25, 0.05)),
        (g.Sides.ALL, (999.0, 999.0), g.Crop(0.5, 0.0, 0.0, 0.3)),
        (g.Sides.ALL, (-999.0, -999.0), g.Crop(0.0, 0.5, 0.3, 0.0)),
    ],
)
def test_a_drag_moves_sides_or_the_whole_crop(sides: Any, by: Any, crop: Any) -> None:
    assert close(g.crop_by_drag(PICTURE, CROP, sides, *by), crop)


def test_whatever_is_dragged_the_form_can_hold_it() -> None:
    shares = (0.0, 0.3, 0.6, 0.9)
    for left, right, top, bottom in product(shares, repeat=4):
        if left + right > 0.9 or top + bottom > 0.9:
            continue
        for sides, dx, dy in product(
            (*g.Sides, g.Sides.ALL, g.Sides.LEFT | g.Sides.TOP), (-700, -3, 70), (-90, 5, 700)
        ):
            crop = g.crop_by_drag(PICTURE, g.Crop(left, right, top, bottom), sides, dx, dy)
            assert min(crop.left, crop.right, crop.top, crop.bottom) >= -1e-9
            assert crop.left + crop.right <= 0.9 + 1e-9 and crop.top + crop.bottom <= 0.9 + 1e-9
