# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays an emote on the artist's character and puts everything back: action, pose, mode, selection, frame, range, auto-key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy

from kinetix_core.motion import Motion

from .. import blender, compat
from ..importing import mapping
from ..importing.apply import apply_motion, scene_fps
from ..importing.constraints import read_influences, write_influences
from ..importing.options import ImportOptions
from ..importing.pose_state import read_pose, read_switches, write_pose, write_switches

__all__ = ["Preview", "begin"]

_MARK = ".kinetix preview"


@dataclass
class Preview:
    """What has to be put back. Names, not objects: undo and file loading make references invalid."""

    scene: str
    rig: str
    action: str
    former: str
    former_slot: str
    had_animation: bool
    pose: dict[str, Any]
    settings: dict[str, Any]
    switches: dict[str, dict[str, Any]]
    influences: dict[tuple[str, str], float]
    selection: list[str]
    active: str
    mode: str
    temporary: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    start: float = 0.0

    def end(self) -> None:
        """Puts everything back. Safe to call when some of it no longer exists."""
        _stop_playback()
        scene = bpy.data.scenes.get(self.scene)
        rig = bpy.data.objects.get(self.rig)
        if scene is not None:
            for name, value in self.settings.items():
                if name != "frame_current" and scene.path_resolve(name) != value:
                    _set(scene, name, value)
        if rig is not None and self.rig not in self.temporary:
            self._restore_rig(rig)
        for name in self.temporary:
            obj = bpy.data.objects.get(name)
            if obj is not None:
                data = obj.data
                bpy.data.objects.remove(obj)
                _drop(data)
        for name in self.images:
            image = bpy.data.images.get(name)
            if image is not None:
                bpy.data.images.remove(image)
        action = bpy.data.actions.get(self.action)
        if action is not None:
            bpy.data.actions.remove(action)
        if scene is not None:
            scene.frame_set(self.settings["frame_current"])
            if rig is not None and self.rig not in self.temporary:
                write_pose(rig, self.pose)  # a frame change evaluates the former action over a pose that was not keyed
            self._restore_selection()

    def _restore_rig(self, rig: Any) -> None:
        holder = rig.animation_data
        if holder is not None:
            former = bpy.data.actions.get(self.former) if self.former else None
            slot = None
            if former is not None and self.former_slot and hasattr(former, "slots"):
                slot = next((one for one in former.slots if one.identifier == self.former_slot), None)
            compat.clear_action(holder, former, slot)
            if not self.had_animation:
                rig.animation_data_clear()
        write_pose(rig, self.pose)
        write_switches(rig, self.switches)
        write_influences(rig, self.influences)

    def _restore_selection(self) -> None:
        layer = blender.view_layer(bpy.context)
        for obj in layer.objects:
            wanted = obj.name in self.selection
            if obj.select_get() != wanted:
                obj.select_set(wanted)
        layer.objects.active = bpy.data.objects.get(self.active)
        if layer.objects.active is not None and layer.objects.active.mode != self.mode:
            bpy.ops.object.mode_set(mode=self.mode)


def begin(context: Any, rig: Any, motion: Motion, temporary: list[str] | None = None) -> Preview:
    """Starts the preview of `motion` on `rig`. `temporary`: objects that vanish at its end."""
    scene = context.scene
    active = context.view_layer.objects.active
    holder = rig.animation_data
    former = holder.action if holder else None
    slot = getattr(holder, "action_slot", None) if holder else None
    preview = Preview(
        scene=scene.name,
        rig=rig.name,
        action="",
        former=former.name if former else "",
        former_slot=slot.identifier if slot else "",
        had_animation=holder is not None,
        pose=read_pose(rig),
        settings={name: scene.path_resolve(name) for name in _scene_settings()},
        switches=read_switches(rig),
        influences=read_influences(rig),
        selection=[obj.name for obj in context.selected_objects],
        active=active.name if active else "",
        mode=active.mode if active else "OBJECT",
        temporary=temporary or [],
    )
    fake = former.use_fake_user if former else False
    applied = apply_motion(
        rig, motion.with_(name=_MARK), ImportOptions(start=1.0), mapping=mapping.mapping_of(rig), scene=scene
    )
    preview.action, preview.start = applied.action.name, 1.0
    try:
        if former is not None:
            former.use_fake_user = fake
        applied.action.use_fake_user = False
        scene.use_preview_range = True
        scene.frame_preview_start = 1
        scene.frame_preview_end = max(2, round(1 + motion.duration * scene_fps(scene)))
        scene.tool_settings.use_keyframe_insert_auto = False
        scene.frame_set(1)
        _start_playback()
    except BaseException:
        preview.end()
        raise
    return preview


def _scene_settings() -> tuple[str, ...]:
    return (
        "use_preview_range",
        "frame_preview_start",
        "frame_preview_end",
        "frame_current",
        "sync_mode",
        "tool_settings.use_keyframe_insert_auto",
    )


def _set(scene: Any, path: str, value: Any) -> None:
    owner, _, name = path.rpartition(".")
    setattr(scene.path_resolve(owner) if owner else scene, name, value)


def _drop(data: Any) -> None:
    if data is None or data.users:
        return
    for collection in (bpy.data.meshes, bpy.data.armatures):
        if data.name in collection and collection[data.name] == data:
            collection.remove(data)
            return


def _playing() -> bool:
    return any(window.screen.is_animation_playing for window in blender.window_manager(bpy.context).windows)


def _start_playback() -> None:
    if not bpy.app.background and not _playing():
        window = blender.window_manager(bpy.context).windows[0]
        with bpy.context.temp_override(window=window, screen=window.screen):
            bpy.ops.screen.animation_play()


def _stop_playback() -> None:
    if not bpy.app.background and _playing():
        window = next(one for one in blender.window_manager(bpy.context).windows if one.screen.is_animation_playing)
        with bpy.context.temp_override(window=window, screen=window.screen):
            bpy.ops.screen.animation_cancel(restore_frame=False)
