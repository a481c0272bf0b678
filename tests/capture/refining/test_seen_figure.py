"""The figure's place in the clip's frames: as captured, and as corrected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinetix_capture.deliver import produce
from kinetix_capture.fitting import body_model
from kinetix_capture.interface import CaptureRequest, Refinement
from kinetix_capture.refining import take_file
from kinetix_capture.refining.firm import firm, row_of
from kinetix_capture.refining.seen_figure import seen_figure
from kinetix_capture.refining.take_file import Take
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol.corrections import (
    LEG_PARTS,
    LOWER_JOINTS,
    CorrectionError,
    FootContact,
    LimbPart,
    PictureJoint,
    PicturePoint,
    Side,
)
from kinetix_core.values.captured_body import CapturedBody
from tests.support.seen_take import FRAMES, FURTHER_SIZE, FURTHER_STARTS_S, SIZE, STARTS_S, UNSURE, seen_take

_AT = UNSURE.start + 5


def _wrist(**given: Any) -> PicturePoint:
    return PicturePoint(**{"id": "wrist", "frame": _AT, "joint": PictureJoint.RIGHT_WRIST, **given})


def test_it_is_where_it_was_seen() -> None:
    take = seen_take()
    figure = seen_figure(take, ())
    (picture,) = figure.pictures
    assert (picture.camera, picture.starts_s, picture.size) == (0, STARTS_S, SIZE) and not picture.camera_moved
    assert set(picture.joints) == set(PictureJoint)
    length = take.fit.focal * max(SIZE)
    for joint, places in picture.joints.items():
        pixels = (places - 0.5) * SIZE * (1.0, -1.0)
        np.testing.assert_allclose(pixels, take.fit.measured.rays[:, row_of(joint)] * length, atol=0.1)
    left, right = (picture.joints[joint][:, 0] for joint in (PictureJoint.LEFT_WRIST, PictureJoint.RIGHT_WRIST))
    assert (left > right).all(), "who faces the camera has its left on the right of the picture"
    assert (picture.head[:, 1] < picture.joints[PictureJoint.LEFT_SHOULDER][:, 1]).all(), "y goes down"


def test_a_point_is_met_where_it_was_said() -> None:
    before = seen_figure(seen_take(), ()).pictures[0].joints[PictureJoint.RIGHT_WRIST]
    x, y = before[_AT] - (0.0, 0.08)
    said = _wrist(x=x, y=y)
    after = seen_figure(seen_take(), (said,)).pictures[0].joints[PictureJoint.RIGHT_WRIST]
    np.testing.assert_allclose(after[_AT], (x, y), atol=0.005)
    np.testing.assert_allclose(after[[0, FRAMES - 1]], before[[0, FRAMES - 1]], atol=0.005)


def _two_cameras(folder: Path, *, camera_moved: bool = False, further_moved: bool = False) -> Take:
    """Return the take as stored and read again."""
    take = seen_take(two_cameras=True, camera_moved=camera_moved, further_moved=further_moved)
    take_file.write(folder / "kept.npz", take)
    return take_file.read(folder / "kept.npz")


def test_an_emote_tells_where_in_its_clip_it_begins(tmp_path: Path) -> None:
    """A loop begins where it is cut out: here the figure leans in its first frames only."""
    take = seen_take()
    rotations = take.fit.state.rotations.copy()
    rotations[:9, body_model.load().index("Hips")] = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), 0.8)
    take = replace(take, fit=replace(take.fit, state=replace(take.fit.state, rotations=rotations)))
    kept, told = tmp_path / "kept.npz", []
    for loop in (False, True):
        take_file.write(kept, replace(take, loop=loop))
        request = CaptureRequest(Path(), tmp_path, "", refinement=Refinement(kept, {"corrections": []}))
        told.append(produce(request, lambda progress: None, ["quality.json"]).quality)
    whole, looped = told
    assert whole["clip"]["beginsS"] == STARTS_S
    assert looped["loop"]["start"] > 0
    assert looped["clip"]["beginsS"] == pytest.approx(STARTS_S + looped["loop"]["start"] / 30, abs=0.001)


def test_a_second_camera_has_a_picture_of_its_own(tmp_path: Path) -> None:
    take = _two_cameras(tmp_path)
    first, second = seen_figure(take, ()).pictures
    assert (first.camera, first.starts_s, first.size) == (0, STARTS_S, SIZE)
    assert (second.camera, second.starts_s, second.size) == (1, FURTHER_STARTS_S, FURTHER_SIZE)
    (view,), (_, picture) = take.fit.measured.further, take.fit.pictures
    pixels = (second.joints[PictureJoint.LEFT_WRIST] - 0.5) * FURTHER_SIZE * (1.0, -1.0)
    seen = view.rays[:, row_of(PictureJoint.LEFT_WRIST)] * picture.focal * max(FURTHER_SIZE)
    np.testing.assert_allclose(pixels, seen, atol=0.1)


def test_a_point_in_a_further_picture_is_met_there(tmp_path: Path) -> None:
    """Forwards, which the first camera hardly sees."""
    take, wrist = _two_cameras(tmp_path), PictureJoint.RIGHT_WRIST
    before = [picture.joints[wrist] for picture in seen_figure(take, ()).pictures]
    x, y = before[1][_AT] - (0.05, 0.0)
    said = _wrist(x=x, y=y, camera=1)
    after = [picture.joints[wrist] for picture in seen_figure(take, (said,)).pictures]
    np.testing.assert_allclose(after[1][_AT], (x, y), atol=0.005)
    np.testing.assert_allclose(after[0][_AT], before[0][_AT], atol=0.04)
    np.testing.assert_allclose(after[1][[0, FRAMES - 1]], before[1][[0, FRAMES - 1]], atol=0.005)
    aside = _wrist(id="too", x=after[0][_AT, 0] + 0.03, y=after[0][_AT, 1], camera=0)
    both = [picture.joints[wrist][_AT] for picture in seen_figure(take, (said, aside)).pictures]
    np.testing.assert_allclose(both, [(aside.x, aside.y), (x, y)], atol=0.006)


def test_a_point_in_a_further_picture_is_one_of_the_frame_itself(tmp_path: Path) -> None:
    """A clock that is late moves what that camera saw, not what somebody says of a frame."""
    take, wrist = _two_cameras(tmp_path), PictureJoint.RIGHT_WRIST
    late = replace(take.fit.state.cameras[0], late_s=0.1)
    (view,) = take.fit.measured.further
    assert view.speeds is not None
    seen = replace(take.fit.measured, further=(replace(view, rays=view.rays - late.late_s * view.speeds),))
    take = replace(take, fit=replace(take.fit, measured=seen, state=replace(take.fit.state, cameras=(late,))))
    x, y = seen_figure(take, ()).pictures[1].joints[wrist][_AT]
    said = _wrist(x=x, y=y, camera=1)
    after = seen_figure(take, (said,)).pictures[1].joints[wrist][_AT]
    np.testing.assert_allclose(after, (x, y), atol=0.005)


def test_what_one_picture_says_counts_more_than_what_the_others_show(tmp_path: Path) -> None:
    fit, joint = _two_cameras(tmp_path).fit, PictureJoint.LEFT_WRIST
    row, turn = row_of(joint), np.array([0.0, 0.0, 0.0, 1.0])
    points = [
        PicturePoint(id=f"clip-{camera}", frame=_AT, joint=joint, x=0.5, y=0.5, camera=camera) for camera in (0, 1)
    ]

    def weights(*said: PicturePoint) -> list[float]:
        measured = firm(fit, said, turn, (0, 1)).measured
        return [float(view.weights[_AT, row]) for view in (measured, *measured.further)]

    before, (first, other), both = weights(), weights(points[0]), weights(*points)
    assert first > before[0] and other < 0.5 * before[1]
    assert both == pytest.approx([first, first], rel=1e-3), "of two that are said none counts less"


def test_a_picture_that_is_not_known_is_told() -> None:
    said = _wrist(x=0.5, y=0.5, camera=1)
    with pytest.raises(CorrectionError, match="clip 2") as refused:
        seen_figure(seen_take(), (said,))
    assert refused.value.code == "cameraUnknown" and "solved without" in refused.value.detail


def test_clips_count_as_they_were_given(tmp_path: Path) -> None:
    """The first of three was not used: what it showed is not in the take, which tells of those whose frames it has."""
    take = _two_cameras(tmp_path, further_moved=True)
    unused = take.views[1].model_copy(update={"used": False, "offset_s": None})
    take = replace(take, views=(unused, *take.views))
    pictures = seen_figure(take, ()).pictures
    assert [(picture.camera, picture.camera_moved) for picture in pictures] == [(1, False), (2, True)]
    assert take.begins_in(2) == pytest.approx(FURTHER_STARTS_S)
    with pytest.raises(CorrectionError, match="clip 1"):
        seen_figure(take, (PicturePoint(id="p", frame=0, joint=PictureJoint.LEFT_KNEE, x=0.5, y=0.5, camera=0),))


def test_feet_stand_as_in_the_emote() -> None:
    said = FootContact(id="left", first=6, last=19, side=Side.LEFT, stands=False)
    assert seen_figure(seen_take(), (said,)).stands == {
        Side.LEFT: [(0, 5), (20, FRAMES - 1)],
        Side.RIGHT: [(0, FRAMES - 1)],
    }


def test_an_upper_body_has_no_joints_below() -> None:
    figure = seen_figure(seen_take(captured=CapturedBody.UPPER), ())
    (picture,) = figure.pictures
    assert set(picture.joints) == set(PictureJoint) - LOWER_JOINTS and figure.stands is None
    assert set(picture.towards) == set(LimbPart) - LEG_PARTS


@pytest.mark.parametrize("which", [0, 1])
def test_of_two_cameras_a_point_is_refused_where_its_own_one_moved(which: int, tmp_path: Path) -> None:
    take = _two_cameras(tmp_path, camera_moved=which == 0, further_moved=which == 1)
    pictures = seen_figure(take, ()).pictures
    assert [picture.camera_moved for picture in pictures] == [which == 0, which == 1]
    for camera, picture in enumerate(pictures):
        x, y = picture.joints[PictureJoint.RIGHT_WRIST][_AT]
        said = _wrist(x=x, y=y, camera=camera)
        if camera == which:
            with pytest.raises(CorrectionError) as refused:
                seen_figure(take, (said,))
            assert refused.value.code == "cameraMoved"
        else:
            seen_figure(take, (said,))
