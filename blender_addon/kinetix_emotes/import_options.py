# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices of the import panel as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kinetix_core.values.captured_body import METADATA, CapturedBody

RootMode = Literal["path", "in_place", "root_bone"]

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


@dataclass(frozen=True)
class ImportOptions:
    """
    Attributes:
        root: "path" moves the hips, "in_place" keeps them over one spot, "root_bone" moves the rig's root bone over the ground.
        foot_lock: plants the feet where they stand.
        scale_path: steps as long as the character's legs; off keeps the metres of the take.
        start: scene frame of the first key.
        timing: "SECONDS" keeps the speed with keys between frames, "FRAMES" keeps one key a frame (other speed),
            "RESAMPLE" keeps the speed with keys on whole frames, "SCENE" gives the scene the emote's rate.
        into: "ACTION" a new action, assigned; "NLA" a strip on a new track, several of them in a row;
            "REPLACE" into the rig's present action.
        loop: a Cycles modifier on every curve.
        mirrored: left and right exchanged.
        mask: one of MASKS.
    """

    root: RootMode = "path"
    foot_lock: bool = False
    scale_path: bool = True
    start: float = 1.0
    timing: str = "SECONDS"
    into: str = "ACTION"
    loop: bool = False
    mirrored: bool = False
    mask: str = "ALL"
