# SPDX-License-Identifier: GPL-3.0-or-later
"""The only module that knows how Blender's versions differ (4.2 to 5.x): slotted actions, groups, selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
from bpy.types import Action, Scene


def has_slots(action: Action) -> bool:
    """Slotted, layered actions came with 4.4."""
    return hasattr(action, "layers")


def new_channels(action: Any, slot_name: str, id_type: str = "OBJECT") -> Any:
    """Make an empty action ready for a data-block of this type and return what owns its `fcurves` and `groups`."""
    if not has_slots(action):
        action.id_root = id_type
        return action
    slot = action.slots[0] if action.slots else action.slots.new(id_type=id_type, name=slot_name)
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


@dataclass(frozen=True)
class Part:
    """Animation of a further data-block of an asset: a slot of its Action, or an Action where there are no slots."""

    action: Any
    slot: Any | None = None

    def paths(self) -> set[str]:
        """Return the data paths that it moves."""
        if self.slot is None:
            return {curve.data_path for curve in fcurves_of(self.action)}
        channels = self.action.layers[0].strips[0].channelbag(self.slot)
        return {curve.data_path for curve in channels.fcurves} if channels is not None else set()


_PARTS = "kinetix_parts"
"""Property of an Action without slots: its further parts. Blender saves and appends them with it, as it points to them."""


def one_action_for_all() -> bool:
    """Return whether one action can animate data-blocks of several kinds, such as an object and shape keys."""
    return bpy.app.version >= (4, 4, 0)


def further_channels(action: Any, name: str, id_type: str) -> Any:
    """Add channels for one more data-block to an action. See `new_channels`."""
    if one_action_for_all():
        slot = action.slots.new(id_type=id_type, name=name)
        return action.layers[0].strips[0].channelbag(slot, ensure=True)
    part = bpy.data.actions.new(f"{action.name} {name}")
    part.use_frame_range, part.use_cyclic = action.use_frame_range, action.use_cyclic
    part.frame_start, part.frame_end = action.frame_start, action.frame_end
    action[_PARTS] = {**action.get(_PARTS, {}), name: part}
    return new_channels(part, name, id_type)


def key_parts(action: Action) -> dict[str, Part]:
    """Return the parts of an action that are for shape keys, by their names."""
    slots = {
        slot.name_display: Part(action, slot) for slot in getattr(action, "slots", ()) if slot.target_id_type == "KEY"
    }
    return slots or {name: Part(part) for name, part in action.get(_PARTS, {}).items() if part is not None}


def remove_with_parts(action: Action) -> None:
    """Remove an action with all its parts."""
    parts = [part.action for part in key_parts(action).values() if part.slot is None]
    for one in [action, *parts]:
        bpy.data.actions.remove(one)


def channels_of(action: Any) -> Any | None:
    """Return the owner of a finished action's curves (its first slot), or None."""
    if not has_slots(action):
        return action
    if not (action.slots and action.layers and action.layers[0].strips):
        return None
    return action.layers[0].strips[0].channelbag(action.slots[0])


def channels_played(holder: Any) -> Any | None:
    """Return the owner of the curves that AnimData plays in its slot, or None. Objects may share an action."""
    action = holder.action
    if action is None or not has_slots(action):
        return action
    if holder.action_slot is None or not (action.layers and action.layers[0].strips):
        return None
    return action.layers[0].strips[0].channelbag(holder.action_slot)


def fcurves_of(action: Action) -> list[Any]:
    owner = channels_of(action)
    return [] if owner is None else list(owner.fcurves)


def new_fcurve(channels: Any, path: str, index: int, group: str) -> Any:
    if hasattr(channels, "id_root"):  # a legacy action
        return channels.fcurves.new(path, index=index, action_group=group)
    if bpy.app.version >= (5, 0, 0):
        return channels.fcurves.new(path, index=index, group_name=group)
    curve = channels.fcurves.new(path, index=index)
    curve.group = channels.groups.get(group) or channels.groups.new(group)
    return curve


def assign_action(holder: Any, action: Action | None, slot: Any | None = None) -> None:
    """Give an action to AnimData, and the slot, else its first. From 4.4 on an action without its slot would play nothing."""
    holder.action = action
    if action is not None and has_slots(action) and action.slots:
        holder.action_slot = slot or action.slots[0]


def clear_action(holder: Any, former: Any, former_slot: Any) -> None:
    """Give AnimData its former action and slot back (None is none)."""
    holder.action = former
    if former is not None and former_slot is not None and hasattr(holder, "action_slot"):
        holder.action_slot = former_slot


def slot_identifier(holder: Any) -> str:
    """Identifier of the slot that AnimData plays; "" without one."""
    slot = getattr(holder, "action_slot", None)
    return str(slot.identifier) if slot is not None else ""


def slot_named(action: Action | None, identifier: str) -> Any | None:
    return next((slot for slot in getattr(action, "slots", ()) if slot.identifier == identifier), None)


def push_down(holder: Any) -> None:
    """Move the action of AnimData onto an NLA track of its own, as Blender's Push Down does."""
    action, slot = holder.action, getattr(holder, "action_slot", None)
    track = holder.nla_tracks.new()
    track.name = action.name
    start = float(action.frame_range[0])
    strip = track.strips.new(action.name, round(start), action)
    strip.frame_start = start
    strip.blend_type, strip.extrapolation = holder.action_blend_type, holder.action_extrapolation
    if slot is not None:
        strip.action_slot = slot
    holder.action = None


def strip_action_slot(strip: Any, action: Action) -> None:
    """Set the slot of an NLA strip, which needs it besides the action."""
    if has_slots(action) and action.slots and hasattr(strip, "action_slot"):
        strip.action_slot = action.slots[0]


def selected_bone_names(rig: Any) -> list[str]:
    """Bones selected in pose mode. 5.0 moved the flag from Bone to PoseBone."""
    if bpy.app.version >= (5, 0, 0):
        return [bone.name for bone in rig.pose.bones if bone.select]
    return [bone.name for bone in rig.data.bones if bone.select]


def select_bone(rig: Any, name: str, on: bool = True) -> None:
    owner = rig.pose.bones[name] if bpy.app.version >= (5, 0, 0) else rig.data.bones[name]
    owner.select = on


def movie_strip(scene: Scene, clip: str) -> Any:
    """Add the clip as the only strip of the scene's sequence, fitted into its frame. 5.0 renamed the collection."""
    scene.sequence_editor_clear()
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    return strips.new_movie("Film", clip, 1, 1, fit_method="FIT")


def append_method() -> str:
    """Return the import method of an asset library that copies Actions. 5.0 has no variant that reuses data."""
    return "APPEND" if bpy.app.version >= (5, 0, 0) else "APPEND_REUSE"


def view_is_linear() -> bool:
    """Return whether colours drawn over a view are linear; from 5.0 on they are sRGB."""
    return bpy.app.version < (5, 0, 0)


def turns_films() -> bool:
    """Return whether videos are rotated by their metadata. Blender 4.2 and 4.3 ignore it."""
    return bpy.app.version >= (4, 5, 0)
