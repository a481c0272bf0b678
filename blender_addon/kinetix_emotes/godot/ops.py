# SPDX-License-Identifier: GPL-3.0-or-later
"""Send to Godot: the rig's action, with the character, into a sync target; and again whenever the file is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy.types import Operator

from kinetix_core import paths
from kinetix_core.errors import InputError

from .. import heartbeat, messages, session
from ..account.ops import say, tell
from ..hub_link import Answer
from ..importing.ops import armatures
from .export import action_to_glb

__all__ = ["CLASSES", "chosen_target", "send_again"]


def chosen_target() -> dict[str, Any] | None:
    targets = heartbeat.LINK.state.targets
    return targets.get(session.VALUES.get("godot.target", "")) or next(iter(targets.values()), None)


class KINETIX_OT_send_to_godot(Operator):
    bl_idname = "kinetix.send_to_godot"
    bl_label = "Send to Godot"
    bl_description = "Export the selected rig's action with the character and put it into the Godot project"

    @messages.guarded
    def execute(self, context: Any) -> set[str]:
        from ..preview.ops import stop_preview

        stop_preview()
        target = chosen_target()
        if target is None:
            raise InputError("There is no Godot project yet.", code="noTarget", next_step="Add one in the Godot panel.")
        rigs = armatures(context)
        if not rigs:
            raise InputError("Select an armature first.", code="noArmature", next_step="Click your character's rig.")
        for rig in rigs:
            action = rig.animation_data.action if rig.animation_data else None
            if action is None:
                raise InputError(f"“{rig.name}” has no action.", code="noAction", next_step="Import an emote first.")
            _send(context, target["id"], rig, action)
        return {"FINISHED"}


def _send(context: Any, target: str, rig: Any, action: Any) -> None:
    name = (
        "".join(letter if letter.isalnum() or letter in " -_." else "_" for letter in action.name).strip(" .")
        or "emote"
    )
    file = paths.home() / "outbox" / f"{name}.glb"
    action_to_glb(context, rig, action, file)
    sent = session.VALUES.setdefault("godot.sent", {})
    sent[(rig.name, action.name)] = target

    def done(answer: Answer) -> None:
        tell(f"“{action_name}” is in the Godot project.")(answer)

    action_name = action.name
    heartbeat.LINK.request("POST", f"/v1/sync/targets/{target}/send", {"glb": str(file), "name": name}, done)


def send_again(context: Any) -> None:
    """After a save: everything that was sent from this file and is still there, when the person wants that."""
    if not session.VALUES.get("godot.again"):
        return
    for (rig_name, action_name), target in list(session.VALUES.get("godot.sent", {}).items()):
        rig, action = bpy.data.objects.get(rig_name), bpy.data.actions.get(action_name)
        if rig is not None and action is not None and target in heartbeat.LINK.state.targets:
            _send(context, target, rig, action)


class KINETIX_OT_add_target(Operator):
    bl_idname = "kinetix.add_target"
    bl_label = "Add Godot Project…"
    bl_description = "Choose a Godot project: its emotes folder follows your library"

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @messages.guarded
    def execute(self, _context: Any) -> set[str]:
        project = Path(self.directory)
        if not (project / "project.godot").is_file():
            raise InputError(
                "This folder is no Godot project.",
                code="noProject",
                next_step="Choose the folder that holds project.godot.",
            )
        say(
            "POST", "/v1/sync/targets", {"project": str(project), "folder": "emotes", "source": "library", "preset": {}}
        )
        return {"FINISHED"}


class KINETIX_OT_choose_target(Operator):
    bl_idname = "kinetix.choose_target"
    bl_label = "Use This Project"
    bl_description = "Send to this Godot project"

    target: StringProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]

    def execute(self, _context: Any) -> set[str]:
        session.VALUES["godot.target"] = self.target
        return {"FINISHED"}


CLASSES = [KINETIX_OT_send_to_godot, KINETIX_OT_add_target, KINETIX_OT_choose_target]
