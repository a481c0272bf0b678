# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of an import: the panel's values, and which bones they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from bpy.types import Scene

from kinetix_core.values.captured_body import METADATA, CapturedBody

from . import properties, session

_ROOT = [
    ("path", "On Hips", "Keep the root motion on the hips"),
    ("in_place", "In Place", "Remove the root motion"),
    ("root_bone", "On Root Bone", "Move the horizontal motion to the rig's root bone"),
]
_TIMING = [
    ("SECONDS", "Keep Speed", "Keep the filmed duration. Keys may lie between frames"),
    ("RESAMPLE", "Keep Speed, Whole Frames", "Keep the speed, with a key on every scene frame"),
    ("FRAMES", "One Key per Frame", "Place one key per frame. The speed follows the scene's rate"),
    ("SCENE", "Change Scene Frame Rate", "The scene gets the emote's frame rate"),
]
_INTO = [
    ("ACTION", "New Action", "Create an Action and assign it to the rig. The previous one is kept"),
    ("NLA", "NLA Strip", "Add a strip on a new track. The rig's action is pushed down"),
    ("REPLACE", "Replace Keys", "Replace the keys of these bones in the rig's current action"),
]
_ARMS = ("Shoulder", "UpperArm", "LowerArm", "Hand", "Thumb", "Index", "Middle", "Ring", "Little")
_LEGS = ("UpperLeg", "LowerLeg", "Foot", "Toes")
_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")

MASKS: list[tuple[str, str, str]] = [
    ("ALL", "Whole Body", "Every mapped bone"),
    ("UPPER", "Upper Body", "Spine, arms and head. Legs and root motion are kept"),
    ("LOWER", "Lower Body", "Hips, legs and root motion"),
    ("ARMS", "Arms", "Shoulders, arms and hands"),
    ("NO_FINGERS", "Without Fingers", "The whole body except the fingers"),
]


def in_mask(human: str, mask: str) -> bool:
    """Return whether the humanoid bone belongs to the mask."""
    part = human.removeprefix("Left").removeprefix("Right")
    if mask == "UPPER":
        return part != "Hips" and not part.startswith(_LEGS)
    if mask == "LOWER":
        return part == "Hips" or part.startswith(_LEGS)
    if mask == "ARMS":
        return part.startswith(_ARMS)
    return mask == "ALL" or not part.startswith(_FINGERS)


def for_body(options: ImportOptions, metadata: Mapping[str, object]) -> ImportOptions:
    """Return the options for a clip with this metadata: an upper body moves no legs and no root."""
    if metadata.get(METADATA) == CapturedBody.UPPER and options.mask == "ALL":
        return replace(options, mask="UPPER")
    return options


@dataclass
class ImportOptions:
    """
    Attributes:
        start: scene frame of the first key.
        mask: one of MASKS.
    """

    root: Literal["path", "in_place", "root_bone"] = properties.choice(
        "Root Motion", _ROOT, "Which bone carries the root motion"
    )
    timing: str = properties.choice("Frame Rate", _TIMING, "How to handle different frame rates of emote and scene")
    into: str = properties.choice("Destination", _INTO, "Destination of the keys")
    mask: str = properties.choice("Bones", MASKS, "Which bones get keys")
    foot_lock: bool = properties.boolean("Lock Feet", "Keep the feet still during floor contact")
    scale_path: bool = properties.boolean(
        "Scale to Leg Length", "Scale root motion to the length of the character's legs", default=True
    )
    loop: bool = properties.boolean("Repeat", "Repeat the emote with a Cycles modifier")
    mirrored: bool = properties.boolean("Mirror", "Exchange left and right")
    start: float = properties.number("Start", "Scene frame of the first key", default=1.0, precision=0)


@dataclass
class ImportValues(ImportOptions):
    """Values of the import panel."""

    at_cursor: bool = properties.boolean(
        "Start at the Current Frame", "Start at the current frame instead of the frame below"
    )
    show_fingers: bool = properties.boolean("Fingers", "Show the bones of the fingers")

    report: str = ""  # of the last import


IMPORT = ImportValues()
KinetixImportValues = session.property_group("KinetixImportValues", IMPORT)


def panel_options(scene: Scene) -> ImportOptions:
    """Return the options as the panel has them now."""
    chosen = ImportOptions(**{one.name: getattr(IMPORT, one.name) for one in fields(ImportOptions)})
    return replace(chosen, start=float(scene.frame_current)) if IMPORT.at_cursor else chosen
