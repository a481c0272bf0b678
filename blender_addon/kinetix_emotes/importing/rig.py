# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an armature as a skeleton of the core: y up, metres, facing +z, however the rig itself is built."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

import numpy as np
from bpy.types import Scene
from numpy.typing import NDArray

from kinetix_core.motion import Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap, MappedBone
from kinetix_core.motion.mapping.humanoid_profile import MAIN
from kinetix_core.values.errors import InputError

_KEPT = 32
_known: OrderedDict[tuple[object, ...], BoneMap] = OrderedDict()


def map_of(skeleton: Skeleton) -> BoneMap:
    """Return `map_bones`, which is called once per skeleton."""
    arrays = (skeleton.parents, skeleton.rest_rotations, skeleton.rest_translations)
    key = (skeleton.names, *(array.tobytes() for array in arrays))
    if key not in _known:
        _known[key] = map_bones(skeleton)
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    return _known[key]


Array = NDArray[np.float64]

# From Blender's axes (z up, front is -y) to the core's (y up, front is +z).
_Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
_AXIS_ALIGNED = [
    matrix
    for order in permutations(range(3))
    for signs in product((1.0, -1.0), repeat=3)
    if np.linalg.det(matrix := np.eye(3)[list(order)] * np.array(signs)[:, None]) > 0
]
# A rest pose that leans less than this is taken as standing on its axes.
_SNAP_COSINE_SUM = 1 + 2 * np.cos(np.radians(25))


@dataclass(frozen=True)
class Rig:
    """J bones of an armature.

    Attributes:
        skeleton: in the core's frame, metres.
        world: (J, 4) rest rotations of the bones in armature space, xyzw.
        heads: (J, 3) rest positions in armature space, the armature's own units.
        align: (4,) rotation from armature space to the core's frame.
        metres: length of one armature unit in the scene.
        mapping: humanoid bone → bone of this rig.
        inherits: (J,) bool: the bone turns with its parent.
        connected: (J,) bool: the bone cannot be moved away from its parent.
        local_location: (J,) bool: the bone's location channel is in its own axes.
    """

    skeleton: Skeleton
    world: Array
    heads: Array
    align: Array
    metres: float
    mapping: BoneMap
    inherits: NDArray[np.bool_]
    connected: NDArray[np.bool_]
    local_location: NDArray[np.bool_]

    def subtree(self, top: int) -> list[int]:
        """Return the bone and everything below it, parents first."""
        inside = [top]
        for bone, parent in enumerate(self.skeleton.parents):
            if int(parent) in inside:
                inside.append(bone)
        return inside

    def hips_skeleton(self) -> tuple[Skeleton, list[int], BoneMap]:
        """Return the skeleton from the hips down, the rig's bone indices, and the mapping onto it."""
        bones = self.subtree(self.mapping.bones["Hips"].index)
        at = {bone: place for place, bone in enumerate(bones)}
        parents = np.array([at.get(int(self.skeleton.parents[bone]), -1) for bone in bones])
        rotations, translations = self.skeleton.rest_rotations[bones], self.skeleton.rest_translations[bones]
        rotations[0] = quat.multiply(self.align, self.world[bones[0]])
        translations[0] = quat.rotate(self.align, self.heads[bones[0]]) * self.metres
        names = tuple(self.skeleton.names[bone] for bone in bones)
        inner = {
            human: MappedBone(at[bone.index], bone.name, bone.confidence, bone.reason)
            for human, bone in self.mapping.bones.items()
            if bone.index in at
        }
        return Skeleton(names, parents, rotations, translations), bones, BoneMap(bones=inner, unmapped=())

    @property
    def torn(self) -> bool:
        """True when limbs or the trunk hang from elsewhere than the hips: the deform bones of a rig whose constraints are gone."""
        below = set(self.subtree(self.mapping.bones["Hips"].index))
        return any(human in MAIN and bone.index not in below for human, bone in self.mapping.bones.items())


