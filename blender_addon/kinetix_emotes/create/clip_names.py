# SPDX-License-Identifier: GPL-3.0-or-later
"""The name that an emote of a clip is given before anybody types one, and a name that nothing has yet."""

from __future__ import annotations

import re
from pathlib import Path

from ..hub import heartbeat


def name_of(clip: str) -> str:
    """Return the name that an emote of this clip is given, before anybody types one."""
    return free_name(re.sub(r"[_\s]+", " ", Path(clip).stem).strip().title() or "Emote")


def free_name(name: str) -> str:
    """`name`, with a number when a job that goes on or an emote has it."""
    state = heartbeat.LINK.state
    taken = {str(emote.get("name") or "").casefold() for emote in state.emotes.values()}
    taken |= {
        str(job.get("name") or "").casefold()
        for job in state.jobs.values()
        if job.get("state") not in ("failed", "cancelled", "rejected")
    }
    if name.casefold() not in taken:
        return name
    base = re.sub(r" \d+$", "", name)
    number = 2
    while f"{base} {number}".casefold() in taken:
        number += 1
    return f"{base} {number}"
