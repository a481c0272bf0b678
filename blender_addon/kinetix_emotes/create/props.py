# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the New Emote panel."""

from __future__ import annotations

from typing import Any

from bpy.types import PropertyGroup

from .. import session
from ..crop import SIDES, part_of
from ..hub_requests import captures_here
from . import frames, many, seen_people, verdict, views
from .clip_names import free_name, name_of

__all__ = [
    "CLASSES",
    "KinetixCreateValues",
    "asks_first",
    "asks_people",
    "body",
    "choose_part",
    "for_each",
    "forget_typed_name",
    "part_chosen",
    "typed_name",
]

_ROOT = [
    ("path", "Keep", "Keep the root motion as filmed"),
    ("inPlace", "In Place", "Remove the root motion"),
]
_PEOPLE = [
    ("none", "Only One", "A clip that shows several people is refused"),
    ("all", "Everybody", "Create one emote per person, with their relative positions"),
    ("one", "Most Prominent", "Capture the person who is in frame longest and largest"),
]
_BODIES = [
    ("whole", "Whole Body", "A clip that does not show the feet is refused"),
    (
        "upper",
        "Upper Body",
        "For clips filmed from the waist up. The legs stay at rest",
    ),
]
_FORMER = "create.former_clip"
_FOLLOWED = "create.followed"
"""Key of the name that the clip gave: another one in the field was typed by a person."""


def typed_name() -> str:
    """The name that a person has typed; "" while the name follows the clip."""
    name = str(session.VALUES.get("create.name", "")).strip()
    return "" if name == session.VALUES.get(_FOLLOWED) else name


def forget_typed_name() -> None:
    """The name was used: the next clip gives its own."""
    session.VALUES[_FOLLOWED] = str(session.VALUES.get("create.name", "")).strip()


def _clip_chosen(path: str) -> None:
    if (
        path and session.VALUES.get(_FORMER, path) != path
    ):  # who is in the clip, and how much of them, holds for one clip
        session.VALUES["create.people"] = session.VALUES["create.captured"] = 0
    if path:
        session.VALUES[_FORMER] = path
    views.clear()
    many.clear()
    if path and not typed_name():
        session.VALUES["create.name"] = session.VALUES[_FOLLOWED] = name_of(path)
    session.VALUES["create.start"] = session.VALUES["create.end"] = 0.0
    for side in SIDES:
        session.VALUES[f"create.crop_{side}"] = 0.0
    frames.clip_changed(path)
    verdict.ask()


def _trimmed(seconds: float) -> None:
    frames.stop()
    frames.show(seconds)
    verdict.ask()


def _cropped(_share: float) -> None:
    frames.show_again()
    verdict.ask()


def choose_part(start: float, end: float, crop: dict[str, float] | None, shown_s: float) -> None:
    """The part and the crop at once, as a drag in the picture chooses them.

    Args:
        end: 0 is the clip's end.
        crop: percent that is cut away at each side; None leaves the picture whole.
        shown_s: the moment that the form's own picture shows.
    """
    session.VALUES.update({"create.start": start, "create.end": end, "create.crop": crop is not None})
    for side in SIDES:
        session.VALUES[f"create.crop_{side}"] = crop[side] if crop else 0.0
    part_chosen(shown_s)


def part_chosen(shown_s: float) -> None:
    """Another part, crop or both: the form's picture shows this moment of it, and the hub looks at it."""
    frames.stop()
    frames.show_again(shown_s)
    verdict.ask()


_SECONDS: dict[str, Any] = {
    "on_change": _trimmed,
    "min": 0.0,
    "precision": 2,
    "step": 10,
    "subtype": "TIME_ABSOLUTE",
    "unit": "TIME_ABSOLUTE",
}
_SHARE: dict[str, Any] = {"on_change": _cropped, "min": 0.0, "max": 90.0, "precision": 0, "subtype": "PERCENTAGE"}
_CUT_AWAY = "Share of the frame to crop at this side"


