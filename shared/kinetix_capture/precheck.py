"""A quick look at a clip while it is chosen: is it a video, as long as an emote may be, and is anybody in it? What else may be wrong,
the capture finds out.

The capture's first pass would refuse such a clip too, but only after it was sent and read whole. Here a dozen pictures are enough: the
look ends at the first one with somebody in it, so a good clip costs one picture, and a doubtful one is let through.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PIL import Image

from kinetix_capture import rejection
from kinetix_capture.interface import CaptureRejected, ClipPart
from kinetix_capture.networks.person_detector import Detector
from kinetix_capture.tracking import darkness
from kinetix_capture.video import decode

PATIENCE_S = 2.0
"""After so long nothing is said against a clip: the person waits for the button."""
# One more than the capture finds somebody in at least: it lets a tenth of its pictures be enough.
_LOOKS = 12
_LONGEST_SIDE = 640
# Less than the first pass asks for: what it might take for a person is no nobody.
_MAYBE_A_PERSON = 0.3


def precheck(
    part: ClipPart, patience_s: float = PATIENCE_S, make_detector: Callable[[], Detector] = Detector
) -> CaptureRejected | None:
    """Return why no emote can become of this part of a clip; None when nothing is seen against it, or not within `patience_s`.

    A part that is longer or shorter than its `length` allows is refused. Where the clip's end is not known, nobody is looked for
    beyond the longest.
    """
    give_up = time.monotonic() + patience_s
    try:
        known = decode.probe(part.clip)
        last = known.ends_s if part.end_s is None else min(part.end_s, known.ends_s)
        if last <= part.start_s:
            return None
        if math.isfinite(last):
            rejection.refuse_length(last - max(part.start_s, known.begins_s), part.length)
        last = min(last, part.start_s + part.length.longest_s)
        detector = make_detector()
        rate = _LOOKS / (last - part.start_s)
        lights: list[float] = []
        for picture in decode.frames(
            part.clip, part.start_s, last, fps=rate, crop=part.crop, longest_side=_LONGEST_SIDE
        ):
            if detector(Image.fromarray(picture.image), _MAYBE_A_PERSON) or time.monotonic() > give_up:
                return None
            lights.append(darkness.light(picture.image))
        if len(lights) > 1:
            darkness.refuse(lights)
    except CaptureRejected as error:
        return error
    return rejection.nobody(0.0) if len(lights) > 1 else None
