"""A jump cut within one scene is found by landmarks and pictures together; fast moves, repeated pictures and slips are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture.tracking import jump_cuts, track
from tests.capture import clips, figures

FRAMES, CUT = 40, 23
UNSEEN = Path("none.mp4")
"""Where the landmarks alone say that there is no cut, no picture is looked at."""
SWAPPED = [0, 4, 5, 6, 1, 2, 3, 8, 7, *(number + 1 - 2 * ((number + 1) % 2) for number in range(9, 33))]


def _body(seed: int = 0) -> NDArray[np.float64]:
    """(33, 2) metres of someone 1.7 m tall."""
    return np.random.default_rng(seed).uniform((-0.3, -0.8), (0.3, 0.8), (33, 2))


def _track(places: NDArray[np.float64], bodies: NDArray[np.float64] | None = None) -> track.Track:
    """Someone 170 pixels tall whose middle is at places (F, 2)."""
    count = len(places)
    shape = np.tile(_body(), (count, 1, 1)) if bodies is None else bodies
    world = np.concatenate([shape, np.zeros((count, 33, 1))], 2)
    return figures.track(np.arange(count) / 30, world, places[:, None] + 100 * shape)


def _film(path: Path, places: NDArray[np.float64]) -> Path:
    """A white figure 80 by 160 pixels before a pattern, with its middle at places (F, 2)."""
    wall = np.random.default_rng(1).integers(60, 120, (240, 320, 1), np.uint8).repeat(3, 2)
    pictures = []
    for x, y in places.astype(int):
        picture = wall.copy()
        picture[max(y - 80, 0) : y + 80, max(x - 40, 0) : x + 40] = 230
        pictures.append(picture)
    return clips.write(path, pictures)


def _walk(step: float = 0.6) -> NDArray[np.float64]:
    return np.stack([100 + step * np.arange(FRAMES), np.full(FRAMES, 120.0)], 1)


def test_a_jump_is_found_at_the_first_frame_of_the_second_take(tmp_path: Path) -> None:
    places = _walk()
    places[CUT:, 0] += 30
    assert jump_cuts.cut_at(_film(tmp_path / "clip.mp4", places), None, _track(places)) == pytest.approx(
        CUT / 30, abs=1e-3
    )


def test_what_only_a_jolt_of_the_camera_moved_is_no_jump(tmp_path: Path) -> None:
    places = _walk()
    places[CUT:, 0] += 30
    assert jump_cuts.cut_at(_film(tmp_path / "clip.mp4", places), None, _track(places), _track(_walk())) is None


def test_the_person_may_be_lost_for_some_frames_after_it(tmp_path: Path) -> None:
    places = _walk()
    places[CUT:, 0] += 60
    seen = _track(places)
    seen.world[CUT : CUT + 3] = np.nan
    seen.points[CUT : CUT + 3] = np.nan
    assert jump_cuts.cut_at(_film(tmp_path / "clip.mp4", places), None, seen) == pytest.approx(CUT / 30, abs=1e-3)


def test_the_first_frame_after_it_may_be_a_slip(tmp_path: Path) -> None:
    places = _walk()
    places[CUT:, 0] += 60
    clip = _film(tmp_path / "clip.mp4", places)
    places[CUT] = 40, 150
    assert jump_cuts.cut_at(clip, None, _track(places)) == pytest.approx(CUT / 30, abs=1e-3)


def test_a_frame_that_slips_and_comes_back_is_none() -> None:
    places = _walk()
    places[CUT] += 50
    assert jump_cuts.cut_at(UNSEEN, None, _track(places)) is None


def test_a_crop_is_looked_at_as_it_was_followed(tmp_path: Path) -> None:
    places = _walk() - [-100, 0]
    places[CUT:, 0] += 30
    clip = _film(tmp_path / "clip.mp4", places)
    cropped = _track(places - [160, 0])
    assert jump_cuts.cut_at(clip, (0.5, 0.0, 0.5, 1.0), cropped) == pytest.approx(CUT / 30, abs=1e-3)


def test_a_leap_that_gathers_speed_is_none() -> None:
    speed = np.full(FRAMES, 0.5)
    speed[CUT - 2 : CUT + 3] = 3, 14, 30, 14, 3
    places = np.stack([60 + np.cumsum(speed), np.full(FRAMES, 120.0)], 1)
    assert jump_cuts.cut_at(UNSEEN, None, _track(places)) is None


def test_pictures_that_were_repeated_are_none(tmp_path: Path) -> None:
    """A stuttering recording: four frames show the same, the fifth has gone on."""
    places = _walk(6.0) - [60, 0]
    places[CUT - 4 : CUT] = places[CUT - 4]
    seen = _track(places)
    assert jump_cuts._steps(seen, 1)[0].max() > 3 * np.median(jump_cuts._steps(seen, 1)[0])
    assert jump_cuts.cut_at(_film(tmp_path / "clip.mp4", places), None, seen) is None


def test_a_slip_of_the_network_is_none(tmp_path: Path) -> None:
    """The landmarks are elsewhere all at once; the pictures go on as before."""
    places = _walk()
    clip = _film(tmp_path / "clip.mp4", places)
    slipped = places.copy()
    slipped[CUT:, 1] += 30
    assert jump_cuts.cut_at(clip, None, _track(slipped)) is None


def test_left_taken_for_right_is_none() -> None:
    bodies = np.tile(_body(), (FRAMES, 1, 1))
    bodies[CUT:] = bodies[CUT:, SWAPPED]
    assert jump_cuts.cut_at(UNSEEN, None, _track(_walk(), bodies)) is None


def test_who_was_hidden_for_a_while_went_on_meanwhile() -> None:
    places = _walk(1.5)
    seen = _track(places)
    hidden = slice(8, 32)
    seen.world[hidden] = np.nan
    seen.points[hidden] = np.nan
    assert jump_cuts.cut_at(UNSEEN, None, seen) is None
