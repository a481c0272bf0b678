"""A VRM says itself which node is which bone, so nothing needs to be found: its humanoid extension as a bone map (VRM 0 and 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kinetix_core.io.untrusted_json import as_object
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap, MappedBone
from kinetix_core.motion.skeleton import Skeleton

_OF_UNITY = {humanoid_profile.unity_name(bone): bone for bone in humanoid_profile.BONES}
"""VRM 0 names the bones as Unity does, VRM 1 as Godot does."""


def bone_map(document: Mapping[str, Any], skeleton: Skeleton, nodes: Sequence[int]) -> BoneMap:
    """The map that a VRM file carries, with what it leaves out found as for any rig; for other files the same as `map_bones`.

    Args:
        document: the glTF JSON object; not trusted.
        skeleton: read from it.
        nodes: (J,) the glTF node of each bone.
    """
    found = map_bones(skeleton)
    place = {int(node): bone for bone, node in enumerate(nodes)}
    said: dict[str, MappedBone] = {}
    taken: set[int] = set()
    for bone, node in _said(document):
        index = place.get(node)
        if bone in humanoid_profile.PARENT and index is not None and index not in taken and bone not in said:
            said[bone] = MappedBone(index, skeleton.names[index], 1.0, "the file says so (VRM)")
            taken.add(index)
    if "Hips" not in said:
        return found
    kept = {bone: one for bone, one in found.bones.items() if bone not in said and one.index not in taken}
    merged = {bone: said.get(bone) or kept[bone] for bone in humanoid_profile.BONES if bone in said or bone in kept}
    used = {one.index for one in merged.values()}
    rest = tuple(name for index, name in enumerate(skeleton.names) if index not in used)
    unsure = {bone: why for bone, why in found.unsure.items() if bone not in merged}
    return replace(found, bones=merged, unmapped=rest, rig="vrm", unsure=unsure)


def _said(document: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    extensions = as_object(document.get("extensions"))
    for bone, entry in as_object(
        as_object(as_object(extensions.get("VRMC_vrm")).get("humanoid")).get("humanBones")
    ).items():
        node = as_object(entry).get("node")
        if isinstance(node, int):
            yield _upper(str(bone)), node
    old = as_object(as_object(extensions.get("VRM")).get("humanoid")).get("humanBones")
    for entry in old if isinstance(old, list) else []:
        name, node = as_object(entry).get("bone"), as_object(entry).get("node")
        if isinstance(name, str) and isinstance(node, int):
            yield _OF_UNITY.get(_upper(name), _upper(name)), node


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]
