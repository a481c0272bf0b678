# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip beside the figure: a temporary image object that plays in step with the scene, also at another frame rate.

It shows the small pictures of films.py, so no film is opened in the interface's process. It appears when the first ones are read.
"""

from __future__ import annotations

from typing import Any, cast

import bpy
from mathutils import Quaternion, Vector

from .. import blender, films
from ..importing.apply import scene_fps
from .play import Preview

__all__ = ["follow", "forget", "reading", "show", "tick"]

_HEIGHT_M = 1.8
_APART_M = 1.6
_current: Preview | None = None
_film: films.Film | None = None
_began_s = 0.0
_picture = ""


def show(preview: Preview, clip: str, began_s: float = 0.0) -> None:
    """Adds the clip at the left of the figure, now or as soon as it is read. It is among the preview's temporary objects.

    Args:
        began_s: seconds into the clip at which the take begins.
    """
    global _current, _film, _began_s, _picture
    _film = films.open_film(clip)
    _current, _began_s, _picture = (preview if _film else None), began_s, ""
    _place()


def reading() -> float | None:
    """How much of the clip is read while it is awaited; None when nothing is."""
    return _film.share if _film and not _picture and _film.reading else None


def _place() -> None:
    global _picture
    scene = bpy.data.scenes.get(_current.scene) if _current else None
    if _current is None or _film is None or scene is None or not _film.ready or _picture:
        return
    image = bpy.data.images.load(str(_film.file(1)), check_existing=False)
    image.source = "SEQUENCE"
    width, height = image.size
    picture = bpy.data.objects.new("Kinetix Clip", None)
    picture.empty_display_type = "IMAGE"
    picture.data = image
    user = picture.image_user
    # One frame long and long past: then `frame_offset` alone says which picture is shown.
    user.frame_duration, user.frame_start, user.use_cyclic, user.use_auto_refresh = 1, -100000, False, True
    picture.empty_display_size = _HEIGHT_M * max(1.0, width / max(height, 1))
    picture.rotation_mode = "QUATERNION"
    picture.rotation_quaternion = _towards_viewer()
    sideways = picture.rotation_quaternion @ Vector((1.0, 0.0, 0.0))
    sideways.z = 0.0
    place = bpy.data.objects[_current.rig].matrix_world.translation.copy()
    picture.location = place - sideways.normalized() * _APART_M + Vector((0.0, 0.0, _HEIGHT_M / 2))
    scene.collection.objects.link(picture)
    _current.temporary.append(picture.name)
    _current.images.append(image.name)
    _picture = picture.name
    follow(scene)


def _towards_viewer() -> Quaternion:
    """The rotation of the 3D view, so that the film faces whoever looks; without one, upright and seen from the front."""
    for window in blender.window_manager(bpy.context).windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                view = cast("bpy.types.SpaceView3D", area.spaces.active)
                return cast("bpy.types.RegionView3D", view.region_3d).view_rotation.copy()
    return Quaternion((1.0, 0.0, 0.0), 1.5707963)


def follow(scene: Any) -> None:
    """Shows the picture of this moment: a film of 60 frames a second beside a scene of 24 stays in step."""
    picture = bpy.data.objects.get(_picture) if _current else None
    if picture is None or _current is None or _film is None:
        return
    number = _film.number_at((scene.frame_current - _current.start) / scene_fps(scene) + _began_s)
    if picture.image_user.frame_offset != number - 1:
        picture.image_user.frame_offset = number - 1


def forget() -> None:
    global _current, _film, _picture
    _current, _film, _picture = None, None, ""


def tick() -> float | None:
    if reading() is None and (_current is None or _picture):
        return None
    _place()
    return 0.1
