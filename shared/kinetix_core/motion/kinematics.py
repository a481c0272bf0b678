"""Forward kinematics, vectorised over frames and over all bones of one depth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
_BLOCK = 24_000
"""Frames × bones at a time."""


def forward(motion: Motion) -> tuple[Array, Array]:
    """World pose of every bone: rotations (F, J, 4) xyzw and positions (F, J, 3) metres."""
    skeleton = motion.skeleton
    world, positions = np.empty_like(motion.rotations, float), np.empty((*motion.rotations.shape[:-1], 3))
    for part in blocks(len(motion), len(skeleton)):
        world[part] = world_rotations(skeleton.parents, motion.rotations[part])
        local = np.broadcast_to(skeleton.rest_translations, positions[part].shape).copy()
        local[:, 0] = motion.root_positions[part]
        for bone, path in motion.translations.items():
            local[:, bone] = path[part]
        positions[part] = _positions(skeleton.parents, world[part], local)
    return world, positions


def blocks(frames: int, bones: int) -> list[slice]:
    """Parts of a clip whose arrays stay in the processor's cache, so that cost grows no faster than the clip."""
    step = max(1, _BLOCK // max(bones, 1))
    return [slice(start, min(start + step, frames)) for start in range(0, frames, step)]


def rest_pose(skeleton: Skeleton) -> tuple[Array, Array]:
    """World rest pose: rotations (J, 4) xyzw and positions (J, 3) metres."""
    world = world_rotations(skeleton.parents, skeleton.rest_rotations[None])
    return world[0], _positions(skeleton.parents, world, skeleton.rest_translations[None])[0]


def local_rotations(parents: Indices, world: Array) -> Array:
    """World rotations (F, J, 4) → rotations in the parent's frame (F, J, 4)."""
    above = np.where((parents >= 0)[:, None], world[:, parents], quat.IDENTITY)
    return quat.normalize(quat.multiply(quat.conjugate(above), world))


def world_rotations(parents: Indices, local: Array) -> Array:
    """Rotations in the parent's frame (F, J, 4) → world rotations (F, J, 4)."""
    world = np.array(local, float)
    for bones in depths(parents)[1:]:
        world[:, bones] = quat.multiply(world[:, parents[bones]], local[:, bones])
    return world


def depths(parents: Indices) -> list[Indices]:
    """The bones of each depth, roots first."""
    depth: list[int] = []
    levels: list[list[int]] = []
    for bone, parent in enumerate(parents.tolist()):
        depth.append(depth[parent] + 1 if parent >= 0 else 0)
        if depth[bone] == len(levels):
            levels.append([])
        levels[depth[bone]].append(bone)
    return [np.array(level, np.int64) for level in levels]


def _positions(parents: Indices, world: Array, local: Array) -> Array:
    """Add up the bones' offsets, each turned by its parent, from the roots down."""
    above = np.maximum(parents, 0)
    positions = np.where((parents >= 0)[:, None], quat.rotate(world[:, above], local), local)
    for bones in depths(parents)[1:]:
        positions[:, bones] += positions[:, parents[bones]]
    return positions
