# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Import panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from bpy.types import Scene

from . import session
from .import_options import MASKS, ImportOptions, RootMode

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


@dataclass
class ImportValues:
    root: str = session.choice("Root Motion", _ROOT, "Which bone carries the root motion")
    timing: str = session.choice("Frame Rate", _TIMING, "How to handle different frame rates of emote and scene")
    into: str = session.choice("Into", _INTO, "Destination of the keys")
    mask: str = session.choice("Bones", MASKS, "Which bones get keys")
    foot_lock: bool = session.boolean("Lock Feet", "Keep the feet still during floor contact")
    scale_path: bool = session.boolean(
        "Scale Steps", "Scale root motion to the length of the character's legs", default=True
    )
    loop: bool = session.boolean("Repeat", "Repeat the emote with a Cycles modifier")
    mirrored: bool = session.boolean("Mirror", "Exchange left and right")
    at_cursor: bool = session.boolean(
        "Start at the Current Frame", "Start at the current frame instead of the frame below"
    )
    start: float = session.number("Start", "Scene frame of the first key", default=1.0, precision=0)
    show_fingers: bool = session.boolean("Fingers", "Show the bones of the fingers")

    report: str = ""  # of the last import


IMPORT = ImportValues()


def options(scene: Scene) -> ImportOptions:
    return ImportOptions(
        root=cast("RootMode", IMPORT.root),
        foot_lock=IMPORT.foot_lock,
        scale_path=IMPORT.scale_path,
        start=float(scene.frame_current) if IMPORT.at_cursor else IMPORT.start,
        timing=IMPORT.timing,
        into=IMPORT.into,
        loop=IMPORT.loop,
        mirrored=IMPORT.mirrored,
        mask=IMPORT.mask,
    )


KinetixImportValues = session.property_group("KinetixImportValues", IMPORT)
