# SPDX-License-Identifier: GPL-3.0-or-later
"""The value of the slider that fades the clip over the figure."""

from __future__ import annotations

from bpy.types import PropertyGroup

from .. import session
from . import beside

__all__ = ["CLASSES", "KinetixCompareValues"]


class KinetixCompareValues(PropertyGroup):
    opacity: session.number(  # type: ignore[valid-type]
        "compare.opacity",
        "Clip over Figure",
        "Fade between the figure alone and the clip alone",
        default=0.5,
        on_change=beside.fade,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )


CLASSES = [KinetixCompareValues]
