"""The quick look at who is in a clip: each one's picture, and a choice by which the capture finds the same person."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from kinetix_capture import pipeline
from kinetix_capture.commands.capture import capture
from kinetix_capture.interface import CaptureRejected, CaptureRequest, ClipPart, SeenPerson
from kinetix_capture.people import group_capture
from kinetix_capture.people.seen_people import seen_people
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.errors import InputError
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.people import People, PersonAt, numbered
from tests.capture import clips
from tests.capture.conftest import SAMPLE
from tests.support import tools

TWO = tools.DATA / "real" / "two_people_cam02.mp4"


@pytest.fixture(scope="module")
def two() -> list[SeenPerson]:
    return seen_people(ClipPart(TWO), patience_s=math.inf)


def test_everybody_is_seen_from_left_to_right(two: list[SeenPerson]) -> None:
    assert [round(one.at.x, 1) for one in two] == [0.2, 0.5], "who stands before the other, and who balances"
    for one in two:
        left, top, wide, high = one.box
        assert left <= one.at.x <= left + wide and top <= one.at.y <= top + high <= 1.0
        picture = Image.open(io.BytesIO(one.jpeg))
        assert picture.format == "JPEG" and picture.height == 160 and 60 <= picture.width <= 160
    shirt, chest = (_colour(one.jpeg, column) for one, column in zip(two, (0.5, 0.7), strict=True))
    assert min(shirt) > 130 and chest[0] > chest[2] + 15, "a white shirt, and skin"


def _colour(jpeg: bytes, column: float) -> list[float]:
    """Mean red, green and blue at the height of the chest, at this share of the width."""
    picture = np.asarray(Image.open(io.BytesIO(jpeg)), float)
    middle = round(column * picture.shape[1])
    return [float(value) for value in picture[50:58, middle - 4 : middle + 4].mean((0, 1))]


def test_the_one_of_a_clip_is_seen_alone_and_nobody_in_none(tmp_path: Path) -> None:
    (one,) = seen_people(ClipPart(SAMPLE), patience_s=math.inf)
    assert not one.upper_only
    (_turned_over,) = seen_people(ClipPart(tools.DATA / "synthetic" / "backflip_az60.mp4"), patience_s=math.inf)
    walk = tools.DATA / "synthetic" / "walk_az20.mp4"
    assert [one.upper_only for one in seen_people(ClipPart(walk), patience_s=math.inf)] == [False]
    from_the_waist_up = ClipPart(walk, crop=(0.0, 0.0, 1.0, 0.5))
    assert [one.upper_only for one in seen_people(from_the_waist_up, patience_s=math.inf)] == [True]
    assert seen_people(ClipPart(TWO), patience_s=0.0) == [], "no time for a second picture"
    assert seen_people(ClipPart(SAMPLE, 90.0, 91.0)) == [], "a part that is not there"
    text = tmp_path / "notes.mp4"
    text.write_text("this is no video", encoding="utf-8")
    with pytest.raises(CaptureRejected) as refused:
        seen_people(ClipPart(text))
    assert refused.value.reason is FailureReason.NOT_A_VIDEO
    wall = clips.write(tmp_path / "wall.mp4", [np.full((240, 320, 3), 90, np.uint8)] * 30)
    assert seen_people(ClipPart(wall), patience_s=math.inf) == []
    with pytest.raises(InputError, match="no person 1; 0 are"):
        CliRunner(env={"OPENBLAS_NUM_THREADS": "1"}).invoke(
            capture, [str(wall), "--person", "1", "-o", str(tmp_path / "a.glb")], catch_exceptions=False
        )


def test_people_are_counted_from_one() -> None:
    assert [numbered("ab", number) for number in (1, 2)] == ["a", "b"]
    for number in (-1, 0, 3):
        with pytest.raises(InputError, match=f"no person {number}; 2 are") as none:
            numbered("ab", number)
        assert none.value.code == "noPeople" and none.value.next_step


def test_the_chosen_person_is_captured_and_who_is_not_there_is_told(two: list[SeenPerson], tmp_path: Path) -> None:
    """The one at the left is larger: without a choice that one is taken."""
    request = CaptureRequest(
        TWO, tmp_path, hands=False, settings=CaptureSettings(trim_end=1.1, people=People.ONE, person=two[1].at)
    )
    clip, meter = pipeline.prepare(request, lambda progress: None, lambda seconds: 1.0)
    (captured,) = group_capture.capture(request, clip, meter)
    assert 0.4 < float(np.nanmedian(captured.seen.points[..., 0])) / clip.width < 0.6
    nobody = CaptureRequest(
        TWO, tmp_path, settings=CaptureSettings(trim_end=1.1, people=People.ONE, person=PersonAt(0.5, 0.98, 0.05))
    )
    with pytest.raises(CaptureRejected) as refused:
        group_capture.capture(nobody, clip, meter)
    assert refused.value.reason is FailureReason.NOBODY and "chosen" in refused.value.title


@pytest.mark.quick
@pytest.mark.parametrize(
    "text", ["", "1,2", "1,0.5,0.5,0.5", "nan,0.5,0.5", "-1,0.5,0.5", "1,1.5,0.5", "inf,0,0", "a,b,c"]
)
def test_a_place_that_is_none_is_refused(text: str) -> None:
    assert PersonAt.of(str(PersonAt(1.25, 0.4, 0.6))) == (1.25, 0.4, 0.6)
    with pytest.raises(ValueError, match=r".*"):
        PersonAt.of(text)
