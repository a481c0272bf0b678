# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone mapping of each armature: found automatically, changed by hand, kept as files in the user's own folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.types import Object

from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.bone_map import BoneMap, hips_fault
from kinetix_core.values.errors import KinetixError

from .rig import read_rig
from .rigify import is_generated

HUMAN_BONES: tuple[str, ...] = tuple(humanoid_profile.BONES)
_known: dict[str, BoneMap] = {}


def _folder(name: str) -> Path:
    package = __package__.rpartition(".")[0]
    try:
        return Path(bpy.utils.extension_path_user(package, path=name, create=True))
    except ValueError:  # not installed as an extension: run from a folder
        place = Path(bpy.utils.user_resource("CONFIG")) / "kinetix_emotes" / name
        place.mkdir(parents=True, exist_ok=True)
        return place


def preset_folder() -> Path:
    return _folder("mappings")


def presets() -> list[str]:
    return sorted(file.stem for file in preset_folder().glob("*.json"))


def _signature(obj: Any) -> str:
    """Rigs with the same bones share their mapping, also in another file."""
    names = "\n".join(sorted(bone.name for bone in obj.data.bones))
    return hashlib.sha256(names.encode("utf-8")).hexdigest()[:16]


def mapping_of(obj: Object) -> BoneMap | None:
    """Return the mapping chosen by hand for this rig, or None: then the automatic one holds."""
    key = _signature(obj)
    if key not in _known:
        file = _folder("rigs") / f"{key}.json"
        if not file.is_file():
            return None
        try:
            _known[key] = BoneMap.load(file)
        except (KinetixError, OSError):
            return None
    names = {bone.name: index for index, bone in enumerate(_ordered_bones(obj))}
    return _bound(_known[key], names)


def _bound(mapping: BoneMap, names: dict[str, int]) -> BoneMap:
    from dataclasses import replace

    bones = {human: replace(one, index=names[one.name]) for human, one in mapping.bones.items() if one.name in names}
    return replace(mapping, bones=bones)


def _ordered_bones(obj: Any) -> list[Any]:
    """Return the bones in the order of `read_rig`: parents first."""
    found = list(obj.data.bones)
    place = {bone.name: index for index, bone in enumerate(found)}
    if all(bone.parent is None or place[bone.parent.name] < index for index, bone in enumerate(found)):
        return found
    return sorted(found, key=lambda bone: len(bone.parent_recursive))


def change(obj: Object, human: str, bone: str | None) -> None:
    """Set one pair by hand; `None` takes it away."""
    mapping = mapping_of(obj) or automatic_map(obj)
    _keep(obj, mapping.with_bone(human, bone))


def automatic_map(obj: Object) -> BoneMap:
    try:
        return read_rig(obj, 1.0).mapping  # names and proportions decide, not the size
    except KinetixError as error:
        if error.code != "noHips":
            raise
        return BoneMap({})


def hips_carry_the_body(obj: Object, mapping: BoneMap) -> bool:
    """Return whether the legs and the spine are below the bone that is mapped as the hips.

    The controls of a generated Rigify rig are known by name and hang from its mechanism.
    """
    if is_generated(obj):
        return True
    bones = _ordered_bones(obj)
    place = {bone.name: index for index, bone in enumerate(bones)}
    parents = np.array([place[bone.parent.name] if bone.parent else -1 for bone in bones])
    return not hips_fault(mapping.bones, parents)


def forget(obj: Object) -> None:
    """Back to the automatic mapping."""
    key = _signature(obj)
    _known.pop(key, None)
    (_folder("rigs") / f"{key}.json").unlink(missing_ok=True)


def take(obj: Object, mapping: BoneMap) -> None:
    _keep(obj, mapping)


def _keep(obj: Object, mapping: BoneMap) -> None:
    key = _signature(obj)
    _known[key] = mapping
    mapping.save(_folder("rigs") / f"{key}.json")
