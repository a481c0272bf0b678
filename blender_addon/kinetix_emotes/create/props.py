# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the New Emote panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bpy.types import PropertyGroup

from .. import session

__all__ = ["CLASSES", "KinetixCreateValues"]

_ROOT = [
    ("path", "Keep the Path", "The emote travels as it was filmed"),
    ("inPlace", "In Place", "The hips stay over one spot"),
]


def _clip_chosen(path: str) -> None:
    if path and not session.VALUES.get("create.name"):
        session.VALUES["create.name"] = Path(path).stem.replace("_", " ").strip().title()
    session.VALUES["create.start"] = session.VALUES["create.end"] = 0.0
    from . import frames

    frames.clip_changed(path)


def _trim_start(seconds: float) -> None:
    from . import frames

    frames.show(seconds)


class KinetixCreateValues(PropertyGroup):
    clip: session.text(  # type: ignore[valid-type]
        "create.clip", "Clip", "The video of one person making the move", on_change=_clip_chosen, subtype="FILE_PATH"
    )
    name: session.text("create.name", "Name", "Name of the emote")  # type: ignore[valid-type]
    mature: session.boolean("create.mature", "Mature", "Mark the emote as mature content")  # type: ignore[valid-type]
    height: session.number(  # type: ignore[valid-type]
        "create.height",
        "Height (cm)",
        "Height of the person; 0 when not known",
        min=0.0,
        max=260.0,
        precision=0,
    )
    loop: session.boolean("create.loop", "Loop", "Close the emote where its end fits its beginning")  # type: ignore[valid-type]
    root: session.choice("create.root", "Path", _ROOT, "What happens to the way over the floor")  # type: ignore[valid-type]
    start: session.number(  # type: ignore[valid-type]
        "create.start",
        "From",
        "Seconds into the clip",
        on_change=_trim_start,
        min=0.0,
        precision=2,
        step=10,
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
    )
    end: session.number(  # type: ignore[valid-type]
        "create.end",
        "To",
        "Seconds into the clip; 0 is its end",
        on_change=_trim_start,
        min=0.0,
        precision=2,
        step=10,
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
    )


def body() -> dict[str, Any]:
    """The panel's values as the hub wants them."""
    values = session.group("kinetix_create")
    return {
        "name": values.name.strip() or "Emote",
        "mature": values.mature,
        "heightCm": values.height or None,
        "trimStart": values.start,
        "trimEnd": values.end or None,
        "loop": values.loop,
        "rootMode": values.root,
    }


CLASSES = [KinetixCreateValues]
