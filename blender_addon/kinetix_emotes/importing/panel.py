# SPDX-License-Identifier: GPL-3.0-or-later
"""Import options, the mapping editor, and the menu entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import bpy
from bpy.types import Context, Menu, UILayout

from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.values.errors import KinetixError

from .. import blender, session
from ..blender import SidebarPanel
from ..import_options import IMPORT
from ..library.props import selected
from ..text import shortened, unfolds, wrapped
from . import mapping
from .selection import armatures

_SURE, _DOUBTFUL = 0.85, 0.6
_OF_HUMAN = 0.55  # of a row's width, the rest is for the name of the bone


class KINETIX_PT_import(SidebarPanel):
    bl_label = "Import Options"
    bl_parent_id = "KINETIX_PT_library"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return selected() is not None

    def draw(self, context: Context) -> None:
        values = session.group("kinetix_import")
        layout = blender.layout(self)
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("into", "root", "timing", "mask"):
            layout.prop(values, name)
        _full_width(layout, values, "at_cursor")
        row = layout.row()
        row.enabled = not IMPORT.at_cursor
        row.prop(values, "start")
        column = layout.column(heading="Motion")
        for name in ("foot_lock", "scale_path", "mirrored", "loop"):
            column.prop(values, name)
        if (kept := blender.own_preferences()) is not None:
            _full_width(layout, kept, "show_imported")


def _full_width(layout: UILayout, values: Any, name: str) -> None:
    """Draw a checkbox whose label is too long for the column beside the headings."""
    column = layout.column()
    column.use_property_split = False
    column.prop(values, name)


class KINETIX_PT_mapping(SidebarPanel):
    bl_label = "Bone Mapping"
    bl_parent_id = "KINETIX_PT_library"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return bool(armatures(context))

    def draw(self, context: Context) -> None:
        layout = blender.layout(self)
        rig = armatures(context)[0]
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
                "Map the hips to the parent bone of legs and spine.",
                context,
                icon="ERROR",
            )
        _table(layout, found, context, guessed=() if moves_body else ("Hips",))


def _table(layout: Any, found: Any, context: Context, guessed: Collection[str]) -> None:
    """`guessed`: what is red whatever its confidence. The many fingers are folded away; the worst of them gives the colour."""
    values, letters = session.group("kinetix_import"), _letters(context)
    fingers = {
        f"{side}{finger}": [f"{side}{bone}" for bone in chain]
        for side in ("Left", "Right")
        for finger, chain in humanoid_profile.FINGERS.items()
    }
    of_fingers = {human for chain in fingers.values() for human in chain}
    _rows(layout, found, [human for human in mapping.HUMAN_BONES if human not in of_fingers], guessed, letters)
    mapped = [found.bones[human] for human in of_fingers if human in found.bones]
    if not mapped:
        return
    row = layout.row(align=True)
    unfolds(row, values, "show_fingers", "Fingers")
    row.label(text=f"{len(mapped)}", icon=_sure(min(mapped, key=lambda bone: bone.confidence)), translate=False)
    if not IMPORT.show_fingers:
        return
    for finger, chain in fingers.items():
        if any(human in found.bones for human in chain):
            # The whole name is wider than the sidebar usually is: the finger stands above, its parts below.
            layout.label(text=finger, translate=False)
            _rows(layout, found, chain, guessed, letters, above=finger)


def _letters(context: Context) -> int:
    """Return how many letters of a bone's name fit into a row."""
    width = context.region.width if context.region else 280
    scale = blender.preferences(context).system.ui_scale or 1.0
    return max(8, int(((width / scale - 89) * (1 - _OF_HUMAN) - 8) / 6.6))


def _rows(
    layout: Any, found: Any, humans: Iterable[str], guessed: Collection[str], letters: int, above: str = ""
) -> None:
    """`letters`: of a bone's name. `above`: what the parts' names begin with and stands over the rows."""
    column = layout.column(align=True)
    for human in humans:
        bone = found.bones.get(human)
        if bone is None and human not in humanoid_profile.MAIN:
            continue  # fingers, eyes and jaw that a rig lacks would only make the list long
        row = column.row(align=True)
        split = row.split(factor=_OF_HUMAN, align=True)
        split.label(text=human.removeprefix(above), icon=_sure(None if human in guessed else bone), translate=False)
        choose = split.operator(
            "kinetix.choose_bone",
            text=shortened(bone.name.rpartition(":")[2], letters) if bone else "–",
            translate=False,
        )
        choose.human, choose.bone = human, bone.name if bone else ""
        if bone:
            row.operator("kinetix.show_bone", text="", icon="RESTRICT_SELECT_OFF").bone = bone.name
        row.operator("kinetix.map_bone", text="", icon="EYEDROPPER").human = human


def _sure(bone: Any) -> str:
    """Return the icon whose colour shows the confidence. Every Blender since 4.2 has it."""
    if bone is None or bone.confidence < _DOUBTFUL:
        return "COLLECTION_COLOR_01"
    return "COLLECTION_COLOR_04" if bone.confidence >= _SURE else "COLLECTION_COLOR_03"


class KINETIX_MT_emotes(Menu):
    """The main commands under one name: F3 finds what stands in a menu."""

    bl_label = "Kinetix Emotes"

    def draw(self, _context: Context) -> None:
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
            ("diagnose", "VIEWZOOM"),
            ("copy_report", "COPYDOWN"),
        ):
            layout.operator(f"kinetix.{name}", icon=icon)


def _file_menu(self: Any, _context: Context) -> None:
    self.layout.operator("kinetix.import_file")


def _menu(self: Any, _context: Context) -> None:
    self.layout.separator()
    self.layout.menu("KINETIX_MT_emotes")


def _pose_menu(self: Any, _context: Context) -> None:
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
