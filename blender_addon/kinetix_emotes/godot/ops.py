# SPDX-License-Identifier: GPL-3.0-or-later
"""Send to Godot: chosen Actions of the rig, and once the character, into a sync target; and again whenever the file is saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import bpy
from bpy.types import Context, Event, Object, Operator, Scene

from kinetix_core.protocol.hub.json_types import SyncTarget
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

from .. import blender, messages, properties, session
from ..blender import Result
from ..hub import heartbeat
from ..hub.requests import send_request
from ..importing.selection import chosen_armatures
from ..view_modes import PREVIEW
from . import sending
from .sending import Sending


@dataclass
class GodotValues:
    row: int = properties.integer("Row")
    again: bool = properties.boolean("Send Again on Save", "Send the same actions again each time the file is saved")

    target: str = ""  # id of the sync target
    actions: list[str] = field(default_factory=list)  # ticked, by name
    sent: dict[tuple[str, tuple[str, ...], str], str] = field(default_factory=dict)  # rig, actions, scene: target


GODOT = GodotValues()
KinetixGodotValues = session.property_group("KinetixGodotValues", GODOT)


def chosen_target() -> SyncTarget | None:
    targets = heartbeat.LINK.state.targets
    return targets.get(GODOT.target) or next(iter(targets.values()), None)


def is_ticked(action: str) -> bool:
    return action in GODOT.actions


def _target() -> SyncTarget:
    target = chosen_target()
    if target is None:
        raise InputError("There is no Godot project yet.", code="noTarget", next_step="Add one in the Godot panel.")
    return target


def _rigs(context: Context) -> list[Object]:
    PREVIEW.end()
    return chosen_armatures(context)


def _send(rig: Object, actions: tuple[str, ...], target: SyncTarget, scene: Scene) -> None:
    # An animation library has no use for the meshes; a scene shows them.
    with_meshes = not actions or (target.get("preset") or {}).get("importer") == "scene"
    sending.add(Sending(rig.name, actions, target["id"], Path(target.get("project", "")), scene.name, with_meshes))
    GODOT.sent[(rig.name, actions, scene.name)] = target["id"]


class KINETIX_OT_send_to_godot(Operator):
    bl_label = "Send to Godot"
    bl_description = "Export the ticked actions of the selected rig, or its current one, to the Godot project"

    @messages.guarded
    def execute(self, context: Context) -> None:
        target = _target()
        for rig in _rigs(context):
            actions = tuple(action.name for action in bpy.data.actions if is_ticked(action.name))
            present = rig.animation_data.action if rig.animation_data else None
            if not actions and present is not None:
                actions = (present.name,)
            if not actions:
                raise InputError(
                    worded("“{rig}” has no action.", rig=rig.name), code="noAction", next_step="Import an emote first."
                )
            _send(rig, actions, target, blender.scene(context))


class KINETIX_OT_send_character(Operator):
    bl_label = "Send Character"
    bl_description = "Export the selected rig and its meshes, without animation, to the project's “characters” folder"

    @messages.guarded
    def execute(self, context: Context) -> None:
        target = _target()
        for rig in _rigs(context):
            _send(rig, (), target, blender.scene(context))


class KINETIX_OT_cancel_sending(Operator):
    bl_label = "Cancel"
    bl_description = "Cancel the export. The Godot project stays unchanged"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return sending.current() is not None

    @messages.guarded
    def execute(self, _context: Context) -> None:
        sending.cancel()


class KINETIX_OT_tick_action(Operator):
    bl_label = "Tick Action"
    bl_description = "Include this action when sending to Godot"

    action: str = properties.text()

    @messages.guarded
    def execute(self, _context: Context) -> None:
        ticked = GODOT.actions
        if self.action in ticked:
            ticked.remove(self.action)
        else:
            ticked.append(self.action)


def send_again() -> None:
    """After a save: everything that was sent from this file and is still there, when the person wants that."""
    if not GODOT.again:
        return
    for (rig_name, actions, scene_name), target_id in list(GODOT.sent.items()):
        rig, target = bpy.data.objects.get(rig_name), heartbeat.LINK.state.targets.get(target_id)
        scene = bpy.data.scenes.get(scene_name)
        if rig and target and scene and all(name in bpy.data.actions for name in actions):
            _send(rig, actions, target, scene)


class KINETIX_OT_add_target(Operator):
    bl_label = "Add Godot Project…"
    bl_description = "Choose a Godot project: its emotes folder follows your library"

    directory: str = properties.text(subtype="DIR_PATH")

    def invoke(self, context: Context, _event: Event) -> Result:
        blender.window_manager(context).fileselect_add(self)
        return {"RUNNING_MODAL"}

    @messages.guarded
    def execute(self, _context: Context) -> None:
        project = Path(self.directory)
        if not (project / "project.godot").is_file():
            raise InputError(
                "This folder is not a Godot project.",
                code="noProject",
                next_step="Choose the folder that holds project.godot.",
            )
        send_request(
            "POST", "/v1/sync/targets", {"project": str(project), "folder": "emotes", "source": "library", "preset": {}}
        )


class KINETIX_OT_choose_target(Operator):
    bl_label = "Use This Project"
    bl_description = "Send to this Godot project"

    target: str = properties.text()

    @messages.guarded
    def execute(self, _context: Context) -> None:
        GODOT.target = self.target
