# SPDX-License-Identifier: GPL-3.0-or-later
"""Reactions to changes in the New Emote panel, and its request."""

from __future__ import annotations

from .. import session
from ..clip_form import FORM, SIDES, crop_of
from ..hub.requests import captures_here
from . import frames, many, seen_people, verdict, views
from .clip_names import free_name, name_of


def typed_name() -> str:
    """Return the name that was typed; "" while the name follows the clip."""
    name = FORM.name.strip()
    return "" if name == FORM.clip_name else name


def forget_typed_name() -> None:
    """Let the next clip give its own name: this one was used."""
    FORM.clip_name = FORM.name.strip()


def choose_clip(path: str) -> None:
    FORM.clip = path
    if path and FORM.former_clip not in ("", path):  # these choices hold for one clip
        FORM.people, FORM.captured = "none", "whole"
    if path:
        FORM.former_clip = path
    views.clear()
    many.clear()
    if path and not typed_name():
        FORM.name = FORM.clip_name = name_of(path)
    FORM.start = FORM.end = 0.0
    _set_crop(None)
    frames.clip_changed(path)
    verdict.ask()


def _trimmed(seconds: float) -> None:
    frames.show(seconds)
    verdict.ask()


def _trimmed_at_end(seconds: float) -> None:
    film = frames.film()
    if film is not None and film.seconds and seconds > film.seconds - 0.5 / film.fps:
        FORM.end = 0.0
    _trimmed(seconds)


def _shown_end() -> float:
    """Return the end of the trim, which is the clip's own without one."""
    film = frames.film()
    return FORM.end or (film.seconds if film is not None else 0.0)


def _cropped(_share: float) -> None:
    frames.show_again()
    verdict.ask()


def _set_crop(crop: dict[str, float] | None) -> None:
    for side in SIDES:
        setattr(FORM, f"crop_{side}", crop[side] if crop else 0.0)


def choose_part(start: float, end: float, crop: dict[str, float] | None, shown_s: float) -> None:
    """Set trim and crop together, as a drag in the clip's picture does.

    Args:
        end: 0 means the clip's end.
        crop: percent to cut away at each side; None keeps the whole frame.
        shown_s: time of the frame that the panel shows.
    """
    FORM.start, FORM.end, FORM.crop = start, end, crop is not None
    _set_crop(crop)
    part_chosen(shown_s)


def part_chosen(shown_s: float) -> None:
    """Show the frame at `shown_s` and have the hub check the new part."""
    frames.show_again(shown_s)
    verdict.ask()


def body() -> dict[str, object]:
    """Return the settings of the form as a job's request."""
    return {
        **for_each(),
        "name": free_name(FORM.name.strip() or "Emote"),
        "trimStart": FORM.start,
        "trimEnd": FORM.end or None,
        "crop": crop_of(FORM),
        "views": views.wanted(),
        "person": seen_people.person() if offers_people() else None,
    }


def for_each() -> dict[str, object]:
    """Return the settings that several clips share."""
    has_choice = captures_here() and not views.wanted()
    return {
        "mature": FORM.mature,
        "heightCm": FORM.height if FORM.height_known else None,
        "loop": FORM.loop,
        "rootMode": FORM.root,
        "people": FORM.people if offers_people() and FORM.people != "none" else None,
        "body": FORM.captured if has_choice else "whole",
        "face": FORM.face and has_choice,
        "askFirst": reviews_first(),
    }


def offers_people() -> bool:
    """Return whether people can be chosen: for whole bodies in one camera's clip, captured on this machine."""
    return captures_here() and not FORM.views and FORM.captured == "whole"


def reviews_first() -> bool:
    """Return whether a take is reviewed before it is added to the library."""
    return FORM.ask and captures_here()


KinetixCreateValues = session.property_group(
    "KinetixCreateValues",
    FORM,
    {"clip": choose_clip, "start": _trimmed, "end": _trimmed_at_end, **{f"crop_{side}": _cropped for side in SIDES}},
    {"end": _shown_end},
)
