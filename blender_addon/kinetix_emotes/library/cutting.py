# SPDX-License-Identifier: GPL-3.0-or-later
"""Several emotes of one long take: where the hub proposes to cut the selected emote, and the dialog that chooses among its parts."""

from __future__ import annotations

from collections.abc import Sequence

from bpy.types import Context, Event, Operator, UILayout

from kinetix_core.protocol.hub.json_types import Emote, TakePart
from kinetix_core.values.errors import InputError

from .. import blender, messages, properties
from ..blender import Result, pgettext_iface
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import send_request
from .props import LIBRARY, chosen, selected

_AFTER_S = 0.5
_WIDTH = 420
_MOST_BOXES = 32
"""As many values has a vector of Blender."""


def parts_of(emote: Emote) -> list[TakePart]:
    """Return the parts of which emotes can be made; empty where it cannot be cut, or the hub did not answer yet."""
    parts = LIBRARY.parts.get(_version(emote), [])
    return parts if len(parts) > 1 else []


def tick() -> float | None:
    """Ask the hub once for each version of the emote that is selected."""
    emote = selected() if heartbeat.LINK.phase == "live" else None
    if emote is None:
        return None
    known = LIBRARY.parts
    version = _version(emote)
    if version not in known and (emote.get("files") or {}).get("glb"):
        known[version] = []

        def received(answer: Answer) -> None:
            if isinstance(answer.data, dict) and not answer.error:
                known[version] = list(answer.data.get("parts") or [])
            heartbeat.LINK.state.changed()

        heartbeat.LINK.request("GET", f"/v1/emotes/{emote['id']}/cut", None, received)
    return _AFTER_S


def _version(emote: Emote) -> tuple[str, str]:
    return emote["id"], emote.get("sha256", "")


class KINETIX_OT_cut_emote(Operator):
    bl_label = "Cut into Emotes"
    bl_description = "Create an emote from each part of this take. The take is kept"

    wanted: Sequence[bool] = properties.booleans(_MOST_BOXES)

    @classmethod
    def poll(cls, _context: Context) -> bool:
        emote = selected()
        if emote is None or not parts_of(emote):
            cls.poll_message_set("Select an emote with rests or repeats")
            return False
        return True

    def invoke(self, context: Context, _event: Event) -> Result:
        return blender.window_manager(context).invoke_props_dialog(self, width=_WIDTH)

    def draw(self, _context: Context) -> None:
        emote = selected()
        parts = parts_of(emote)[:_MOST_BOXES] if emote else []
        column = blender.layout(self).column(align=True)
        for number, part in enumerate(parts, 1):
            start, end = part["startS"], part["endS"]
            text = f"{number}:  {start:.1f} – {end:.1f} s  ({end - start:.1f} s)"
            column.prop(self, "wanted", index=number - 1, text=text, translate=False)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        emote = chosen()
        count = len(parts_of(emote)[:_MOST_BOXES])
        parts = [number for number, wanted in enumerate(self.wanted[:count], 1) if wanted]
        if not parts:
            raise InputError("No part is selected.", code="noParts", next_step="Select the parts to turn into emotes.")
        send_request("POST", f"/v1/emotes/{emote['id']}/cut", {"parts": parts}, "The parts were added to the library.")


def draw_button(layout: UILayout, emote: Emote) -> None:
    """Draw the button with the number of parts, if there are any."""
    if parts := parts_of(emote):
        text = f"{pgettext_iface('Cut into Emotes')} ({len(parts)})"
        layout.operator("kinetix.cut_emote", text=text, icon="ACTION", translate=False)
