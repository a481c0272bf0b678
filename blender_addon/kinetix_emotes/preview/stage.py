# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D view of Compare: the figure alone, from the clip's camera or from the front."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, cast

import bpy
import numpy as np
from bpy.types import Area, Context, Image, Object, Scene
from mathutils import Matrix, Quaternion, Vector
from numpy.typing import NDArray

from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion import quaternion as quat

from .. import blender, properties
from ..importing import mapping
from ..importing.rig import map_of, read_rig, unit_length
from ..view_modes import view_of
from .clip_camera import ClipCamera
from .play import Preview


@dataclass
class CompareValues:
    opacity: float = properties.number(
        "Clip over Figure",
        "Fade between the figure alone and the clip alone",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )

    clips: dict[str, tuple[str, float]] = field(default_factory=dict)  # by emote: its clip, and where the trim starts


COMPARE = CompareValues()


_LIGHTS = ("LIGHT", "LIGHT_PROBE")
_HALF_SENSOR = 36.0  # millimetres: what a view's lens sees along its longer side
_HEIGHT = 1.85  # of a figure whose hips are 1 high
_BESIDE_M = 1.6
"""Metres from the figure to the clip beside it, for a figure of the mannequin's size."""
_ROOM = 1.25


def one_picture_shown(user: Any) -> None:
    """Leave it to `frame_offset` alone which image of a sequence is shown: it is one frame long, and repeats."""
    user.frame_duration, user.use_cyclic, user.use_auto_refresh = 1, True, True


