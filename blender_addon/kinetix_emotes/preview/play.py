# SPDX-License-Identifier: GPL-3.0-or-later
"""Play an emote on the artist's character and put everything back: actions, pose, face, mode, selection, frame, range, auto-key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy
from bpy.types import Context, Object, Scene

from kinetix_core.motion import Motion

from .. import blender, compat
from ..import_options import ImportOptions
from ..importing import mapping
from ..importing.apply import animated, carry_out, plan_import, scene_fps
from ..importing.constraints import read_influences, write_influences
from ..importing.restoring import read_pose, read_switches, write_pose, write_switches


@dataclass(frozen=True)
class Played:
    """Animation of one data-block before a preview.

    Attributes:
        of_keys: whether these are shape keys; else an object.
        name: of the data-block.
        action, slot: what it played; "" where nothing.
        kept: whether that Action has a fake user.
        had: whether it had animation data.
        weights: of shape keys, those that were seen.
    """

    of_keys: bool
    name: str
    action: str
    slot: str
    kept: bool
    had: bool
    weights: dict[str, float]

    def owner(self) -> Any | None:
        """Return the data-block, or None if it was removed."""
        return (bpy.data.shape_keys if self.of_keys else bpy.data.objects).get(self.name)

    def let_go(self) -> None:
        """Its Action is as it was, though it does not play now."""
        action = bpy.data.actions.get(self.action) if self.action else None
        if action is not None:
            action.use_fake_user = self.kept

    def put_back(self) -> None:
        """It plays what it played."""
        owner = self.owner()
        holder = owner.animation_data if owner is not None else None
        if owner is None or holder is None:
            return
        action = bpy.data.actions.get(self.action) if self.action else None
        compat.clear_action(holder, action, compat.slot_named(action, self.slot) if self.slot else None)
        if not self.had:
            owner.animation_data_clear()

    def show(self) -> None:
        """Its shape keys have the weights that they had."""
        owner = self.owner()
        for block in owner.key_blocks if owner is not None and self.of_keys else ():
            if block.name in self.weights and block.value != self.weights[block.name]:
                block.value = self.weights[block.name]


def read_played(owner: Any) -> Played:
    """Read the animation and the values of an object or a Key data-block."""
    holder = owner.animation_data
    action = holder.action if holder else None
    of_keys = isinstance(owner, bpy.types.Key)
    return Played(
        of_keys=of_keys,
        name=owner.name,
        action=action.name if action else "",
        slot=compat.slot_identifier(holder) if holder else "",
        kept=bool(action and action.use_fake_user),
        had=holder is not None,
        weights={block.name: block.value for block in owner.key_blocks} if of_keys else {},
    )


_MARK = ".kinetix preview"
_SETTINGS = (
    "use_preview_range",
    "frame_preview_start",
    "frame_preview_end",
    "frame_current",
    "sync_mode",
    "tool_settings.use_keyframe_insert_auto",
)


@dataclass
class Preview:
    """State to restore. Names, not objects: undo and file loading make references invalid.

    Attributes:
        hidden: objects that were in the view before.
        view: how the 3D view looked before, if it was changed.
    """

    scene: str
    rig: str
    played: list[Played]
    pose: dict[str, Any]
    settings: dict[str, Any]
    switches: dict[str, dict[str, Any]]
    influences: dict[tuple[str, str], float]
    selection: list[str]
    active: str
    mode: str
    temporary: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    view: Any = None
    start: float = 0.0

    def end(self) -> None:
        """Put everything back. Safe to call when some of it no longer exists."""
        _stop_playback()
        if self.view is not None:
            self.view.put_back()
        self._show_hidden()
        scene = bpy.data.scenes.get(self.scene)
        rig = bpy.data.objects.get(self.rig)
        if scene is not None:
            for name, value in self.settings.items():
                if name != "frame_current" and scene.path_resolve(name) != value:
                    _set(scene, name, value)
        if rig is not None and self.rig not in self.temporary:
            for one in self.played:
                one.put_back()
            write_pose(rig, self.pose)
            write_switches(rig, self.switches)
            write_influences(rig, self.influences)
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
        for name in self.actions:
            action = bpy.data.actions.get(name)
            if action is not None:
                bpy.data.actions.remove(action)
        if scene is not None:
            scene.frame_set(self.settings["frame_current"])
            if rig is not None and self.rig not in self.temporary:
                # A frame change evaluates the former actions over a pose and a face that were not keyed.
                write_pose(rig, self.pose)
                for one in self.played:
                    one.show()
            self._restore_selection()

    def _show_hidden(self) -> None:
        layer = blender.view_layer(bpy.context)
        for name in self.hidden:
            if (obj := layer.objects.get(name)) is not None:
                obj.hide_set(False)

    def _restore_selection(self) -> None:
        layer = blender.view_layer(bpy.context)
        for obj in layer.objects:
            wanted = obj.name in self.selection
            if obj.select_get() != wanted:
                obj.select_set(wanted)
        layer.objects.active = bpy.data.objects.get(self.active)
        if layer.objects.active is not None and layer.objects.active.mode != self.mode:
            bpy.ops.object.mode_set(mode=self.mode)


def begin(context: Context, rig: Object, motion: Motion, temporary: list[str] | None = None) -> Preview:
    """Start the preview of `motion` on `rig`. `temporary`: objects that vanish at its end."""
    scene = blender.scene(context)
    active = blender.view_layer(context).objects.active
    plan = plan_import(
        rig, motion.with_(name=_MARK), ImportOptions(start=1.0), mapping=mapping.mapping_of(rig), scene=scene
    )
    owners = animated(plan)
    preview = Preview(
        scene=scene.name,
        rig=rig.name,
        played=[read_played(owner) for owner in owners],
        pose=read_pose(rig),
        settings={name: scene.path_resolve(name) for name in _SETTINGS},
        switches=read_switches(rig),
        influences=read_influences(rig),
        selection=[obj.name for obj in context.selected_objects],
        active=active.name if active else "",
        mode=active.mode if active else "OBJECT",
        temporary=temporary or [],
    )
    carry_out([plan], scene)
    actions = [owner.animation_data.action for owner in owners]
    preview.actions, preview.start = [action.name for action in actions], 1.0
    try:
        for former in preview.played:
            former.let_go()
        for action in actions:
            action.use_fake_user = False
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


def _set(scene: Scene, path: str, value: Any) -> None:
    owner, _, name = path.rpartition(".")
    setattr(scene.path_resolve(owner) if owner else scene, name, value)


def _drop(data: Any) -> None:
    if data is None or data.users:
        return
    for collection in (bpy.data.meshes, bpy.data.armatures, bpy.data.cameras):
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
