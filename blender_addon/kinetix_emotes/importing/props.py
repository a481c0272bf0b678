# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Import panel."""

from __future__ import annotations

from typing import Any

from bpy.types import PropertyGroup

from .. import session
from .options import MASKS, ImportOptions

__all__ = ["CLASSES", "KinetixImportValues", "options"]

_ROOT = [
    ("path", "On Hips", "Keep the root motion on the hips"),
    ("in_place", "In Place", "Remove the root motion"),
    ("root_bone", "On Root Bone", "Move the horizontal motion to the rig's root bone"),
]
_TIMING = [
    ("SECONDS", "Keep Speed", "Keep the filmed duration. Keys may lie between frames"),
    ("RESAMPLE", "Keep Speed, Whole Frames", "Keep the speed, with a key on every scene frame"),
    ("FRAMES", "One Key per Frame", "Place one key per frame. The speed follows the scene's rate"),
    ("SCENE", "Change Scene Rate", "The scene gets the emote's frame rate"),
]
_INTO = [
    ("ACTION", "New Action", "Create an Action and assign it to the rig. The previous one is kept"),
    ("NLA", "NLA Strip", "Add a strip on a new track. The rig's action is pushed down"),
    ("REPLACE", "Replace Keys", "Replace the keys of these bones in the rig's current action"),
]


class KinetixImportValues(PropertyGroup):
    root: session.choice("import.root", "Root Motion", _ROOT, "Which bone carries the root motion")  # type: ignore[valid-type]
    timing: session.choice(  # type: ignore[valid-type]
        "import.timing", "Frame Rate", _TIMING, "How to handle different frame rates of emote and scene"
    )
    into: session.choice("import.into", "Into", _INTO, "Destination of the keys")  # type: ignore[valid-type]
    mask: session.choice("import.mask", "Bones", MASKS, "Which bones get keys")  # type: ignore[valid-type]
    foot_lock: session.boolean("import.foot_lock", "Lock Feet", "Keep the feet still during floor contact")  # type: ignore[valid-type]
    scale_path: session.boolean(  # type: ignore[valid-type]
        "import.scale_path", "Scale Steps", "Scale root motion to the length of the character's legs", default=True
    )
    loop: session.boolean("import.loop", "Repeat", "Repeat the emote with a Cycles modifier")  # type: ignore[valid-type]
    mirrored: session.boolean("import.mirrored", "Mirror", "Exchange left and right")  # type: ignore[valid-type]
    at_cursor: session.boolean(  # type: ignore[valid-type]
        "import.at_cursor", "Start at the Current Frame", "Start at the current frame instead of the frame below"
    )
    start: session.number("import.start", "Start", "Scene frame of the first key", default=1.0, precision=0)  # type: ignore[valid-type]
    show_fingers: session.boolean("import.fingers", "Fingers", "Show the bones of the fingers")  # type: ignore[valid-type]


def options(scene: Any) -> ImportOptions:
    values = session.group("kinetix_import")
    return ImportOptions(
        root=values.root,
        foot_lock=values.foot_lock,
        scale_path=values.scale_path,
        start=float(scene.frame_current) if values.at_cursor else values.start,
        timing=values.timing,
        into=values.into,
        loop=values.loop,
        mirrored=values.mirrored,
        mask=values.mask,
    )


CLASSES = [KinetixImportValues]
