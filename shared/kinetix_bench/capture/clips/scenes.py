"""Rendered clips of several people with exact truth: the moves of the rendered sample clips, together before one camera."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.clips import clip_writing
from kinetix_core import mannequin
from kinetix_core.formats.figure import carriers, vertex_normals
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_tools.preview.raster import rasterise

Array = NDArray[np.float64]
_Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
_JOINTS = [
    *("LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand"),
    *("LeftUpLeg", "RightUpLeg", "LeftLeg", "RightLeg", "LeftFoot", "RightFoot"),
]
_SKIN, _SHOES, _WALL = (224, 172, 140), (235, 235, 230), (184, 194, 204)
_TILE_M = 0.5


@dataclass(frozen=True)
class Actor:
    """One person: a move of the sample clips, where it starts on the floor (x, z in metres, z to the camera), its turn about up in
    degrees, the person's size beside the mannequin's, and the colours of shirt and trousers."""

    move: str
    at: tuple[float, float]
    yaw: float = 0.0
    size: float = 1.0
    shirt: tuple[int, int, int] = (170, 40, 45)
    trousers: tuple[int, int, int] = (40, 45, 70)


@dataclass(frozen=True)
class Scene:
    """People before a camera that stands so far away (metres), so high, and looks at the height of their hips; it sees so many
    degrees from left to right.
    """

    name: str
    people: tuple[Actor, ...]
    away: float = 5.0
    high: float = 1.5
    field_deg: float = 50.0


_BLUE, _GREEN = (40, 90, 170), (60, 130, 70)
SCENES = (
    Scene("apart", (Actor("dance_b_az15", (-1.0, 0.0)), Actor("punch_az20", (0.6, 0.0), shirt=_BLUE)), 7.0),
    Scene("deep", (Actor("dance_b_az15", (-1.6, -1.4), shirt=_GREEN), Actor("punch_az20", (0.1, 0.4))), 6.5),
    Scene("sizes", (Actor("kick_az30", (-1.2, 0.0), size=0.85), Actor("dance_b_az15", (1.1, -0.8), shirt=_BLUE)), 7.0),
    Scene(
        "crossing", (Actor("walk_az20", (-0.9, 0.3), 90.0), Actor("walk_az20", (0.9, -0.5), -90.0, shirt=_BLUE)), 5.5
    ),
    Scene("alike", (Actor("walk_az20", (-0.9, 0.4), 90.0), Actor("walk_az20", (0.9, -0.4), -90.0)), 5.5),
)


@dataclass(frozen=True)
class Posed:
    """An actor in the scene: world turns (F, B, 3, 3) of the bones from their rest and places (F, B, 3) of their joints."""

    turns: Array
    places: Array


def _posed_actor(actor: Actor, data: Path) -> Posed:
    with np.load(data / "synthetic" / f"{actor.move}_gt.npz") as file:
        places = file["joint_pos_m"].astype(float) @ _Z_UP.T
        turns = _Z_UP @ file["joint_rot"].astype(float) @ _Z_UP.T
    # a move begins facing z at its place, whichever way it was recorded
    forward = turns[:10, 0, :, 2].mean(0)
    facing = np.degrees(np.arctan2(forward[0], forward[2]))
    about = quat.to_matrix(quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(actor.yaw - facing)))
    places = (places - places[0, 0] * [1, 0, 1]) @ about.T * actor.size
    return Posed(about @ turns, places + np.array([actor.at[0], 0.0, actor.at[1]]))


def posed(motion: Motion, yaw: float) -> Posed:
    """A motion of the mannequin in the middle of the scene, its front turned from the camera by so many degrees as it begins."""
    rotations, places = kinematics.forward(motion)
    turns = quat.to_matrix(quat.multiply(rotations, quat.conjugate(kinematics.rest_pose(motion.skeleton)[0])))
    front = turns[:10, 0, :, 2].mean(axis=0)
    about = quat.to_matrix(quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(yaw) - np.arctan2(front[0], front[2])))
    middle = places[:, 0].mean(axis=0) * [1.0, 0.0, 1.0]
    return Posed(about @ turns, (places - middle) @ about.T)


def render(scene: Scene, data: Path, target: Path, size: tuple[int, int] = (1280, 720)) -> list[accuracy.Truth]:
    """Write the clip, 30 pictures a second, and return the truth of each person from left to right as they begin."""
    return render_posed(scene, [_posed_actor(actor, data) for actor in scene.people], target, size)


def render_posed(
    scene: Scene, people: Sequence[Posed], target: Path, size: tuple[int, int] = (1280, 720)
) -> list[accuracy.Truth]:
    """The same of actors whose moves are given."""
    frames = min(len(one.places) for one in people)
    camera = _Camera.of(scene, size)
    floor = camera.floor()
    figure = mannequin.load("12k")
    colours = np.concatenate([_colours(figure, actor) for actor in scene.people])

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for frame in range(frames):
            picture = floor.copy()
            meshes = [_skinned(figure, one, frame, actor.size) for one, actor in zip(people, scene.people, strict=True)]
            _draw(picture, meshes, figure.faces, colours, camera)
            yield picture

    clip_writing.write(pictures(), target, {"crf": "18", "preset": "veryfast"})
    names = list(figure.skeleton.names)
    at = [names.index(joint) for joint in _JOINTS]
    return [accuracy.Truth(one.places[:frames][:, at], {}) for one in people]


@dataclass(frozen=True)
class _Camera:
    size: tuple[int, int]
    focal: float
    place: Array
    turn: Array  # (3, 3) from the scene to x right, y down, z ahead

    @staticmethod
    def of(scene: Scene, size: tuple[int, int]) -> _Camera:
        place = np.array([0.0, scene.high, scene.away])
        ahead = np.array([0.0, 0.9, 0.0]) - place
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0.0, 1.0, 0.0])
        right /= np.linalg.norm(right)
        focal = size[0] / 2 / np.tan(np.radians(scene.field_deg) / 2)
        return _Camera(size, focal, place, np.stack((right, np.cross(ahead, right), ahead)))

    def project(self, points: Array) -> Array:
        """(V, 3) → x, y in pixels and the depth."""
        seen = (points - self.place) @ self.turn.T
        centre = np.array(self.size) / 2
        return np.concatenate((seen[:, :2] / seen[:, 2:] * self.focal + centre, seen[:, 2:]), 1)

    def floor(self) -> NDArray[np.uint8]:
        """The empty scene: tiles on the floor, and a wall's colour above the horizon."""
        wide, high = self.size
        x, y = np.meshgrid(np.arange(wide) + 0.5 - wide / 2, np.arange(high) + 0.5 - high / 2)
        rays = np.stack((x, y, np.full(x.shape, self.focal)), -1) @ self.turn
        down = rays[..., 1] < -1e-3
        reach = np.where(down, -self.place[1] / np.where(down, rays[..., 1], -1.0), 0.0)
        tile = np.floor((self.place[[0, 2]] + rays[..., [0, 2]] * reach[..., None]) / _TILE_M).astype(int)
        shade = np.random.default_rng(0).normal(0, 9, (64, 64))[tile[..., 0] % 64, tile[..., 1] % 64]
        shade = shade + np.where(tile.sum(-1) % 2 == 0, 10, -6)
        ground = np.array([150, 118, 88]) + shade[..., None]
        far = np.linalg.norm(rays[..., [0, 2]], axis=-1) * reach > max(14.0, 2 * self.place[2])
        return np.where((down & ~far)[..., None], np.clip(ground, 0, 255), _WALL).astype(np.uint8)


