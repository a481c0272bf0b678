"""A clip with too little light: who filmed it is told, whether it becomes an emote or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_bench.capture.clips import dark_clips
from kinetix_capture.interface import ClipPart
from kinetix_capture.precheck import precheck
from kinetix_capture.tracking import darkness
from kinetix_core.values.failure import FailureReason
from tests.capture import clips
from tests.capture.conftest import observe, refusal
from tests.support.waiting import LIMIT_S


@pytest.mark.quick
def test_only_a_clip_that_is_dark_for_most_of_its_time_is_called_dark() -> None:
    for bright in ((0.4, 0.4, 0.4), (0.09, 0.09, 0.09), (0.01, 0.3, 0.3)):
        assert darkness.describe(bright) == ()
        darkness.refuse(bright)
    (told,) = darkness.describe((0.05, 0.05, 0.4))
    assert "very dark" in told and "lamps" in told


def _filmed(folder: Path, stops: float) -> Path:
    """The first second of the sample with 1/2**stops of its light."""
    light = clips.write(folder / "light.mp4", clips.sample(480)[:30])
    dark_clips.darkened(light, folder / "dark.mp4", stops)
    return folder / "dark.mp4"


def test_a_dark_clip_becomes_an_emote_with_a_hint(tmp_path: Path) -> None:
    assert [note for note in observe(_filmed(tmp_path, 6.0), hands=False).notes if "very dark" in note]


def test_who_is_not_found_in_the_dark_is_not_called_too_far_away(tmp_path: Path, out: Path) -> None:
    """Nor does the quick look call the clip empty: who stands in it would look for a fault elsewhere."""
    clip = _filmed(tmp_path, 8.0)
    refused, seen = refusal(clip, out, hands=False), precheck(ClipPart(clip), patience_s=LIMIT_S)
    assert "lamps" in refused.next_step and "%" in refused.detail
    for error in (refused, seen):
        assert error is not None and error.reason is FailureReason.NOBODY and "too dark" in error.title
