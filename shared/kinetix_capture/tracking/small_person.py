"""Search for a person too small for the first pass: single frames, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from kinetix_capture.networks.body_landmarks import Poser
from kinetix_capture.networks.person_detector import Detector, body_region
from kinetix_capture.video.decode import Part

# Sides of the parts by the picture's longer side: a person fills enough of one of them for the detector.
_SIDES = (0.5, 0.25)
_MOMENTS = (0.5, 0.2, 0.8)
_SURE = 0.9
# From the landmarks' highest (eyes) to the lowest (toes), of the whole person.
_WHOLE = 1.08


def height_px(seen: Part, check: Callable[[], None]) -> float | None:
    """Return the standing height of a person in source pixels, or None for nobody. `check` may raise to abort."""
    detector, poser = Detector(), Poser()
    for moment in _MOMENTS:
        time_s = seen.start_s + moment * (seen.end_s - seen.start_s)
        picture = next(replace(seen, start_s=time_s).frames(), None)
        if picture is None:
            continue
        image = Image.fromarray(picture.image)
        for left, top, side in _parts(image.size):
            check()
            part = image.crop((left, top, left + side, top + side))
            for person in detector(part):
                pose = poser(part, body_region(person.hips, person.reach))
                pose = poser(part, pose.region)  # the first region is a rough one
                if pose.presence > _SURE and pose.sure > 0.5:
                    return float(np.ptp(pose.points[:, 1])) * _WHOLE * picture.scale
    return None


def _parts(size: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Left, top and side of squares that overlap by a half, large ones first."""
    for share in _SIDES:
        side = round(max(size) * share)
        for top in _starts(size[1], side):
            for left in _starts(size[0], side):
                yield left, top, side


def _starts(length: int, side: int) -> list[int]:
    count = max(int(np.ceil((length - side) / (side / 2))), 0) + 1
    return [round(place) for place in np.linspace(0, max(length - side, 0), count)]
