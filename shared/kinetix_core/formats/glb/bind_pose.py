"""Files that were saved in a pose keep their rest pose in the skin. This takes it from there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
_POSED_DEGREES, _POSED_SHARE = 0.5, 0.01
"""A node whose transform differs more than this from the bind pose is posed."""
_SAME_UNIT = (0.5, 2.0)
"""Bind pose and nodes whose bone lengths differ by more are in different units; then the nodes count, as they are what is seen."""
_LARGEST, _FLATTEST = 1e9, 1e-12


def use_bind_pose(
    bones: list[int],
    parents: NDArray[np.int64],
    metres: Array,
    inverse_bind: dict[int, Array],
    world: Array,
    world_rotations: Array,
    node_parents: NDArray[np.int64],
    rotations: Array,
    translations: Array,
) -> bool:
    """Replace `rotations` (J, 4) and `translations` (J, 3) in place, and return True, if the file was saved in a pose.

    Args:
        bones: (J,) node of each bone.
        parents: (J,) parent bone.
        metres: (J,) metres for one unit of a bone's local translation.
        inverse_bind: node → (4, 4) from the mesh to the joint in the bind pose.
        world, world_rotations, node_parents: of all nodes, as stored.

    `inverse_bind[parent] @ inv(inverse_bind[child])` does not depend on the mesh's place. A root has no parent: its bind pose is
    known up to the mesh's rotation.
    """
    usable = {node for node in bones if node in inverse_bind and _sane(inverse_bind[node])}
    pairs = [
        bone for bone, up in enumerate(parents.tolist()) if up >= 0 and bones[bone] in usable and bones[up] in usable
    ]
    if not pairs:
        return False
    own = np.array([inverse_bind[bones[bone]] for bone in pairs])
    up = np.array([inverse_bind[bones[parents[bone]]] for bone in pairs])
    local = up @ np.linalg.inv(own)
    turned = _rotation(local)
    moved = local[:, :3, 3] * metres[pairs, None]
    angle = _angle_deg(turned, rotations[pairs])
    length = np.linalg.norm(translations[pairs], axis=1)
    far = np.linalg.norm(moved - translations[pairs], axis=1)
    size = float(length.max())
    if size < 1e-9 or not (angle.max() > _POSED_DEGREES or far.max() > _POSED_SHARE * size):
        return False
    rotations[pairs] = turned
    long = length > _POSED_SHARE * size
    ratio = float(np.median(np.linalg.norm(moved[long], axis=1) / length[long]))
    if not _SAME_UNIT[0] < ratio < _SAME_UNIT[1]:
        return True
    translations[pairs] = moved
    for bone in np.flatnonzero(parents < 0).tolist():
        if bones[bone] in usable:
            above = int(node_parents[bones[bone]])
            turn = world_rotations[above] if above >= 0 else quat.IDENTITY
            rotations[bone], translations[bone] = _root(
                inverse_bind[bones[bone]], world[bones[bone]], turn, rotations[bone]
            )
    return True


def _root(inverse: Array, world: Array, above: Array, posed: Array) -> tuple[Array, Array]:
    """Rest rotation and place of a root bone in the world.

    Exporters bind the mesh in the world or in the armature's frame, mostly a quarter turn apart; the one nearer to the pose is used.
    """
    bind = np.asarray(np.linalg.inv(inverse), np.float64)
    own = _rotation(bind[None])[0]
    unit = np.cbrt(abs(np.linalg.det(world[:3, :3])) / abs(np.linalg.det(bind[:3, :3])))
    found = [(quat.multiply(turn, own), quat.rotate(turn, bind[:3, 3] * unit)) for turn in (quat.IDENTITY, above)]
    return min(found, key=lambda pair: float(_angle_deg(pair[0], posed)))


def _sane(matrix: Array) -> bool:
    return bool(np.abs(matrix).max() < _LARGEST and abs(np.linalg.det(matrix[:3, :3])) > _FLATTEST)


def _rotation(matrices: Array) -> Array:
    """(M, 4, 4) → (M, 4): the rotation in a matrix with scale, which may mirror."""
    lengths = np.linalg.norm(matrices[:, :3, :3], axis=1, keepdims=True)
    lengths = lengths * np.where(np.linalg.det(matrices[:, :3, :3]) < 0, -1.0, 1.0)[:, None, None]
    return quat.from_matrix(matrices[:, :3, :3] / np.where(np.abs(lengths) > 1e-12, lengths, 1e-12))


def _angle_deg(a: Array, b: Array) -> Array:
    return np.asarray(2 * np.degrees(np.arccos(np.clip(np.abs((a * b).sum(-1)), 0, 1))))