def read_rig(obj: Any, unit_m: float, mapping: BoneMap | None = None) -> Rig:
    """Read the rest pose of an armature object.

    Args:
        unit_m: metres of one Blender unit, see `unit_length`.
        mapping: overrides the automatic one.

    Raises:
        InputError: no bones, or no hips to be found.
    """
    bones = obj.data.bones
    count = len(bones)
    if not count:
        raise InputError("This armature has no bones.", code="noBones", next_step="Select your character's rig.")
    flat = np.empty(count * 16, np.float32)
    bones.foreach_get("matrix_local", flat)
    matrices = flat.reshape(count, 4, 4).transpose(0, 2, 1).astype(np.float64)  # stored by columns
    names = [bone.name for bone in bones]
    place = {name: index for index, name in enumerate(names)}
    parents = np.array([place[bone.parent.name] if bone.parent else -1 for bone in bones])
    order = _parents_first(parents)
    at = {bone: index for index, bone in enumerate(order)}
    parents = np.array([at[int(parents[bone])] if parents[bone] >= 0 else -1 for bone in order])
    world, heads = quat.from_matrix(_orthonormal(matrices[order, :3, :3])), matrices[order, :3, 3]
    names = [names[bone] for bone in order]
    flags = {}
    for flag in ("use_connect", "use_inherit_rotation", "use_local_location"):
        values = np.empty(count, np.bool_)
        bones.foreach_get(flag, values)
        flags[flag] = values[order]
    turn = np.array(obj.matrix_world.to_3x3().normalized())
    size = float(np.cbrt(abs(np.linalg.det(np.array(obj.matrix_world.to_3x3())))))
    if size < 1e-9:
        raise InputError("This armature's scale is zero.", code="scale", next_step="Set the object's scale above zero.")
    metres = size * unit_m
    align = quat.from_matrix(_orthonormal((_Z_UP @ turn)[None]))[0]
    skeleton = _skeleton(names, parents, world, heads, align, metres)
    if mapping is None:
        mapping = map_of(skeleton)
    if "Hips" not in mapping.bones:
        raise InputError(
            "This rig's hips were not detected.",
            code="noHips",
            next_step="Open the bone mapping and choose the hips bone by hand.",
        )
    upright = _upright(mapping, heads)
    if upright is not None:
        align = quat.from_matrix(upright[None])[0]
        skeleton = _skeleton(names, parents, world, heads, align, metres)
    return Rig(
        skeleton,
        world,
        heads,
        align,
        metres,
        mapping,
        flags["use_inherit_rotation"],
        flags["use_connect"] & (parents >= 0),
        flags["use_local_location"],
    )


def unit_length(scene: Scene) -> float:
    """Return metres of one Blender unit in this scene."""
    settings = scene.unit_settings
    return float(settings.scale_length) if settings.system != "NONE" else 1.0


def _parents_first(parents: NDArray[np.int64]) -> list[int]:
    if (parents < np.arange(len(parents))).all():
        return list(range(len(parents)))
    depth = [0] * len(parents)
    for bone in range(len(parents)):
        above = int(parents[bone])
        while above >= 0:
            depth[bone] += 1
            above = int(parents[above])
    return sorted(range(len(parents)), key=lambda bone: depth[bone])


def _orthonormal(matrices: Array) -> Array:
    u, _, v = np.linalg.svd(matrices)
    out: Array = u @ v
    return out


def _skeleton(
    names: list[str], parents: NDArray[np.int64], world: Array, heads: Array, align: Array, metres: float
) -> Skeleton:
    roots = parents < 0
    above = np.where(roots[:, None], quat.conjugate(align), world[parents])
    rotations = quat.normalize(quat.multiply(quat.conjugate(above), world))
    base = np.where(roots[:, None], 0.0, heads[parents])
    translations = quat.rotate(quat.conjugate(above), heads - base) * metres
    return Skeleton(tuple(names), parents, rotations, translations)


def _upright(mapping: BoneMap, heads: Array) -> Array | None:
    """Rotation matrix from armature space to the core's frame, from where hips, head and legs are. None when they are not known."""
    found = mapping.bones
    top = next((found[name].index for name in ("Head", "Neck", "UpperChest", "Chest", "Spine") if name in found), None)
    pair = next(
        (
            (found[f"Left{part}"].index, found[f"Right{part}"].index)
            for part in ("UpperLeg", "UpperArm", "Shoulder")
            if f"Left{part}" in found and f"Right{part}" in found
        ),
        None,
    )
    if top is None or pair is None:
        return None
    up = heads[top] - heads[found["Hips"].index]
    left = heads[pair[0]] - heads[pair[1]]
    if min(np.linalg.norm(up), np.linalg.norm(left)) < 1e-9:
        return None
    up /= np.linalg.norm(up)
    left -= up * (left @ up)
    left /= np.linalg.norm(left)
    exact = np.stack((left, up, np.cross(left, up)))
    nearest = max(_AXIS_ALIGNED, key=lambda axes: float((axes * exact).sum()))
    return nearest if (nearest * exact).sum() > _SNAP_COSINE_SUM else exact
