# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the comparison of a take with its clip."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import session


@dataclass
class CompareValues:
    opacity: float = session.number(
        "Clip over Figure",
        "Fade between the figure alone and the clip alone",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )

    clips: dict[str, tuple[str, float]] = field(default_factory=dict)  # by emote: its clip, and where the trim starts


COMPARE = CompareValues()