class Stage:
    """Hides what is not the figure, and places the view. `Preview.end` puts both back.

    Attributes:
        matrix: from the emote's axes in metres to the scene.
    """

    def __init__(self, context: Context, preview: Preview, motion: Motion, clip: ClipCamera | None) -> None:
        rig = bpy.data.objects[preview.rig]
        self.matrix = _emote_in_scene(rig, motion, blender.scene(context))
        self._clip, self._camera, self._picture = clip, "", None
        self._area = view_of(context)
        self._place = self._area.as_pointer() if self._area else 0
        hide_others(context, preview, rig)
        if self._area is None:
            return
        preview.view = View(self._area)
        low, high = motion.root_positions.min(axis=0), motion.root_positions.max(axis=0)
        if clip is None:
            self._frame_from_front(low, high)
        else:
            self._look_through(blender.scene(context), preview, clip, (low + high) / 2)

    @property
    def has_camera(self) -> bool:
        return bool(self._camera)

    @property
    def through_camera(self) -> bool:
        """Return whether the view is still that of the clip's camera."""
        windows = blender.window_manager(bpy.context).windows
        areas = [area for window in windows for area in window.screen.areas if area.as_pointer() == self._place]
        return bool(
            self._camera and areas and areas[0].type == "VIEW_3D" and _region_3d(areas[0]).view_perspective == "CAMERA"
        )

    def lay_over(self, image: Image) -> None:
        """Show the clip's pictures over the view of the clip's camera."""
        camera = bpy.data.objects.get(self._camera)
        if camera is None:
            return
        data = cast("bpy.types.Camera", camera.data)
        data.show_background_images = True
        self._picture = picture = data.background_images.new()
        picture.image, picture.display_depth, picture.frame_method = image, "FRONT", "FIT"
        picture.alpha = COMPARE.opacity
        one_picture_shown(picture.image_user)

    def fade(self, opacity: float) -> None:
        if self._picture is not None:
            self._picture.alpha = opacity

    def follow(self, seconds: float, number: int) -> None:
        """Show a moment of the emote and the clip's picture of that number."""
        camera = bpy.data.objects.get(self._camera)
        if camera is None or self._clip is None:
            return
        place, turn = self._clip.pose_at(seconds)
        camera.location = self.matrix @ Vector(place.tolist())
        camera.rotation_quaternion = self._turned(turn)
        if self._picture is not None and number:
            self._picture.image_user.frame_offset = number - 1

    def _turned(self, turn: NDArray[np.float64]) -> Quaternion:
        x, y, z, w = turn
        return self.matrix.to_quaternion() @ Quaternion((w, x, y, z))

    def _look_through(self, scene: Scene, preview: Preview, clip: ClipCamera, middle: NDArray[np.float64]) -> None:
        data = bpy.data.cameras.new("Kinetix Clip Camera")
        camera = bpy.data.objects.new("Kinetix Clip Camera", data)
        preview.temporary.append(camera.name)
        scene.collection.objects.link(camera)
        self._camera = camera.name
        camera.rotation_mode = "QUATERNION"
        data.show_passepartout, data.clip_end = False, 1000.0
        render = scene.render
        frame = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
        if clip.aspect < frame:  # the clip is as high as the camera's frame, else as wide
            data.sensor_fit, data.lens = "VERTICAL", clip.focal * data.sensor_height
        else:
            data.sensor_fit, data.lens = "HORIZONTAL", clip.focal / clip.aspect * data.sensor_width
        self.follow(0.0, 0)
        space, region = self._area.spaces.active, _region_3d(self._area)
        away = (camera.location - self.matrix @ Vector(middle.tolist())).length
        space.use_local_camera, space.lock_camera = True, False
        space.camera = camera
        region.view_perspective = "CAMERA"
        region.view_distance = away  # it is orbited about the figure
        wide, high = _size(self._area)
        shown = min(wide, high * clip.aspect) / clip.aspect  # height of the clip in the view
        share = shown / high if data.sensor_fit == "VERTICAL" else shown * clip.aspect / wide
        region.view_camera_offset = (0.0, 0.0)
        region.view_camera_zoom = min(max((math.sqrt(4 * share) - math.sqrt(2)) * 50, -30.0), 600.0)
        space.lens = min(max(_HALF_SENSOR * 2 * clip.focal * shown / max(wide, high), 1.0), 250.0)

    def _frame_from_front(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
        space, region = self._area.spaces.active, _region_3d(self._area)
        metre = self.matrix.to_scale().x
        middle = (low + high) / 2 - np.array([_BESIDE_M / 2, 0.0, 0.0])
        wide, tall = _size(self._area)
        slope = 2 * _HALF_SENSOR / space.lens / max(wide, tall)  # from one pixel to the next
        need = max((high[0] - low[0] + 2 * _BESIDE_M) / wide, _HEIGHT * high[1] / tall)
        region.view_perspective = "PERSP"
        region.view_rotation = self._turned(quat.IDENTITY)
        region.view_location = self.matrix @ Vector(middle.tolist())
        region.view_distance = metre * (_ROOM * need / slope + high[2] - middle[2])


class View:
    """The settings of a 3D view, to be restored."""

    def __init__(self, area: Any) -> None:
        self._place = area.as_pointer()
        space, region = area.spaces.active, _region_3d(area)
        self._of_region = {
            name: _copied(getattr(region, name))
            for name in (
                "view_perspective",
                "view_rotation",
                "view_location",
                "view_distance",
                "view_camera_zoom",
                "view_camera_offset",
            )
        }
        self._local, self._of_space = space.use_local_camera, (space.lens, space.lock_camera)
        self._camera = space.camera.name if space.camera is not None and self._local else ""

    def put_back(self) -> None:
        """Do nothing if the view is no longer there."""
        for window in blender.window_manager(bpy.context).windows:
            for area in window.screen.areas:
                if area.as_pointer() == self._place and area.type == "VIEW_3D":
                    self._put_back(area.spaces.active, _region_3d(area))

    def _put_back(self, space: Any, region: Any) -> None:
        space.use_local_camera = self._local
        space.lens, space.lock_camera = self._of_space
        if self._local:
            space.camera = bpy.data.objects.get(self._camera)
        for name, value in self._of_region.items():
            setattr(region, name, value)


def hide_others(context: Context, preview: Preview, rig: Object) -> None:
    """Hide what is in the view besides the rig, its meshes and what hangs on it. Lights go on shining."""
    shown = {rig, *rig.children_recursive}
    for obj in list(blender.view_layer(context).objects):
        kept = obj in shown or obj.type in _LIGHTS or obj.mode != "OBJECT"
        kept = kept or (obj.type == "MESH" and obj.find_armature() == rig)
        if not kept and not obj.hide_get() and obj.visible_get():
            preview.hidden.append(obj.name)
            obj.hide_set(True)


def _emote_in_scene(obj: Any, motion: Motion, scene: Any) -> Matrix:
    rig = read_rig(obj, unit_length(scene), mapping.mapping_of(obj))
    own = kinematics.rest_pose(motion.skeleton)[1][map_of(motion.skeleton).bones["Hips"].index][1]
    size = float(rig.hips_skeleton()[0].rest_translations[0][1] / own) if own > 0 else 1.0
    x, y, z, w = quat.conjugate(rig.align)
    turn = Quaternion((w, x, y, z)).to_matrix().to_4x4()
    return cast("Matrix", obj.matrix_world @ turn @ Matrix.Scale(size / rig.metres, 4))


def _region_3d(area: Any) -> Any:
    return area.spaces.active.region_3d


def _size(area: Area) -> tuple[int, int]:
    """Width and height in pixels of what shows the scene."""
    region = next(region for region in area.regions if region.type == "WINDOW")
    return max(region.width, 1), max(region.height, 1)


def _copied(value: Any) -> Any:
    return value if isinstance(value, (str, float)) else tuple(value)
