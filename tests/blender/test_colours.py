"""Contrast between the add-on's drawings and their background in every theme."""

from __future__ import annotations

from typing import Any

import pytest

from tests.blender import addon_alone
from tests.support.measuring.contrast import LEAST_OF_MARKS, LEAST_OF_WORDS, contrast

pytestmark = pytest.mark.quick


c: Any = addon_alone.module("colours")
GREYS = [(level / 20,) * 3 for level in range(21)]


def test_words_over_the_3d_view_can_be_read() -> None:
    assert c.BEHIND[3] == 1, "the ground of the words is the add-on's own"
    for words in (c.WORDS, c.KEYS, c.WRONG):
        assert words[3] == 1
        assert contrast(words, c.BEHIND) >= LEAST_OF_WORDS


def test_handles_stand_out_from_their_strip() -> None:
    for handle in (c.HANDLE, c.HANDLE_HOVERED):
        assert contrast(handle, c.EMPTY) >= LEAST_OF_MARKS
        assert contrast(handle, c.HANDLE_MARK) >= LEAST_OF_MARKS
    assert contrast(c.NOW, c.EMPTY) >= LEAST_OF_MARKS


@pytest.mark.parametrize("mark", ["UNSURE", "VERY_UNSURE"])
def test_a_mark_on_the_time_line_stands_out_from_any_grey(mark: str) -> None:
    """By its own colour, or by its edge."""
    colour = getattr(c, mark)
    assert colour[3] == c.MARK_EDGE[3] == 1
    assert contrast(colour, c.MARK_EDGE) >= LEAST_OF_MARKS
    for grey in GREYS:
        assert max(contrast(colour, grey), contrast(c.MARK_EDGE, grey)) >= LEAST_OF_MARKS
