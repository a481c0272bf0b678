"""How the face's shapes are learnt: from moves that are known exactly, and from rendered faces of made-up people."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture import face_learning, faces
from kinetix_capture.face import seen_shapes, shape_weights
from kinetix_capture.face.face_track import FaceTrack
from kinetix_capture.networks.face_landmarks import FACE_POINTS
from kinetix_core import mannequin
from kinetix_core.face_shapes import FACE_SHAPES, mirrored_shape
from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
HALF = FACE_POINTS // 2
MIRROR = np.array([-1.0, 1.0, 1.0])
PEOPLE, EACH = 60, 8


def _mirrored(points: Array) -> Array:
    return np.asarray(np.concatenate((points[HALF:], points[:HALF])) * MIRROR)


def _world(random: np.random.Generator) -> tuple[Array, Array]:
    """(478, 3) a face of which each point has its mirror image, and (52, 478, 3) how the shapes move it, left ones as right ones."""
    side = random.normal((1.5, 0.0, 0.0), 1.0, (HALF, 3))
    face = np.concatenate((side, side * MIRROR))
    face /= np.sqrt((face**2).sum(1).mean())
    moves = random.normal(0, 0.05, (len(FACE_SHAPES), FACE_POINTS, 3))
    for number, name in enumerate(FACE_SHAPES):
        other = FACE_SHAPES.index(mirrored_shape(name))
        moves[other] = _mirrored(moves[number]) if other != number else (moves[number] + _mirrored(moves[number])) / 2
    return face, moves


def _pictures(random: np.random.Generator, shown: Array) -> Array:
    """(N, 478, 3) faces as a network tells them in pictures: turned a little, somewhere, at some size, y down."""
    turns = quat.from_axis_angle(random.normal(0, 1, (len(shown), 3)), random.uniform(-0.2, 0.2, len(shown)))
    turned = quat.rotate(turns[:, None], shown + random.normal(0, 0.002, shown.shape))
    return random.uniform(40, 90) * turned * (1.0, -1.0, -1.0) + random.uniform(100, 300, 3)


@pytest.fixture(scope="module")
def taught() -> tuple[Array, Array, dict[str, NDArray[np.generic]]]:
    random = np.random.default_rng(3)
    face, moves = _world(random)
    weights, points = [], []
    for _ in range(PEOPLE):
        own = face + random.normal(0, 0.05, face.shape)
        shown = np.array([faces.random_weights(random, 2) if picture else np.zeros(52) for picture in range(EACH)])
        points.append(_pictures(random, own + np.tensordot(shown, moves, 1)))
        weights.append(shown)
    people = np.repeat(np.arange(PEOPLE), EACH)
    samples = face_learning.Samples(np.concatenate(weights), np.concatenate(points), people)
    return face, moves, face_learning.learn(samples)


def test_what_was_learnt_measures_a_face_that_was_not_among_them(
    taught: tuple[Array, Array, dict[str, NDArray[np.generic]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    face, moves, learnt = taught
    np.savez(tmp_path / "shapes.npz", allow_pickle=False, **learnt)
    shapes = seen_shapes.read(tmp_path / "shapes.npz")
    assert set(shapes.names) < set(FACE_SHAPES) and shapes.steadiness.sum() == pytest.approx(1.0, abs=1e-5)
    monkeypatch.setattr(shape_weights, "load", lambda: shapes)
    random, times = np.random.default_rng(4), np.arange(60) / 30
    own = face + random.normal(0, 0.05, face.shape)
    wanted = np.zeros((len(times), len(FACE_SHAPES)))
    working = [FACE_SHAPES.index(name) for name in ("jawOpen", "mouthSmileLeft", "browDownRight")]
    for number, shape in enumerate(working):
        wanted[:, shape] = 0.8 * np.clip(1 - np.abs(np.arange(60) - 12 - 17 * number) / 8, 0, 1)
    points = _pictures(random, own + np.tensordot(wanted, moves, 1)).astype(np.float32)
    told = shape_weights.face_motion(FaceTrack(points), times, times).weights
    assert np.abs(told - wanted)[:, working].mean() < 0.08
    assert np.delete(told, working, axis=1).max() < 0.1


def test_left_and_right_are_learnt_alike(taught: tuple[Array, Array, dict[str, NDArray[np.generic]]]) -> None:
    learnt = taught[2]
    names, gram = [str(name) for name in learnt["names"]], np.asarray(learnt["gram"], np.float64)
    other = [names.index(mirrored_shape(name)) for name in names]
    assert np.abs(gram - gram[other][:, other]).max() < 0.1 * np.abs(gram).max()


def test_the_file_is_made_of_rendered_people(tmp_path: Path) -> None:
    """A folder as the package of MakeHuman's data has it, in which people differ by one move of their chins."""
    figure, rows = mannequin.load("12k").vertices.round(6), faces.head().rows
    targets = tmp_path / "data" / "mpfb2" / "targets"
    for folder in (targets, targets.parent / "3dobjs", targets.parents[1] / "topology"):
        folder.mkdir(parents=True, exist_ok=True)

    def obj(path: Path, points: Array) -> None:
        path.write_text("# a figure\n" + "".join(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points), "utf-8")

    obj(targets.parents[1] / "topology" / "notoes.obj", figure)
    obj(targets.parent / "3dobjs" / "base.obj", np.concatenate((np.full((2, 3), 99.0), 10 * figure)))
    (targets / "chin").mkdir()
    chin = rows[np.linalg.norm(figure[rows] - (0.0, 1.67, 0.12), axis=1) < 0.02]
    moved = "".join(f"{row + 2} 0 -.1 .05\n" for row in chin)
    (targets / "chin" / "long.target.gz").write_bytes(gzip.compress(f"# a chin\n{moved}".encode()))
    out = tmp_path / "shapes.npz"
    face_learning.main(str(targets), str(out), "16")
    made, kept = seen_shapes.read(out), seen_shapes.load()
    assert made.names == kept.names
    for name in ("reference", "steadiness", "turning", "projection", "gram"):
        assert getattr(made, name).shape == getattr(kept, name).shape, name
        assert np.isfinite(getattr(made, name)).all(), name
    aligned, _ = seen_shapes.align(made.reference[None] * (1.0, -1.0, -1.0), kept.reference, kept.steadiness)
    assert np.linalg.norm(aligned[0] - kept.reference, axis=1).mean() < 0.1
