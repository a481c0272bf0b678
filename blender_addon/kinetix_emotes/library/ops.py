# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators on the library's emotes: select, rename, delete, restore, repair, pin, give, open the folder."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Event, Operator

from kinetix_core.values.errors import InputError

from .. import blender, messages, properties
from ..blender import Result, pgettext_iface
from ..doctor.examination import EXAMINATION, PATIENT_S
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import send_request, show_outcome
from .props import LIBRARY, chosen, selected


class KINETIX_OT_select_emote(Operator):
    bl_label = "Select Emote"
    bl_description = "Select this emote. Shift selects several"

    emote: str = properties.text()

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """Return the tooltip, with the whole name, which the button may cut."""
        emote = heartbeat.LINK.state.emotes.get(properties.emote)
        return f"{emote.get('name') if emote else ''}\n{pgettext_iface(cls.bl_description)}"

    def invoke(self, context: Context, event: Event) -> Result:
        if event.shift or event.ctrl:
            ticked = LIBRARY.ticked
            if self.emote in ticked:
                ticked.remove(self.emote)
            else:
                ticked.append(self.emote)
            heartbeat.redraw()
            return {"FINISHED"}
        return self.execute(context)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        LIBRARY.selected = self.emote
        LIBRARY.ticked = []
        heartbeat.redraw()


class _EmoteOperator:
    @classmethod
    def poll(cls, _context: Context) -> bool:
        if selected() is None:
            cls.poll_message_set("Select an emote in the library first")  # type: ignore[attr-defined]
            return False
        return True


class KINETIX_OT_rename_emote(_EmoteOperator, Operator):
    bl_label = "Rename…"
    bl_description = "Rename the emote, its folder and its files"

    name: str = properties.text("Name")

    def invoke(self, context: Context, _event: Event) -> Result:
        self.name = chosen().get("name", "")
        return blender.window_manager(context).invoke_props_dialog(self)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        if not self.name.strip():
            raise InputError("The emote needs a name.", code="badName", next_step="Type a name.")
        send_request("PATCH", f"/v1/emotes/{chosen()['id']}", {"name": self.name.strip()})


class KINETIX_OT_pin_emote(_EmoteOperator, Operator):
    bl_label = "Pin"
    bl_description = "Pin or unpin this emote"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        emote = chosen()
        send_request("PATCH", f"/v1/emotes/{emote['id']}", {"pinned": not emote.get("pinned")})


class KINETIX_OT_use_version(_EmoteOperator, Operator):
    bl_label = "Use This Version"
    bl_description = "Make this the current version, also for Godot projects and the player"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        send_request("POST", f"/v1/emotes/{chosen()['id']}/current")


class KINETIX_OT_delete_emote(_EmoteOperator, Operator):
    bl_label = "Delete"
    bl_description = "Delete the emote from the library. This can be undone"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        emote = chosen()

        def deleted(answer: Answer) -> None:
            if not answer.error:
                LIBRARY.deleted = emote["id"]
            show_outcome()(answer)

        heartbeat.LINK.request("DELETE", f"/v1/emotes/{emote['id']}", None, deleted)


class KINETIX_OT_restore_emote(Operator):
    bl_label = "Undo Delete"
    bl_description = "Restore the deleted emote"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return bool(LIBRARY.deleted)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        send_request("POST", f"/v1/emotes/{LIBRARY.deleted}/restore")
        LIBRARY.deleted = ""


class KINETIX_OT_repair_library(Operator):
    bl_label = "Repair"
    bl_description = "Restore missing or damaged files of the library. Damaged files are kept"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        link = heartbeat.LINK

        def repaired(answer: Answer) -> None:
            if EXAMINATION.shown:
                EXAMINATION.look()
            if answer.error or not isinstance(answer.data, dict):
                show_outcome()(answer)
            elif all(cure["fixed"] for cure in answer.data["done"]):
                link.state.notice("info", "The library is repaired.")
            else:
                link.state.notice(
                    "error",
                    "Not everything could be repaired.",
                    "Try again. If it happens again, use Copy Report in the Kinetix menu.",
                )

        link.request("POST", "/v1/doctor/fix", None, repaired, limit_s=PATIENT_S)


class KINETIX_OT_give_emote(_EmoteOperator, Operator):
    bl_label = "Give to a Player…"
    bl_description = "Give the emote to another player of your game"

    user: str = properties.text("Player", "The player's id in your game")

    def invoke(self, context: Context, _event: Event) -> Result:
        return blender.window_manager(context).invoke_props_dialog(self)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        user = self.user.strip()
        if not user:
            raise InputError("The player's id is missing.", code="badUser", next_step="Type the player's id.")
        send_request("POST", f"/v1/emotes/{chosen()['id']}/give", {"user": user}, "The player has received the emote.")


class KINETIX_OT_open_emote_folder(_EmoteOperator, Operator):
    bl_label = "Open Folder"
    bl_description = "Open the emote's folder"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        bpy.ops.wm.path_open(filepath=chosen().get("folder", ""))


class KINETIX_OT_library_page(Operator):
    bl_label = "Next or Previous Page"
    bl_description = "Show more emotes"

    step: int = properties.integer(default=1)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        LIBRARY.page = max(0, LIBRARY.page + self.step)
