# SPDX-License-Identifier: GPL-3.0-or-later
"""Correct, take back, solve again, look at the next place where the capture is unsure, and go to another version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bpy
from bpy.types import Context, Event, Operator

from kinetix_core.values.errors import InputError

from .. import blender, emote_files, messages, properties
from ..blender import Result
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import send_request, show_outcome
from ..import_options import panel_options
from ..importing import mapping
from ..importing.apply import Applied, carry_out, plan_import
from ..importing.restoring import scene_undone_on_error
from ..view_modes import PREVIEW
from . import pose
from .labels import CONTACTS, DEPTHS, FIELDS, limb_label
from .takes import Playing, Take, forget, next_unsure, playing, refuse_mirrored, scene_frames, take_of

_LOOK_S = 0.2
_PAGE_S = 90.0  # Kinetix Local may have to start


class _TakeOperator:
    @classmethod
    def poll(cls, context: Context) -> bool:
        if playing(context) is None:
            cls.poll_message_set("Select a rig that plays an emote of the library")  # type: ignore[attr-defined]
            return False
        return True


def _found(context: Context) -> tuple[Playing, Take]:
    found = playing(context)
    if found is None:
        raise InputError(
            "The selected rig plays no emote of the library.",
            code="noEmote",
            next_step="Import one, then select its rig.",
        )
    return found, take_of(found.emote)


def _frame(found: Playing, take: Take, scene_frame: float) -> int:
    """Return the frame of the take; corrections count in it, also where the emote is a loop that was cut out of it."""
    refuse_mirrored(found)
    frame = found.take_frame(scene_frame)
    if not 0 <= frame < found.frames:
        raise InputError(
            "The emote does not play at this frame.", code="noFrame", next_step="Go to a frame at which it plays."
        )
    return frame + take.first_frame(found.emote)


class KINETIX_OT_correct_limb(_TakeOperator, Operator):
    bl_label = "Add Correction"
    bl_description = "Use the limb's current pose as correct at this frame"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if context.mode != "POSE":
            cls.poll_message_set("Switch to Pose Mode and pose the limb first")
            return False
        return True

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, take = _found(context)
        bone = context.active_pose_bone
        limb = pose.limb_of(found.rig, bone.name) if bone else None
        if limb is None:
            raise InputError(
                "The active bone belongs to no limb, trunk or head.",
                code="noLimb",
                next_step="Pose the limb in Pose Mode, then try again.",
            )
        frame = _frame(found, take, blender.scene(context).frame_current_final)
        name = f"{limb}-{frame}"
        take.corrections[name] = {
            "id": name,
            "kind": "limb",
            "frame": frame,
            "limb": limb,
            "directions": pose.directions(found.rig, limb, blender.scene(context)),
        }
        heartbeat.redraw()


class KINETIX_OT_correct_depth(_TakeOperator, Operator):
    bl_label = "Towards Camera or Away"
    bl_description = "Correct whether the active arm or leg segment points towards the camera"

    side: str = properties.choice("", DEPTHS)

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """Return the tooltip: what this one button says."""
        return blender.pgettext_iface(next(words for key, _, words in DEPTHS if key == properties.side))

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, take = _found(context)
        bone = context.active_pose_bone
        part = pose.part_of(found.rig, bone.name) if bone else None
        if part is None:
            raise InputError(
                "The active bone is no arm or leg segment.",
                code="noLimb",
                next_step="Select an upper arm, forearm, thigh or shin in Pose Mode, then try again.",
            )
        about = {
            "kind": "depth",
            "frame": _frame(found, take, blender.scene(context).frame_current_final),
            "part": part,
        }
        # A correction with a camera holds for that camera's picture only.
        before = (
            name for name, one in take.corrections.items() if about.items() <= one.items() and one.get("camera") is None
        )
        name = next(before, f"{part}-{about['frame']}")
        take.corrections[name] = {"id": name, **about, "towards": self.side == "TOWARDS"}
        heartbeat.redraw()


class KINETIX_OT_drag_joints(_TakeOperator, Operator):
    bl_label = "Drag Joints in Browser…"
    bl_description = "Open the library page at this frame, to drag joints to where they are in the clip"

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, take = _found(context)
        frame = _frame(found, take, blender.scene(context).frame_current_final)

        def opened(answer: Answer) -> None:
            if isinstance(answer.data, dict) and not answer.error:
                bpy.ops.wm.url_open(url=str(answer.data.get("url", "")))
            show_outcome()(answer)

        path = f"/v1/library-page?emote={found.emote}&frame={frame}"
        heartbeat.LINK.request("POST", path, None, opened, limit_s=_PAGE_S)


class KINETIX_OT_correct_contact(_TakeOperator, Operator):
    bl_label = "Add Contact…"
    bl_description = "Set the frames of a foot or hand contact"

    what: str = properties.choice("Contact", CONTACTS)
    side: str = properties.choice("Body Side", [("left", "Left", ""), ("right", "Right", "")])
    first: int = properties.integer("Start", "Frame of the scene")
    last: int = properties.integer("End", "Frame of the scene")

    def invoke(self, context: Context, _event: Event) -> Result:
        self.first = self.last = blender.scene(context).frame_current
        return blender.window_manager(context).invoke_props_dialog(self)

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, take = _found(context)
        first, last = (_frame(found, take, frame) for frame in (self.first, self.last))
        if last < first:
            raise InputError(
                "The contact ends before it starts.", code="badContact", next_step="Set “End” after “Start”."
            )
        name = f"{self.side}-{self.what.lower().replace('_', '-')}-{first}"
        take.corrections[name] = {"id": name, "first": first, "last": last, "side": self.side, **FIELDS[self.what]}
        heartbeat.redraw()


class KINETIX_OT_remove_correction(_TakeOperator, Operator):
    bl_label = "Remove Correction"
    bl_description = "Remove this correction"

    correction: str = properties.text()

    @messages.guarded
    def execute(self, context: Context) -> None:
        _, take = _found(context)
        take.corrections.pop(self.correction, None)
        heartbeat.redraw()


class KINETIX_OT_go_to_take_frame(_TakeOperator, Operator):
    bl_label = "Go to Frame"
    bl_description = "Go to this frame"
    bl_options = {"INTERNAL"}

    frame: int = properties.integer()

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, _ = _found(context)
        blender.scene(context).frame_set(round(found.scene_frame(self.frame)))


class KINETIX_OT_next_unsure(_TakeOperator, Operator):
    bl_label = "Next Uncertain Frame"
    bl_description = "Go to the next frame at which the capture is unsure"

    @messages.guarded
    def execute(self, context: Context) -> Result:
        found, _ = _found(context)
        span = next_unsure(found, blender.scene(context).frame_current_final)
        if span is None:
            self.report({"INFO"}, "The capture is sure of this take.")
            return {"CANCELLED"}
        blender.scene(context).frame_set(round(found.scene_frame(span["worst"])))
        self.report({"INFO"}, f"{limb_label(span.get('limb', ''))}  {scene_frames(found, span)}")
        return {"FINISHED"}


class KINETIX_OT_refine(_TakeOperator, Operator):
    bl_label = "Refine"
    bl_description = "Solve the take again with these corrections, and show the new version"
    bl_options = {"UNDO"}

    def invoke(self, context: Context, _event: Event) -> Result:
        """Wait for the new version in a modal operator, as one undo step. Blender stays usable."""
        if self.execute(context) != {"FINISHED"}:
            return {"CANCELLED"}
        manager = blender.window_manager(context)
        self._timer = manager.event_timer_add(_LOOK_S, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, take = _found(context)
        self._emote, take.job, take.solved, take.sent = found.emote, "", "", True

        def sent(answer: Answer) -> None:
            take.sent = False
            if isinstance(answer.data, dict) and not answer.error:
                take.job = str(answer.data.get("id") or "")
            show_outcome("The take is being refined.")(answer)

        body = {"corrections": list(take.corrections.values())}
        heartbeat.LINK.request("POST", f"/v1/emotes/{found.emote}/refine", body, sent)

    def modal(self, context: Context, event: Event) -> Result:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        take = take_of(self._emote)
        comes = take.solved and take.solved not in heartbeat.LINK.state.emotes
        if take.sent or comes or (take.job and not take.waits_for_decision()):
            return {"PASS_THROUGH"}
        blender.window_manager(context).event_timer_remove(self._timer)
        return self._show(context) if take.solved else {"CANCELLED"}

    @messages.guarded
    def _show(self, context: Context) -> Result:
        found, take = _found(context)
        if found.emote != self._emote:  # something else was selected meanwhile: the version's arrow is in the list
            return {"CANCELLED"}
        done = _put(context, found, take.solved)
        take_of(take.solved).corrections = {}  # they come with its versions, as they were kept
        self.report({"INFO"}, f"{done.action.name}: {done.bones} bones.")
        return {"FINISHED"}


class KINETIX_OT_look_at_take(_TakeOperator, Operator):
    bl_label = "Check Again"
    bl_description = "Load the versions of this emote again"

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, _ = _found(context)
        forget(found.emote)


class KINETIX_OT_import_version(_TakeOperator, Operator):
    bl_label = "Show Version"
    bl_description = "Show this version on the rig and make it the current one"
    bl_options = {"REGISTER", "UNDO"}

    emote: str = properties.text(options={"HIDDEN"})

    @messages.guarded
    def execute(self, context: Context) -> None:
        found, take = _found(context)
        done = _put(context, found, self.emote)
        own, version = take_of(self.emote), take.version(self.emote)
        own.corrections = {str(one.get("id")): one for one in version.get("corrections") or []}
        if version.get("number") and not version.get("current"):
            send_request("POST", f"/v1/emotes/{self.emote}/refine/{version['number']}/current")
            forget(self.emote)
        self.report({"INFO"}, f"{done.action.name}: {done.bones} bones.")


def _put(context: Context, found: Playing, emote_id: str) -> Applied:
    """Import another version of the emote onto the rig, from the same frame on."""
    emote = heartbeat.LINK.state.emotes.get(emote_id)
    if emote is None:
        raise InputError(
            "This version is not in the library.", code="noEmote", next_step="Press Refresh in the library."
        )
    motion, metadata = emote_files.from_emote(emote), emote_files.metadata_of(emote)
    PREVIEW.end()
    with scene_undone_on_error(context):
        chosen = replace(panel_options(blender.scene(context)), start=float(found.action.frame_start))
        if chosen.into == "NLA":  # the action that plays would hide a strip
            chosen = replace(chosen, into="ACTION")
        own_map = mapping.mapping_of(found.rig)
        plan = plan_import(found.rig, motion, chosen, mapping=own_map, scene=blender.scene(context), metadata=metadata)
        return carry_out([plan], blender.scene(context))[-1]
