"""Godot's `.import` file of a GLB, and the bone map that it names.

A partial `.import` is written once and then belongs to the user; Godot completes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinetix_core.protocol.hub.answers import CharacterMap
from kinetix_core.protocol.hub.enumerations import BoneMapping, Importer, LoopMode, RootMotion
from kinetix_core.values.errors import FormatError
from kinetix_godot.preset import Preset
from kinetix_godot.source.source_file import SourceFile

if TYPE_CHECKING:  # loads numpy
    from kinetix_core.motion.skeleton import Skeleton

Json = dict[str, Any]
_LOOP = {LoopMode.NONE: 1, LoopMode.LINEAR: 2, LoopMode.PINGPONG: 3}
_AS_IN_FILE = 0
_NODE_NAME = re.compile(r'[.:@/"%]')  # removed from node names on import, while "upper_arm.L" stays a bone's name
_BONE_NAME = re.compile(r"[:/]")
_TYPES = {Importer.ANIMATION_LIBRARY: "AnimationLibrary", Importer.SCENE: "PackedScene"}


@dataclass(frozen=True)
class Rig:
    """Skeleton of a GLB after Godot's import.

    Attributes:
        node_path: of the Skeleton3D below the imported root.
        names: of the bones, parents first.
        nodes, joints: the glTF nodes, and the indices of the bones.
    """

    node_path: str
    names: tuple[str, ...]
    nodes: list[Json]
    joints: list[int]

    @property
    def signature(self) -> str:
        """Hash of the bones' names; files with the same bones share a bone map."""
        return hashlib.sha256("\n".join(self.names).encode("utf-8")).hexdigest()[:10]

    @cached_property
    def skeleton(self) -> Skeleton:
        import numpy as np

        from kinetix_core.motion.skeleton import Skeleton

        place = {joint: row for row, joint in enumerate(self.joints)}
        parent_of = {
            child: row for row, joint in enumerate(self.joints) for child in self.nodes[joint].get("children") or ()
        }
        return Skeleton(
            self.names,
            np.array([parent_of.get(joint, -1) for joint in place], dtype=np.int64),
            np.array([self.nodes[joint].get("rotation") or (0, 0, 0, 1) for joint in place], dtype=np.float64),
            np.array([self.nodes[joint].get("translation") or (0, 0, 0) for joint in place], dtype=np.float64),
        )


def find_rig(document: Json) -> Rig | None:
    """Return the skeleton of the first skin, None without one. `glb.read_description` has checked the tree."""
    nodes, skins = document.get("nodes", []), document.get("skins", [])
    if not skins:
        return None
    parent_of = {child: index for index, node in enumerate(nodes) for child in node.get("children") or ()}
    joints = set(skins[0].get("joints") or ())
    order: list[int] = []
    waiting = [index for index in range(len(nodes)) if index in joints and parent_of.get(index) not in joints]
    for joint in waiting:  # grows
        order.append(joint)
        waiting += [child for child in nodes[joint].get("children") or () if child in joints]
    if not order:
        return None
    # All at once, separated by zero bytes.
    names = tuple(
        _BONE_NAME.sub("_", "\0".join([_name(nodes[j], f"bone_{j}").replace("\0", "_") for j in order])).split("\0")
    )
    path = ["Skeleton3D"]
    above = parent_of.get(order[0])
    while above is not None and len(path) < 64:
        path.insert(0, _clean(_name(nodes[above], f"node_{above}")))
        above = parent_of.get(above)
    return Rig("/".join(path), names, nodes, order)


def _name(node: Json, otherwise: str) -> str:
    name = node.get("name")
    return name if isinstance(name, str) and name else otherwise


def _clean(name: str) -> str:
    return _NODE_NAME.sub("_", name)


def bone_map_text(rig: Rig) -> str:
    """Return a BoneMap resource of the rig's automatic mapping."""
    from kinetix_core.motion.mapping.automatic import map_bones

    bones = map_bones(rig.skeleton).bones
    rows = [f'bone_map/{humanoid} = &"{_quoted(rig.names[bone.index])}"' for humanoid, bone in bones.items()]
    head = '[gd_resource type="BoneMap" load_steps=2 format=3]\n\n[sub_resource type="SkeletonProfileHumanoid" id="1"]\n\n[resource]\n'
    return head + 'profile = SubResource("1")\n' + "\n".join(rows) + "\n"


