"""People who film alone walk in and out: the emote is the part that shows them, and the report says what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_capture.tracking import track, visible_span
from tests.capture import figures

pytestmark = pytest.mark.quick


def _track(found: str, begins: float = 0.0) -> track.Track:
    """A frame for each letter, in which the person is seen (x) or not (-)."""
    seen = np.array([letter == "x" for letter in found])
    count = len(seen)
    world = np.where(seen[:, None, None], 0.0, np.nan) * np.ones((1, 33, 3))
    return figures.track(begins + np.arange(count) / 30, world)


def test_the_emote_begins_and_ends_with_the_person() -> None:
    seen = _track(20 * "-" + 45 * "x" + 12 * "-", begins=2.0)
    kept = visible_span.visible(seen)
    assert len(kept.times) == len(kept.points) == len(kept.hand_world) == 45
    assert kept.times[0] == pytest.approx(2 + 20 / 30)
    assert kept.found.all()
    begins, ends = visible_span.describe_absence(seen, kept, 2 + 77 / 30)
    assert "from 2.7 s" in begins and "begins" in begins
    assert "until 4.1 s" in ends and "ends" in ends


def test_a_few_frames_without_the_person_belong_to_the_move() -> None:
    seen = _track(5 * "-" + 40 * "x" + 8 * "-")
    assert len(visible_span.visible(seen).times) == 53
    assert visible_span.describe_absence(seen, visible_span.visible(seen), 53 / 30) == ()


@pytest.mark.parametrize("found", [30 * "-" + 20 * "x" + 30 * "-", 40 * "-"])
def test_what_would_be_too_short_is_left_whole(found: str) -> None:
    seen = _track(found)
    assert visible_span.visible(seen) is seen


def test_a_gap_and_an_end_that_cannot_be_read_are_told() -> None:
    seen = _track(30 * "x" + 15 * "-" + 30 * "x" + 4 * "-" + 30 * "x")
    gap, unread = visible_span.describe_absence(seen, visible_span.visible(seen), 5.0)
    assert "from 1.0 to 1.5 s" in gap
    assert "last 1.4 s" in unread
    assert visible_span.describe_absence(seen, seen, np.inf) == (gap,)
