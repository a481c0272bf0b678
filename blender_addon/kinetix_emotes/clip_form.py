# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the New Emote panel, and its crop: percent cut away at each side, where the hub has the part that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bpy.types import UILayout

from . import properties
from .blender import OWN_WORDS

SIDES = ("left", "right", "top", "bottom")
_ROOT = [
    ("path", "As Filmed", "Keep the root motion as filmed"),
    ("inPlace", "In Place", "Remove the root motion"),
]
_PEOPLE = [
    ("none", "Only One", "A clip that shows several people is refused"),
    ("all", "Everybody", "Create one emote per person, with their relative positions"),
    ("one", "Most Prominent", "Capture the person who is in frame longest and largest"),
]
_BODIES = [
    ("whole", "Whole Body", "A clip that does not show the feet is refused"),
    ("upper", "Upper Body", "For clips filmed from the waist up. The legs stay at rest"),
]
_SECONDS: dict[str, Any] = {
    "min": 0.0,
    "precision": 2,
    "step": 10,
    "subtype": "TIME_ABSOLUTE",
    "unit": "TIME_ABSOLUTE",
}
_SHARE: dict[str, Any] = {"min": 0.0, "max": 90.0, "precision": 0, "subtype": "PERCENTAGE"}
_CUT_AWAY = "Share of the frame to crop at this side"


@dataclass(frozen=True)
class SeenPerson:
    """A person whom the hub has detected in the clip."""

    at: list[float]
    picture: str  # path of a JPEG, or ""


@dataclass
class Form:
    clip: str = properties.text("Clip", "Video of the move")
    name: str = properties.text("Name", "Name of the emote. Taken from the clip until you edit it")
    mature: bool = properties.boolean("Mature", "Mark the emote as mature content")
    height_known: bool = properties.boolean("Height", "Set the height of the person")
    height: float = properties.number(
        "Centimetres",
        "Height of the person in centimetres. If unknown, it is estimated",
        default=170.0,
        min=50.0,
        max=250.0,
        precision=0,
    )
    loop: bool = properties.boolean("Loop", "Cut the emote to a seamless loop")
    ask: bool = properties.boolean(
        "Review before Adding to Library",
        "Compare the take with its clip before it is added to the library",
        default=True,
    )
    root: str = properties.choice("Root Motion", _ROOT, "How root motion is handled")
    people: str = properties.choice("People", _PEOPLE, "Which people in the clip are captured")
    captured: str = properties.choice("Body", _BODIES, "How much of the person is captured")
    face: bool = properties.boolean("Face", "Also capture facial expressions, for shape keys with ARKit names")
    start: float = properties.number("Start", "Seconds into the clip", **_SECONDS)
    end: float = properties.number("End", "Seconds into the clip. 0 means its end", **_SECONDS)
    crop: bool = properties.boolean("Crop", "Crop the clip to the person")
    crop_left: float = properties.number("Left", _CUT_AWAY, **_SHARE)
    crop_right: float = properties.number("Right", _CUT_AWAY, **_SHARE)
    crop_top: float = properties.number("Top", _CUT_AWAY, **_SHARE)
    crop_bottom: float = properties.number("Bottom", _CUT_AWAY, **_SHARE)

    former_clip: str = ""
    clip_name: str = ""  # the name that the clip gave; any other one was typed
    folder: str = ""  # where the last clip was chosen
    clips: list[str] = field(default_factory=list)  # several clips, one emote each
    clip_problems: dict[str, str] = field(default_factory=dict)  # by clip, for `clips` and `views`
    clip_reasons: dict[str, str | None] = field(default_factory=dict)
    views: list[str] = field(default_factory=list)  # clips of further cameras
    seen: list[SeenPerson] = field(default_factory=list)
    person: int = 0  # the chosen one of `seen`, from 1
    half_a_body: bool = False


FORM = Form()


def draw_height(layout: UILayout, values: Any) -> None:
    """Draw the switch for a known height with its number. `values`: the panel's or a dialog's."""
    row = layout.row(heading="Height", heading_ctxt=OWN_WORDS)
    row.prop(values, "height_known", text="")
    number = row.row()
    number.enabled = values.height_known
    number.prop(values, "height", text="cm")


def crop_of(values: Any) -> list[float] | None:
    """[left, top, width, height] as fractions of the picture; None for the whole of it. `values`: the panel's or a dialog's."""
    left, right, top, bottom = (getattr(values, f"crop_{side}") / 100 for side in SIDES)
    if not values.crop or not any((left, right, top, bottom)):
        return None
    return [round(left, 4), round(top, 4), round(max(0.0, 1 - left - right), 4), round(max(0.0, 1 - top - bottom), 4)]


def set_crop(values: Any, part: Sequence[float] | None) -> None:
    """Set the percent of `values` by such a part."""
    left, top, width, height = part or (0.0, 0.0, 1.0, 1.0)
    shares = (left, 1 - left - width, top, 1 - top - height)
    values.crop = any(share > 0 for share in shares)
    for side, share in zip(SIDES, shares, strict=True):
        setattr(values, f"crop_{side}", round(100 * max(share, 0.0), 2))
