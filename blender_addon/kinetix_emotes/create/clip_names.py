# SPDX-License-Identifier: GPL-3.0-or-later
"""Default names of emotes: the clip's file name, with a number while another emote has it."""

from __future__ import annotations

import re
from pathlib import Path

from ..hub import heartbeat


def name_of(clip: str) -> str:
    """Return the default name of a clip's emote, which is the one the hub gives as well."""
    return free_name(Path(clip).stem.strip() or "Emote")


def free_name(name: str) -> str:
    """Return `name`, with a number if an emote or an unfinished job has it."""
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
