"""The face: found by the body's head, followed, and its expression as weights of shapes, about the person's own face at rest."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from kinetix_bench.capture import face_accuracy
from kinetix_bench.capture.clips import faces
from kinetix_capture import deliver, pipeline
from kinetix_capture.face import seen_shapes
from kinetix_capture.face.face_track import SMALLEST_PX, FaceFollower, FaceTrack
from kinetix_capture.face.shape_weights import face_motion
from kinetix_capture.interface import FACE, CaptureRequest
from kinetix_capture.networks import weights
from kinetix_capture.networks.face_landmarks import Face, face_region
from kinetix_core import mannequin
from kinetix_core.formats import face_table, glb
from kinetix_core.formats.glb import container
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.capture.conftest import JAW, SAMPLE, SMILES, Produce
from tests.support.takes import validator
from tests.support.takes.glb_chunk import binary_chunk

pytestmark = pytest.mark.xdist_group("capture_whole")

Array = NDArray[np.float64]
FRAMES = 40
TIMES = np.arange(FRAMES) / 30


def _seen(sight: faces.Sight, shown: Array | None = None) -> Face | None:
    picture = faces.render(faces.Person(), np.zeros(52) if shown is None else shown, sight)
    return FaceFollower(weights.find(weights.FACE_LANDMARK))(picture, faces.body_landmarks(sight))


def test_the_jaw_and_the_smile_come_when_they_were_there(filmed: FaceTrack) -> None:
    motion = face_motion(filmed, TIMES, TIMES)
    assert motion.seen.all()
    assert motion.weights.min() >= 0 and motion.weights.max() <= 1
    jaw, smile = motion.weights[:, JAW], motion.weights[:, SMILES].mean(1)
    assert abs(int(jaw.argmax()) - 13) <= 1 and jaw.max() > 0.5
    assert abs(int(smile.argmax()) - 29) <= 3 and smile.max() > 0.4
    rest = np.r_[0:6, 20:22]
    assert jaw[rest].max() < 0.1 and smile[rest].max() < 0.15
    untold = set(FACE_SHAPES) - set(seen_shapes.load().names)
    assert untold and not motion.weights[:, [FACE_SHAPES.index(name) for name in untold]].any()


def test_the_eyes_look_where_they_looked() -> None:
    aside = [FACE_SHAPES.index(name) for name in ("eyeLookOutLeft", "eyeLookInRight")]
    back = [FACE_SHAPES.index(name) for name in ("eyeLookInLeft", "eyeLookOutRight")]
    shown = np.zeros((FRAMES, len(FACE_SHAPES)))
    for shapes, middle in ((aside, 12), (back, 27)):
        shown[:, shapes] = 0.8 * np.clip(1 - np.abs(np.arange(FRAMES) - middle) / 6, 0, 1)[:, None]
    motion, _ = face_accuracy.captured_face(shown, faces.Person(), 110.0, np.random.default_rng(2))
    for shapes, others, middle in ((aside, back, 12), (back, aside, 27)):
        told = motion.weights[:, shapes]
        assert np.abs(told.argmax(0) - middle).max() <= 2 and told.max(0).min() > 0.4
        assert motion.weights[middle, others].max() < 0.05
    assert motion.weights[[*range(5), *range(19, 21), *range(35, FRAMES)]][:, aside + back].max() < 0.15


def test_what_a_person_looks_like_is_no_expression(filmed: FaceTrack) -> None:
    longer = filmed * np.array([0.9, 1.12, 1.0], np.float32)
    jaw = face_motion(longer, TIMES, TIMES).weights[:, JAW]
    assert abs(int(jaw.argmax()) - 13) <= 1 and jaw[:6].max() < 0.1


def test_a_head_that_turns_much_says_little_of_the_face() -> None:
    """It looks by 34° to both sides and nods by 23°, and opens its jaw once."""
    frames, opened = 75, 45
    shown = np.zeros((frames, len(FACE_SHAPES)))
    shown[:, JAW] = 0.8 * np.clip(1 - np.abs(np.arange(frames) - opened) / 8, 0, 1)
    motion, _ = face_accuracy.captured_face(
        shown, faces.Person(), 110.0, np.random.default_rng(4), face_accuracy.TURNS["much"]
    )
    jaw = motion.weights[:, JAW]
    assert motion.seen.all() and abs(int(jaw.argmax()) - opened) <= 1 and jaw.max() > 0.6
    assert np.delete(motion.weights, JAW, 1).mean() < 0.008


def _without(filmed: FaceTrack, gone: NDArray[np.bool_]) -> FaceTrack:
    return np.where(gone[:, None, None], np.float32(np.nan), filmed)


def test_a_short_gap_is_bridged_and_a_long_one_fades_to_rest(filmed: FaceTrack) -> None:
    short = _without(filmed, (TIMES > 0.38) & (TIMES < 0.45))
    jaw = face_motion(short, TIMES, TIMES)
    assert jaw.seen.tolist() == [frame not in (12, 13) for frame in range(FRAMES)]
    assert jaw.weights[12:14, JAW].min() > 0.4
    late = face_motion(filmed[:30], TIMES[:30], TIMES)
    assert late.weights[29, SMILES].min() > 0.2
    assert not late.weights[37:].any() and late.seen.sum() == 30


def test_a_face_that_is_hardly_seen_rests(filmed: FaceTrack) -> None:
    motion = face_motion(_without(filmed, TIMES > 0.1), TIMES, TIMES)
    assert not motion.weights.any() and not motion.seen.any()


def test_a_face_is_followed_where_the_head_is_and_only_there() -> None:
    sight = faces.Sight(90.0, yaw=0.3, roll=0.4)
    found = _seen(sight)
    assert found is not None and found.confidence > 0.9
    head = face_region(faces.body_landmarks(sight))
    assert math.hypot(found.region.x - head.x, found.region.y - head.y) < 0.2 * head.side
    assert found.region.angle == pytest.approx(-0.4, abs=0.12)
    away = faces.body_landmarks(sight)
    away[:11] += 200.0
    follower = FaceFollower(weights.find(weights.FACE_LANDMARK))
    picture = Image.new("RGB", (500, 500), (150, 160, 170))
    picture.paste(faces.render(faces.Person(), np.zeros(52), sight))
    assert follower(picture, away) is None
    assert follower(picture, faces.body_landmarks(sight)) is not None
    assert follower(picture, away) is None, "the body's head is elsewhere now"
    assert follower(picture, None) is None


def test_a_face_turned_away_and_one_too_small_are_not_seen() -> None:
    assert _seen(faces.Sight(110.0, yaw=math.pi)) is None
    small = _seen(faces.Sight(0.6 * SMALLEST_PX))
    assert small is None


def test_the_shapes_are_those_of_the_mannequin() -> None:
    for detail in ("1k", "12k"):
        shapes, figure = mannequin.face_shapes(detail), mannequin.load(detail)
        assert shapes.shape == (len(FACE_SHAPES), *figure.vertices.shape)
        moved = np.linalg.norm(shapes, axis=-1)
        chin = figure.vertices[moved[JAW].argmax()]
        assert 1.6 < chin[1] < 1.75 and chin[2] > 0.05
        left, right = (FACE_SHAPES.index(f"mouthSmile{side}") for side in ("Left", "Right"))
        assert figure.vertices[moved[left].argmax(), 0] > 0 > figure.vertices[moved[right].argmax(), 0]
        assert not moved[FACE_SHAPES.index("tongueOut")].any()
    assert tuple(sorted(FACE_SHAPES)) == FACE_SHAPES and len(set(FACE_SHAPES)) == 52
    assert set(seen_shapes.load().names) < set(FACE_SHAPES)


def test_the_weights_are_written_as_a_table_and_told_of(
    faced: pipeline.Observed, produce: Produce, tmp_path: Path
) -> None:
    fitted = pipeline.fit(faced, "emote")
    shown, seen = fitted.motion.face, fitted.face_seen
    assert shown is not None and seen is not None and shown[13, JAW] > 0.5
    wanted = (FACE, "animation-v2.glb", "quality.json")
    request = CaptureRequest(SAMPLE, tmp_path / "face", settings=CaptureSettings(face=True))
    delivery = deliver.produce(request, lambda progress: None, wanted, look=lambda *given: faced)
    rows = list(csv.DictReader(io.StringIO(delivery.files[FACE].read_text(encoding="utf-8"))))
    assert len(rows) == len(shown) and tuple(rows[0]) == ("seconds", *FACE_SHAPES)
    assert rows[13]["jawOpen"] == f"{shown[13, JAW]:.4f}" and rows[3]["seconds"] == "0.1000"
    assert delivery.quality["face"]["seen"] == pytest.approx(seen.mean(), abs=0.001)
    assert "jawOpen" in delivery.quality["face"]["shapes"]
    assert not [hint for hint in delivery.quality["hints"] if "face" in hint]
    file = delivery.files["animation-v2.glb"]
    glb.check(file)
    (report,) = validator.issues(file)
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report
    document = container.describe(file)
    (mesh,) = document.json["meshes"]
    assert mesh["extras"]["targetNames"] == list(FACE_SHAPES) and len(mesh["primitives"][0]["targets"]) == 52
    (animation,) = document.json["animations"]
    (track,) = [channel for channel in animation["channels"] if channel["target"]["path"] == "weights"]
    assert document.json["nodes"][track["target"]["node"]]["mesh"] == 0
    faceless = produce(CaptureRequest(SAMPLE, tmp_path / "plain"), lambda progress: None, wanted)
    assert FACE not in faceless.files and "face" not in faceless.quality
    expected = glb.write_emote(fitted.motion.with_(face=None), naming="generic")
    assert binary_chunk(faceless.files["animation-v2.glb"].read_bytes()) == binary_chunk(expected)
    assert file.stat().st_size - faceless.files["animation-v2.glb"].stat().st_size < 100_000


def test_the_face_of_a_loop_comes_back_to_its_beginning(faced: pipeline.Observed, tmp_path: Path) -> None:
    face = faced.track.face
    assert face is not None
    hidden = _without(face, np.arange(len(face)) >= 15)
    observed = dataclasses.replace(faced, track=dataclasses.replace(faced.track, face=hidden))
    fitted = pipeline.fit(observed, "emote")
    assert fitted.motion.face is not None and fitted.face_seen is not None
    request = CaptureRequest(SAMPLE, tmp_path, settings=CaptureSettings(loop=True, face=True))
    delivery = deliver.produce(request, lambda progress: None, ("animation-v2.glb",), look=lambda *given: observed)
    loop = glb.read_motion(delivery.files["animation-v2.glb"])
    assert loop.face is not None and np.allclose(loop.face[0], loop.face[-1], atol=1e-6)
    seam, told = delivery.quality["loop"], delivery.quality["face"]
    cut = slice(seam["start"], seam["end"] + 1)
    assert len(loop) == cut.stop - cut.start
    assert np.abs(loop.face[10:-10, JAW] - fitted.motion.face[cut][10:-10, JAW]).max() < 1e-6
    assert told["seen"] == pytest.approx(fitted.face_seen[cut].mean(), abs=1e-3)
    assert [hint for hint in delivery.quality["hints"] if hint.startswith("The face is seen in")]


def test_the_pass_over_the_pictures_looks_at_the_face(tmp_path: Path) -> None:
    """The face of the sample was made unrecognisable by who published it, so all that counts is that it is looked for."""
    request = CaptureRequest(SAMPLE, tmp_path, hands=False, settings=CaptureSettings(trim_end=1.0, face=True))
    clip, meter = pipeline.prepare(request, lambda progress: None)
    found = pipeline.capture(request, clip, meter)
    assert found.motion.face is not None and found.motion.face.shape == (len(found.motion), 52)
    assert found.face_seen is not None and found.face_seen.shape == (len(found.motion),)


def test_a_clip_of_expressions_is_measured_by_known_weights() -> None:
    shown = face_accuracy.face_clip(np.random.default_rng(5), [JAW, SMILES[0]])
    assert shown.shape == (48, 52) and not shown[0].any() and not shown[24].any()
    assert shown[12, JAW] > 0.1 and shown[36, SMILES[0]] > 0.1 and shown.max() <= 1
    assert len(face_table.write(shown, 30.0).decode().splitlines()) == 49
