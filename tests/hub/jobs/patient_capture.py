"""The quick stand-in for the capture with the real look at a clip, which here takes the time that it takes."""

from __future__ import annotations

from kinetix_capture import precheck as real
from kinetix_capture.interface import CaptureRejected, ClipPart, SeenPerson
from kinetix_capture.people import seen_people as seeing
from tests.support import fast_capture
from tests.support.waiting import LIMIT_S

__all__ = ["deliver", "precheck", "seen_people"]

deliver = fast_capture.deliver


def precheck(part: ClipPart) -> CaptureRejected | None:
    return real.precheck(part, LIMIT_S)


def seen_people(part: ClipPart) -> list[SeenPerson]:
    return seeing.seen_people(part, LIMIT_S)
