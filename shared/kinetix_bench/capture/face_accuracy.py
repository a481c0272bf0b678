"""Faces: rendered clips of a face that nothing was learnt from, with known weights, beside the weights that are captured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_bench.capture.clips import faces
from kinetix_capture.face.face_track import FaceFollower, track_of
from kinetix_capture.face.seen_shapes import load
from kinetix_capture.face.shape_weights import FaceMotion, face_motion
from kinetix_capture.networks import weights as models
from kinetix_capture.video.decode import FPS
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
Row = dict[str, Any]
_SEED, _ROUNDS = 7, 2
# Radians to either side by which a head turns, nods and leans.
TURNS = {"little": (0.2, 0.12, 0.08), "much": (0.6, 0.4, 0.2)}
# Pixels across the face, and how much the head turns.
_SIGHTS = ((160.0, "little"), (80.0, "little"), (45.0, "little"), (160.0, "much"), (80.0, "much"))
_FALSE = 0.2
_KEY_S, _WORKING = 0.4, 0.05
_NOISE = 2.5
_LOOKS = (
    faces.Look(),
    faces.Look((141.0, 85.0, 56.0), (25.0, 20.0, 18.0)),
    faces.Look((240.0, 205.0, 180.0), (110.0, 80.0, 45.0)),
    faces.Look((92.0, 58.0, 42.0), (20.0, 18.0, 16.0)),
)


def face_clip(random: np.random.Generator, shapes: Sequence[int]) -> Array:
    """Return (F, 52) weights of somebody who shows each of the shapes, every second one with another one, and rests between."""
    keys = [np.zeros(len(FACE_SHAPES))]
    for number, shape in enumerate(shapes):
        keys += [faces.random_weights(random, number % 2, shape), keys[0]]
    at = np.arange(round((len(keys) - 1) * _KEY_S * FPS)) / FPS / _KEY_S
    before = at.astype(int)
    share = (at - before)[:, None]
    share = share * share * (3 - 2 * share)
    values = np.array(keys)
    return np.asarray((1 - share) * values[before] + share * values[before + 1])


def captured_face(
    weights: Array,
    person: faces.Person,
    face_px: float,
    random: np.random.Generator,
    turns: tuple[float, float, float] = TURNS["little"],
) -> tuple[FaceMotion, float]:
    """Capture a rendered clip of these weights (F, 52), whose head turns, nods and leans by `turns`; also return the seconds
    per frame."""
    follower = FaceFollower(models.find(models.FACE_LANDMARK))
    times = np.arange(len(weights)) / FPS
    phases = random.uniform(0, 2 * np.pi, 3)
    found, spent = [], 0.0
    for at_s, row in zip(times, weights, strict=True):
        yaw, pitch, roll = np.array(turns) * np.sin(np.array([1.9, 2.6, 1.4]) * at_s + phases)
        sight = faces.Sight(face_px, yaw, pitch, roll)
        picture = np.asarray(faces.render(person, row, sight), float)
        noisy = np.clip(picture + random.normal(0, _NOISE, picture.shape), 0, 255).astype(np.uint8)
        began = time.process_time()
        found.append(follower(Image.fromarray(noisy), faces.body_landmarks(sight)))
        spent += time.process_time() - began
    began = time.process_time()
    motion = face_motion(track_of(found, 1.0), times, times)
    return motion, (spent + time.process_time() - began) / len(weights)


def measure_face(data: Path, only: str | None = None) -> list[Row]:
    """For each size of the face and each shape: the mean error of its weight, in all frames and in those in which it is at work.

    `falseShare` is the share of frames in which any shape that rests is told above a fifth.
    """
    rows: list[Row] = []
    for face_px, turns in _SIGHTS:
        random = np.random.default_rng(_SEED)
        true, ours, seen, spent = [], [], [], []
        orders = [random.permutation(len(FACE_SHAPES) - 1) for _ in range(_ROUNDS)]
        clips = [shapes for order in orders for shapes in np.array_split(order, len(_LOOKS))]
        for look, shapes in zip(_LOOKS * _ROUNDS, clips, strict=True):
            weights = face_clip(random, shapes.tolist())
            motion, seconds = captured_face(weights, faces.Person(look=look), face_px, random, TURNS[turns])
            true.append(weights)
            ours.append(motion.weights)
            seen.append(motion.seen.mean())
            spent.append(seconds)
        goal, got = np.concatenate(true), np.concatenate(ours)
        row = {"facePx": face_px, "turns": turns, "seen": float(np.mean(seen))}
        row |= {"msPerPicture": 1000 * float(np.mean(spent))}
        row |= {"falseShare": float(((goal <= _WORKING) & (got > _FALSE)).any(1).mean())}
        rows += [row | _errors(name, goal[:, at], got[:, at]) for at, name in enumerate(FACE_SHAPES)]
    return rows


def _errors(name: str, true: Array, ours: Array) -> Row:
    error, working = np.abs(ours - true), true > _WORKING
    varies = working.any() and ours.std() > 0
    return {
        "shape": name,
        "captured": name in load().names,
        "error": float(error.mean()),
        "errorAtWork": float(error[working].mean()) if working.any() else None,
        "atRest": float(ours[~working].mean()),
        "agreement": float(np.corrcoef(true, ours)[0, 1]) if varies else None,
    }
