# SPDX-License-Identifier: GPL-3.0-or-later
"""Refine: where the take is unsure, what is to be corrected, and its versions."""

from __future__ import annotations

from bpy.types import Context, UILayout

from .. import blender
from ..blender import SidebarPanel, pgettext_iface
from ..hub import heartbeat
from ..text import wrapped
from .labels import DEPTHS, correction_label, limb_label
from .takes import Playing, Take, is_very_unsure, playing, scene_frames, take_of, unsure_of

_SHOWN = 8


class KINETIX_PT_refine(SidebarPanel):
    bl_label = "Refine"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = blender.layout(self)
        found = playing(context)
        if found is None:
            wrapped(layout, "Select a rig that plays an emote of the library", context)
            return
        take = take_of(found.emote)
        if take.error is not None:
            wrapped(layout, take.error.get("title", ""), context, icon="INFO")
            wrapped(layout, take.error.get("nextStep", ""), context)
            layout.operator("kinetix.look_at_take", icon="FILE_REFRESH")
            return
        if take.versions is None:
            layout.label(text="Reading the take…", icon="TIME")
            return
        _unsure(layout, found)
        _corrections(layout, found, take)
        _versions(layout, found, take, context)


def _unsure(layout: UILayout, found: Playing) -> None:
    spans = unsure_of(found)
    box = layout.box().column(align=True)
    box.label(text=f"{pgettext_iface('Uncertain')}: {len(spans)}", icon="QUESTION", translate=False)
    box.operator("kinetix.next_unsure", icon="NEXT_KEYFRAME")
    for span in spans[:_SHOWN]:
        row = box.row(align=True)
        row.label(
            text=f"{limb_label(span.get('limb', ''))}  {scene_frames(found, span)}",
            icon="COLLECTION_COLOR_01" if is_very_unsure(span) else "COLLECTION_COLOR_03",
            translate=False,
        )
        row.operator("kinetix.go_to_take_frame", text="", icon="RIGHTARROW").frame = span["worst"]


def _corrections(layout: UILayout, found: Playing, take: Take) -> None:
    column = layout.column(align=True)
    column.operator("kinetix.correct_limb", icon="ADD")
    row = column.row(align=True)
    for side, label, _ in DEPTHS:
        row.operator("kinetix.correct_depth", text=label).side = side
    column.operator("kinetix.drag_joints", icon="TRACKER")
    column.operator("kinetix.correct_contact", icon="CON_FLOOR")
    first = take.first_frame(found.emote)
    for name, correction in take.corrections.items():
        row = column.row(align=True)
        frame = int(correction.get("frame", correction.get("first", 0))) - first
        ends = {"first": frame, "last": int(correction.get("last", frame + first)) - first}
        shown = scene_frames(found, ends) if "last" in correction else round(found.scene_frame(frame))
        row.label(text=f"{correction_label(correction)}  {shown}", icon="DOT", translate=False)
        row.operator("kinetix.go_to_take_frame", text="", icon="RIGHTARROW").frame = frame
        row.operator("kinetix.remove_correction", text="", icon="X").correction = name
    row = layout.row()
    row.scale_y = 1.2
    row.enabled = not take.job and take.is_changed(found.emote)
    words = "Ready to review" if take.waits_for_decision() else "Solving…" if take.job else "Refine"
    row.operator("kinetix.refine", text=words, icon="FILE_REFRESH")


def _versions(layout: UILayout, found: Playing, take: Take, context: Context) -> None:
    versions = take.versions or []
    if len(versions) < 2:
        return
    column = layout.column(align=True)
    for version in reversed(versions):
        emote, error = str(version.get("emote") or ""), version.get("error")
        row = column.row(align=True)
        row.label(
            text=f"{version.get('number')} · {pgettext_iface('Corrections')}: {len(version.get('corrections') or [])}",
            icon="ERROR" if error else "CHECKMARK" if version.get("current") else "BLANK1",
            translate=False,
        )
        button = row.row(align=True)
        button.enabled = emote in heartbeat.LINK.state.emotes and emote != found.emote
        button.operator("kinetix.import_version", text="", icon="IMPORT").emote = emote
        if error:
            wrapped(column, str(error.get("title") or ""), context)
            wrapped(column, str(error.get("nextStep") or ""), context)
