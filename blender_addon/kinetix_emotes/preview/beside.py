# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip beside the figure: a temporary image object that plays in step with the scene, also at another frame rate."""

from __future__ import annotations

from typing import Any

import bpy
from mathutils import Quaternion, Vector

from ..importing.apply import scene_fps
from .play import Preview

__all__ = ["follow", "forget", "show"]

_HEIGHT_M = 1.8
_APART_M = 1.6
_current: Preview | None = None
_picture = ""


def show(context: Any, preview: Preview, clip: str) -> None:
    """Adds the picture at the left of the figure. It is among the preview's temporary objects."""
    global _current, _picture
    try:
        facts = bpy.data.movieclips.load(clip)
    except RuntimeError:
        return  # a film that this Blender cannot read: the figure plays alone
    fps, frames = float(facts.fps) or 30.0, int(facts.frame_duration)
    size = tuple(facts.size)
    bpy.data.movieclips.remove(facts)
    image = bpy.data.images.load(clip, check_existing=False)
    picture = bpy.data.objects.new("Kinetix Clip", None)
    picture.empty_display_type = "IMAGE"
    picture.data = image
    user = picture.image_user
    user.frame_duration, user.frame_start, user.use_cyclic, user.use_auto_refresh = frames, 1, True, True
    picture.empty_display_size = _HEIGHT_M * max(1.0, size[0] / max(size[1], 1))
    picture.rotation_mode = "QUATERNION"
    picture.rotation_quaternion = _towards_viewer(context)
    sideways = picture.rotation_quaternion @ Vector((1.0, 0.0, 0.0))
    sideways.z = 0.0
    place = bpy.data.objects[preview.rig].matrix_world.translation.copy()
    picture.location = place - sideways.normalized() * _APART_M + Vector((0.0, 0.0, _HEIGHT_M / 2))
    context.collection.objects.link(picture)
    preview.temporary.append(picture.name)
    preview.images.append(image.name)
    preview.clip_fps = fps
    _current, _picture = preview, picture.name
    follow(context.scene)


def _towards_viewer(context: Any) -> Quaternion:
    """The rotation of the 3D view, so that the film faces whoever looks; without one, upright and seen from the front."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                return area.spaces.active.region_3d.view_rotation.copy()
    return Quaternion((1.0, 0.0, 0.0), 1.5707963)


def follow(scene: Any) -> None:
    """Shows the film's frame of this moment: a film of 60 frames a second beside a scene of 24 stays in step."""
    picture = bpy.data.objects.get(_picture) if _current else None
    if picture is None or _current is None or not _current.clip_fps:
        return
    wanted = (scene.frame_current - _current.start) / scene_fps(scene) * _current.clip_fps
    picture.image_user.frame_offset = round(wanted - (scene.frame_current - _current.start))


def forget() -> None:
    global _current, _picture
    _current, _picture = None, ""
