"""To which side of the picture a part of a limb points: read, said, met, and refused where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture import corrections as by_correction
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture import estimate, pipeline
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.refining import checks, limb_depth, solving
from kinetix_capture.refining.firm import firm, row_of
from kinetix_capture.refining.seen_figure import seen_figure
from kinetix_capture.refining.take_file import Take
from kinetix_capture.report.uncertainty import arm_choices
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol import corrections as told
from kinetix_core.protocol.corrections import Correction, CorrectionError, LimbDepth, LimbPart
from tests.support import tools
from tests.support.seen_take import FRAMES, seen_take

Array = NDArray[np.float64]
_AT, _PART = 12, LimbPart.RIGHT_FOREARM


def _solved(take: Take, *said: Correction) -> dict[LimbPart, Array]:
    """Return how much each part of a limb points away from the first camera."""
    found, _ = solving.fit_again(take, said)
    return {part: limb_depth.depth_along(found, part, 0) for part in LimbPart}


def _other_side(take: Take, part: LimbPart = _PART, at: int = _AT, name: str = "d") -> LimbDepth:
    return LimbDepth(id=name, frame=at, part=part, towards=bool(limb_depth.depth_along(take.fit, part, 0)[at] >= 0))


def test_a_figure_tells_the_side_of_each_part() -> None:
    take = seen_take()
    (picture,) = seen_figure(take, ()).pictures
    assert set(picture.towards) == set(LimbPart)
    for part, sides in picture.towards.items():
        direction, _ = limb_depth.direction_and_ray(take.fit, part, 0)
        assert sides.shape == (FRAMES,)
        np.testing.assert_allclose(np.linalg.norm(direction, axis=1), 1.0)
        # The camera is at the origin and looks along -z, so what points to it has a z above 0 near the middle of the picture.
        clear = np.abs(direction[:, 2]) > 0.3
        np.testing.assert_array_equal(sides[clear], direction[clear, 2] > 0)


def test_the_other_side_is_the_mirror_image_at_the_picture() -> None:
    take = seen_take()
    direction, ray = (of[_AT] for of in limb_depth.direction_and_ray(take.fit, _PART, 0))
    mirrored = limb_depth.on_said_side(take.fit, _other_side(take), 0)
    assert mirrored @ ray == pytest.approx(-(direction @ ray))
    np.testing.assert_allclose(mirrored - (mirrored @ ray) * ray, direction - (direction @ ray) * ray, atol=1e-9)
    same = _other_side(take).model_copy(update={"towards": bool(direction @ ray < 0)})
    np.testing.assert_allclose(limb_depth.on_said_side(take.fit, same, 0), direction)


def test_a_part_points_to_the_side_that_was_said_and_the_rest_stays() -> None:
    take = seen_take()
    before, said = _solved(take), _other_side(take)
    after = _solved(take, said)
    assert before[_PART][_AT] < -0.5 and after[_PART][_AT] > 0.4, "as far as an elbow lets it"
    for part in set(LimbPart) - {_PART, LimbPart.RIGHT_UPPER_ARM}:  # an elbow bends one way: the upper arm goes along
        np.testing.assert_allclose(after[part], before[part], atol=0.1)
    again = _solved(take, said.model_copy(update={"towards": not said.towards}))
    np.testing.assert_allclose(again[_PART], before[_PART], atol=0.1)


def test_the_picture_is_believed_as_ever() -> None:
    """Somebody who poses a limb may overrule it; who says a side has seen nothing else in it."""
    take = seen_take()
    turn = estimate.turn_of(take.fit)[0]
    row = row_of(told.PictureJoint.RIGHT_WRIST)

    def weight(*said: Correction) -> float:
        return float(firm(take.fit, said, turn).measured.weights[_AT, row])

    assert weight(_other_side(take)) == weight() > 2 * weight(_posed_as_captured(take, turn))


@pytest.mark.parametrize("other", [False, True])
def test_an_arm_on_either_side_is_asked_about_until_it_is_decided(other: bool) -> None:
    take = seen_take(uncertain_arm=True)
    (choice,) = arm_choices(take.fit)
    assert choice.part is _PART and choice.towards
    near, far = np.array(choice.directions.towards), np.array(choice.directions.away)
    np.testing.assert_allclose([np.linalg.norm(near), np.linalg.norm(far)], 1.0, atol=1e-3)
    assert near[2] > 0.3 > -0.3 > far[2], "the figure faces the camera"
    towards = choice.towards is not other
    said = [LimbDepth(id=f"d{frame}", frame=frame, part=choice.part, towards=towards) for frame in choice.frames]
    solved = solving.refine(take, said)
    depth = limb_depth.depth_along(solved.fit, _PART, 0)
    np.testing.assert_array_equal(depth[list(choice.frames)] < 0, towards)
    assert not arm_choices(solved.fit)


@pytest.mark.parametrize("clear", [seen_take, lambda: seen_take(two_cameras=True, uncertain_arm=True)])
def test_an_arm_that_is_clear_is_not_asked_about(clear: Callable[[], Take]) -> None:
    assert not arm_choices(clear().fit)


def test_a_side_is_said_in_a_further_picture_too() -> None:
    take = seen_take(two_cameras=True)
    sides = seen_figure(take, ()).pictures[1].towards[_PART]
    said = LimbDepth(id="d", frame=_AT, part=_PART, towards=not sides[_AT], camera=1)
    mirrored = limb_depth.on_said_side(take.fit, said, 1)
    camera = take.fit.state.cameras[0]
    direction, ray = (of[_AT] for of in limb_depth.direction_and_ray(take.fit, _PART, 1))
    np.testing.assert_allclose(camera.turn @ mirrored, direction - 2 * (direction @ ray) * ray, atol=1e-9)


def test_a_side_is_said_where_the_camera_moved() -> None:
    take = seen_take(camera_moved=True)
    said = _other_side(take)
    before, after = _solved(take), _solved(take, said)
    assert np.sign(after[_PART][_AT]) == -np.sign(before[_PART][_AT])


def test_what_cannot_be_followed_is_told() -> None:
    take, said = seen_take(), _other_side(seen_take())
    contrary = said.model_copy(update={"id": "e", "towards": not said.towards})
    posed = _posed_as_captured(take, estimate.turn_of(take.fit)[0])
    for other in (contrary, contrary.model_copy(update={"camera": 0}), posed):
        with pytest.raises(CorrectionError) as caught:
            solving.refine(take, [said, other])
        assert caught.value.code == "correctionsDisagree" and caught.value.next_step
    with pytest.raises(CorrectionError) as beyond:
        solving.refine(take, [said.model_copy(update={"frame": FRAMES})])
    assert beyond.value.code == "frameBeyondClip"


def test_who_says_a_side_that_cannot_be_is_told_what_helps() -> None:
    """As if nothing had moved."""
    take = seen_take()
    said = [_other_side(take)]
    with pytest.raises(CorrectionError) as caught:
        checks.check_followed(take.fit, said, firm(take.fit, said, estimate.turn_of(take.fit)[0]))
    assert caught.value.code == "limbCannotReach"
    assert "right forearm" in caught.value.title


def _posed_as_captured(take: Take, turn: Array) -> told.LimbPose:
    """The right arm as it was captured: the contrary of what is said of its forearm."""
    direction = limb_depth.direction_and_ray(take.fit, _PART, 0)[0][_AT]
    x, y, z = quat.rotate(turn, direction)
    return told.LimbPose(
        id="pose", frame=_AT, limb=told.Limb.RIGHT_ARM, directions=(None, (float(x), float(y), float(z)))
    )


def test_three_sides_said_by_somebody_who_knows_bring_a_dance_nearer_to_the_truth() -> None:
    """The worst of the sample clips has its left arm on the wrong side from beginning to end."""
    name = "dance_a_az15"
    path = tools.DATA / "synthetic" / f"{name}.mp4"
    request = CaptureRequest(path, Path(), name, hands=False)
    probed, meter = pipeline.prepare(request, lambda progress: None)
    captured = pipeline.capture(request, probed, meter)
    take, truth = Take.of(captured, probed, request), truth_of("synthetic", name, tools.DATA)
    assert LimbPart.LEFT_FOREARM in {choice.part for choice in arm_choices(captured.fit)}
    curve, _ = by_correction.curve(
        take, captured, truth, lambda given, said: by_correction.worst_side(take, given, truth, said)
    )
    limb, away = zip(*curve, strict=True)
    assert limb[3] < 0.6 * limb[0] and away[3] < 0.6 * away[0]
    assert limb[1] < 0.75 * limb[0], "the first click does most"
