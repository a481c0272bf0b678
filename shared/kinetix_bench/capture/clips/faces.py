"""Rendered faces with known weights: the mannequin's head, with eyes that look, and brows, lips, hair and skin painted by place."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_core import mannequin
from kinetix_core.formats.figure import carriers, vertex_normals
from kinetix_core.values.face_shapes import FACE_SHAPES, mirrored_shape
from kinetix_tools.preview.raster import rasterise

Array = NDArray[np.float64]
Colour = tuple[float, float, float]
_BONES = ("Head", "Neck", "Spine2", "LeftShoulder", "RightShoulder")
# Of the mannequin, metres: its eyes, which are no part of the mesh, and where the camera looks.
_EYES = np.array([[0.032, 1.7728, 0.1148], [-0.032, 1.7728, 0.1148]])
_EYE_M = 0.0143
_MIDDLE = np.array([0.0, 1.755, 0.06])
_AWAY_M, _FACE_M = 2.0, 0.2
_LOOK_DEG = (30.0, 25.0)
_RINGS = 24
# Nose, corners of the eyes and of the mouth, ears, by number of the body's landmarks; the person's own left is +x.
BODY = {
    0: (0.0, 1.738, 0.155),
    1: (0.018, 1.773, 0.125),
    2: (0.032, 1.773, 0.13),
    3: (0.046, 1.773, 0.115),
    4: (-0.018, 1.773, 0.125),
    5: (-0.032, 1.773, 0.13),
    6: (-0.046, 1.773, 0.115),
    7: (0.085, 1.75, 0.02),
    8: (-0.085, 1.75, 0.02),
    9: (0.025, 1.702, 0.125),
    10: (-0.025, 1.702, 0.125),
}
_OPPOSED = (
    *(("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"), ("mouthFunnel", "mouthPucker")),
    *((f"eyeLookIn{side}", f"eyeLookOut{side}") for side in ("Left", "Right")),
    *((f"eyeLookUp{side}", f"eyeLookDown{side}") for side in ("Left", "Right")),
    *((f"eyeBlink{side}", f"eyeWide{side}") for side in ("Left", "Right")),
)
# Colours of what the mannequin does not have; skin and hair are a person's.
_WHITE, _IRIS, _PUPIL, _MOUTH = (235.0, 235.0, 232.0), (90.0, 60.0, 35.0), (15.0, 12.0, 12.0), (60.0, 25.0, 25.0)
_LIPS = np.array([0.8, 0.52, 0.58])


@dataclass(frozen=True)
class Look:
    """Colours 0 … 255."""

    skin: Colour = (224.0, 172.0, 140.0)
    hair: Colour = (52.0, 36.0, 28.0)


@dataclass(frozen=True)
class Sight:
    """Filming conditions of a face: pixels across it, its turn in radians, the light's direction, the background colour."""

    face_px: float = 150.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    light: tuple[float, float, float] = (0.3, 0.5, 0.8)
    behind: Colour = (150.0, 160.0, 170.0)

    @property
    def size(self) -> int:
        """Pixels of the square picture."""
        return int(self.face_px * 1.6)

    def turn(self) -> Array:
        cy, sy, cp, sp = math.cos(self.yaw), math.sin(self.yaw), math.cos(self.pitch), math.sin(self.pitch)
        cr, sr = math.cos(self.roll), math.sin(self.roll)
        about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        return np.asarray(about_z @ about_x @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]))

    def project(self, points: Array) -> Array:
        """(P, 3) of the head → x, y in pixels and the distance."""
        seen = (points - _MIDDLE) @ self.turn().T
        away = _AWAY_M - seen[:, 2]
        scale = self.face_px * _AWAY_M / _FACE_M / away
        return np.stack((self.size / 2 + scale * seen[:, 0], self.size / 2 - scale * seen[:, 1], away), 1)


@dataclass(frozen=True)
class Head:
    """The mannequin's head, neck and shoulders: V vertices, T triangles; `rows` are its vertices of the whole figure."""

    vertices: Array
    faces: NDArray[np.int64]
    shapes: Array
    rows: NDArray[np.int64]


@cache
def head() -> Head:
    figure = mannequin.load("12k")
    names = list(figure.skeleton.names)
    carrier = carriers(figure)
    kept = np.isin(carrier, [names.index(name) for name in _BONES])
    number = np.cumsum(kept) - 1
    faces = number[figure.faces[kept[figure.faces].all(1)]]
    rows = np.flatnonzero(kept)
    return Head(figure.vertices[rows], faces, mannequin.face_shapes("12k")[:, rows], rows)


@dataclass(frozen=True)
class Person:
    """A head of its own: vertices (V, 3) at rest, by default the mannequin's, and colours."""

    rest: Array = field(default_factory=lambda: head().vertices)
    look: Look = Look()


