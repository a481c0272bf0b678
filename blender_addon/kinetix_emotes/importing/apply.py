# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a clip onto an armature object. What changes in the file is one added Action (or strip) and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import bpy

from kinetix_core.errors import InputError, KinetixError
from kinetix_core.motion import Motion
from kinetix_core.motion.mapping.automatic import BoneMap

from .. import blender, compat
from . import constraints, rigify
from .curves import write
from .maps import map_of
from .options import ImportOptions
from .rig import Rig, read_rig
from .solve import Solved, prepared, solve, times

__all__ = ["Applied", "apply_motion", "new_action", "scene_fps"]


@dataclass
class Applied:
    """What an import did.

    Attributes:
        action: the Action that holds the emote.
        curves: number of its curves.
        bones: number of animated bones.
        unmapped: humanoid bones of the clip that this rig lacks.
        notes: sentences for the report.
    """

    action: Any
    curves: int
    bones: int
    unmapped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def scene_fps(scene: Any) -> float:
    return float(scene.render.fps) / float(scene.render.fps_base)


def apply_motion(
    obj: Any,
    motion: Motion,
    options: ImportOptions | None = None,
    *,
    mapping: BoneMap | None = None,
    scene: Any = None,
    metadata: dict[str, Any] | None = None,
) -> Applied:
    """Retargets `motion` to the rig and keys it.

    Raises:
        InputError: no armature, no hips, or the rig cannot be animated (linked, in NLA tweak mode).
    """
    options = options or ImportOptions()
    scene = scene or blender.scene(bpy.context)
    holder = _animation_data(obj)
    fps = scene_fps(scene)
    motion = prepared(motion, options, fps)
    rig = read_rig(obj, mapping)
    solved = rigify.solve(motion, obj, rig, options) if rigify.is_generated(obj) else solve(motion, obj, rig, options)
    if options.into == "REPLACE" and holder.action is not None:
        action = _emptied(holder, solved)
        channels = compat.channels_of(action) or compat.new_channels(action, obj.name)
    else:
        action = new_action(motion.name)
        channels = compat.new_channels(action, obj.name)
    frames = times(motion, options, fps)
    curves = write(channels, solved.keys, frames, cyclic=options.loop)
    if solved.switches:
        curves += rigify.key_switches(channels, solved.switches, float(frames[0]))
    curves += constraints.key_off(channels, solved.released, float(frames[0]))
    _describe(action, motion, options, frames, metadata)
    _hand_over(obj, holder, action, options, motion.name, float(frames[0]))
    if options.timing == "SCENE":
        _set_rate(scene, motion.fps)
    return Applied(action, curves, len(solved.keys), _missing(motion, rig), solved.notes)


def new_action(name: str) -> Any:
    action = bpy.data.actions.new(name or "emote")
    action.use_fake_user = True  # kept when another action takes its place
    return action


def _animation_data(obj: Any) -> Any:
    """AnimData of the object that can take an action.

    A linked object cannot; an override can, unless Blender made it by itself ("system override").
    """
    if obj is None or obj.type != "ARMATURE":
        raise InputError(
            "Select an armature first.", code="noArmature", next_step="Click your character's rig, then try again."
        )
    if obj.library is not None:
        raise InputError(
            f"“{obj.name}” is linked from another file and cannot be animated here.",
            code="linked",
            next_step="Object > Library Override > Make, then import again.",
        )
    override = obj.override_library
    if override is not None and override.is_system_override:
        raise InputError(
            f"“{obj.name}” is an override that Blender keeps read-only.",
            code="systemOverride",
            next_step="Right-click it in the Outliner: Library Override > Make Editable, then import again.",
        )
    holder = obj.animation_data
    if holder is not None and holder.use_tweak_mode:
        raise InputError(
            "The rig is in NLA tweak mode.",
            code="tweakMode",
            next_step="Leave it with Tab in the NLA editor, then import again.",
        )
    holder = holder or obj.animation_data_create()
    if holder is None:
        raise InputError(
            f"“{obj.name}” takes no animation.",
            code="notEditable",
            next_step="Make the rig local or editable, then import again.",
        )
    return holder


def _emptied(holder: Any, solved: Solved) -> Any:
    """The rig's present action without the curves that are about to be written."""
    action = holder.action
    if action.library is not None:
        raise InputError(
            "The rig's action is linked.", code="linkedAction", next_step="Import as a new action instead."
        )
    channels = compat.channels_of(action)
    starts = tuple(f'pose.bones["{key.name}"].' for key in solved.keys)
    if channels is None:
        return action
    for curve in list(channels.fcurves):
        kind = curve.data_path.rpartition(".")[2]
        if curve.data_path.startswith(starts) and (kind == "location" or kind.startswith("rotation")):
            channels.fcurves.remove(curve)
    return action


def _describe(
    action: Any, motion: Motion, options: ImportOptions, frames: Any, metadata: dict[str, Any] | None
) -> None:
    action.use_frame_range = True
    action.frame_start, action.frame_end = float(frames[0]), float(frames[-1])
    action.use_cyclic = options.loop
    action["kinetix_fps"] = motion.fps
    for key, value in (metadata or {}).items():
        action[f"kinetix_{key}"] = value


def _hand_over(obj: Any, holder: Any, action: Any, options: ImportOptions, name: str, start: float) -> None:
    if options.into == "NLA":
        track = holder.nla_tracks.new()
        track.name = name
        strip = track.strips.new(name, round(start), action)
        strip.frame_start = start
        compat.strip_action_slot(strip, action)
        return
    former = holder.action
    if former is not None and former is not action and former.users <= 1 and former.library is None:
        former.use_fake_user = True  # else saving the file would drop it
    try:
        compat.assign_action(holder, action)
    except (RuntimeError, AttributeError) as error:
        raise KinetixError(
            f"Blender does not let “{obj.name}” take an action.",
            code="notEditable",
            next_step="Make the rig editable first.",
        ) from error
    if holder.action is not action:
        raise KinetixError(
            f"Blender does not let “{obj.name}” take an action.",
            code="notEditable",
            next_step="Make the rig editable first.",
        )


def _set_rate(scene: Any, fps: float) -> None:
    whole = max(1, round(fps))
    scene.render.fps, scene.render.fps_base = whole, whole / fps


def _missing(motion: Motion, rig: Rig) -> list[str]:
    return [human for human in map_of(motion.skeleton).bones if human not in rig.mapping.bones]


def with_start(options: ImportOptions, start: float) -> ImportOptions:
    return replace(options, start=start)
