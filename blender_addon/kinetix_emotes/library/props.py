# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Library panel."""

from __future__ import annotations

from bpy.types import PropertyGroup

from kinetix_core.protocol.hub.json_types import Emote
from kinetix_core.values.errors import InputError

from .. import heartbeat, session

__all__ = ["CLASSES", "KinetixLibraryValues", "chosen", "chosen_many", "selected", "selected_many"]


class KinetixLibraryValues(PropertyGroup):
    search: session.text("library.search", "Search", "Part of an emote's name", options={"TEXTEDIT_UPDATE"})  # type: ignore[valid-type]
    page: session.integer("library.page", "Page", default=0, min=0)  # type: ignore[valid-type]
    animate: session.boolean(  # type: ignore[valid-type]
        "library.animate", "Animated", "Show the selected emote moving, as a stick figure", default=False
    )


def selected() -> Emote | None:
    """The selected emote, or None."""
    return heartbeat.LINK.state.emotes.get(session.VALUES.get("library.selected", ""))


def selected_many() -> list[Emote]:
    """The emotes ticked for a batch, else the selected one."""
    emotes = heartbeat.LINK.state.emotes
    ticked = [emotes[one] for one in session.VALUES.get("library.ticked", []) if one in emotes]
    if ticked:
        return ticked
    one = selected()
    return [one] if one else []


def chosen() -> Emote:
    """The selected emote. Raises InputError where there is none."""
    return _there([one] if (one := selected()) else [])[0]


def chosen_many() -> list[Emote]:
    """As `selected_many`. Raises InputError where there is none."""
    return _there(selected_many())


def _there(emotes: list[Emote]) -> list[Emote]:
    if not emotes:
        raise InputError("No emote is selected.", code="noEmote", next_step="Click an emote in the library.")
    return emotes


CLASSES = [KinetixLibraryValues]
