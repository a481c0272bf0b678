"""Forward kinematics, vectorised over frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

__all__ = ["forward", "local_rotations", "rest_pose"]

Array = NDArray[np.float64]


def forward(motion: Motion) -> tuple[Array, Array]:
    """World pose of every bone: rotations (F, J, 4) xyzw and positions (F, J, 3) metres."""
    return _forward(motion.skeleton, motion.rotations, motion.root_positions)


def rest_pose(skeleton: Skeleton) -> tuple[Array, Array]:
    """World rest pose: rotations (J, 4) xyzw and positions (J, 3) metres."""
    rotations, positions = _forward(skeleton, skeleton.rest_rotations[None], skeleton.rest_translations[None, 0])
    return rotations[0], positions[0]


def local_rotations(parents: NDArray[np.int64], world: Array) -> Array:
    """World rotations (F, J, 4) → rotations in the parent's frame (F, J, 4)."""
    above = np.where((parents >= 0)[:, None], world[:, parents], quat.IDENTITY)
    return quat.normalize(quat.multiply(quat.conjugate(above), world))


def _forward(skeleton: Skeleton, rotations: Array, root_positions: Array) -> tuple[Array, Array]:
    world_rotations = np.empty_like(rotations)
    positions = np.empty((*rotations.shape[:-1], 3))
    for bone, parent in enumerate(skeleton.parents):
        local = root_positions if bone == 0 else skeleton.rest_translations[bone]
        if parent < 0:
            world_rotations[:, bone], positions[:, bone] = rotations[:, bone], local
        else:
            world_rotations[:, bone] = quat.multiply(world_rotations[:, parent], rotations[:, bone])
            positions[:, bone] = positions[:, parent] + quat.rotate(
                world_rotations[:, parent], np.broadcast_to(local, positions[:, bone].shape)
            )
    return world_rotations, positions
