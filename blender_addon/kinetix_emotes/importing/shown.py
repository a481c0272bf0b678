# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the result of an import: set the preview range, frame the figure and play, if the preferences say so."""

from __future__ import annotations

import bpy
from bpy.types import Area, Context, Object, Window

from .. import blender
from ..view_modes import TRIMMING


def show(context: Context, rigs: list[Object], first: float, last: float) -> None:
    """Show what was imported, in the window, when the preferences say so. Keys, poses and the scene's own range stay as they are."""
    TRIMMING.end()  # it covers the figure
    found = blender.own_preferences()
    if bpy.app.background or found is None or not found.show_imported:
        return
    scene = blender.scene(context)
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = int(first), max(int(first) + 1, int(last + 0.999))
    scene.frame_set(int(first))
    for window in blender.window_manager(context).windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                _frame(window, area, rigs)
    window = blender.window_manager(context).windows[0]
    if not window.screen.is_animation_playing:
        with bpy.context.temp_override(window=window, screen=window.screen):
            bpy.ops.screen.animation_play()


def _frame(window: Window, area: Area, rigs: list[Object]) -> None:
    """Look at the figures. Selection and mode stay: what the view frames is what is selected, and that are the rigs."""
    region = next((one for one in area.regions if one.type == "WINDOW"), None)
    if region is None or not any(rig.select_get() for rig in rigs):
        return
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.view3d.view_selected()
