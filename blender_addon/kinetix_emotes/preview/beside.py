# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip over the figure while it is seen by the clip's camera, else beside it, in step with the scene at any frame rate.

It is an image object that shows the small pictures of films.py, so no film is opened in the interface's process. It appears when
the first ones are read.
"""

from __future__ import annotations

from typing import cast

import bpy
from bpy.types import Object, Scene
from mathutils import Quaternion, Vector

from .. import blender, films
from ..importing.apply import scene_fps
from .play import Preview
from .stage import Stage, one_picture_shown

_HEIGHT_M = 1.8
_APART_M = 1.6
_EVERY_S = 0.2
_current: Preview | None = None
_stage: Stage | None = None
_take = ""
_film: films.Film | None = None
_began_s = 0.0
_picture = ""
_read = 0  # pictures of the clip when the shown one was chosen last


def show(preview: Preview, stage: Stage, take: str, clip: str, began_s: float) -> None:
    """Add the clip, now or as soon as it is read. It is among the preview's temporary objects.

    Args:
        take: id of the job or the emote.
        began_s: seconds into the clip at which the take begins.
    """
    global _current, _stage, _take, _film, _began_s, _picture, _read
    _film = films.open_film(clip, films.LARGE if stage.has_camera else films.SMALL)
    _current, _stage, _take, _began_s, _picture, _read = preview, stage, take, began_s, "", 0
    follow(bpy.data.scenes[preview.scene])
    _place()


def reading() -> float | None:
    """Return the extracted fraction of the clip while it is awaited, or None."""
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
    one_picture_shown(picture.image_user)
    picture.empty_display_size = _HEIGHT_M * max(1.0, width / max(height, 1))
    picture.rotation_mode = "QUATERNION"
    scene.collection.objects.link(picture)
    _current.temporary.append(picture.name)
    _current.images.append(image.name)
    _picture = picture.name
    if _stage is not None:
        _stage.lay_over(image)
    _stand_beside(picture)
    follow(scene)


def _stand_beside(picture: Object) -> None:
    """At the left of the figure, turned to the viewer."""
    assert _current is not None
    picture.rotation_quaternion = _towards_viewer()
    sideways = picture.rotation_quaternion @ Vector((1.0, 0.0, 0.0))
    sideways.z = 0.0
    place = bpy.data.objects[_current.rig].matrix_world.translation
    picture.location = place - sideways.normalized() * _APART_M + Vector((0.0, 0.0, _HEIGHT_M / 2))


def _towards_viewer() -> Quaternion:
    """Return the rotation of the 3D view, or that of a front view."""
    for window in blender.window_manager(bpy.context).windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                view = cast("bpy.types.SpaceView3D", area.spaces.active)
                return cast("bpy.types.RegionView3D", view.region_3d).view_rotation.copy()
    return Quaternion((1.0, 0.0, 0.0), 1.5707963)


def follow(scene: Scene) -> None:
    """Show the picture of this moment: a film of 60 frames a second beside a scene of 24 stays in step."""
    if _current is None or scene.name != _current.scene:
        return
    seconds = (scene.frame_current - _current.start) / scene_fps(scene)
    number = _film.number_at(seconds + _began_s) if _film is not None else 0
    if _stage is not None:
        _stage.follow(seconds, number)
    picture = bpy.data.objects.get(_picture)
    if picture is not None and picture.image_user.frame_offset != number - 1:
        picture.image_user.frame_offset = number - 1


def fades(take: str) -> bool:
    """Return whether the clip of this job or emote lies over the figure in the view of the clip's camera."""
    return _stage is not None and _stage.has_camera and bool(_picture) and take == _take


def fade(opacity: float) -> None:
    if _stage is not None:
        _stage.fade(opacity)


def forget() -> None:
    global _current, _stage, _film, _picture
    _current, _stage, _film, _picture = None, None, None, ""


def tick() -> float | None:
    global _read
    if _current is None:
        return None
    if _film is not None and not _picture:
        _place()
    picture = bpy.data.objects.get(_picture)
    if picture is not None and _stage is not None:
        over = _stage.through_camera
        if picture.hide_viewport != over:
            picture.hide_viewport = over
        if not over and picture.rotation_quaternion != _towards_viewer():
            _stand_beside(picture)
    if _film is not None and _film.ready != _read:
        _read = _film.ready
        follow(bpy.data.scenes[_current.scene])
    return _EVERY_S
