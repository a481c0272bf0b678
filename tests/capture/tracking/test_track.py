"""The region follows a body that turns over, and what leaves the picture is not believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinetix_capture import pipeline
from kinetix_capture.interface import CaptureRejected
from kinetix_capture.networks.person_detector import Person
from kinetix_capture.tracking import shown_body, track
from kinetix_capture.tracking.survey import PersonPath
from kinetix_capture.video import decode
from tests.capture import clips, figures
from tests.capture.conftest import SAMPLE


@pytest.mark.quick
def test_landmarks_outside_of_the_picture_are_not_seen() -> None:
    points = np.array([[5.0, 5.0], [-1.0, 5.0], [5.0, 60.0], [99.5, 49.5]])
    assert shown_body.inside(points, (100, 50)).tolist() == [1, 0, 0, 1]


@pytest.mark.quick
def test_a_person_who_lies_is_as_large_as_one_who_stands() -> None:
    rng = np.random.default_rng(3)
    standing = rng.normal(0, 1, (4, 33, 3)) * [0.15, 0.5, 0.1]
    lying = standing[..., [1, 0, 2]]
    for world in (standing, lying):
        with pytest.raises(CaptureRejected) as caught:
            pipeline.check_person(figures.track(np.arange(4) / 30, world, 100 * world[..., :2]), decode.probe(SAMPLE))
        assert caught.value.code == "personTooSmall" and "about 135 pixels" in caught.value.detail


def test_a_body_that_turns_over_is_followed(tmp_path: Path) -> None:
    """The sample clip, turned by twelve degrees more in each frame: upside down in the middle."""
    frames = clips.sample()[:36]
    side = max(frames[0].shape[:2])
    upright, turned = [], []
    for number, picture in enumerate(frames):
        square = Image.new("RGB", (side, side))
        square.paste(Image.fromarray(picture), ((side - picture.shape[1]) // 2, (side - picture.shape[0]) // 2))
        upright.append(np.asarray(square))
        turned.append(np.asarray(square.rotate(-12.0 * max(number - 5, 0), Image.Resampling.BILINEAR)))
    first = _followed(clips.write(tmp_path / "a.mp4", upright), side)
    second = _followed(clips.write(tmp_path / "b.mp4", turned), side)
    angles = np.radians(12.0 * np.maximum(np.arange(len(frames)) - 5, 0))
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y = np.moveaxis(second.points - side / 2, -1, 0)
    back = np.stack((c * x + s * y, c * y - s * x), -1) + side / 2
    tall = float(np.median(np.ptp(first.points[..., 1], axis=1)))
    off = np.median(np.linalg.norm(back - first.points, axis=-1), axis=1)
    assert second.found.all()
    assert off.max() < 0.1 * tall
    assert np.median(second.clear) > 0.7


def _followed(clip: Path, side: int) -> track.Track:
    body = Person(1.0, np.array([side / 2, side / 2]), np.array([side / 2, 0.05 * side]))
    part = decode.Part(clip, 0.0, decode.probe(clip).duration_s)
    return track.follow(part, PersonPath([(0.0, body)]), track.Wanted(hands=False), lambda time_s: None)
