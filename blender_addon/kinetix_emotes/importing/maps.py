# SPDX-License-Identifier: GPL-3.0-or-later
"""Remember the automatic mapping of the last skeletons: reading a body off its shape costs more than the import itself."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap

_KEPT = 32
_SAME = 0.005  # of the body's size
_known: OrderedDict[bytes, BoneMap] = OrderedDict()
_bodies: OrderedDict[bytes, tuple[NDArray[np.float64], BoneMap]] = OrderedDict()


def map_of(skeleton: Skeleton) -> BoneMap:
    """`map_bones`, once for each body: a clip's skeleton and the same body as a rig, with other axes and units, share theirs."""
    digest = hashlib.sha256("\n".join(skeleton.names).encode("utf-8"))
    digest.update(skeleton.parents.astype(np.int64).tobytes())
    tree = digest.digest()
    for values in (skeleton.rest_rotations, skeleton.rest_translations):
        digest.update(values.tobytes())
    key = digest.digest()
    if key not in _known:
        _keep(_known, key, _of_body(skeleton, tree))
    _known.move_to_end(key)
    return _known[key]


def _of_body(skeleton: Skeleton, tree: bytes) -> BoneMap:
    form = _form(skeleton)
    if tree in _bodies and np.abs(_bodies[tree][0] - form).max(initial=0.0) < _SAME:
        return _bodies[tree][1]
    found = map_bones(skeleton)
    _keep(_bodies, tree, (form, found))
    return found


def _form(skeleton: Skeleton) -> NDArray[np.float64]:
    """Numbers that stay when the resting body is moved, turned or scaled, and change when it is mirrored or otherwise built."""
    count = len(skeleton)
    rotations, places = np.empty((count, 4)), np.empty((count, 3))
    for bone, parent in enumerate(skeleton.parents):
        if parent < 0:
            rotations[bone], places[bone] = skeleton.rest_rotations[bone], skeleton.rest_translations[bone]
        else:
            rotations[bone] = quat.multiply(rotations[parent], skeleton.rest_rotations[bone])
            places[bone] = places[parent] + quat.rotate(rotations[parent], skeleton.rest_translations[bone])
    places -= places.mean(axis=0)
    away = np.linalg.norm(places, axis=1)
    size = max(float(away.max(initial=0.0)), 1e-9)
    places /= size
    turned = np.einsum("bi,bi->b", np.cross(places, np.roll(places, 1, axis=0)), np.roll(places, 2, axis=0))
    return np.concatenate((away / size, turned))


def _keep(known: OrderedDict[bytes, Any], key: bytes, value: Any) -> None:
    known[key] = value
    if len(known) > _KEPT:
        known.popitem(last=False)
