# SPDX-License-Identifier: GPL-3.0-or-later
"""Connecting to the hub, and profiles: which service, which key, which user."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import Operator

from kinetix_core.io import paths
from kinetix_core.values.errors import InputError, mask

from .. import blender, heartbeat, messages
from ..blender import Result
from ..hub_link import Answer
from ..hub_requests import send_request, show_outcome

__all__ = ["CLASSES"]

_KINDS = [
    ("cloud", "Kinetix Cloud", "The server of the company Kinetix; needs a key"),
    ("staging", "Kinetix Staging", "The server on which Kinetix tries what is new; needs a key"),
    ("custom", "Custom Address", "At an address of your own"),
    ("local", "This Machine", "Kinetix Local on this machine; needs no key and no network"),
]


class KINETIX_OT_connect(Operator):
    bl_idname = "kinetix.connect"
    bl_label = "Connect"
    bl_description = "Look for Kinetix on this machine and start it when it does not run"

    def execute(self, _context: Any) -> Result:
        heartbeat.connect()
        heartbeat.seen()
        return {"FINISHED"}


class KINETIX_OT_stop_hub(Operator):
    bl_idname = "kinetix.stop_hub"
    bl_label = "Stop Kinetix"
    bl_description = (
        "Stop Kinetix in the background, e.g. before the extension is updated. Jobs go on when it is started again"
    )

    def execute(self, _context: Any) -> Result:
        link = heartbeat.LINK

        def stopped(_answer: Answer) -> None:
            link.close()

        if link.phase == "live":
            link.request("POST", "/v1/shutdown", done=stopped)
            link.may_start = False
        return {"FINISHED"}


class KINETIX_OT_uninstall(Operator):
    bl_idname = "kinetix.uninstall"
    bl_label = "Remove from This Machine…"
    bl_description = "Remove what Kinetix Bridge made on this machine. Emotes in .blend files and Godot projects stay"

    everything: BoolProperty(  # type: ignore[valid-type]
        name="The Emote Library Too",
        description="Also remove the library and the players of Kinetix Local",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Any, _event: Any) -> Result:
        return blender.window_manager(context).invoke_props_dialog(self, width=420)

    def draw(self, _context: Any) -> None:
        layout = blender.layout(self)
        layout.label(text="Jobs, profiles, keys, models and logs go. This cannot be undone.")
        layout.prop(self, "everything")
        if not self.everything:
            layout.label(text="The emote library and Kinetix Local stay in:")
            layout.label(text=mask(str(paths.home())), translate=False)
        layout.label(text="Then remove the add-on itself under Get Extensions.")

    def execute(self, _context: Any) -> Result:
        link = heartbeat.LINK

        def begun(answer: Answer) -> None:
            if answer.error:
                show_outcome()(answer)
                return
            link.close()
            link.may_start = False
            link.state.jobs = {}
            link.state.notice(
                "info",
                "What was made on this machine is being removed.",
                "Then remove the add-on itself under Get Extensions.",
            )

        link.request("POST", "/v1/uninstall", {"everything": self.everything}, begun)
        return {"FINISHED"}


class KINETIX_OT_check_connection(Operator):
    bl_idname = "kinetix.check_connection"
    bl_label = "Try Again"
    bl_description = "Look again whether emotes can be made"

    def execute(self, _context: Any) -> Result:
        send_request("POST", "/v1/connection/check")
        return {"FINISHED"}


class KINETIX_OT_restart_hub(Operator):
    bl_idname = "kinetix.restart_hub"
    bl_label = "Restart Kinetix"
    bl_description = "Stop Kinetix and start it again. Jobs go on where they were"

    def execute(self, _context: Any) -> Result:
        heartbeat.LINK.restart()
        heartbeat.seen()
        return {"FINISHED"}


class KINETIX_OT_open_log(Operator):
    bl_idname = "kinetix.open_log"
    bl_label = "Open the Log Folder"
    bl_description = "Open the folder with the log files"

    @messages.guarded
    def execute(self, _context: Any) -> Result:
        bpy.ops.wm.path_open(filepath=str(paths.own(paths.logs())))
        return {"FINISHED"}


class KINETIX_OT_use_profile(Operator):
    bl_idname = "kinetix.use_profile"
    bl_label = "Use This Profile"
    bl_description = "Work with this profile"

    name: StringProperty()  # type: ignore[valid-type]

    def execute(self, _context: Any) -> Result:
        send_request("POST", f"/v1/profiles/{quote(self.name, safe='')}/activate")
        return {"FINISHED"}


class KINETIX_OT_remove_profile(Operator):
    bl_idname = "kinetix.remove_profile"
    bl_label = "Remove This Profile"
    bl_description = "Remove the profile and its stored key from this machine"

    name: StringProperty()  # type: ignore[valid-type]

    def invoke(self, context: Any, event: Any) -> Result:
        return blender.window_manager(context).invoke_confirm(self, event)

    def execute(self, _context: Any) -> Result:
        send_request("DELETE", f"/v1/profiles/{quote(self.name, safe='')}", title="The profile is removed.")
        return {"FINISHED"}


class KINETIX_OT_add_profile(Operator):
    bl_idname = "kinetix.add_profile"
    bl_label = "Add Profile…"
    bl_description = "Add or change a profile: where emotes are made, for which player, with which key"

    name: StringProperty(name="Name", default="cloud", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    kind: EnumProperty(  # type: ignore[valid-type]
        name="Where",
        description="Where emotes are made",
        items=_KINDS,
        options={"SKIP_SAVE"},
    )
    url: StringProperty(name="Address", description="Only for a custom address", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    user: StringProperty(name="Player", description="The player's id in your game", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    key: StringProperty(  # type: ignore[valid-type]
        name="Key",
        description="The API key. It is kept in the system's keyring and never saved by Blender",
        subtype="PASSWORD",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def invoke(self, context: Any, _event: Any) -> Result:
        return blender.window_manager(context).invoke_props_dialog(self, width=380)

    def draw(self, _context: Any) -> None:
        layout = blender.layout(self)
        layout.use_property_split = True
        for name in ("name", "kind", "url", "user", "key"):
            if name != "url" or self.kind == "custom":
                layout.prop(self, name)

    @messages.guarded
    def execute(self, _context: Any) -> Result:
        name, key = self.name.strip(), self.key.strip()
        self.key = ""  # the operator's properties stay in memory for "redo last"
        if not name:
            raise InputError("The profile needs a name.", next_step="Type a name, e.g. cloud.")
        where = f"/v1/profiles/{quote(name, safe='')}"
        body: dict[str, Any] = {"kind": self.kind}
        if self.url:
            body["url"] = self.url.strip()
        if self.user:
            body["user"] = self.user.strip()

        def added(answer: Answer) -> None:
            if answer.error:
                show_outcome()(answer)
            elif key:
                send_request("PUT", f"{where}/key", {"key": key}, "The profile and its key are kept.")
            else:
                heartbeat.LINK.state.notice("info", "The profile is kept.")

        heartbeat.LINK.request("PUT", where, body, added)
        return {"FINISHED"}


CLASSES = [
    KINETIX_OT_connect,
    KINETIX_OT_stop_hub,
    KINETIX_OT_uninstall,
    KINETIX_OT_check_connection,
    KINETIX_OT_restart_hub,
    KINETIX_OT_open_log,
    KINETIX_OT_use_profile,
    KINETIX_OT_remove_profile,
    KINETIX_OT_add_profile,
]
