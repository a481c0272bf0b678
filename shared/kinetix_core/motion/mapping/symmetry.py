"""A rig's own directions and which bone mirrors which: read from the shape alone, with the names' sides where there are any."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import kinematics
from kinetix_core.motion.mapping.bone_names import canonical, side_of, words
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
_SAME_NAME = 0.02
"""Share of the height: of several bones at one place the one with the same name is the mirror image."""
_MOST_SIBLINGS = 40
"""Of one bone's children, so that a hostile file with thousands of them takes no minutes."""


@dataclass(frozen=True)
class Shape:
    """A skeleton at rest, seen along its own directions.

    Attributes:
        skeleton: of J bones.
        names: J names without prefixes.
        sides: J of `Left`, `Right` or nothing, as the names say.
        at: (J, 3) metres to the left, up, to the front of the middle plane.
        tall: extent along up.
        pairs: bone on the left → its mirror bone on the right.
        named_sides: the left is the names' left; else the figure is taken to face +z.
        children: J lists.
        depth: (J,) bones above.
        weight: (J,) bones in the subtree.
        top: (J,) height of the highest bone in the subtree.
    """

    skeleton: Skeleton
    names: list[str]
    sides: list[str]
    at: Array
    tall: float
    pairs: dict[int, int]
    named_sides: bool
    children: list[list[int]]
    depth: NDArray[np.int64]
    weight: NDArray[np.int64]
    top: Array

    def meeting(self, *bones: int) -> int:
        """The nearest bone above all of these (or one of them); -1 when they hang from different roots."""
        shared = set(self.skeleton.up_to_root(bones[0]))
        for bone in bones[1:]:
            shared &= set(self.skeleton.up_to_root(bone))
        return max(shared, key=lambda bone: int(self.depth[bone]), default=-1)

    def path(self, top: int, bottom: int) -> list[int]:
        """From below `top` down to `bottom`."""
        above = self.skeleton.up_to_root(bottom)
        return above[: above.index(top)][::-1] if top in above else above[::-1]

    def facing_back(self) -> Shape:
        """The same shape taken to face the other way: left is right."""
        pairs = {right: left for left, right in self.pairs.items()}
        return replace(self, at=self.at * np.array([-1.0, 1, -1]), pairs=pairs)

    def middle(self, bone: int) -> bool:
        return bool(abs(self.at[bone, 0]) < 0.01 * self.tall)


def shape_of(skeleton: Skeleton, names: list[str], up: Array) -> Shape | None:
    """Return None when nothing in the rig is mirrored."""
    _, positions = kinematics.rest_pose(skeleton)
    count = len(skeleton)
    children: list[list[int]] = [[] for _ in range(count)]
    depth, weight = np.zeros(count, np.int64), np.ones(count, np.int64)
    for bone, parent in enumerate(skeleton.parents):
        if parent >= 0:
            children[parent].append(bone)
            depth[bone] = depth[parent] + 1
    for bone in range(count - 1, -1, -1):
        if skeleton.parents[bone] >= 0:
            weight[skeleton.parents[bone]] += weight[bone]
    tall = float(np.ptp(positions @ up))
    sides = [side_of(name) for name in names]
    if tall < 1e-6:
        return None
    named = _named_pairs(names, sides)
    named = [(a, b) for a, b in named if np.linalg.norm(positions[a] - positions[b]) > 0.01 * tall]
    trusted = len(named) >= 4
    alike = named if trusted else _alike_siblings(positions, children, weight, up, tall)
    heavy = np.array([float(min(weight[a], weight[b])) for a, b in alike])
    axis = _axis(positions, alike, heavy, up, trusted)
    if axis is None:
        return None
    left, middle = axis
    front = np.cross(left, up)
    origin = np.array([middle, 0.0, 0.0])
    at = positions @ np.stack((left, up, front), axis=1) - origin
    pairs = _mirrors(at, sides if trusted else [""] * count, dict(named) if trusted else {}, depth, weight, tall)
    top = at[:, 1].copy()
    for bone in range(count - 1, -1, -1):
        if skeleton.parents[bone] >= 0:
            top[skeleton.parents[bone]] = max(top[skeleton.parents[bone]], top[bone])
    return Shape(skeleton, names, sides, at, tall, pairs, trusted, children, depth, weight, top)