def _skinned(figure: mannequin.Mannequin, one: Posed, frame: int, size: float) -> tuple[Array, Array]:
    """Vertices and unit normals (V, 3) of a figure of this size."""
    heads = figure.heads * size
    moves = one.places[frame] - np.einsum("bij,bj->bi", one.turns[frame], heads)
    vertices, normals = np.zeros_like(figure.vertices), np.zeros_like(figure.vertices)
    rest = vertex_normals(figure.vertices, figure.faces)
    for corner in range(figure.skin_joints.shape[1]):
        bone, weight = figure.skin_joints[:, corner], figure.skin_weights[:, corner, None]
        turn = one.turns[frame][bone]
        vertices += weight * (np.einsum("vij,vj->vi", turn, figure.vertices * size) + moves[bone])
        normals += weight * np.einsum("vij,vj->vi", turn, rest)
    return vertices, normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)


def _draw(
    picture: NDArray[np.uint8],
    meshes: Sequence[tuple[Array, Array]],
    faces: NDArray[np.int64],
    colours: Array,
    camera: _Camera,
) -> None:
    """All figures into the picture, with a soft shadow of each one on the floor."""
    wide, high = camera.size
    count = len(meshes[0][0])
    every = np.concatenate([faces + number * count for number in range(len(meshes))])
    vertices = np.concatenate([mesh[0] for mesh in meshes])
    shadow = vertices * [1.0, 0.0, 1.0] + vertices[:, 1:2] * [0.25, 0.0, -0.2]
    both = np.concatenate((every, every[:, ::-1]))
    flat = rasterise(camera.project(shadow).astype(np.float32), both, wide, high)
    pixels = picture.reshape(-1, 3)
    pixels[flat.pixels] = (pixels[flat.pixels] * 0.72).astype(np.uint8)
    seen = rasterise(camera.project(vertices).astype(np.float32), every, wide, high)
    corners, weights = every[seen.triangles], seen.weights[..., None]
    normals = (np.concatenate([mesh[1] for mesh in meshes])[corners] * weights).sum(1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    light = np.array([0.45, 0.75, 0.5]) / np.linalg.norm([0.45, 0.75, 0.5])
    bright = 0.5 + 0.55 * np.clip(normals @ light, 0, 1)
    pixels[seen.pixels] = np.clip((colours[corners] * weights).sum(1) * bright[:, None], 0, 255).astype(np.uint8)


def _colours(figure: mannequin.Mannequin, actor: Actor) -> Array:
    """Return (V, 3) by the bone that carries a vertex most: shirt, trousers, shoes, skin; hair, eyes and a mouth on the head."""
    names = figure.skeleton.names
    carrier = carriers(figure)
    colours = np.empty((len(figure.vertices), 3))
    for bone, name in enumerate(names):
        colour = _SKIN
        if name == "Hips" or name.endswith("UpLeg"):
            colour = actor.trousers
        elif name.startswith("Spine") or (name.endswith(("Shoulder", "Arm")) and "Fore" not in name):
            colour = actor.shirt
        elif "Foot" in name or "Toe" in name:
            colour = _SHOES
        colours[carrier == bone] = colour
    head = carrier == names.index("Head")
    x, y, z = (figure.vertices - figure.heads[names.index("Head")]).T
    top = y[head].max()
    front = z[head].max()
    colours[head & ((y > 0.72 * top) | ((z < 0.2 * front) & (y > 0.2 * top)))] = (45, 30, 22)
    colours[head & (z > 0.6 * front) & (np.abs(y - 0.5 * top) < 0.05 * top) & (np.abs(np.abs(x) - 0.033) < 0.018)] = 28
    colours[head & (z > 0.6 * front) & (np.abs(y - 0.16 * top) < 0.035 * top) & (np.abs(x) < 0.027)] = (150, 70, 70)
    return colours
