"""The quick stand-in for the capture, with an emote that is really drawn and moves."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from kinetix_capture.interface import CaptureRejected, CaptureRequest, Delivery, Report, SeenPerson
from kinetix_core.failure import FailureReason
from kinetix_core.formats import glb, kinanim
from kinetix_core.people import PersonAt
from tests.godot import emotes
from tests.support import fast_capture


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    found = fast_capture.deliver(request, report)
    motion = emotes.wave(name=request.name or "wave")
    for name, data in (
        ("animation-v2.glb", glb.write_emote(motion)),
        ("animation.glb", glb.write_emote(motion, naming="legacy")),
        ("animation-v2.kinanim", kinanim.write_motion(motion)),
    ):
        (request.out_dir / found.files[name]).write_bytes(data)
    return found


def precheck(
    clip: Path, start_s: float, end_s: float | None, crop: object, max_seconds: float
) -> CaptureRejected | None:
    """A clip with `NOBODY` in its bytes has nobody in it, unless its part is cut out."""
    empty = b"NOBODY" in clip.read_bytes() and end_s is None
    return CaptureRejected(FailureReason.NOBODY) if empty else None


def seen_people(clip: Path, start_s: float, end_s: float | None, crop: object, max_seconds: float) -> list[SeenPerson]:
    """A clip with `TWO PEOPLE` in its bytes shows two of them."""
    if b"TWO PEOPLE" not in clip.read_bytes():
        return []
    return [_person(0.25, (200, 60, 50)), _person(0.75, (60, 90, 200))]


def _person(x: float, colour: tuple[int, int, int]) -> SeenPerson:
    picture = io.BytesIO()
    Image.new("RGB", (80, 160), colour).save(picture, "JPEG")
    return SeenPerson(PersonAt(0.5, x, 0.5), (x - 0.1, 0.1, 0.2, 0.8), picture.getvalue())