def _named_pairs(names: list[str], sides: list[str]) -> list[tuple[int, int]]:
    """Left and right bones whose names differ in the side only."""

    def bare(name: str) -> tuple[str, ...]:
        return tuple(word for word in words(name) if word not in ("left", "right", "l", "r", "左", "右"))

    right = {bare(name): bone for bone, name in enumerate(names) if sides[bone] == "Right"}
    found = [(bone, right.get(bare(name), -1)) for bone, name in enumerate(names) if sides[bone] == "Left"]
    joined = {canonical(name).replace("right", "*"): bone for bone, name in enumerate(names) if sides[bone] == "Right"}
    found = [(a, b if b >= 0 else joined.get(canonical(names[a]).replace("left", "*"), -1)) for a, b in found]
    return [(a, b) for a, b in found if b >= 0]


def _alike_siblings(
    positions: Array, children: list[list[int]], weight: NDArray[np.int64], up: Array, tall: float
) -> list[tuple[int, int]]:
    """Children of one bone at the same height with equally large subtrees."""
    found = []
    for parent, below in enumerate(children):
        below = sorted(below, key=lambda bone: -int(weight[bone]))[:_MOST_SIBLINGS]
        for k, a in enumerate(below):
            for b in below[k + 1 :]:
                reach = np.linalg.norm(positions[[a, b]] - positions[parent], axis=1)
                apart = positions[a] - positions[b]
                level = abs(apart @ up) < 0.02 * tall
                if (
                    level
                    and abs(reach[0] - reach[1]) < 0.02 * tall
                    and weight[a] == weight[b]
                    and np.linalg.norm(apart) > 0.02 * tall
                ):
                    found.append((a, b))
    return found


def _axis(
    positions: Array, pairs: list[tuple[int, int]], heavy: Array, up: Array, signed: bool
) -> tuple[Array, float] | None:
    """The direction to the left and where along it the middle plane is. `heavy` (P,): limbs count more than fingers."""
    if not pairs:
        return None
    apart = np.array([positions[a] - positions[b] for a, b in pairs])
    apart -= np.outer(apart @ up, up)
    if signed:
        left = apart.sum(axis=0)
    else:
        left = np.linalg.eigh(apart.T @ (heavy[:, None] * apart))[1][:, -1]
        left = left * (1.0 if left[np.argmax(np.abs(left))] > 0 else -1.0)
        # A figure faces +z unless its toes say otherwise.
        if left @ np.cross(up, np.array([0.0, 0, 1]) if abs(up[2]) < 0.9 else np.array([0.0, -1, 0])) < 0:
            left = -left
    length = float(np.linalg.norm(left))
    if length < 1e-9:
        return None
    left = left / length
    near = int(np.argmax(np.abs(left)))
    if abs(left[near]) > np.cos(np.radians(1.5)):
        left = np.eye(3)[near] * np.sign(left[near])
    middles = np.array([(positions[a] + positions[b]) @ left / 2 for a, b in pairs])
    order = np.argsort(middles)
    counts = np.cumsum((heavy * np.linalg.norm(apart, axis=1))[order])
    return left, float(middles[order][np.searchsorted(counts, counts[-1] / 2)])


def _mirrors(
    at: Array, sides: list[str], named: dict[int, int], depth: NDArray[np.int64], weight: NDArray[np.int64], tall: float
) -> dict[int, int]:
    """Bones that are each other's nearest mirror image. Those that their names pair (`named`) count as a little nearer."""
    left = np.flatnonzero(at[:, 0] > 0.004 * tall)
    right = np.flatnonzero(at[:, 0] < -0.004 * tall)
    if not len(left) or not len(right):
        return {}
    to_right, nearest = np.empty(len(left), np.int64), np.empty(len(left))
    to_left, best = np.zeros(len(right), np.int64), np.full(len(right), np.inf)
    bad_left = np.array([sides[a] == "Right" for a in left])
    bad_right = np.array([sides[b] == "Left" for b in right])
    for start in range(0, len(left), 256):  # in parts: thousands of bones must not take hundreds of megabytes
        part = left[start : start + 256]
        far = np.linalg.norm((at[part] * np.array([-1.0, 1, 1]))[:, None] - at[right][None], axis=-1) / tall
        far += 0.01 * np.abs(depth[part][:, None] - depth[right][None])
        far += 0.01 * np.abs(np.log(weight[part][:, None] / weight[right][None]))
        called = np.array([named.get(int(bone), -1) for bone in part])
        far -= _SAME_NAME * (called[:, None] == right[None])
        far[bad_left[start : start + 256][:, None] | bad_right[None]] = 9.0
        to_right[start : start + 256], nearest[start : start + 256] = far.argmin(1), far.min(1)
        closer = far.min(0) < best
        to_left[closer], best[closer] = start + far.argmin(0)[closer], far.min(0)[closer]
    return {int(left[a]): int(right[b]) for a, b in enumerate(to_right) if to_left[b] == a and nearest[a] < 0.06}
