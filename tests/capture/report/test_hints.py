"""Advice for the next take in the quality report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from kinetix_capture.fitting import body_model
from kinetix_capture.refining import solving
from kinetix_capture.report import quality_report
from tests.support.seen_take import FRAMES, seen_take

pytestmark = pytest.mark.quick
_LEGS = {"leftLeg": 1.0, "rightLeg": 1.0}


@pytest.mark.parametrize(
    ("hidden", "two_cameras", "begins"),
    [
        ({}, False, []),
        ({"leftArm": 0.3}, False, []),
        ({"leftArm": 0.4}, False, ["Film with a second phone from the side: an arm is hidden in 40 %"]),
        ({"leftArm": 0.6}, True, ["Turn a little"]),
        (_LEGS, False, ["Keep the feet inside the picture"]),
        (_LEGS | {"rightArm": 1.0}, False, ["Keep the feet", "Film with a second phone"]),
        (_LEGS | {"trunk": 1.0}, False, ["The body is seen unclearly"]),
    ],
)
def test_hints_name_what_is_hidden(hidden: Mapping[str, float], two_cameras: bool, begins: list[str]) -> None:
    """`hidden`: share of the take's frames without a limb."""
    found = solving.refine(take := seen_take(two_cameras=two_cameras), ())
    visible = np.ones_like(found.fit.visible)
    for limb, share in hidden.items():
        visible[: round(share * FRAMES), body_model.rows(quality_report.LIMBS[limb])] = 0.0
    found = replace(found, fit=replace(found.fit, visible=visible))
    hints = quality_report.report(found, found.motion, take.clip, None)["hints"]
    assert [hint.startswith(begin) for hint, begin in zip(hints, begins, strict=True)] == [True] * len(begins), hints
