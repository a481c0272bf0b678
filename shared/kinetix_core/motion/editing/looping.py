"""Makes a clip repeat without a jump: finds where it comes back to an earlier pose, then closes what is left of the gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import placing, timing
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion

Array = NDArray[np.float64]
_SHORT_S, _TIMES_AS_GOOD = 1.0, 2.0
"""What repeats more often than this looks restless. It is taken where it is a cycle, as of a run, whose seam is so much better."""
_ROWS = 256
"""Frames compared with all others at a time: the whole square of a long clip would not fit into memory."""


@dataclass(frozen=True)
class Seam:
    """Frames `start` and `end` show nearly the same pose, moving alike; `gap_m` is the mean distance of the joints."""

    start: int
    end: int
    gap_m: float


def loop(
    motion: Motion,
    bones: BoneMap | None = None,
    *,
    seam: Seam | None = None,
    shortest: float = 0.5,
    blend_s: float = 0.3,
    travel: bool = False,
) -> Motion:
    """The best repeating part, closed.

    Args:
        seam: where it repeats, when that is known; else it is found.
        shortest: the part of the clip that it must keep.
        travel: lets it come out elsewhere.
    """
    bones = bones or map_bones(motion.skeleton)
    seam = seam or find_seam(motion, bones, shortest=shortest)
    return close(timing.pick(motion, np.arange(seam.start, seam.end + 1)), bones, blend_s=blend_s, travel=travel)


def find_seam(motion: Motion, bones: BoneMap | None = None, *, shortest: float = 0.5) -> Seam:
    """The pair of frames that are most alike in pose and movement, seen from the figure itself."""
    bones = bones or map_bones(motion.skeleton)
    count = len(motion)
    least = max(2, int(np.ceil(shortest * (count - 1))))
    if count <= least:
        return Seam(0, count - 1, 0.0)
    places, rates = from_the_figure(motion, bones)
    features = np.concatenate((places, 0.15 * rates), axis=1)
    best, start, end = np.inf, 0, count - 1
    for first in range(0, count - least, _ROWS):
        rows = np.arange(first, min(first + _ROWS, count - least))
        others = np.arange(first + least, count)
        distance = _distances(features[rows], features[others]) / np.sqrt(places.shape[1] / 3)
        apart = others[None] - rows[:, None]
        # A little longer is better where poses are as good as the same.
        distance *= 1 + 0.1 * (1 - apart / count)
        distance[apart < _SHORT_S * motion.fps] *= _TIMES_AS_GOOD
        distance[apart < least] = np.inf
        row, other = np.unravel_index(np.argmin(distance), distance.shape)
        if distance[row, other] < best:
            best, start, end = float(distance[row, other]), int(rows[row]), int(others[other])
    gap = np.linalg.norm((places[start] - places[end]).reshape(-1, 3), axis=1).mean()
    return Seam(start, end, float(gap))


def _distances(a: Array, b: Array) -> Array:
    """Euclidean (A, B) between rows (A, K) and (B, K)."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def close(motion: Motion, bones: BoneMap | None = None, *, blend_s: float = 0.3, travel: bool = False) -> Motion:
    """Bend the ends towards each other until the last frame is the first one, with the same speed.

    With `travel` the hips may end elsewhere on the floor; height and pose still close.
    """
    count = len(motion)
    if count < 3:
        return motion
    width = int(np.clip(round(blend_s * motion.fps), 1, (count - 1) // 2))
    fall = np.zeros(count)
    x = np.linspace(1, 0, width + 1)
    fall[: width + 1] = 0.5 * x * x * (3 - 2 * x)
    late = fall[::-1]
    rotations = quat.continuous(motion.rotations)
    gap = quat.log(quat.multiply(quat.conjugate(rotations[0]), rotations[-1]))  # at the start, towards the end
    back = quat.log(quat.multiply(quat.conjugate(rotations[-1]), rotations[0]))
    turned = quat.multiply(rotations, quat.exp(fall[:, None, None] * gap + late[:, None, None] * back))
    turned[-1] = turned[0]
    lead = _lead(count, width)
    first_turn = quat.log(quat.multiply(quat.conjugate(turned[0]), turned[1]))
    last_turn = quat.log(quat.multiply(quat.conjugate(turned[-2]), turned[-1]))
    turned = quat.multiply(turned, quat.exp(lead[:, None, None] * (last_turn - first_turn)))

    through_the_room = {0, *placing.carriers(motion.skeleton, motion.translations)}

    def closed(bone: int, path: Array) -> Array:
        miss = path[-1] - path[0]
        if travel and bone in through_the_room:
            up = placing.up_of(motion.skeleton, bone)
            miss = up * (miss @ up)
        path = path + fall[:, None] * miss - late[:, None] * miss
        faster = (path[-1] - path[-2]) - (path[1] - path[0])
        return np.asarray(path + lead[:, None] * faster)

    first = closed(0, motion.root_positions)
    paths = {bone: closed(bone, path) for bone, path in motion.translations.items()}
    return motion.with_(
        rotations=quat.normalize(turned),
        root_positions=first,
        translations=paths,
        face=None if motion.face is None else _met(motion.face, fall),
        extras={**motion.extras, "loop": True},
    )


def _met(face: Array, fall: Array) -> Array:
    """Weights (F, 52) of which the ends meet in their mean; `fall` (F,) is how much of the way each frame goes."""
    miss = face[-1] - face[0]
    return np.asarray(np.clip(face + (fall - fall[::-1])[:, None] * miss, 0.0, 1.0))


def around(motion: Motion, change: Callable[[Motion], Motion]) -> Motion:
    """A change that looks at what comes before and after, made to a loop: to the middle one of three in a row, so that it closes.

    Args:
        change: keeps the number of frames.
    """
    count = len(motion)
    changed = change(repeat(motion, np.arange(1 - count, 2 * count - 1)))
    own = timing.pick(changed, np.arange(count - 1, 2 * count - 1))
    return own.with_(extras={**own.extras, "loop": True})


def repeat(motion: Motion, frames: NDArray[np.int64]) -> Motion:
    """Frames (N,) of a loop that goes on before its first one and after its last one; where it travels, it goes on from there."""
    turns, own = np.divmod(frames, max(len(motion) - 1, 1))

    def onwards(path: Array) -> Array:
        return np.asarray(path[own] + turns[:, None] * (path[-1] - path[0]))

    return timing.pick(motion, own).with_(
        root_positions=onwards(motion.root_positions),
        translations={bone: onwards(path) for bone, path in motion.translations.items()},
    )


def _lead(count: int, width: int) -> Array:
    """(F,) how much of the difference of speed, in steps, to add near both ends so that either has the mean of both speeds."""
    out = np.zeros(count)
    if width > 1:
        x = np.arange(width + 1) / width
        hump = x * (1 - x) ** 2
        out[: width + 1] = hump / (2 * hump[1])
    return out + out[::-1]


def from_the_figure(motion: Motion, bones: BoneMap) -> tuple[Array, Array]:
    """Main joints as seen from the hips' spot and front (F, 3K), and their speed in metres a second."""
    chosen = [bones.index(bone) for bone in (*humanoid_profile.MAIN, "LeftToes", "RightToes") if bone in bones]
    positions = kinematics.forward(motion)[1]
    body = body_frames.measure(motion.skeleton, bones)
    hips = positions[:, bones.index("Hips")] * np.array([1.0, 0, 1])
    back = quat.from_axis_angle(np.broadcast_to(placing.UP, hips.shape), -placing.facing(motion, bones))
    seen = quat.rotate(back[:, None], positions[:, chosen] - hips[:, None]) / max(body.leg, 1e-9) * 0.9
    return seen.reshape(len(motion), -1), np.gradient(seen, 1 / motion.fps, axis=0).reshape(len(motion), -1)
