"""Where the figure is in the clip's picture: there where the capture saw it, and there where somebody says."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_capture.refining.firm import row_of
from kinetix_capture.refining.seen_figure import seen_figure
from kinetix_core.captured_body import CapturedBody
from kinetix_core.corrections import LOWER_JOINTS, CorrectionError, FootContact, PictureJoint, PicturePoint, Side
from tests.support.seen_take import FRAMES, SIZE, UNSURE, seen_take

_AT = UNSURE.start + 5


def test_it_is_where_it_was_seen() -> None:
    take = seen_take()
    figure = seen_figure(take, ())
    assert figure.size == SIZE and not figure.camera_moved
    assert set(figure.joints) == set(PictureJoint)
    length = take.fit.focal * max(SIZE)
    for joint, places in figure.joints.items():
        pixels = (places - 0.5) * SIZE * (1.0, -1.0)
        np.testing.assert_allclose(pixels, take.fit.measured.rays[:, row_of(joint)] * length, atol=0.1)
    left, right = (figure.joints[joint][:, 0] for joint in (PictureJoint.LEFT_WRIST, PictureJoint.RIGHT_WRIST))
    assert (left > right).all(), "who faces the camera has its left on the right of the picture"
    assert (figure.head[:, 1] < figure.joints[PictureJoint.LEFT_SHOULDER][:, 1]).all(), "y goes down"


def test_a_point_is_met_where_it_was_said() -> None:
    before = seen_figure(seen_take(), ()).joints[PictureJoint.RIGHT_WRIST]
    x, y = before[_AT] - (0.0, 0.08)
    said = PicturePoint(id="wrist", frame=_AT, joint=PictureJoint.RIGHT_WRIST, x=x, y=y)
    after = seen_figure(seen_take(), (said,)).joints[PictureJoint.RIGHT_WRIST]
    np.testing.assert_allclose(after[_AT], (x, y), atol=0.005)
    np.testing.assert_allclose(after[[0, FRAMES - 1]], before[[0, FRAMES - 1]], atol=0.005)


def test_what_cannot_be_reached_is_refused() -> None:
    said = PicturePoint(id="wrist", frame=_AT, joint=PictureJoint.RIGHT_WRIST, x=0.98, y=0.02)
    with pytest.raises(CorrectionError, match="cannot reach"):
        seen_figure(seen_take(), (said,))


def test_feet_stand_as_in_the_emote() -> None:
    said = FootContact(id="left", first=6, last=19, side=Side.LEFT, stands=False)
    assert seen_figure(seen_take(), (said,)).stands == {
        Side.LEFT: [(0, 5), (20, FRAMES - 1)],
        Side.RIGHT: [(0, FRAMES - 1)],
    }


def test_an_upper_body_has_no_joints_below() -> None:
    figure = seen_figure(seen_take(captured=CapturedBody.UPPER), ())
    assert set(figure.joints) == set(PictureJoint) - LOWER_JOINTS and figure.stands is None


def test_a_camera_that_moved_is_told() -> None:
    assert seen_figure(seen_take(camera_moved=True), ()).camera_moved
