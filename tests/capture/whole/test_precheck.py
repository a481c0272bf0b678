"""The quick look at a clip when it is chosen: nobody is told, somebody costs one picture, and a doubt is let through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinetix_capture.interface import CaptureRejected, ClipPart
from kinetix_capture.networks.person_detector import Detector, Person
from kinetix_capture.precheck import precheck
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.failure import FailureReason
from tests.capture import clips
from tests.capture.conftest import SAMPLE
from tests.support.waiting import LIMIT_S


class Looks(Detector):
    """Counts the pictures that it is given."""

    count = 0

    def __call__(self, picture: Image.Image, threshold: float = 0.5) -> list[Person]:
        self.count += 1
        return super().__call__(picture, threshold)


@pytest.fixture
def looks() -> Looks:
    return Looks()


def _quick(part: ClipPart, looks: Looks) -> CaptureRejected | None:
    return precheck(part, patience_s=LIMIT_S, make_detector=lambda: looks)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds in which nobody is, with something to see."""
    shades = np.linspace(60, 180, 320, dtype=np.uint8)
    wall = np.broadcast_to(shades[None, :, None], (240, 320, 3)).copy()
    wall[120:200, 40:120] = (90, 60, 30)
    return clips.write(tmp_path_factory.mktemp("room") / "room.mp4", [wall] * 90)


def test_nobody_is_told_with_the_reason_of_the_capture(room: Path, looks: Looks) -> None:
    found = _quick(ClipPart(room), looks)
    assert found is not None and found.reason is FailureReason.NOBODY and found.next_step
    assert 10 <= looks.count <= 13, "about a dozen pictures, however long the clip is"


def test_somebody_costs_one_picture(looks: Looks) -> None:
    assert _quick(ClipPart(SAMPLE), looks) is None
    assert looks.count == 1


def test_the_part_and_the_crop_are_looked_at(looks: Looks) -> None:
    found = _quick(ClipPart(SAMPLE, 0.5, 2.0, (0.0, 0.0, 0.12, 0.12)), looks)
    assert found is not None and found.reason is FailureReason.NOBODY, "the corner of the room"
    assert precheck(ClipPart(SAMPLE, 90.0, 91.0)) is None, "a part that is not there is the form's to tell"


def test_a_part_that_is_longer_than_the_world_allows_is_told_without_a_look(room: Path, looks: Looks) -> None:
    found = precheck(ClipPart(room, length=ClipLength(longest_s=2.0)), make_detector=lambda: looks)
    assert found is not None and found.reason is FailureReason.TOO_LONG and "at most 2 s" in found.title
    found = precheck(ClipPart(room, 2.5, 9.0), make_detector=lambda: looks)
    assert found is not None and found.reason is FailureReason.TOO_SHORT, "the clip ends before the part does"
    assert looks.count == 0


def test_whoever_comes_late_into_a_long_clip_is_somebody(tmp_path: Path, looks: Looks) -> None:
    """Twelve seconds of a wall, then two with a person: more than the API takes, and a world may."""
    person = clips.sample(320)[0]
    long = clips.write(tmp_path / "late.mp4", [np.full_like(person, 90)] * 24 + [person] * 4, rate=2)
    assert _quick(ClipPart(long, length=ClipLength(longest_s=60.0)), looks) is None
    assert looks.count > 5


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("this is no video", encoding="utf-8")
    found = precheck(ClipPart(text))
    assert found is not None and found.reason is FailureReason.NOT_A_VIDEO


def test_nothing_is_said_when_there_is_no_time_to_look(room: Path, looks: Looks) -> None:
    assert precheck(ClipPart(room), patience_s=0.0, make_detector=lambda: looks) is None
    assert looks.count == 1
