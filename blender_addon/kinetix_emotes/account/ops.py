# SPDX-License-Identifier: GPL-3.0-or-later
"""Connecting to the hub, and profiles: which service, which key, which user."""

from __future__ import annotations

from urllib.parse import quote

import bpy
from bpy.types import Context, Event, Operator

from kinetix_core.io import paths
from kinetix_core.values.errors import InputError, mask

from .. import blender, messages, properties
from ..blender import Result
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import send_request, show_outcome

_KINDS = [
    ("cloud", "Kinetix Cloud", "The Kinetix cloud. Needs a key"),
    ("staging", "Kinetix Staging", "The test server of the Kinetix cloud. Needs a key"),
    ("custom", "Custom Address", "A Kinetix service at another address"),
    ("local", "This Machine", "Kinetix Local on this machine. Needs no key and no network"),
]


class KINETIX_OT_connect(Operator):
    bl_label = "Connect"
    bl_description = "Connect to Kinetix on this machine, and start it if needed"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        heartbeat.connect()
        heartbeat.seen()


class KINETIX_OT_stop_hub(Operator):
    bl_label = "Stop Kinetix"
    bl_description = "Stop Kinetix in the background. Jobs continue when it starts again"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        link = heartbeat.LINK

        def stopped(_answer: Answer) -> None:
            link.close()

        if link.phase == "live":
            link.request("POST", "/v1/shutdown", done=stopped)
            link.may_start = False


class KINETIX_OT_uninstall(Operator):
    bl_label = "Remove from This Machine…"
    bl_description = "Delete the data of Kinetix Bridge. Emotes in .blend files and Godot projects are kept"

    everything: bool = properties.boolean(
        "Delete Emote Library", "Also delete the library and the players of Kinetix Local"
    )

    def invoke(self, context: Context, _event: Event) -> Result:
        return blender.window_manager(context).invoke_props_dialog(self, width=420)

    def draw(self, _context: Context) -> None:
        layout = blender.layout(self)
        layout.label(text="Jobs, profiles, keys, models and logs are deleted. This cannot be undone.")
        layout.prop(self, "everything")
        if not self.everything:
            layout.label(text="The emote library and Kinetix Local stay in:")
            layout.label(text=mask(str(paths.home())), translate=False)
        layout.label(text="Then uninstall the add-on under Get Extensions.")

    @messages.guarded
    def execute(self, _context: Context) -> None:
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
                "Kinetix Bridge is removing its data.",
                "Then uninstall the add-on under Get Extensions.",
            )

        link.request("POST", "/v1/uninstall", {"everything": self.everything}, begun)


class KINETIX_OT_check_connection(Operator):
    bl_label = "Try Again"
    bl_description = "Check the connection again"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        send_request("POST", "/v1/connection/check")


class KINETIX_OT_restart_hub(Operator):
    bl_label = "Restart Kinetix"
    bl_description = "Restart Kinetix in the background. Jobs continue"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        heartbeat.LINK.restart()
        heartbeat.seen()


class KINETIX_OT_open_log(Operator):
    bl_label = "Open the Log Folder"
    bl_description = "Open the folder with the log files"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        bpy.ops.wm.path_open(filepath=str(paths.own(paths.logs())))


class KINETIX_OT_use_profile(Operator):
    bl_label = "Use This Profile"
    bl_description = "Use this profile"

    name: str = properties.text()

    @messages.guarded
    def execute(self, _context: Context) -> None:
        send_request("POST", f"/v1/profiles/{quote(self.name, safe='')}/activate")


class KINETIX_OT_remove_profile(Operator):
    bl_label = "Remove This Profile"
    bl_description = "Remove the profile and its stored key from this machine"

    name: str = properties.text()

    def invoke(self, context: Context, event: Event) -> Result:
        return blender.window_manager(context).invoke_confirm(self, event)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        send_request("DELETE", f"/v1/profiles/{quote(self.name, safe='')}", title="The profile is removed.")


class KINETIX_OT_add_profile(Operator):
    bl_label = "Add Profile…"
    bl_description = "Add or change a profile: service, player and key"

    name: str = properties.text("Name", default="cloud")
    kind: str = properties.choice("Service", _KINDS, "Service that creates the emotes")
    url: str = properties.text("Address", "Only for a custom address")
    user: str = properties.text("Player", "The player's id in your game")
    key: str = properties.text(
        "Key", "API key. Stored in the system's keyring, never in Blender", subtype="PASSWORD", options={"HIDDEN"}
    )

    def invoke(self, context: Context, _event: Event) -> Result:
        return blender.window_manager(context).invoke_props_dialog(self, width=380)

    def draw(self, _context: Context) -> None:
        layout = blender.layout(self)
        layout.use_property_split = True
        for name in ("name", "kind", "url", "user", "key"):
            if name != "url" or self.kind == "custom":
                layout.prop(self, name)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        name, key = self.name.strip(), self.key.strip()
        self.key = ""  # the operator's properties stay in memory for "redo last"
        if not name:
            raise InputError("The profile needs a name.", code="badName", next_step="Type a name, e.g. cloud.")
        where = f"/v1/profiles/{quote(name, safe='')}"
        body: dict[str, object] = {"kind": self.kind}
        if self.url:
            body["url"] = self.url.strip()
        if self.user:
            body["user"] = self.user.strip()

        def added(answer: Answer) -> None:
            if answer.error:
                show_outcome()(answer)
            elif key:
                send_request("PUT", f"{where}/key", {"key": key}, "The profile and its key are saved.")
            else:
                heartbeat.LINK.state.notice("info", "The profile is saved.")

        heartbeat.LINK.request("PUT", where, body, added)
