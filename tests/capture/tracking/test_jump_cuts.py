"""A jump cut within one scene is found by landmarks and pictures together; fast moves, repeated pictures and slips are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture.tracking import jump_cuts, track
from kinetix_core.values.errors import InputError
from tests.capture import clips, figures

Array = NDArray[np.float64]
FRAMES, CUT = 40, 23
AT_CUT = pytest.approx(CUT / 30, abs=1e-3)
UNSEEN = Path("none.mp4")
"""Where the landmarks alone say that there is no cut, no picture is looked at."""
SWAPPED = [0, 4, 5, 6, 1, 2, 3, 8, 7, *(number + 1 - 2 * ((number + 1) % 2) for number in range(9, 33))]


def _track(places: Array, hidden: slice = slice(0, 0), swapped: slice = slice(0, 0)) -> track.Track:
    """Someone 1.7 m and 170 pixels tall whose middle is at places (F, 2), with frames in which they are not found or mirrored."""
    shape = np.tile(np.random.default_rng(0).uniform((-0.3, -0.8), (0.3, 0.8), (33, 2)), (len(places), 1, 1))
    shape[swapped] = shape[swapped, SWAPPED]
    world, points = np.concatenate([shape, np.zeros((len(places), 33, 1))], 2), places[:, None] + 100 * shape
    world[hidden] = points[hidden] = np.nan
    return figures.track(np.arange(len(places)) / 30, world, points)


def _film(folder: Path, places: Array) -> Path:
    """A white figure 80 by 160 pixels before a pattern, with its middle at places (F, 2)."""
    wall = np.random.default_rng(1).integers(60, 120, (240, 320, 1), np.uint8).repeat(3, 2)
    pictures = []
    for x, y in places.astype(int):
        picture = wall.copy()
        picture[max(y - 80, 0) : y + 80, max(x - 40, 0) : x + 40] = 230
        pictures.append(picture)
    return clips.write(folder / "clip.mp4", pictures)


def _walk(step: float = 0.6, jump: float = 0.0, begin: float = 100.0) -> Array:
    """Return places (F, 2) of a walk to the right, which goes on elsewhere after the cut."""
    places = np.stack([begin + step * np.arange(FRAMES), np.full(FRAMES, 120.0)], 1)
    places[CUT:, 0] += jump
    return places


def _changed(places: Array, frames: int | slice, to: tuple[float, float]) -> Array:
    places = places.copy()
    places[frames] = to
    return places


@pytest.mark.parametrize(
    ("filmed", "followed", "crop"),
    [
        (_walk(jump=30), _track(_walk(jump=30)), None),
        (_walk(jump=60), _track(_walk(jump=60), hidden=slice(CUT, CUT + 3)), None),
        (_walk(jump=60), _track(_changed(_walk(jump=60), CUT, (40, 150))), None),
        (_walk(jump=30, begin=200), _track(_walk(jump=30, begin=40)), (0.5, 0.0, 0.5, 1.0)),
    ],
    ids=["a jump", "lost for some frames", "a slip in the first frame", "a crop"],
)
def test_a_jump_is_found_at_the_first_frame_of_the_second_take(
    tmp_path: Path, filmed: Array, followed: track.Track, crop: tuple[float, float, float, float] | None
) -> None:
    assert jump_cuts.cut_at(_film(tmp_path, filmed), crop, followed) == AT_CUT


def test_what_only_a_jolt_of_the_camera_moved_is_no_jump(tmp_path: Path) -> None:
    places = _walk(jump=30)
    assert jump_cuts.cut_at(_film(tmp_path, places), None, _track(places), _track(_walk())) is None


def _stutter() -> Array:
    """Four frames show the same, the fifth has gone on."""
    places = _walk(6.0, begin=40)
    places[CUT - 4 : CUT] = places[CUT - 4]
    return places


@pytest.mark.parametrize(
    ("filmed", "followed"),
    [(_stutter(), _stutter()), (_walk(), _walk() + np.where(np.arange(FRAMES) < CUT, 0, 30)[:, None] * [0, 1])],
    ids=["a stuttering recording", "landmarks that slip"],
)
def test_landmarks_that_jump_are_none_where_the_pictures_go_on(tmp_path: Path, filmed: Array, followed: Array) -> None:
    with pytest.raises(InputError):
        jump_cuts.cut_at(UNSEEN, None, _track(followed))
    assert jump_cuts.cut_at(_film(tmp_path, filmed), None, _track(followed)) is None


def _leap() -> Array:
    speed = np.full(FRAMES, 0.5)
    speed[CUT - 2 : CUT + 3] = 3, 14, 30, 14, 3
    return np.stack([60 + np.cumsum(speed), np.full(FRAMES, 120.0)], 1)


@pytest.mark.parametrize(
    "followed",
    [
        _track(_changed(_walk(), CUT, (163.8, 170.0))),
        _track(_leap()),
        _track(_walk(), swapped=slice(CUT, None)),
        _track(_walk(1.5), hidden=slice(8, 32)),
    ],
    ids=["a frame that slips", "a leap", "left taken for right", "hidden for a while"],
)
def test_landmarks_alone_tell_of_no_cut(followed: track.Track) -> None:
    assert jump_cuts.cut_at(UNSEEN, None, followed) is None
