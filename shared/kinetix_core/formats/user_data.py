"""`userData.json`: which bone of an avatar stands for which Kinetix bone, and the avatar's rest pose, as the SDKs read it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import names, source
from kinetix_core.io import untrusted_json
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.humanoid_profile import unity_name
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import UnreadableFile

_MAX_BYTES = 1 << 20
_PREFIX = "Kinetix_"
_FINGER = re.compile(r"Hand(Thumb|Index|Middle|Ring|Pinky)([123])")
KINETIX = {
    _FINGER.sub(lambda found: f"{found[1]}{int(found[2]) - 1}", own): bone for own, bone in names.HUMANOID.items()
}
"""Kinetix bone (without its prefix) → humanoid bone (Godot's names). `Spine3` has no counterpart."""


def write(skeleton: Skeleton, bones: Mapping[str, str], name: str = "avatar") -> str:
    """The file for an avatar.

    Args:
        bones: humanoid bone → name of the avatar's bone.

    The rest pose has one entry per bone: radians about x, then y, then z (as in three.js), and the roots' positions.
    """
    angles = _xyz(skeleton.rest_rotations)
    pose: list[dict[str, Any]] = []
    for bone, turn in enumerate(angles):
        entry: dict[str, Any] = {"rotation": _axes(turn)}
        if skeleton.parents[bone] < 0:
            entry["position"] = _axes(skeleton.rest_translations[bone])
        pose.append(entry)
    data = {
        "name": name,
        "bone_mapping": {_PREFIX + own: bones[other] for own, other in KINETIX.items() if other in bones},
        "mapping": {unity_name(humanoid): bone for humanoid, bone in bones.items()},
        "default_t_pose": pose,
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read(data: source.Source) -> dict[str, str]:
    """Humanoid bone → name of the avatar's bone, from this file or from the flat form `{"Kinetix_Hips": "pelvis", …}`.

    Raises:
        FormatError: not such a file.
    """
    view = source.load(data, "userData.json")
    pairs = source.members(untrusted_json.parse(view, "The userData.json", max_bytes=_MAX_BYTES), "The userData.json")
    pairs = source.members(pairs.get("bone_mapping", pairs), "The bone_mapping of userData.json")
    found = {
        KINETIX[own.removeprefix(_PREFIX)]: bone
        for own, bone in pairs.items()
        if own.startswith(_PREFIX) and own.removeprefix(_PREFIX) in KINETIX and isinstance(bone, str) and bone
    }
    if not found:
        raise UnreadableFile("The userData.json maps no bone")
    return found


def _axes(values: NDArray[np.float64]) -> dict[str, float]:
    return {axis: round(float(value), 7) + 0.0 for axis, value in zip("xyz", values, strict=True)}


def _xyz(rotations: NDArray[np.float64]) -> NDArray[np.float64]:
    """(J, 4) → (J, 3) radians about x, then the turned y, then the turned z."""
    m = quat.to_matrix(rotations)
    level = np.hypot(m[..., 0, 0], m[..., 0, 1])
    locked = level < 1e-9
    x = np.where(locked, np.arctan2(m[..., 2, 1], m[..., 1, 1]), np.arctan2(-m[..., 1, 2], m[..., 2, 2]))
    z = np.where(locked, 0.0, np.arctan2(-m[..., 0, 1], m[..., 0, 0]))
    return np.stack([x, np.arctan2(m[..., 0, 2], level), z], -1)