def render(person: Person, weights: Array, sight: Sight) -> Image.Image:
    """The face with weights (52,)."""
    own, (ball, ball_faces) = head(), _ball()
    skin = person.rest + np.tensordot(weights, own.shapes, 1)
    count = len(skin)
    vertices = np.concatenate((skin, *(ball * _EYE_M + eye for eye in _EYES)))
    faces = np.concatenate((own.faces, ball_faces + count, ball_faces + count + len(ball)))
    painted = np.concatenate((own.vertices, vertices[count:]))
    part = np.repeat([0, 1, 2], [count, len(ball), len(ball)])
    size = sight.size
    seen = rasterise(sight.project(vertices).astype(np.float32), faces, size, size)
    corners, shares = faces[seen.triangles], seen.weights[..., None].astype(np.float64)
    normals = (vertex_normals(vertices, faces)[corners] * shares).sum(1) @ sight.turn().T
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    colours = _painted((painted[corners] * shares).sum(1), part[corners[:, 0]], _gaze(weights), person.look)
    light = np.array(sight.light) / np.linalg.norm(sight.light)
    picture = np.tile(np.array(sight.behind), (size * size, 1))
    picture[seen.pixels] = colours * (0.45 + 0.6 * np.clip(normals @ light, 0, 1))[:, None]
    return Image.fromarray(np.clip(picture, 0, 255).reshape(size, size, 3).astype(np.uint8))


def random_weights(random: np.random.Generator, active: int, first: int | None = None) -> Array:
    """Return (52,) of a face in which so many shapes, or pairs of them, are at work, and the shape `first` before them."""
    weights = np.zeros(len(FACE_SHAPES))
    chosen = random.choice(len(FACE_SHAPES) - 1, active, replace=False).tolist()
    for shape in chosen if first is None else [*chosen, first]:
        weights[shape] = random.uniform(0.1, 1.0)
        name = FACE_SHAPES[shape]
        other = mirrored_shape(name)
        if other != name and not name.startswith(("jaw", "mouthLeft", "mouthRight")) and random.random() < 0.6:
            weights[FACE_SHAPES.index(other)] = weights[shape]
    for pair in _OPPOSED:
        one, other_one = (FACE_SHAPES.index(name) for name in pair)
        if weights[one] and weights[other_one]:
            weights[one] = 0.0
    closed, opened = FACE_SHAPES.index("mouthClose"), FACE_SHAPES.index("jawOpen")
    weights[opened] = max(weights[opened], weights[closed])  # the lips meet over an open jaw; else they would cross
    return weights


def body_landmarks(sight: Sight) -> Array:
    """Return (33, 2) pixels at which a body's network sees the head; the landmarks below it are at 0."""
    points = np.zeros((33, 2))
    points[list(BODY)] = sight.project(np.array(list(BODY.values())))[:, :2]
    return points


@cache
def _ball() -> tuple[Array, NDArray[np.int64]]:
    """A sphere of radius 1."""
    around = 2 * _RINGS
    down, along = np.meshgrid(np.linspace(0, np.pi, _RINGS), np.linspace(0, 2 * np.pi, around), indexing="ij")
    points = np.stack((np.sin(down) * np.cos(along), np.sin(down) * np.sin(along), np.cos(down)), -1).reshape(-1, 3)
    first = (np.arange(_RINGS - 1)[:, None] * around + np.arange(around - 1)).ravel()
    faces = np.concatenate(
        (
            np.stack((first, first + around, first + 1), 1),
            np.stack((first + 1, first + around, first + around + 1), 1),
        )
    )
    return points, faces


def pupils(weights: Array) -> list[Array]:
    """Return (3,) metres of the head: the middle of the left and of the right pupil."""
    return [eye + _EYE_M * ahead for eye, ahead in zip(_EYES, _gaze(weights), strict=True)]


def _gaze(weights: Array) -> list[Array]:
    """Return the gaze directions of the left and the right eye."""
    by_name = dict(zip(FACE_SHAPES, weights, strict=True))
    directions = []
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        turn = outward * (by_name[f"eyeLookOut{side}"] - by_name[f"eyeLookIn{side}"])
        yaw = math.radians(_LOOK_DEG[0]) * turn
        pitch = math.radians(_LOOK_DEG[1]) * (by_name[f"eyeLookUp{side}"] - by_name[f"eyeLookDown{side}"])
        across = math.cos(pitch)
        directions.append(np.array([math.sin(yaw) * across, math.sin(pitch), math.cos(yaw) * across]))
    return directions


def _painted(at: Array, part: NDArray[np.int64], gaze: list[Array], look: Look) -> Array:
    """(S, 3) colours of points, by where they are on the mannequin at rest (S, 3) and whether they are skin (0) or an eye (1, 2)."""
    x, y, z = at.T
    aside, skin = np.abs(x), part == 0
    colours = np.tile(np.array(look.skin), (len(at), 1))
    arc = 1.795 + 0.006 * np.sin((aside - 0.012) / 0.04 * np.pi)
    brow = (z > 0.08) & (aside > 0.012) & (aside < 0.052) & (np.abs(y - arc) < 0.0035)
    lips = (z > 0.115) & ((x / 0.026) ** 2 + ((y - 1.7045) / 0.0115) ** 2 < 1)
    scalp = (y > 1.845) | ((z < 0.04) & (y > 1.7) & (aside > 0.05)) | ((z < 0.02) & (y > 1.68))
    inside = (z < 0.118) & (aside < 0.03) & (y > 1.67) & (y < 1.73)
    colours[skin & brow] = look.hair
    colours[skin & lips] = np.array(look.skin) * _LIPS
    colours[skin & scalp] = look.hair
    colours[skin & inside] = _MOUTH
    for number, (eye, ahead) in enumerate(zip(_EYES, gaze, strict=True), 1):
        own = part == number
        towards = (at[own] - eye) / _EYE_M @ ahead
        colours[own] = np.where(
            (towards > math.cos(math.radians(10)))[:, None],
            _PUPIL,
            np.where((towards > math.cos(math.radians(24)))[:, None], _IRIS, _WHITE),
        )
    return colours
