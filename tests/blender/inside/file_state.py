"""All of the open file that an import or a preview could change."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import rigs
from blender_api import CONTEXT

_SKIPPED = {
    *("bl_rna", "rna_type", "session_uid", "original", "is_evaluated", "preview", "is_updated", "is_updated_data"),
    *("users", "matrix_channel"),
    # Which of the slots was assigned last is a note of Blender's own, which it writes when an Action is given back.
    *("last_slot_identifier", "action_slot_handle"),
}
_DEEP = {"pose", "data", "bones", "constraints", "animation_data", "nla_tracks", "strips", "modifiers", "tool_settings"}
_DEEP |= {"render"}
_BLOCKS = ("objects", "armatures", "meshes", "shape_keys", "scenes", "collections", "materials", "actions", "texts")
_FOLLOW = ("matrix", ".head", ".tail")  # from the channels, up to float noise


def _properties(owner: Any, known: dict[str, Any]) -> Any:
    """Name, kind, and whether it is an array, of every property that is looked at; `known` has those of the kinds seen before."""
    kind = owner.bl_rna.identifier
    if kind not in known:
        known[kind] = [
            (prop.identifier, prop.type, bool(getattr(prop, "is_array", False)))
            for prop in owner.bl_rna.properties
            if prop.identifier not in _SKIPPED
        ]
    return known[kind]


def _enter(owner: Any, at: str, out: dict[str, Any], known: dict[str, Any], depth: int, seen: set[int]) -> None:
    """Enter every plain value below a data-block into `out`, by its path below `at`."""
    if owner.as_pointer() in seen or depth > 7:
        return
    seen.add(owner.as_pointer())
    for name, kind, is_array in _properties(owner, known):
        try:
            value = getattr(owner, name)
        except (AttributeError, RuntimeError):
            continue
        path = f"{at}.{name}"
        if kind == "COLLECTION":
            out[f"{path}#"] = len(value)
            if name in _DEEP:
                for key, item in enumerate(value):
                    _enter(item, f"{path}[{key}]", out, known, depth + 1, seen)
        elif kind == "POINTER":
            out[path] = getattr(value, "name", None) if value is not None else None
            if value is not None and name in _DEEP:
                _enter(value, path, out, known, depth + 1, seen)
        elif is_array:
            out[path] = tuple(tuple(row) if hasattr(row, "__len__") else row for row in value)
        else:
            out[path] = value


def whole_file() -> dict[str, Any]:
    found: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for collection in (*_BLOCKS, "images"):
        for block in getattr(bpy.data, collection):
            _enter(block, f"{collection}/{block.name}", found, known, 0, set())
    return found


def state() -> dict[str, Any]:
    """The whole file, with the keys of every curve, the selection, and how many blocks of every kind there are."""
    CONTEXT.view_layer.update()
    found = whole_file()
    for kind in bpy.data.bl_rna.properties:
        if kind.type == "COLLECTION":
            found[f"{kind.identifier}#"] = len(getattr(bpy.data, kind.identifier))
    for action in bpy.data.actions:
        found[f"{action.name} custom"] = {
            key: value.to_dict() if hasattr(value, "to_dict") else value for key, value in action.items()
        }
        for curve in rigs.addon("compat").fcurves_of(action):
            points = curve.keyframe_points
            places, kinds = np.empty(2 * len(points), np.float32), np.empty(len(points), np.int32)
            points.foreach_get("co", places)
            points.foreach_get("interpolation", kinds)
            keys = places.tobytes(), kinds.tobytes()
            modifiers = [one.type for one in curve.modifiers]
            found[f"{action.name} {curve.data_path} {curve.array_index}"] = keys, modifiers, curve.mute
    for block in bpy.data.shape_keys:
        holder = block.animation_data
        slot = rigs.addon("compat").slot_identifier(holder) if holder else None
        found[f"{block.name} weights"] = {key.name: key.value for key in block.key_blocks}, slot
    for obj in list(CONTEXT.view_layer.objects):
        found[f"{obj.name} selected, mode"] = obj.select_get(), obj.mode
    found["active"] = getattr(CONTEXT.view_layer.objects.active, "name", None)
    return found


def changed(before: dict[str, Any], *, played: bool = False) -> dict[str, Any]:
    """What differs from `before`, as (before, now). `played`: the scene was played, so without what follows from the channels."""
    now = state()
    found = {key: (before.get(key), now.get(key)) for key in {*before, *now} if before.get(key) != now.get(key)}
    return {key: pair for key, pair in found.items() if not (played and any(word in key for word in _FOLLOW))}
