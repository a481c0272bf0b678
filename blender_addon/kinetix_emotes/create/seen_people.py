# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the hub has seen in the chosen clip: of several people a picture of each one, which of them is chosen, and of one whether all
of the body is there."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Any

import bpy

from kinetix_core.io import files
from kinetix_core.values.people import MOST_PEOPLE

from .. import session, thumbnails

__all__ = ["are_several", "choose", "chosen", "forget", "is_half_a_body", "person", "pictures", "take"]

_SEEN, _CHOSEN, _HALF = "create.seen_people", "create.person", "create.half_a_body"
_PEOPLE = "create.people"
_REFUSED, _ALL, _ONE = 0, 1, 2  # of the form's choice of people


def take(people: Any) -> None:
    """What the hub has answered: a list of people, each one with `at` and `jpeg`."""
    told = people if isinstance(people, list) else []
    session.VALUES[_SEEN] = [(list(one["at"]), _kept(one.get("jpeg") or "")) for one in told[:MOST_PEOPLE]]
    session.VALUES[_HALF] = len(told) == 1 and bool(told[0].get("upperOnly"))


def forget() -> None:
    """Another clip, part or crop: who was seen there is not known here, and so nobody of them is chosen any more."""
    session.VALUES.pop(_SEEN, None)
    session.VALUES.pop(_HALF, None)
    if session.VALUES.pop(_CHOSEN, None) is not None:
        session.VALUES[_PEOPLE] = _REFUSED


def are_several() -> bool:
    return len(session.VALUES.get(_SEEN, ())) > 1


def is_half_a_body() -> bool:
    """One person alone, whose feet are not in the picture."""
    return bool(session.VALUES.get(_HALF))


def pictures() -> list[int]:
    """The icon id of each person, from left to right; a dark one where there is no picture."""
    return [thumbnails.from_file(path) or thumbnails.blank() for _, path in session.VALUES.get(_SEEN, ())]


def choose(number: int) -> None:
    """The person of this number, from 1; 0 is everybody."""
    session.VALUES[_PEOPLE] = _ONE if number else _ALL
    session.VALUES[_CHOSEN] = number or None


def chosen() -> int | None:
    """The number of the chosen person, from 1, or 0 for everybody; None while nobody is chosen."""
    people = session.VALUES.get(_PEOPLE, _REFUSED)
    if people == _ALL:
        return 0
    number = session.VALUES.get(_CHOSEN)
    return int(number) if people == _ONE and number and are_several() else None


def person() -> list[float] | None:
    """What the hub takes the chosen person by."""
    number = chosen()
    return list(session.VALUES[_SEEN][number - 1][0]) if number else None


def _kept(jpeg: str) -> str:
    """The path of a picture, in Blender's own temporary folder, which goes with it; "" of what is none."""
    try:
        data = base64.b64decode(jpeg, validate=True)
    except binascii.Error:
        return ""
    path = Path(bpy.app.tempdir) / "kinetix" / "people" / f"{hashlib.sha256(data).hexdigest()[:16]}.jpg"
    if data and not path.exists():
        files.make_folder(path.parent)
        files.write(path, data, durable=False)
    return str(path) if data else ""
