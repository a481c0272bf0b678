# SPDX-License-Identifier: GPL-3.0-or-later
"""Import options, the mapping editor, and the menu entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import bpy
from bpy.types import Menu, Panel

from kinetix_core.errors import KinetixError
from kinetix_core.motion.mapping import humanoid_profile

from .. import blender
from ..account.props import preferences
from ..text import unfolds, wrapped
from . import mapping
from .options import in_mask
from .selection import armatures

__all__ = ["CLASSES", "add_menus", "remove_menus"]

_SURE, _DOUBTFUL = 0.85, 0.6


class KINETIX_PT_import(Panel):
    bl_label = "Import Options"
    bl_idname = "KINETIX_PT_import"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        values = context.window_manager.kinetix_import
        layout = blender.layout(self)
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("into", "root", "timing", "mask"):
            layout.prop(values, name)
        _whole_width(layout, values, "at_cursor")
        row = layout.row()
        row.enabled = not values.at_cursor
        row.prop(values, "start")
        column = layout.column(heading="Motion")
        for name in ("foot_lock", "scale_path", "mirrored", "loop"):
            column.prop(values, name)
        if (kept := preferences()) is not None:
            _whole_width(layout, kept, "show_imported")
        layout.operator("kinetix.import_file", text="Import from a File…", icon="FILEBROWSER")


def _whole_width(layout: Any, values: Any, name: str) -> None:
    """A tick whose words are too long for the column beside the headings."""
    column = layout.column()
    column.use_property_split = False
    column.prop(values, name)


class KINETIX_PT_mapping(Panel):
    bl_label = "Bone Mapping"
    bl_idname = "KINETIX_PT_mapping"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        layout = blender.layout(self)
        rigs = armatures(context)
        if not rigs:
            layout.label(text="Select an armature")
            return
        rig = rigs[0]
        layout.label(text=rig.name, icon="ARMATURE_DATA", translate=False)
        try:
            found = mapping.mapping_of(rig) or mapping.automatic_map(rig)
        except KinetixError as error:
            wrapped(layout, error.title, context, icon="ERROR")
            wrapped(layout, error.next_step, context)
            return
        row = layout.row(align=True)
        row.operator("kinetix.automatic_mapping", icon="VIEWZOOM")
        row.operator("kinetix.save_mapping", text="", icon="ADD")
        row.operator_menu_enum("kinetix.load_mapping", "preset", text="", icon="PRESET")
        moves_body = mapping.hips_carry_the_body(rig, found)
        if not moves_body:
            wrapped(
                layout,
                "The legs and the spine must hang from the hips: choose the bone above them all.",
                context,
                icon="ERROR",
            )
        _table(layout, found, context.window_manager.kinetix_import, guessed=() if moves_body else ("Hips",))


def _table(layout: Any, found: Any, values: Any, guessed: Collection[str]) -> None:
    """`guessed`: what is red whatever its confidence. The many fingers are folded away; the worst of them gives the colour."""
    fingers = [human for human in mapping.HUMAN_BONES if not in_mask(human, "NO_FINGERS")]
    _rows(layout, found, [human for human in mapping.HUMAN_BONES if human not in fingers], guessed)
    mapped = [found.bones[human] for human in fingers if human in found.bones]
    if not mapped:
        return
    row = layout.row(align=True)
    unfolds(row, values, "show_fingers", "Fingers")
    row.label(text=f"{len(mapped)}", icon=_sure(min(mapped, key=lambda bone: bone.confidence)), translate=False)
    if values.show_fingers:
        _rows(layout, found, fingers, guessed)


def _rows(layout: Any, found: Any, humans: Iterable[str], guessed: Collection[str]) -> None:
    column = layout.column(align=True)
    for human in humans:
        bone = found.bones.get(human)
        if bone is None and human not in humanoid_profile.MAIN:
            continue  # fingers, eyes and jaw that a rig lacks would only make the list long
        row = column.row(align=True)
        split = row.split(factor=0.58, align=True)  # the sidebar's usual width shows left, right, arm and leg
        split.label(text=human, icon=_sure(None if human in guessed else bone), translate=False)
        split.operator(
            "kinetix.choose_bone", text=bone.name.rpartition(":")[2] if bone else "–", translate=False
        ).human = human
        if bone:
            row.operator("kinetix.show_bone", text="", icon="RESTRICT_SELECT_OFF").bone = bone.name
        row.operator("kinetix.map_bone", text="", icon="EYEDROPPER").human = human


def _sure(bone: Any) -> str:
    """The colour of the automatic result's confidence: icons that every Blender has since 4.2, unlike the strips' colours."""
    if bone is None or bone.confidence < _DOUBTFUL:
        return "COLLECTION_COLOR_01"
    return "COLLECTION_COLOR_04" if bone.confidence >= _SURE else "COLLECTION_COLOR_03"


class KINETIX_MT_emotes(Menu):
    """The main commands under one name: F3 finds what stands in a menu."""

    bl_idname = "KINETIX_MT_emotes"
    bl_label = "Kinetix Emotes"

    def draw(self, _context: Any) -> None:
        layout: Any = blender.layout(self)
        for name, icon in (
            ("choose_clip", "FILE_MOVIE"),
            ("add_view", "ADD"),
            ("trim_and_crop", "MOD_EDGESPLIT"),
            ("create", "OUTLINER_OB_ARMATURE"),
            ("phone", "CAMERA_DATA"),
            ("import_emote", "IMPORT"),
            ("import_group", "COMMUNITY"),
            ("import_file", "FILEBROWSER"),
            ("copy_import_report", "COPYDOWN"),
            ("preview_emote", "PLAY"),
            ("stop_preview", "PAUSE"),
            ("bring_mannequin", "OUTLINER_OB_ARMATURE"),
            ("cut_emote", "SEQ_SPLITVIEW"),
            ("next_unsure", "NEXT_KEYFRAME"),
            ("correct_limb", "ADD"),
            ("refine", "FILE_REFRESH"),
            ("to_assets", "ASSET_MANAGER"),
            ("send_to_godot", "EXPORT"),
            ("what_is_wrong", "VIEWZOOM"),
            ("copy_report", "COPYDOWN"),
        ):
            layout.operator(f"kinetix.{name}", icon=icon)


def _file_menu(self: Any, _context: Any) -> None:
    self.layout.operator("kinetix.import_file")


def _menu(self: Any, _context: Any) -> None:
    self.layout.separator()
    self.layout.menu("KINETIX_MT_emotes")


def _pose_menu(self: Any, _context: Any) -> None:
    self.layout.separator()
    self.layout.operator("kinetix.import_emote", text="Import Kinetix Emote")


_MENUS = (
    ("TOPBAR_MT_file_import", _file_menu),
    ("VIEW3D_MT_object_animation", _pose_menu),
    ("VIEW3D_MT_pose", _pose_menu),
    ("VIEW3D_MT_object", _menu),
)


def add_menus() -> None:
    for name, draw in _MENUS:
        getattr(bpy.types, name).append(draw)


def remove_menus() -> None:
    for name, draw in _MENUS:
        getattr(bpy.types, name).remove(draw)


CLASSES = [KINETIX_MT_emotes, KINETIX_PT_import, KINETIX_PT_mapping]
