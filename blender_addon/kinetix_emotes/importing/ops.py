# SPDX-License-Identifier: GPL-3.0-or-later
"""Import operators: onto the selected armatures, onto the mannequin, from a file, and the mapping editor's buttons."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bpy.types import Context, Event, FileHandler, Object, Operator

from kinetix_core.motion import Motion
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.values.errors import InputError

from .. import blender, compat, emote_files, messages, properties
from ..blender import Result
from ..hub.requests import send_request
from ..import_options import IMPORT, panel_options
from ..library.props import LIBRARY, chosen_many, selected_many
from ..view_modes import PREVIEW
from . import mapping
from .apply import Applied, carry_out, plan_import
from .mannequin import bring
from .restoring import scene_undone_on_error
from .selection import armatures, chosen_armatures
from .shown import show

Clip = tuple[Motion, dict[str, Any]]


def _clips() -> list[Clip]:
    return [(emote_files.from_emote(emote), emote_files.metadata_of(emote)) for emote in chosen_many()]


def _with_face(clips: list[Clip]) -> bool:
    return any(motion.face is not None for motion, _ in clips)


def _import_selected(operator: Any, context: Context, clips: list[Clip]) -> None:
    """Import onto the selected armatures, or onto the mannequin."""
    PREVIEW.end()
    with scene_undone_on_error(context):
        rigs = armatures(context) or [bring(context, face=_with_face(clips))]
        _import(operator, context, rigs, clips)


def _import(operator: Any, context: Context, rigs: list[Any], clips: list[Clip]) -> None:
    """Import all clips onto all rigs, or nothing if one of them fails."""
    begin, scene = time.perf_counter(), blender.scene(context)
    plans, options = [], panel_options(scene)
    for rig in rigs:
        chosen, start = mapping.mapping_of(rig), options.start
        for motion, metadata in clips:
            plan = plan_import(
                rig, motion, replace(options, start=start), mapping=chosen, scene=scene, metadata=metadata
            )
            if options.into == "NLA":  # a batch becomes one strip after the other
                start = float(plan.frames[-1]) + 1
            plans.append(plan)
    done = carry_out(plans, scene)
    _report(operator, rigs, done, time.perf_counter() - begin)
    show(context, rigs, min(plan.frames[0] for plan in plans), max(plan.frames[-1] for plan in plans))


def _report(operator: Any, rigs: list[Object], done: list[Applied], seconds: float) -> None:
    last = done[-1]
    if len(done) == 1:
        sentence = f"{last.action.name}: {last.bones} bones, {seconds * 1000:.0f} ms."
    else:
        sentence = f"{len(done)} emotes imported in {seconds:.2f} s."
    if last.unmapped:
        sentence += f" Not in this rig: {', '.join(last.unmapped[:6])}{'…' if len(last.unmapped) > 6 else ''}."
    notes = list(dict.fromkeys(note for one in done for note in one.notes))
    operator.report({"INFO"}, " ".join([sentence, *notes]))
    added = [f"Action “{one.action.name}”: {one.bones} bones, {one.curves} curves" for one in done]
    missing = [f"Not in the rig: {', '.join(last.unmapped)}"] if last.unmapped else []
    IMPORT.report = "\n".join([f"Onto {', '.join(rig.name for rig in rigs)}", *added, *missing, *notes])


class KINETIX_OT_import_emote(Operator):
    bl_label = "Import Emote"
    bl_description = "Import the selected emotes onto the selected armatures, or onto the mannequin"
    bl_options = {"REGISTER", "UNDO"}

    @messages.guarded
    def execute(self, context: Context) -> None:
        clips = _clips()
        _import_selected(self, context, clips)


class KINETIX_OT_accept_and_import(Operator):
    bl_label = "Accept and Import"
    bl_description = "Accept the take and import it onto the selected armature, or the mannequin"
    bl_options = {"REGISTER", "UNDO"}

    job: str = properties.text(options={"HIDDEN"})

    @messages.guarded
    def execute(self, context: Context) -> None:
        job, _, file = emote_files.take_of(self.job)
        name = job.get("name") or "emote"
        motion = emote_files.from_file(file).with_(name=name)
        _import_selected(self, context, [(motion, {"emote": job.get("emoteId") or "", "name": name})])
        LIBRARY.imported.add(self.job)
        send_request("POST", f"/v1/jobs/{self.job}/validate")


class KINETIX_OT_copy_import_report(Operator):
    bl_label = "Copy Import Report"
    bl_description = "Copy a summary of the last import to the clipboard"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return bool(IMPORT.report)

    @messages.guarded
    def execute(self, context: Context) -> None:
        blender.window_manager(context).clipboard = IMPORT.report
        self.report({"INFO"}, "The report is on the clipboard.")


class KINETIX_OT_bring_mannequin(Operator):
    bl_label = "On Mannequin"
    bl_description = "Add the mannequin to the scene, with the selected emote"
    bl_options = {"REGISTER", "UNDO"}

    @messages.guarded
    def execute(self, context: Context) -> None:
        clips = _clips() if selected_many() else []
        PREVIEW.end()
        with scene_undone_on_error(context):
            rig = bring(context, face=_with_face(clips))
            if clips:
                _import(self, context, [rig], clips)


class KINETIX_OT_import_file(Operator):
    bl_label = "Kinetix Emote (.glb, .vrma, .bvh, .kinanim)"
    bl_description = "Import an emote from a file onto the selected armature, or the mannequin"
    bl_options = {"REGISTER", "UNDO"}

    filepath: str = properties.text(subtype="FILE_PATH")
    filter_glob: str = properties.text(default="*.glb;*.vrma;*.bvh;*.kinanim", options={"HIDDEN"})

    def invoke(self, context: Context, _event: Event) -> Result:
        if self.filepath:
            return self.execute(context)
        blender.window_manager(context).fileselect_add(self)
        return {"RUNNING_MODAL"}

    @messages.guarded
    def execute(self, context: Context) -> None:
        path = Path(self.filepath)
        motion = emote_files.from_file(path).with_(name=path.stem)
        _import_selected(self, context, [(motion, {"name": path.stem})])


class KINETIX_FH_emote(FileHandler):
    """A Kinanim file dropped into the 3D view goes onto the selected rig. (.glb and .bvh belong to Blender's own importers too.)"""

    bl_label = "Kinetix emote"
    bl_import_operator = "kinetix.import_file"
    bl_file_extensions = ".glb;.bvh;.kinanim"

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        return bool(context.area and context.area.type == "VIEW_3D")


class KINETIX_OT_map_bone(Operator):
    bl_label = "Use Active Bone"
    bl_description = "Use the active pose bone for this body part"
    bl_options = {"INTERNAL"}

    human: str = properties.text()

    @messages.guarded
    def execute(self, context: Context) -> None:
        rig = chosen_armatures(context)[0]
        picked = (
            context.active_pose_bone.name
            if context.active_pose_bone
            else rig.data.bones.active and rig.data.bones.active.name
        )
        if not picked:
            raise InputError(
                "No bone is active.", code="noBone", next_step="Select the bone in Pose Mode, then try again."
            )
        mapping.change(rig, self.human, picked)


class KINETIX_OT_choose_bone(Operator):
    bl_label = "Choose Bone…"
    bl_description = "Choose the rig's bone for this body part. Leave empty for none"
    bl_options = {"INTERNAL"}

    human: str = properties.text()
    bone: str = properties.text("Bone")

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """Return the tooltip: both names whole, which the row may cut."""
        return f"{properties.human}: {properties.bone or '–'}\n{blender.pgettext_iface(cls.bl_description)}"

    def invoke(self, context: Context, _event: Event) -> Result:
        rigs = armatures(context)
        if rigs:
            known = mapping.mapping_of(rigs[0]) or mapping.automatic_map(rigs[0])
            found = known.bones.get(self.human)
            self.bone = found.name if found else ""
        return blender.window_manager(context).invoke_props_dialog(self)

    def draw(self, context: Context) -> None:
        rigs = armatures(context)
        if rigs:
            blender.layout(self).prop_search(self, "bone", rigs[0].data, "bones", text=self.human)

    @messages.guarded
    def execute(self, context: Context) -> None:
        mapping.change(chosen_armatures(context)[0], self.human, self.bone or None)


class KINETIX_OT_show_bone(Operator):
    bl_label = "Show Bone"
    bl_description = "Select this bone in the viewport (in pose mode)"
    bl_options = {"INTERNAL", "UNDO"}

    bone: str = properties.text()

    @messages.guarded
    def execute(self, context: Context) -> None:
        rig = chosen_armatures(context)[0]
        for name in compat.selected_bone_names(rig):
            compat.select_bone(rig, name, False)
        compat.select_bone(rig, self.bone)
        rig.data.bones.active = rig.data.bones[self.bone]


class KINETIX_OT_automatic_mapping(Operator):
    bl_label = "Detect Automatically"
    bl_description = "Discard manual changes and detect the bones again"

    @messages.guarded
    def execute(self, context: Context) -> None:
        mapping.forget(chosen_armatures(context)[0])


class KINETIX_OT_save_mapping(Operator):
    bl_label = "Save Preset…"
    bl_description = "Save this mapping as a preset for other rigs"

    name: str = properties.text("Name")

    def invoke(self, context: Context, _event: Event) -> Result:
        return blender.window_manager(context).invoke_props_dialog(self)

    @messages.guarded
    def execute(self, context: Context) -> None:
        name = "".join(letter for letter in self.name.strip() if letter.isalnum() or letter in " -_.")
        if not name:
            raise InputError("The preset needs a name.", code="badName", next_step="Type a name.")
        rig = chosen_armatures(context)[0]
        (mapping.mapping_of(rig) or mapping.automatic_map(rig)).save(mapping.preset_folder() / f"{name}.json")
        self.report({"INFO"}, f"Mapping preset “{name}” is saved.")


_items: list[tuple[str, str, str]] = []


def _preset_items(_self: Any, _context: Context) -> list[tuple[str, str, str]]:
    _items[:] = [(name, name, "") for name in mapping.presets()] or [("", "No presets yet", "")]
    return _items


class KINETIX_OT_load_mapping(Operator):
    bl_label = "Load Preset"
    bl_description = "Use a saved mapping for this rig"

    preset: str = properties.choice("Preset", _preset_items)

    @messages.guarded
    def execute(self, context: Context) -> None:
        file = mapping.preset_folder() / f"{self.preset}.json"
        if not self.preset or not file.is_file():
            raise InputError("No preset is saved yet.", code="noPreset", next_step="Save a preset first.")
        mapping.take(chosen_armatures(context)[0], BoneMap.load(file))
