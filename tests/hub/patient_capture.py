"""The quick stand-in for the capture with the real look at a clip, which here takes the time that it takes."""

from __future__ import annotations

from pathlib import Path

from kinetix_capture import precheck as real
from kinetix_capture import seen_people as seeing
from kinetix_capture.interface import CaptureRejected, SeenPerson
from tests.support import fast_capture
from tests.support.waiting import LIMIT_S

__all__ = ["deliver", "precheck", "seen_people"]

deliver = fast_capture.deliver


def precheck(
    clip: Path,
    start_s: float,
    end_s: float | None,
    crop: tuple[float, float, float, float] | None,
    max_seconds: float,
) -> CaptureRejected | None:
    return real.precheck(clip, start_s, end_s, crop, max_seconds, LIMIT_S)


def seen_people(
    clip: Path,
    start_s: float,
    end_s: float | None,
    crop: tuple[float, float, float, float] | None,
    max_seconds: float,
) -> list[SeenPerson]:
    return seeing.seen_people(clip, start_s, end_s, crop, max_seconds, LIMIT_S)