class KinetixCreateValues(PropertyGroup):
    clip: session.text(  # type: ignore[valid-type]
        "create.clip", "Clip", "Video of the move", on_change=_clip_chosen
    )
    name: session.text("create.name", "Name", "Name of the emote. Taken from the clip until you edit it")  # type: ignore[valid-type]
    mature: session.boolean("create.mature", "Mature", "Mark the emote as mature content")  # type: ignore[valid-type]
    height_known: session.boolean("create.height_known", "Height", "Set the height of the person")  # type: ignore[valid-type]
    height: session.number(  # type: ignore[valid-type]
        "create.height",
        "Centimetres",
        "Height of the person in centimetres. If unknown, it is estimated",
        default=170.0,
        min=50.0,
        max=250.0,
        precision=0,
    )
    loop: session.boolean("create.loop", "Loop", "Cut the emote to a seamless loop")  # type: ignore[valid-type]
    ask: session.boolean(  # type: ignore[valid-type]
        "create.ask",
        "Review before Adding to Library",
        "Compare the take with its clip before it is added to the library",
        default=True,
    )
    root: session.choice("create.root", "Root Motion", _ROOT, "How root motion is handled")  # type: ignore[valid-type]
    people: session.choice("create.people", "People", _PEOPLE, "Which people in the clip are captured")  # type: ignore[valid-type]
    captured: session.choice("create.captured", "Body", _BODIES, "How much of the person is captured")  # type: ignore[valid-type]
    face: session.boolean(  # type: ignore[valid-type]
        "create.face", "Face", "Also capture facial expressions, for shape keys with ARKit names"
    )
    start: session.number("create.start", "From", "Seconds into the clip", **_SECONDS)  # type: ignore[valid-type]
    end: session.number("create.end", "To", "Seconds into the clip. 0 means its end", **_SECONDS)  # type: ignore[valid-type]
    crop: session.boolean(  # type: ignore[valid-type]
        "create.crop", "Crop", "Crop the clip to the person"
    )
    crop_left: session.number("create.crop_left", "Left", _CUT_AWAY, **_SHARE)  # type: ignore[valid-type]
    crop_right: session.number("create.crop_right", "Right", _CUT_AWAY, **_SHARE)  # type: ignore[valid-type]
    crop_top: session.number("create.crop_top", "Top", _CUT_AWAY, **_SHARE)  # type: ignore[valid-type]
    crop_bottom: session.number("create.crop_bottom", "Bottom", _CUT_AWAY, **_SHARE)  # type: ignore[valid-type]


def body() -> dict[str, Any]:
    """The panel's values as the hub wants them."""
    values = session.group("kinetix_create")
    further = views.wanted()
    return {
        **for_each(),
        "name": free_name(values.name.strip() or "Emote"),
        "trimStart": values.start,
        "trimEnd": values.end or None,
        "crop": part_of(values),
        "views": further,
        "person": seen_people.person() if asks_people(values) else None,
    }


def for_each() -> dict[str, Any]:
    """What holds for every clip of several as well."""
    values = session.group("kinetix_create")
    has_choice = captures_here() and not views.wanted()
    return {
        "mature": values.mature,
        "heightCm": values.height if values.height_known else None,
        "loop": values.loop,
        "rootMode": values.root,
        "people": values.people if asks_people(values) and values.people != "none" else None,
        "body": values.captured if has_choice else "whole",
        "face": bool(values.face) and has_choice,
        "askFirst": asks_first(),
    }


def asks_people(values: Any) -> bool:
    """Whether the form has the choice of people: whole bodies of one clip, on this machine."""
    return captures_here() and not views.paths() and bool(values.captured == "whole")


def asks_first() -> bool:
    """Whether the take is shown before it comes into the library, also one that is filmed with the phone."""
    return bool(session.group("kinetix_create").ask) and captures_here()


CLASSES = [KinetixCreateValues]
