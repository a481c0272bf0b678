# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a clip onto an armature object. What changes in the file is one added Action (or strip) and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from bpy.types import Action, Object, Scene
from numpy.typing import NDArray

from kinetix_core.motion import Motion
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.wording import worded

from .. import blender, compat
from ..import_options import ImportOptions, for_body
from . import constraints, rigify
from .curves import write, write_values
from .face import FaceKeys, plan_face
from .restoring import animation_undone_on_error
from .rig import Rig, map_of, read_rig, unit_length
from .solve import Solved, prepared, solve, times


@dataclass
class Applied:
    """Result of an import.

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


def scene_fps(scene: Scene) -> float:
    return float(scene.render.fps) / float(scene.render.fps_base)


@dataclass(frozen=True)
class ImportPlan:
    """An import that was checked and worked out. Nothing of the file has been touched for it.

    Attributes:
        obj: the armature object.
        motion: the clip as it will be keyed.
        frames: (F,) scene frames of the keys.
        solved: keys for the rig.
        unmapped: humanoid bones of the clip that the rig lacks.
        metadata: what the Action remembers of its emote.
        faces: keys for the meshes of the rig that show the clip's face.
    """

    obj: Any
    motion: Motion
    options: ImportOptions
    frames: NDArray[np.float64]
    solved: Solved
    unmapped: list[str]
    metadata: dict[str, Any]
    faces: list[FaceKeys] = field(default_factory=list)


def plan_import(
    obj: Object,
    motion: Motion,
    options: ImportOptions | None = None,
    *,
    mapping: BoneMap | None = None,
    scene: Scene,
    metadata: dict[str, Any] | None = None,
) -> ImportPlan:
    """Check the rig and retarget `motion` to it.

    Raises:
        InputError: no armature, no hips, or the rig cannot be animated (linked, in NLA tweak mode).
    """
    chosen = options or ImportOptions()
    options = for_body(chosen, motion.extras)
    _check(obj, options)
    fps = scene_fps(scene)
    motion = prepared(motion, options, fps)
    rig = read_rig(obj, unit_length(scene), mapping)
    solved = (
        rigify.solve(motion, obj, rig, options, scene) if rigify.is_generated(obj) else solve(motion, obj, rig, options)
    )
    if options != chosen:
        solved.notes.append("It is an emote of the upper body: hips, legs and the path keep what they have.")
    faces, notes = plan_face(obj, motion, scene, options.mask, replaces=options.into == "REPLACE")
    solved.notes += notes
    return ImportPlan(
        obj, motion, options, times(motion, options, fps), solved, _missing(motion, rig), dict(metadata or {}), faces
    )


def carry_out(plans: list[ImportPlan], scene: Scene) -> list[Applied]:
    """Write all of these imports, or, when one of them fails, none.

    Raises:
        KinetixError: Blender does not let a rig be animated.
    """
    changed = {one.as_pointer(): one for plan in plans for one in animated(plan)}
    edited = {
        one.animation_data.action.as_pointer(): one.animation_data.action
        for plan in plans
        for one in animated(plan)
        if plan.options.into == "REPLACE" and one.animation_data and one.animation_data.action
    }
    with animation_undone_on_error(list(changed.values()), scene, list(edited.values())):
        tracks: dict[int, Any] = {}
        return [_write(plan, scene, tracks) for plan in plans]


def apply_motion(
    obj: Object,
    motion: Motion,
    options: ImportOptions | None = None,
    *,
    mapping: BoneMap | None = None,
    scene: Any = None,
    metadata: dict[str, Any] | None = None,
) -> Applied:
    """Retarget `motion` to the rig and key it. Raises as `plan_import` and `carry_out` do."""
    scene = scene or blender.scene(bpy.context)
    plan = plan_import(obj, motion, options, mapping=mapping, scene=scene, metadata=metadata)
    return carry_out([plan], scene)[0]


def animated(plan: ImportPlan) -> list[Any]:
    """Return the data-blocks whose animation an import changes."""
    return [plan.obj, *(face.keys for face in plan.faces)]


def _write(plan: ImportPlan, scene: Scene, tracks: dict[int, Any]) -> Applied:
    """`tracks`: by what is animated, the NLA track that this import has made for it: later strips stand behind its first one."""
    obj, motion, options, solved = plan.obj, plan.motion, plan.options, plan.solved
    start = float(plan.frames[0])
    holder = _animation_data(obj)
    if options.into == "REPLACE" and holder.action is not None:
        action = _emptied(holder, solved)
        channels = compat.channels_of(action) or compat.new_channels(action, obj.name)
    else:
        action = new_action(motion.name)
        channels = compat.new_channels(action, obj.name)
    curves = write(channels, solved.keys, plan.frames, cyclic=options.loop)
    curves += rigify.key_switches(channels, solved.switches, start)
    curves += constraints.key_off(channels, solved.released, start)
    _describe(action, plan)
    _hand_over(plan, obj, action, tracks)
    curves += sum(_write_face(plan, face, tracks) for face in plan.faces)
    if options.timing == "SCENE":
        _set_rate(scene, motion.fps)
    return Applied(action, curves, len(solved.keys), plan.unmapped, solved.notes)


def _write_face(plan: ImportPlan, face: FaceKeys, tracks: dict[int, Any]) -> int:
    """Into an action of the mesh's shape keys, as that of the rig. Returns the number of curves."""
    holder = _animation_data(face.keys)
    if plan.options.into == "REPLACE" and (channels := compat.channels_played(holder)) is not None:
        return write_values(channels, face.values, face.mesh, plan.frames, cyclic=plan.options.loop)
    action = new_action(f"{plan.motion.name} Face")
    channels = compat.new_channels(action, face.mesh, "KEY")
    curves = write_values(channels, face.values, face.mesh, plan.frames, cyclic=plan.options.loop)
    _set_range(action, plan)
    _hand_over(plan, face.keys, action, tracks)
    return curves


