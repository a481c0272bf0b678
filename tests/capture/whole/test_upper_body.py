"""The upper body alone: of a clip that shows no legs, an emote over legs at rest, which says so and leaves them to others."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kinetix_bench.capture import accuracy, sample_clips
from kinetix_capture import deliver, estimate, pipeline
from kinetix_capture.fitting import still_pelvis
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.interface import CaptureRequest, Delivery
from kinetix_capture.refining import checks, solving, take_file
from kinetix_core.formats import glb
from kinetix_core.formats.glb import container
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol.corrections import (
    Correction,
    CorrectionError,
    FootContact,
    Limb,
    LimbDepth,
    LimbPart,
    LimbPose,
    PictureJoint,
    PicturePoint,
    Side,
)
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.captured_body import CapturedBody
from tests.capture.conftest import SAMPLE, Look, Taken, refusal, silent
from tests.capture.drawn_room import NO_EDGES
from tests.support import tools

pytestmark = pytest.mark.xdist_group("capture_whole")

# Of the sample's picture, what is above the waist.
WAIST_UP = (0.0, 0.0, 1.0, 0.41)
# What is refused shows why in its first second.
ENOUGH_S = 1.1


@dataclass(frozen=True)
class Upper:
    delivery: Delivery
    take: take_file.Take


@pytest.fixture(scope="module")
def upper(tmp_path_factory: pytest.TempPathFactory) -> Upper:
    out = tmp_path_factory.mktemp("upper")
    request = CaptureRequest(SAMPLE, out, "wave", settings=CaptureSettings(crop=WAIST_UP, body=CapturedBody.UPPER))
    wanted = ["animation-v2.glb", "animation-v2.kinanim", "quality.json"]
    delivery = deliver.produce(request, silent, wanted, observations=True)
    assert delivery.observations is not None
    return Upper(delivery, take_file.read(delivery.observations))


def test_the_upper_body_is_as_it_was_seen(upper: Upper, taken: Taken) -> None:
    truth = sample_clips.truth_of("real", "cam02", tools.DATA)
    ours = accuracy.compare_upper(accuracy.delivered(upper.delivery.files["animation-v2.glb"]), truth)
    whole = accuracy.compare_upper(accuracy.delivered(taken.delivery.files["animation-v2.glb"]), truth)
    assert whole["paMm"] < 26 and whole["limbDirectionDeg"] < 11
    assert ours["paMm"] < 35 and ours["limbDirectionDeg"] < 18


def test_who_leans_without_hips_in_the_picture_hardly_tips_the_scene(look: Look) -> None:
    """Without edges the trunk tells up: less than that of somebody on their feet (17° here), as who sits may lean on a table."""
    seen = dataclasses.replace(look(SAMPLE), edges=NO_EDGES)
    fitted = pipeline.fit(seen, "wave", body=CapturedBody.UPPER)
    trunk = estimate.body_axis(fitted.state.pose.points, (23, 24))
    assert np.degrees(np.arccos(trunk @ fitted.fit.up)) > 20


def test_hips_and_legs_stand_still_and_no_foot_is_said_to_stand(upper: Upper) -> None:
    motion = glb.read_motion(upper.delivery.files["animation-v2.glb"])
    rest = motion.skeleton
    for bone, name in enumerate(rest.names):
        if name == "Hips" or any(part in name for part in ("Thigh", "Shin", "Foot", "Toe")):
            assert np.allclose(motion.rotations[:, bone], rest.rest_rotations[bone]), name
    assert np.allclose(motion.root_positions, rest.rest_translations[0], atol=1e-6)
    assert not np.any(motion.extras["contacts"])
    again = glb.read_motion(glb.write_emote(solving.refine(upper.take, []).motion, naming="generic"))
    assert np.abs(again.rotations - motion.rotations).max() < 1e-7, "solved again from what is kept"


def test_file_and_report_say_so_and_have_nothing_of_what_does_not_move(upper: Upper, taken: Taken) -> None:
    document = container.describe(upper.delivery.files["animation-v2.glb"]).json
    (animation,) = document["animations"]
    assert animation["extras"]["kinetix"]["body"] == "upper"
    moved = {document["nodes"][channel["target"]["node"]]["name"] for channel in animation["channels"]}
    assert {"Head", "LeftHand"} <= moved
    assert not {name for name in moved if name == "Hips" or "Thigh" in name or "Foot" in name}
    glb.check(upper.delivery.files["animation-v2.glb"])
    quality = upper.delivery.quality
    assert quality["body"] == "upper" and "body" not in taken.delivery.quality
    assert set(quality["limbs"]) == {"head", "trunk", "leftArm", "rightArm"}
    assert not [hint for hint in quality["hints"] if "feet" in hint]
    assert quality["contacts"] == {"left": [], "right": []}


@pytest.mark.parametrize(
    "correction",
    [
        LimbPose(id="a", frame=3, limb=Limb.LEFT_LEG, directions=((0, -1, 0),)),
        FootContact(id="a", first=1, last=5, side=Side.LEFT),
        PicturePoint(id="a", frame=3, joint=PictureJoint.RIGHT_KNEE, x=0.5, y=0.5),
        LimbDepth(id="a", frame=3, part=LimbPart.LEFT_SHIN, towards=True),
    ],
)
def test_a_correction_of_legs_is_told(upper: Upper, correction: Correction) -> None:
    with pytest.raises(CorrectionError) as caught:
        checks.check_frames(upper.take, [correction])
    assert caught.value.code == "legsNotCaptured"


def test_half_a_body_is_refused_with_the_upper_body_as_the_next_step(out: Path) -> None:
    error = refusal(SAMPLE, out, settings=CaptureSettings(crop=WAIST_UP, trim_end=ENOUGH_S))
    assert error.code == "halfBody" and error.title == "Only the upper body is in the picture."
    assert error.next_step.startswith("Capture the upper body alone")


def test_legs_alone_are_refused(out: Path) -> None:
    legs = CaptureSettings(crop=(0.0, 0.45, 1.0, 0.55), trim_end=ENOUGH_S, body=CapturedBody.UPPER)
    assert refusal(SAMPLE, out, settings=legs).code in ("halfBody", "noPerson", "personLost")


def test_the_spine_takes_the_chests_turn_as_far_as_it_goes() -> None:
    rotations = FigurePose.rest(4).rotations
    rotations[:, 0] = quat.from_axis_angle([0.0, 1.0, 0.0], np.radians([0.0, 30.0, -60.0, 90.0]))
    assert np.degrees(still_pelvis.heading(rotations)) == pytest.approx([0, 30, -60, 90], abs=1e-6)
    still = still_pelvis.over_still_pelvis(rotations)
    assert np.allclose(still[:, 0], quat.IDENTITY)
    assert np.degrees(still_pelvis.heading(still)) == pytest.approx([0, 30, -60, 75], abs=1e-6)


def test_a_chest_that_leans_keeps_its_turn_in_the_world() -> None:
    rest = FigurePose.rest()
    body, rotations = rest.body, rest.rotations
    rotations[:, 0] = quat.multiply(
        quat.from_axis_angle([0.0, 1.0, 0.0], 0.3), quat.from_axis_angle([1.0, 0.0, 0.0], 0.6)
    )
    rotations[:, body.index("LeftLeg")] = quat.from_axis_angle([1.0, 0.0, 0.0], 1.2)
    still = still_pelvis.over_still_pelvis(rotations)
    before, after = (FigurePose(given, rest.hips).world for given in (rotations, still))
    for name in ("Spine2", "Head", "LeftHand"):
        assert np.allclose(before[:, body.index(name)], after[:, body.index(name)], atol=1e-9), name
    assert np.allclose(still[:, body.index("LeftLeg")], quat.IDENTITY)
