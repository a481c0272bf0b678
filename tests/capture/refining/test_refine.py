"""A take corrected and solved again: the sample's, whose capture is at hand."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from kinetix_capture import deliver, estimate, pipeline
from kinetix_capture.commands.capture import capture
from kinetix_capture.commands.refine import refine
from kinetix_capture.fitting import body_model, solver, touching
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.firm_directions import SEGMENTS, directions
from kinetix_capture.fitting.measurements import Settings
from kinetix_capture.interface import FILES, CaptureRequest, Refinement
from kinetix_capture.quality_model import QualityReport
from kinetix_capture.refining import solving, take_file
from kinetix_capture.report import quality_report
from kinetix_capture.tracking.camera_motion import CameraSwing
from kinetix_capture.video import decode
from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol import corrections as told
from kinetix_core.protocol.corrections import (
    Contact,
    CorrectionError,
    CorrectionList,
    FootContact,
    HandContact,
    Limb,
    LimbPose,
    PictureJoint,
    PicturePoint,
    Side,
)
from kinetix_core.values.capture_settings import CaptureSettings
from tests.capture import figures
from tests.capture.conftest import SAMPLE, Taken
from tests.capture.figures import degrees

pytestmark = pytest.mark.xdist_group("capture_whole")
Array = NDArray[np.float64]
_AT = 24


@pytest.fixture(scope="module")
def take(taken: Taken) -> take_file.Take:
    return take_file.Take.of(taken.captured, decode.probe(SAMPLE), CaptureRequest(SAMPLE, Path(), "first"))


def _upright(found: estimate.Estimate, take: take_file.Take, limb: Limb) -> Array:
    """(F, S, 3) directions of the limb's segments in the emote's axes."""
    return quat.rotate(estimate.turn_of(take.fit)[0], directions(SEGMENTS[limb], found.state.pose))


def _three(values: Array) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _raised(take: take_file.Take, taken: Taken, id: str = "arm") -> LimbPose:
    """The left arm at one frame, lifted by 40° about the line that looks forward."""
    now = _upright(taken.captured, take, Limb.LEFT_ARM)[_AT]
    lifted = quat.rotate(quat.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(40)), now)
    return LimbPose(id=id, frame=_AT, limb=Limb.LEFT_ARM, directions=(_three(lifted[0]), _three(lifted[1])))


def test_without_corrections_it_is_the_capture_byte_for_byte(taken: Taken, tmp_path: Path) -> None:
    kept = taken.delivery.observations
    assert kept is not None
    request = CaptureRequest(Path(), tmp_path, "balance", refinement=Refinement(kept, {"corrections": []}))
    delivery = deliver.produce(request, lambda progress: None, FILES)
    for name in ("animation-v2.glb", "animation-v2.bvh", "quality.json"):
        assert delivery.files[name].read_bytes() == taken.delivery.files[name].read_bytes(), name


@pytest.mark.parametrize("loop", [False, True])
def test_the_face_of_a_take_that_is_read_again_is_the_same(
    faced: pipeline.Observed, loop: bool, tmp_path: Path
) -> None:
    wanted = ("animation-v2.glb", "quality.json")
    (tmp_path / "first").mkdir()
    (tmp_path / "again").mkdir()
    request = CaptureRequest(SAMPLE, tmp_path / "first", "talk", CaptureSettings(face=True, loop=loop))
    first = deliver.produce(request, lambda progress: None, wanted, observations=True, look=lambda *given: faced)
    assert first.observations is not None
    kept = Refinement(first.observations, {"corrections": []})
    request = CaptureRequest(Path(), tmp_path / "again", "talk", refinement=kept)
    again = deliver.produce(request, lambda progress: None, wanted)
    face = glb.read_motion(again.files["animation-v2.glb"]).face
    assert face is not None and face.any()
    for name in wanted:
        assert again.files[name].read_bytes() == first.files[name].read_bytes(), name


def test_a_posed_limb_is_met_and_the_rest_moves_along(take: take_file.Take, taken: Taken) -> None:
    pose = _raised(take, taken)
    solved = solving.refine(take, [pose])
    before, after = (_upright(found, take, Limb.LEFT_ARM) for found in (taken.captured, solved))
    assert degrees(after[_AT, :2], np.array(pose.directions)).max() < 6
    moved = degrees(after, before)[:, 0]
    assert moved[_AT] > 30
    assert 5 < moved[_AT - 4] < moved[_AT] + 5
    assert moved[:4].max() < 6
    step = np.diff(after[:, 0], n=2, axis=0)
    assert np.linalg.norm(step[_AT - 12 : _AT + 12], axis=1).max() < 0.12  # no jump
    legs = (_upright(found, take, Limb.RIGHT_LEG) for found in (taken.captured, solved))
    assert degrees(*legs)[:, :2].max() < 8


def test_a_posed_head_is_tilted_and_turned(take: take_file.Take, taken: Taken) -> None:
    crown, face = _upright(taken.captured, take, Limb.HEAD)[_AT]
    aside = quat.from_axis_angle(crown, np.radians(35))
    down = quat.from_axis_angle(np.cross(crown, face), np.radians(25))
    said = [quat.rotate(down, crown), quat.rotate(down, quat.rotate(aside, face))]
    said[1] -= said[0] * (said[0] @ said[1])
    said[1] /= np.linalg.norm(said[1])
    pose = LimbPose(id="h", frame=_AT, limb=Limb.HEAD, directions=(_three(said[0]), _three(said[1])))
    solved = solving.refine(take, [pose])
    after = _upright(solved, take, Limb.HEAD)
    assert degrees(after[_AT], np.array(said)).max() < 6
    step = np.diff(after, n=2, axis=0)
    assert np.linalg.norm(step[_AT - 12 : _AT + 12], axis=-1).max() < 0.12  # no jump
    tilted = solving.refine(take, [pose.model_copy(update={"directions": pose.directions[:1]})])
    now = _upright(tilted, take, Limb.HEAD)[_AT]
    assert degrees(now[0], said[0]) < 6 and degrees(now[1], said[1]) > 20, "where the face looks need not be said"


def test_one_correction_less_is_as_if_it_had_never_been(take: take_file.Take, taken: Taken) -> None:
    pose = _raised(take, taken)
    foot = FootContact(id="foot", side=Side.LEFT, first=3, last=9)
    both = CorrectionList(corrections=(pose, foot))
    one, other = (
        glb.write_emote(solving.refine(take, given).motion)
        for given in (both.without("arm").corrections, CorrectionList(corrections=(foot,)).corrections)
    )
    assert one == other
    swapped = (solving.refine(take, given).motion for given in ((pose, foot), (foot, pose)))
    assert glb.write_emote(next(swapped)) == glb.write_emote(next(swapped))


def test_a_foot_stands_where_somebody_says_so(take: take_file.Take, taken: Taken) -> None:
    flying = np.flatnonzero(~np.array(taken.captured.motion.extras["contacts"])[:, 0])
    first = int(flying[len(flying) // 2])
    last = min(first + 4, take.frames - 1)
    solved = solving.refine(take, [FootContact(id="f", side=Side.LEFT, first=first, last=last)])
    assert all(pair[0] for pair in solved.motion.extras["contacts"][first : last + 1])
    lifted = solving.refine(take, [FootContact(id="f", side=Side.RIGHT, first=0, last=take.frames - 1, stands=False)])
    assert not any(pair[1] for pair in lifted.motion.extras["contacts"])


def test_a_hand_stays_at_a_thing(take: take_file.Take) -> None:
    solved = solving.refine(take, [HandContact(id="h", side=Side.RIGHT, first=20, last=26, touches=Contact.THING)])
    reached = []
    for found in (take.fit.state, solved.state):
        wrist = found.pose.points[20:27, body_model.ATTACHED.index(16)]
        reached.append(float(np.ptp(wrist, axis=0).max()))
    assert reached[1] < 0.08 < 0.12 < reached[0]  # the picture sees it move


def test_a_hand_that_is_near_the_head_touches_it() -> None:
    rest = FigurePose.rest(6)
    rest.rotations[:, rest.body.index("LeftForeArm")] = quat.from_axis_angle(rest.body.elbow[0], 2.3)
    state = solver.State(rest.rotations, np.tile(figures.AWAY, (6, 1)))
    points = state.pose.points
    rows = {landmark: number for number, landmark in enumerate(body_model.ATTACHED)}
    hand, head = np.zeros(len(rows)), np.zeros(len(rows))
    hand[[rows[15], rows[17], rows[19]]] = 1 / 3
    head[[rows[7], rows[8]]] = 1 / 2
    meeting = touching.Meeting(np.ones(6, bool), hand, head, 0.12)
    seen = figures.seen(points, weight=0.3)
    seen.touching = touching.Touching(np.zeros(points.shape[:2], bool), (meeting,))
    assert touching.apart(meeting, points).min() > 0.2
    found = solver.refine(seen, state, Settings(iterations=10, careful=True))
    assert np.abs(touching.apart(meeting, found.pose.points) - 0.12).max() < 0.06  # as near as the folded arm lets it


def _errors(take: take_file.Take, *given: Any) -> CorrectionError:
    with pytest.raises(CorrectionError) as caught:
        solving.refine(take, given)
    assert caught.value.title and caught.value.next_step
    return caught.value


def test_what_cannot_be_followed_is_told(take: take_file.Take, taken: Taken) -> None:
    assert _errors(take, FootContact(id="f", side=Side.LEFT, first=3, last=take.frames)).code == "frameBeyondClip"
    folded = LimbPose(id="l", frame=3, limb=Limb.LEFT_ARM, directions=((0, 1, 0), (0, -1, 0)))
    assert _errors(take, folded).code == "limbCannotReach"
    away = PicturePoint(id="p", frame=3, joint=PictureJoint.LEFT_WRIST, x=0.0, y=1.0)
    error = _errors(take, _raised(take, taken), away)
    assert error.code == "limbCannotReach" and error.as_dict()["correction"] == "p" and "m long" in error.detail
    lifted, lowered = (
        LimbPose(id=name, frame=_AT + number, limb=Limb.RIGHT_ARM, directions=((0, up, 0.1), (0, up, 0.1)))
        for number, (name, up) in enumerate((("up", 1), ("down", -1)))
    )
    assert _errors(take, lifted, lowered).code == "correctionsDisagree"
    apart = HandContact(id="h", side=Side.LEFT, first=20, last=26, touches=Contact.OTHER_HAND)
    assert _errors(take, apart).code == "limbCannotReach"
    moved = dataclasses.replace(take, camera=CameraSwing(12.0, False, np.zeros((take.frames, 3))))
    assert _errors(moved, away).code == "cameraMoved"


@pytest.mark.parametrize(
    "text",
    [
        "3",
        '{"corrections": [{"kind": "limb"}]}',
        '{"corrections": [{"kind": "foot", "id": "a", "side": "left", "first": 5, "last": 3}]}',
        '{"corrections": [{"kind": "foot", "id": "../a", "side": "left", "first": 1, "last": 3}]}',
        '{"corrections": [{"kind": "limb", "id": "a", "frame": 1, "limb": "head", "directions": [[0, 0, 0]]}]}',
        '{"corrections": [{"kind": "point", "id": "a", "frame": 1, "joint": "leftHip", "x": 0, "y": 0, "camera": 4}]}',
        '{"corrections": [{"kind": "depth", "id": "a", "frame": 1, "part": "leftHand", "towards": true}]}',
        '{"corrections": [{"kind": "depth", "id": "a", "frame": -1, "part": "leftShin", "towards": true}]}',
        '{"corrections": [{"kind": "depth", "id": "a", "frame": 1, "part": "leftShin", "towards": null}]}',
        '{"corrections": [' + ", ".join(2 * ['{"kind": "foot", "id": "a", "side": "left", "first": 1, "last": 3}']) + "]}",
    ],
)  # fmt: skip
def test_corrections_that_are_none_are_told(text: str) -> None:
    with pytest.raises(CorrectionError) as caught:
        told.parse(text)
    assert caught.value.code == "badCorrections" and caught.value.detail
    assert not told.parse("[]").corrections


def test_corrections_are_written_as_they_were_given() -> None:
    """One without a camera as it was before there were several, so that whoever knows none reads it."""
    point = {"kind": "point", "id": "a", "frame": 1, "joint": "leftHip", "x": 0.5, "y": 0.25}
    limb = {"kind": "limb", "id": "c", "frame": 1, "limb": "leftLeg", "directions": [None, [0.0, -1.0, 0.0]]}
    depth = {"kind": "depth", "id": "d", "frame": 3, "part": "leftThigh", "towards": False}
    given = {"corrections": [point, {**point, "id": "b", "camera": 1}, limb, depth, {**depth, "id": "e", "camera": 1}]}
    assert told.write_json(told.of_json(given).corrections) == given


def test_the_two_commands(tmp_path: Path) -> None:
    kept, out, list_file = tmp_path / "kept.npz", tmp_path / "out.glb", tmp_path / "list.json"

    def run(command: click.Command, *arguments: str | Path) -> str:
        done = CliRunner(env={"OPENBLAS_NUM_THREADS": "1"}).invoke(
            command, [*map(str, arguments)], catch_exceptions=False
        )
        assert done.exit_code == 0
        return done.output

    short = ("--no-hands", "--end", "1.1")
    assert str(kept) in run(capture, SAMPLE, "-o", out, "--keep-observations", kept, *short)
    plain = out.read_bytes()
    foot = FootContact(id="a", side=Side.LEFT, first=3, last=12)
    list_file.write_text(json.dumps(told.write_json([foot])))
    run(refine, kept, list_file, "-o", out, "--force")
    assert out.read_bytes() != plain
    last = run(refine, kept, list_file, "-o", out, "--force", "--without", "a", "--json")
    assert json.loads(last)["files"] == [str(out)]
    assert out.read_bytes() == plain


def test_the_report_says_where_to_look(taken: Taken) -> None:
    unsure = taken.delivery.quality["unsure"]
    assert unsure
    assert all(
        0 <= span["first"] <= span["worst"] <= span["last"] < taken.delivery.quality["frames"] for span in unsure
    )
    assert {span["limb"] for span in unsure} <= set(quality_report.LIMBS)
    kept = QualityReport.model_validate(taken.delivery.quality)
    assert kept.plain().get("armChoices", []) == taken.delivery.quality["armChoices"]
