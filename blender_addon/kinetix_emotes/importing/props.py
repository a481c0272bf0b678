# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Import panel."""

from __future__ import annotations

from typing import Any

from bpy.types import PropertyGroup

from .. import session
from .options import MASKS, ImportOptions

__all__ = ["CLASSES", "KinetixImportValues", "options"]

_ROOT = [
    ("path", "On Hips", "The figure travels as it was filmed"),
    ("in_place", "In Place", "The figure stays over one spot"),
    ("root_bone", "On Root Bone", "The rig's root bone goes over the floor, the hips do the rest"),
]
_TIMING = [
    ("SECONDS", "Keep the Speed", "The emote lasts as long as it was filmed; keys may lie between frames"),
    ("RESAMPLE", "Keep the Speed, Whole Frames", "As above, with a key on every scene frame"),
    ("FRAMES", "One Key a Frame", "Faster or slower when the scene has another rate"),
    ("SCENE", "Change the Scene's Rate", "The scene gets the emote's frame rate"),
]
_INTO = [
    ("ACTION", "New Action", "A new Action, assigned to the rig. The former one is kept"),
    ("NLA", "NLA Strip", "A strip on a new track, several emotes in a row; the rig's action is pushed down below it"),
    ("REPLACE", "Replace Keys", "The keys of these bones in the rig's present action are replaced"),
]


class KinetixImportValues(PropertyGroup):
    root: session.choice("import.root", "Root Motion", _ROOT, "Which bone carries the root motion")  # type: ignore[valid-type]
    timing: session.choice(  # type: ignore[valid-type]
        "import.timing", "Frame Rate", _TIMING, "What happens when the emote and the scene have different rates"
    )
    into: session.choice("import.into", "Into", _INTO, "Where the keys go")  # type: ignore[valid-type]
    mask: session.choice("import.mask", "Bones", MASKS, "Which bones get keys")  # type: ignore[valid-type]
    foot_lock: session.boolean("import.foot_lock", "Lock Feet", "Plant the feet while they stand")  # type: ignore[valid-type]
    scale_path: session.boolean(  # type: ignore[valid-type]
        "import.scale_path", "Scale Steps", "Make the steps as long as the character's legs", default=True
    )
    loop: session.boolean("import.loop", "Repeat", "Repeat the emote with a Cycles modifier")  # type: ignore[valid-type]
    mirrored: session.boolean("import.mirrored", "Mirror", "Exchange left and right")  # type: ignore[valid-type]
    at_cursor: session.boolean(  # type: ignore[valid-type]
        "import.at_cursor", "Start at the Current Frame", "Else the emote starts at the frame below"
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
