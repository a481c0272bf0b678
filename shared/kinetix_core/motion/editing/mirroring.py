"""Left for right: the same skeleton performs the mirror image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile, symmetry
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.mapping.bone_names import cleaned
from kinetix_core.motion.motion import Motion
from kinetix_core.values.face_shapes import FACE_SHAPES, mirrored_shape

Array = NDArray[np.float64]
_OTHER_SIDE = [FACE_SHAPES.index(mirrored_shape(shape)) for shape in FACE_SHAPES]


def mirror(motion: Motion, bones: BoneMap | None = None) -> Motion:
    """The mirror image across the plane between the figure's left and right at rest.

    Each bone takes its partner's rotation from rest, so an asymmetric rest pose stays as it is.
    """
    bones = bones or map_bones(motion.skeleton)
    body = body_frames.measure(motion.skeleton, bones)
    normal = body.axes[:, 0]
    partner = partners(motion, bones)
    world, _ = kinematics.forward(motion)
    away = quat.multiply(world, quat.conjugate(body.rotations))[:, partner]
    axis = 2 * (away[..., :3] @ normal)[..., None] * normal - away[..., :3]
    mirrored = quat.multiply(np.concatenate((axis, away[..., 3:]), -1), body.rotations)
    rotations = kinematics.local_rotations(motion.skeleton.parents, mirrored)
    return motion.with_(
        rotations=rotations,
        root_positions=_reflected(motion, 0, normal, motion.root_positions),
        translations={bone: _reflected(motion, bone, normal, path) for bone, path in motion.translations.items()},
        face=None if motion.face is None else motion.face[:, _OTHER_SIDE],
        extras=_extras(motion),
    )


def partners(motion: Motion, bones: BoneMap) -> NDArray[np.int64]:
    """Return (J,) for each bone the one on the other side; centre bones their own."""
    skeleton = motion.skeleton
    out = np.arange(len(skeleton))
    shape = symmetry.shape_of(skeleton, cleaned(skeleton.names), np.array([0.0, 1, 0]))
    pairs = list(shape.pairs.items()) if shape else []
    pairs += [
        (one.index, bones.bones[humanoid_profile.mirrored(bone)].index)
        for bone, one in bones.bones.items()
        if humanoid_profile.mirrored(bone) in bones and bone.startswith("Left")
    ]
    for left, right in pairs:
        out[left], out[right] = right, left
    own = np.arange(len(out))
    return np.where(out[out] == own, out, own)


def _reflected(motion: Motion, bone: int, normal: Array, path: Array) -> Array:
    """A path away from rest, mirrored; in a parent's frame when the bone has a parent."""
    rest = motion.skeleton.rest_translations[bone]
    parent = int(motion.skeleton.parents[bone])
    if parent >= 0:
        turned, _ = kinematics.rest_pose(motion.skeleton)
        normal = quat.rotate(quat.conjugate(turned[parent]), normal)
    away = path - rest
    return np.asarray(rest + away - 2 * np.outer(away @ normal, normal))


def _extras(motion: Motion) -> dict[str, object]:
    """Contacts change sides: left foot, right foot, left hand, right hand."""
    extras = dict(motion.extras)
    contacts = extras.get("contacts")
    if isinstance(contacts, list) and contacts and all(isinstance(row, list) and len(row) % 2 == 0 for row in contacts):
        extras["contacts"] = [[row[k ^ 1] for k in range(len(row))] for row in contacts]
    return extras
