# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the file back as it was when a step fails, so that an import is there complete or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np
from bpy.types import Action, Context, Object, Scene

from .. import blender, compat


class SceneState:
    """Objects, selection and mode, as they are when this is made."""

    def __init__(self, context: Context) -> None:
        self._layer = blender.view_layer(context)
        self._known = _pointers(bpy.data.objects, bpy.data.armatures, bpy.data.meshes)
        # A list first: reading an object may rebuild the layer below the iterator.
        self._selected = [(obj, obj.select_get()) for obj in list(self._layer.objects)]
        self._active = self._layer.objects.active
        self._mode: Any = self._active.mode if self._active is not None else "OBJECT"

    def restore(self) -> None:
        """Remove the objects and bodies that have come since, then select and enter what was selected and entered."""
        objects = self._layer.objects
        if objects.active is not None and objects.active.mode != self._mode:
            bpy.ops.object.mode_set(mode="OBJECT")
        for blocks in (bpy.data.objects, bpy.data.armatures, bpy.data.meshes):
            for block in _added(blocks, self._known):
                blocks.remove(block)
        for obj, selected in self._selected:
            if obj.select_get() != selected:
                obj.select_set(selected)
        objects.active = self._active
        if self._active is not None and self._active.mode != self._mode:
            bpy.ops.object.mode_set(mode=self._mode)


@contextmanager
def scene_undone_on_error(context: Context) -> Iterator[None]:
    """Remove new objects and restore selection and mode if the block fails."""
    before = SceneState(context)
    try:
        yield
    except BaseException:
        before.restore()
        raise


@contextmanager
def animation_undone_on_error(rigs: Collection[Any], scene: Scene, edited: Collection[Any] = ()) -> Iterator[None]:
    """Restore Actions, the rigs' animation and the scene's rate if the block fails.

    Args:
        rigs: armature objects, and shape keys of their meshes, whose animation the block changes.
        edited: Actions of the file whose curves the block changes. A copy waits until the block has ended.
    """
    known = _pointers(bpy.data.actions)
    kept = [(action, action.use_fake_user) for action in bpy.data.actions if action.library is None]
    rate = scene.render.fps, scene.render.fps_base
    animations = [_Animation(rig) for rig in rigs]
    copies: list[tuple[Any, Any]] = []
    try:
        copies.extend((action, action.copy()) for action in edited)
        yield
    except BaseException:
        for animation in animations:
            animation.remove_tracks()
        for original, copy in copies:
            name = original.name
            original.user_remap(copy)
            for animation in animations:
                animation.replace(original, copy)
            kept = [(copy if action == original else action, fake) for action, fake in kept]
            bpy.data.actions.remove(original)
            copy.name = name
            known.add(copy.as_pointer())
        copies.clear()
        for action in _added(bpy.data.actions, known):
            bpy.data.actions.remove(action)
        for animation in animations:
            animation.restore()
        for action, fake in kept:
            if action.use_fake_user != fake:
                action.use_fake_user = fake
        scene.render.fps, scene.render.fps_base = rate
        raise
    finally:
        for _, copy in copies:
            bpy.data.actions.remove(copy)


class _Animation:
    """Animation state of a rig or of a mesh's shape keys."""

    def __init__(self, rig: Object) -> None:
        self._rig = rig
        holder = rig.animation_data
        self._had = holder is not None
        self._action = holder.action if holder else None
        self._slot = compat.slot_identifier(holder) if holder else ""
        self._tracks = _pointers(holder.nla_tracks) if holder else set()
        self._active_track = holder.nla_tracks.active if holder else None

    def replace(self, action: Action, other: Any) -> None:
        if self._action == action:
            self._action = other

    def remove_tracks(self) -> None:
        holder = self._rig.animation_data
        if holder is None:
            return
        for track in _added(holder.nla_tracks, self._tracks):
            holder.nla_tracks.remove(track)
        if holder.nla_tracks.active != self._active_track:
            holder.nla_tracks.active = self._active_track

    def restore(self) -> None:
        holder = self._rig.animation_data
        if holder is None:
            return
        if not self._had:
            self._rig.animation_data_clear()
        elif holder.action != self._action or compat.slot_identifier(holder) != self._slot:
            compat.clear_action(holder, self._action, compat.slot_named(self._action, self._slot))


def _pointers(*collections: Any) -> set[int]:
    return {block.as_pointer() for blocks in collections for block in blocks}


def _added(blocks: Any, known: set[int]) -> list[Any]:
    return [block for block in blocks if block.as_pointer() not in known]


_CHANNELS = (
    ("location", 3),
    ("rotation_quaternion", 4),
    ("rotation_euler", 3),
    ("rotation_axis_angle", 4),
    ("scale", 3),
)


def read_pose(rig: Any) -> dict[str, Any]:
    bones, out = rig.pose.bones, {}
    for name, width in _CHANNELS:
        values = np.empty(len(bones) * width, np.float32)
        bones.foreach_get(name, values)
        out[name] = values
    return out


def write_pose(rig: Any, pose: dict[str, Any]) -> None:
    bones = rig.pose.bones
    for name, width in _CHANNELS:
        if len(bones) * width == len(pose[name]):
            bones.foreach_set(name, pose[name])
    rig.update_tag()


def read_switches(rig: Any) -> dict[str, dict[str, Any]]:
    """Custom number properties of pose bones (Rigify's IK/FK among them)."""
    out = {}
    for bone in rig.pose.bones:
        values = {key: bone[key] for key in bone.keys() if isinstance(bone[key], int | float)}  # noqa: SIM118 - not a dict
        if values:
            out[bone.name] = values
    return out


def write_switches(rig: Any, switches: dict[str, dict[str, Any]]) -> None:
    for name, values in switches.items():
        bone = rig.pose.bones.get(name)
        for key, value in values.items():
            if bone is not None and bone.get(key) != value:
                bone[key] = value
