# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Library panel."""

from __future__ import annotations

from dataclasses import dataclass, field

from kinetix_core.protocol.hub.json_types import Emote, TakePart
from kinetix_core.values.errors import InputError

from .. import properties, session
from ..hub import heartbeat


@dataclass
class LibraryValues:
    search: str = properties.text("Search", "Part of an emote's name", options={"TEXTEDIT_UPDATE"})
    page: int = properties.integer("Page", min=0)

    selected: str = ""
    ticked: list[str] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)  # jobs whose take is on a character already
    deleted: str = ""  # id of the last one, to restore it
    parts: dict[tuple[str, str], list[TakePart]] = field(default_factory=dict)  # by id and SHA-256 of an emote


LIBRARY = LibraryValues()


def selected() -> Emote | None:
    """Return the selected emote, or None."""
    return heartbeat.LINK.state.emotes.get(LIBRARY.selected)


def selected_many() -> list[Emote]:
    """Return the emotes ticked for a batch, else the selected one."""
    emotes = heartbeat.LINK.state.emotes
    ticked = [emotes[one] for one in LIBRARY.ticked if one in emotes]
    if ticked:
        return ticked
    one = selected()
    return [one] if one else []


def chosen() -> Emote:
    """Return the selected emote. Raises InputError if there is none."""
    return _there([one] if (one := selected()) else [])[0]


def chosen_many() -> list[Emote]:
    """Return `selected_many`. Raises InputError if it is empty."""
    return _there(selected_many())


def _there(emotes: list[Emote]) -> list[Emote]:
    if not emotes:
        raise InputError("No emote is selected.", code="noEmote", next_step="Click an emote in the library.")
    return emotes


KinetixLibraryValues = session.property_group("KinetixLibraryValues", LIBRARY)