def new_action(name: str) -> Any:
    action = bpy.data.actions.new(name or "emote")
    action.use_fake_user = True  # kept when another action takes its place
    return action


def check_rig(obj: Object) -> None:
    """Raise InputError if the object cannot be animated, such as a linked object or a system override."""
    if obj is None or obj.type != "ARMATURE":
        raise InputError(
            "Select an armature first.", code="noArmature", next_step="Click your character's rig, then try again."
        )
    if obj.library is not None:
        raise InputError(
            worded("“{rig}” is linked from another file and cannot be animated here.", rig=obj.name),
            code="linked",
            next_step="Object > Library Override > Make, then import again.",
        )
    override = obj.override_library
    if override is not None and override.is_system_override:
        raise InputError(
            worded("“{rig}” is a read-only library override.", rig=obj.name),
            code="systemOverride",
            next_step="Right-click it in the Outliner: Library Override > Make Editable, then import again.",
        )
    holder = obj.animation_data
    if holder is not None and holder.use_tweak_mode:
        raise InputError(
            "The rig is in NLA tweak mode.",
            code="tweakMode",
            next_step="Press Tab in the NLA Editor to leave it, then import again.",
        )


def _check(obj: Object, options: ImportOptions) -> None:
    check_rig(obj)
    holder = obj.animation_data
    if (
        options.into == "REPLACE"
        and holder is not None
        and holder.action is not None
        and holder.action.library is not None
    ):
        raise InputError(
            "The rig's action is linked.", code="linkedAction", next_step="Import as a new action instead."
        )


def _animation_data(obj: Object) -> Any:
    """AnimData of the object, made when it has none yet."""
    holder = obj.animation_data or obj.animation_data_create()
    if holder is None:
        raise InputError(
            worded("“{rig}” cannot be animated.", rig=obj.name),
            code="notEditable",
            next_step="Make the rig local or editable, then import again.",
        )
    return holder


def _emptied(holder: Any, solved: Solved) -> Any:
    """Return the rig's present action without the curves that are about to be written."""
    action = holder.action
    channels = compat.channels_of(action)
    starts = tuple(f'pose.bones["{key.name}"].' for key in solved.keys)
    if channels is None:
        return action
    for curve in list(channels.fcurves):
        kind = curve.data_path.rpartition(".")[2]
        if curve.data_path.startswith(starts) and (kind == "location" or kind.startswith("rotation")):
            channels.fcurves.remove(curve)
    return action


def _describe(action: Any, plan: ImportPlan) -> None:
    _set_range(action, plan)
    action["kinetix_fps"] = plan.motion.fps
    if plan.options.mirrored:
        action["kinetix_mirrored"] = True
    elif "kinetix_mirrored" in action:  # of keys that were replaced
        del action["kinetix_mirrored"]
    for key, value in plan.metadata.items():
        action[f"kinetix_{key}"] = value


def _set_range(action: Action, plan: ImportPlan) -> None:
    action.use_frame_range = True
    action.frame_start, action.frame_end = float(plan.frames[0]), float(plan.frames[-1])
    action.use_cyclic = plan.options.loop


def _hand_over(plan: ImportPlan, owner: Any, action: Action, tracks: dict[int, Any]) -> None:
    """Have the rig, or a mesh's shape keys, play the action."""
    if plan.options.into == "NLA":
        _add_strip(plan, owner, action, tracks)
    else:
        _assign(owner, owner.animation_data, action)


def _add_strip(plan: ImportPlan, owner: Any, action: Action, tracks: dict[int, Any]) -> None:
    name, start, place = plan.motion.name, float(plan.frames[0]), owner.as_pointer()
    track = tracks.get(place)
    if track is None:
        if owner.animation_data.action is not None:  # it would hide every strip
            compat.push_down(owner.animation_data)
        track = tracks[place] = owner.animation_data.nla_tracks.new()
        track.name = name
    strip = track.strips.new(name, round(start), action)
    strip.frame_start = start
    if len(owner.animation_data.nla_tracks) > 1:
        strip.extrapolation = "NOTHING"  # else it would hide the lower tracks before and after it
    compat.strip_action_slot(strip, action)


def _assign(obj: Object, holder: Any, action: Action) -> None:
    former = holder.action
    if former is not None and former is not action and former.users <= 1 and former.library is None:
        former.use_fake_user = True  # else saving the file would drop it
    try:
        compat.assign_action(holder, action)
        is_assigned = holder.action is action
    except (RuntimeError, AttributeError):
        is_assigned = False
    if not is_assigned:
        raise KinetixError(
            worded("Blender cannot assign an action to “{rig}”.", rig=obj.name),
            code="notEditable",
            next_step="Make the rig editable first.",
        )


def _set_rate(scene: Scene, fps: float) -> None:
    rounded = max(1, round(fps))
    scene.render.fps, scene.render.fps_base = rounded, rounded / fps


def _missing(motion: Motion, rig: Rig) -> list[str]:
    return [human for human in map_of(motion.skeleton).bones if human not in rig.mapping.bones]
