# SPDX-License-Identifier: GPL-3.0-or-later
"""People whom the hub has detected in the chosen clip, and which of them is captured."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Any

import bpy

from kinetix_core.io import files
from kinetix_core.values.people import MOST_PEOPLE

from .. import thumbnails
from ..clip_form import FORM, SeenPerson


def take(people: Any) -> None:
    """Keep the hub's answer: a list of people, each with `at` and `jpeg`."""
    found = people if isinstance(people, list) else []
    FORM.seen = [SeenPerson(list(one["at"]), _kept(one.get("jpeg") or "")) for one in found[:MOST_PEOPLE]]
    FORM.half_a_body = len(found) == 1 and bool(found[0].get("upperOnly"))


def forget() -> None:
    """Discard the people, and with them the choice of a person: the clip, its trim or its crop has changed."""
    if FORM.person:
        FORM.people = "none"
    FORM.seen, FORM.person, FORM.half_a_body = [], 0, False


def are_several() -> bool:
    return len(FORM.seen) > 1


def pictures() -> list[int]:
    """Return the icon of each person, from left to right; a blank one where there is no picture."""
    return [thumbnails.from_file(one.picture) or thumbnails.blank() for one in FORM.seen]


def choose(number: int) -> None:
    """Choose the person of this number, from 1; 0 means everybody."""
    FORM.people, FORM.person = "one" if number else "all", number


def chosen() -> int | None:
    """Return the number of the chosen person, from 1, or 0 for everybody; None while nobody is chosen."""
    if FORM.people == "all":
        return 0
    return FORM.person if FORM.people == "one" and FORM.person and are_several() else None


def person() -> list[float] | None:
    """Return the place by which the hub finds the chosen person."""
    number = chosen()
    return list(FORM.seen[number - 1].at) if number else None


def _kept(jpeg: str) -> str:
    """Write a picture into Blender's temporary folder and return its path; "" for invalid data."""
    try:
        data = base64.b64decode(jpeg, validate=True)
    except binascii.Error:
        return ""
    path = Path(bpy.app.tempdir) / "kinetix" / "people" / f"{hashlib.sha256(data).hexdigest()[:16]}.jpg"
    if data and not path.exists():
        files.make_folder(path.parent)
        files.write(path, data, durable=False)
    return str(path) if data else ""
