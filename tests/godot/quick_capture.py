"""The quick stand-in for the capture, with an emote that is really drawn and moves."""

from __future__ import annotations

from kinetix_capture.interface import CaptureRejected, CaptureRequest, ClipPart, Delivery, Report
from kinetix_core.formats import glb, kinanim
from kinetix_core.values.failure import FailureReason
from tests.godot import emotes
from tests.support import fast_capture
from tests.support.takes.two_people import seen_people

__all__ = ["deliver", "precheck", "seen_people"]


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


def precheck(part: ClipPart) -> CaptureRejected | None:
    """A clip with `NOBODY` in its bytes has nobody in it, unless its part is cut out."""
    empty = b"NOBODY" in part.clip.read_bytes() and part.end_s is None
    return CaptureRejected(FailureReason.NOBODY) if empty else None
