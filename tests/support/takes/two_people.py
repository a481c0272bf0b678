"""Fast stand-in for the capture that sees two people, or half of one."""

from __future__ import annotations

import dataclasses
import io

from PIL import Image

from kinetix_capture.interface import ClipPart, SeenPerson
from kinetix_core.values.people import PersonAt


def seen_people(part: ClipPart) -> list[SeenPerson]:
    """A clip with `TWO PEOPLE` in its bytes shows two of them, and one with `HALF A BODY` somebody without feet."""
    known = part.clip.read_bytes()
    if b"HALF A BODY" in known:
        return [dataclasses.replace(_person(0.5, (70, 170, 80)), upper_only=True)]
    if b"TWO PEOPLE" not in known:
        return []
    return [_person(0.25, (200, 60, 50)), _person(0.75, (60, 90, 200))]


def _person(x: float, colour: tuple[int, int, int]) -> SeenPerson:
    picture = io.BytesIO()
    Image.new("RGB", (80, 160), colour).save(picture, "JPEG")
    return SeenPerson(PersonAt(0.5, x, 0.5), (x - 0.1, 0.1, 0.2, 0.8), picture.getvalue())
