# SPDX-License-Identifier: GPL-3.0-or-later
"""The New Emote panel."""

from __future__ import annotations

from pathlib import Path

from bpy.types import Context, UILayout

from .. import blender, session, thumbnails
from ..account.panel import draw_state, draw_trouble
from ..blender import SidebarPanel, pgettext_iface
from ..clip_form import FORM, draw_height
from ..hub import heartbeat
from ..hub.requests import captures_here
from ..jobs.ops import awaiting_decision
from ..text import fitting, wrapped
from ..view_modes import TRIMMING
from . import clip_check, frames, seen_people
from .props import offers_people

_PICTURE, _PERSON = 6.0, 4.0
_MOST_CLIPS = 12


class KINETIX_PT_create(SidebarPanel):
    bl_label = "New Emote"

    def draw_header_preset(self, _context: Context) -> None:
        blender.layout(self).menu("KINETIX_MT_kinetix", text="", icon="DOWNARROW_HLT")

    def draw(self, context: Context) -> None:
        heartbeat.seen()
        layout = blender.layout(self)
        clips = FORM.clips
        chosen = Path(FORM.clip).name
        if clips:
            chosen = pgettext_iface("{count} Clips").format(count=len(clips))
        layout.operator(
            "kinetix.choose_clip",
            text=chosen or pgettext_iface("Choose a Clip…"),
            icon="FILE_MOVIE" if chosen else "FILEBROWSER",
            translate=False,
        )
        _create(layout, clips)
        draw_state(layout)
        if FORM.clip:
            if not awaiting_decision():  # the take to review gets the space
                _picture(layout)
            _part(layout)
        # What comes and goes by itself stands below what is pressed.
        _messages(layout, context)
        draw_trouble(layout, context)


def _messages(layout: UILayout, context: Context) -> None:
    """Draw the problems of the clip and the people in it."""
    clips = FORM.clips
    if clips:
        _clips(layout, clips, context)
    why = clip_check.fault() if FORM.clip or clips else ""
    if why:
        wrapped(layout, why, context, icon="ERROR")
    elif not FORM.clip and not clips:
        wrapped(layout, clip_check.rule(), context, icon="INFO")
    if (why or clips) and clip_check.may_be_longer():
        layout.operator("kinetix.long_clips", icon="TIME")
    if (why or clips) and clip_check.may_be_shorter():
        layout.operator("kinetix.short_clips", icon="TIME")
    if FORM.clip and offers_people() and seen_people.are_several():
        _people(layout, context)
    if FORM.clip and offers_people() and FORM.half_a_body:
        wrapped(layout, "Only the upper body is in frame.", context, icon="INFO")
        layout.prop_enum(
            session.group("kinetix_create"), "captured", "upper", text="Capture Upper Body", icon="OUTLINER_OB_ARMATURE"
        )


def _create(layout: UILayout, clips: list[str]) -> None:
    buttons = layout.column(align=True)
    buttons.scale_y = 1.3
    if clips:
        words = pgettext_iface("Create {count} Emotes").format(count=len(clips))
        buttons.operator("kinetix.create", text=words, icon="OUTLINER_OB_ARMATURE", translate=False)
    else:
        buttons.operator("kinetix.create", icon="OUTLINER_OB_ARMATURE")
    buttons.operator("kinetix.phone", icon="CAMERA_DATA")


def _clips(layout: UILayout, clips: list[str], context: Context) -> None:
    """Draw several clips, each with its problem and a button to remove it."""
    column = layout.column(align=True)
    for clip in clips[:_MOST_CLIPS]:
        row = column.row(align=True)
        why = FORM.clip_problems.get(clip)
        row.label(text=fitting(Path(clip).name, context, 1), icon="ERROR" if why else "FILE_MOVIE", translate=False)
        row.operator("kinetix.remove_clip", text="", icon="X", emboss=False).clip = clip
        if why:
            wrapped(column, why, context, icon="BLANK1")
    if len(clips) > _MOST_CLIPS:
        more = pgettext_iface("and {count} more").format(count=len(clips) - _MOST_CLIPS)
        column.label(text=more, icon="BLANK1", translate=False)


def _part(layout: UILayout) -> None:
    values = session.group("kinetix_create")
    row = layout.row(align=True)
    row.operator("kinetix.trim_and_crop", icon="MOD_EDGESPLIT", depress=TRIMMING.is_on)
    row.prop(values, "crop", text="", icon="BORDERMOVE")
    row = layout.row(align=True)
    row.prop(values, "start")
    row.prop(values, "end")
    if FORM.start or FORM.end:
        row.operator("kinetix.reset_trim", text="", icon="X")
    if FORM.crop:
        for sides in (("left", "right"), ("top", "bottom")):
            row = layout.row(align=True)
            for side in sides:
                row.prop(values, f"crop_{side}")


def _people(layout: UILayout, context: Context) -> None:
    """Draw the people in the clip; a click chooses one, or everybody."""
    chosen = seen_people.chosen()
    row = layout.row(align=True)
    for number, picture in enumerate(seen_people.pictures(), 1):
        column = row.column(align=True)
        column.template_icon(picture, scale=_PERSON)
        column.operator(
            "kinetix.choose_person", text=str(number), depress=chosen == number, translate=False
        ).person = number
    layout.operator("kinetix.choose_person", text="Everybody", depress=chosen == 0).person = 0
    if chosen is None and FORM.people == "one":
        wrapped(
            layout, "Several people are in the clip. The most prominent one is captured.", context, icon="COMMUNITY"
        )
    elif chosen is None:
        wrapped(layout, "Several people are in the clip. Choose one, or Everybody.", context, icon="ERROR")


def _views(layout: UILayout, context: Context) -> None:
    """Draw the clips of the other cameras."""
    column = layout.column(align=True)
    for view in FORM.views:
        row = column.row(align=True)
        row.label(text=fitting(Path(view).name, context, 1), icon="VIEW_CAMERA", translate=False)
        row.operator("kinetix.remove_view", text="", icon="X").view = view
    column.operator("kinetix.add_view", icon="ADD")


class KINETIX_PT_options(SidebarPanel):
    bl_label = "Options"
    bl_parent_id = "KINETIX_PT_create"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = blender.layout(self)
        _settings(layout)
        if FORM.clip and captures_here():
            _views(layout, context)


def _settings(layout: UILayout) -> None:
    values = session.group("kinetix_create")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    if not FORM.clips:  # their names are those of their files
        column.prop(values, "name")
    draw_height(column, values)
    column.prop(values, "root")
    if captures_here() and not FORM.views:  # one camera's clip
        column.prop(values, "captured")
    if offers_people() and not seen_people.are_several():
        column.prop(values, "people")
    row = layout.row()
    row.prop(values, "loop")
    row.prop(values, "mature")
    if captures_here() and not FORM.views:
        row.prop(values, "face")
    if captures_here():
        layout.prop(values, "ask")


def _picture(layout: UILayout) -> None:
    """Draw the frame at the last cut and the length of the clip. Its place is kept while it is read.

    A clip that is gone or cannot be read has none, and what is wrong with it stands above.
    """
    film = frames.film()
    if film is None or film.problem:
        return
    layout.template_icon(frames.icon() or thumbnails.blank(), scale=_PICTURE)
    if film.reading:
        layout.progress(factor=film.share, text=pgettext_iface("Reading the clip…"), translate=False)
    else:
        layout.label(text=f"{film.seconds:.1f} s · {film.fps:g} fps", translate=False)