def character_map(path: Path) -> CharacterMap:
    """Return the mapping of a character's GLB: a bone map file beside it, its VRM mapping, or the automatic one.

    Raises:
        FormatError: the file has no skeleton, or the bone map cannot be read.
        InputError: the bone map belongs to another rig.
    """
    from kinetix_core.formats import glb
    from kinetix_core.motion.mapping import vrm
    from kinetix_core.motion.mapping.bone_map import BoneMap

    document = glb.read_description(path)
    rig = find_rig(document)
    if rig is None:
        raise FormatError("The character has no skeleton.", next_step="Export it together with its armature.")
    chosen = path.with_suffix(".bones.json")
    if chosen.is_file():
        found = BoneMap.load(chosen, rig.skeleton)
    else:
        found = vrm.bone_map(document, rig.skeleton, rig.joints)
    bones = {humanoid: rig.names[bone.index] for humanoid, bone in found.bones.items()}
    return CharacterMap(node_path=rig.node_path, bones=bones, unmapped=list(found.unmapped))


class ImportTexts:
    """Partial `.import` files of one target. `bone_map` returns the path of a rig's bone map below `res://`."""

    def __init__(self, folder: str, preset: Preset, bone_map: Callable[[Rig], str]) -> None:
        self._folder, self._preset, self._bone_map = folder, preset, bone_map

    def text(self, file: str, source: SourceFile, data: bytes) -> str:
        """Return the `.import` of the emote at `file`."""
        from kinetix_core.formats import glb

        document = glb.read_description(data)
        rig = find_rig(document)
        bone_map = self._bone_map(rig) if rig and self._preset.bone_map is BoneMapping.AUTO else ""
        loop = _LOOP.get(self._preset.loop, _LOOP[LoopMode.LINEAR] if _is_loop(document) else _AS_IN_FILE)
        return f"""[remap]

importer="{self._preset.importer}"
type="{_TYPES[self._preset.importer]}"

[deps]

source_file="res://{_quoted(f"{self._folder}/{file}")}"

[params]

kinetix/emote_id="{_quoted(source.emote_id)}"
kinetix/name="{_quoted(source.wanted)}"
kinetix/loop={loop}
{_skeleton_settings(self._preset, rig, bone_map)}"""


def _is_loop(document: Json) -> bool:
    """Return whether the emote's metadata marks it as a loop (docs/conventions.md)."""
    for clip in document.get("animations") or ():
        extras = clip.get("extras")
        metadata = extras.get("kinetix") if isinstance(extras, dict) else None
        if isinstance(metadata, dict) and metadata.get("loop") is True:
            return True
    return False


def _skeleton_settings(preset: Preset, rig: Rig | None, bone_map: str) -> str:
    """Return the import settings that depend on the skeleton. `bone_map` is its path below `res://`, or ""."""
    lines = [
        f"kinetix/in_place={'true' if preset.root_motion is RootMotion.IN_PLACE else 'false'}",
        f"nodes/import_as_skeleton_bones={'false' if rig else 'true'}",
        # A bone at rest in this emote returns from the one before it.
        "animation/remove_immutable_tracks=false",
    ]
    if preset.importer is Importer.ANIMATION_LIBRARY:  # the mesh is thrown away: nothing is computed for it
        lines += [f"meshes/{step}=false" for step in ("ensure_tangents", "generate_lods", "create_shadow_meshes")]
    nodes: dict[str, str] = {}
    if rig and bone_map:
        options = (
            f'"retarget/bone_map": Resource("res://{_quoted(bone_map)}"), "retarget/remove_tracks/unmapped_bones": 1'
        )
        nodes[f"PATH:{_quoted(rig.node_path)}"] = (
            f'{options}, "retarget/rest_fixer/retarget_method": 1, "retarget/rest_fixer/fix_silhouette/enable": true'
        )
    if rig:  # Godot's removal of keys moves joints by a millimetre
        nodes["PATH:AnimationPlayer"] = '"optimizer/enabled": false'
    if nodes:
        rows = ", ".join(f'"{path}": {{{settings}}}' for path, settings in nodes.items())
        lines.append(f'_subresources={{"nodes": {{{rows}}}}}')
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(f"\\{letter}" if letter in '"\\' else letter for letter in text if letter.isprintable())
