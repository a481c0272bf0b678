"""A quick look at who is in a clip, so that one of several people can be chosen by a picture before anything is captured.

The capture's first pass finds everybody too, but looks at six pictures a second. Here a few over the whole part are enough: whoever is
in most of them is somebody to choose. A person is named by place and time, so that the capture finds the same one again.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from kinetix_capture.arrays import Array
from kinetix_capture.interface import ClipPart, SeenPerson
from kinetix_capture.networks.body_landmarks import Pose, Poser
from kinetix_capture.networks.person_detector import Detector
from kinetix_capture.tracking import people, shown_body
from kinetix_capture.tracking.survey import PersonPath
from kinetix_capture.video import decode
from kinetix_core.values.people import PersonAt

PATIENCE_S = 1.5
"""After so long the pictures seen so far are all: the person waits for the choice."""
# A busy machine is waited for so much longer while fewer pictures than these were looked at: too few tell nothing.
_LONGER, _ENOUGH = 5.0, 4
_LOOKS = 8
_LONGEST_SIDE = 640
_SCORE = 0.3
# So few pictures bring finds of what is nobody in a third of them; a person to choose is in half of them, and in two at least.
_SHARE, _FEWEST = 0.5, 2
_HIGH_PX = 160
# Of the body's height, as landmarks end at the eyes and ankles; and the narrowest and widest thumbnail as shares of its height.
_MARGIN, _NARROWEST, _WIDEST = 0.15, 0.5, 1.0


@dataclass(frozen=True)
class _Look:
    """One picture that was looked at, and the poses and bodies in it, in its own pixels."""

    time_s: float
    image: Image.Image
    poses: Sequence[Pose]
    bodies: Sequence[people.Body]


def seen_people(part: ClipPart, patience_s: float = PATIENCE_S) -> list[SeenPerson]:
    """Return the people in this part of a clip, left to right; nobody if two frames take far longer than `patience_s`.

    Nobody is looked for beyond the longest that it may be.

    Raises:
        CaptureRejected: the file is no video.
    """
    looks = _looks(part, patience_s)
    if len(looks) < _FEWEST:
        return []
    share = max(_SHARE, _FEWEST / len(looks))
    found = people.find([look.time_s for look in looks], [look.bodies for look in looks], share)
    # A person whose way could not be followed from one picture to the next is found twice.
    most = max(len(look.bodies) for look in looks)
    return [_seen(looks, path) for path in found.people] if len(found.people) <= most else []


def _looks(part: ClipPart, patience_s: float) -> list[_Look]:
    began = time.monotonic()
    ends = decode.probe(part.clip).ends_s
    last = min(ends if part.end_s is None else part.end_s, ends, part.start_s + part.length.longest_s)
    if last <= part.start_s:
        return []
    detector = Detector()
    finder = people.BodyFinder(Poser, lambda: detector)
    looks: list[_Look] = []
    rate = _LOOKS / (last - part.start_s)
    for picture in decode.frames(part.clip, part.start_s, last, fps=rate, crop=part.crop, longest_side=_LONGEST_SIDE):
        image = Image.fromarray(picture.image)
        finder(image, detector(image, _SCORE))
        looks.append(_Look(picture.time_s, image, finder.poses, finder.pictures[-1]))
        if time.monotonic() - began > patience_s * (1.0 if len(looks) >= _ENOUGH else _LONGER):
            break
    return looks


def _seen(looks: Sequence[_Look], path: PersonPath) -> SeenPerson:
    """The person in the picture that shows them best: clear of the others, and surely a body."""

    def own(look: _Look) -> int:
        person = dict(path.finds)[look.time_s]
        return next(number for number, body in enumerate(look.bodies) if body.person is person)

    def clear(look: _Look) -> float:
        one = look.bodies[own(look)].person
        others = [body.person for body in look.bodies if body.person is not one]
        away = min((float(np.hypot(*(one.hips - other.hips))) / one.radius for other in others), default=1.0)
        return one.score * min(away, 1.0)

    best = max((look for look in looks if look.time_s in path.times), key=clear)
    pose, person = best.poses[own(best)], best.bodies[own(best)].person
    size = np.array(best.image.size, float)
    x, y = np.clip(person.hips / size, 0.0, 1.0)
    box = _box(pose.points, size)
    left, top, right, bottom = box / np.tile(size, 2)
    return SeenPerson(
        PersonAt(best.time_s, float(x), float(y)),
        (float(left), float(top), float(right - left), float(bottom - top)),
        _thumbnail(best.image, box),
        _is_upper_only([(look.poses[own(look)], look.image.size) for look in looks if look.time_s in path.times]),
    )


def _is_upper_only(seen: Sequence[tuple[Pose, tuple[int, int]]]) -> bool:
    """Return whether shoulders are in most of one person's frames of these sizes, and feet in none."""
    visibility = np.array([pose.visibility * shown_body.inside(pose.points, size) for pose, size in seen])
    shoulders = shown_body.shows_shoulders(visibility, np.array([pose.peaks for pose, _ in seen]))
    return bool(shoulders.mean() > 0.5 and not shown_body.shows_feet(visibility).any())


def _box(points: Array, size: Array) -> Array:
    """Return (4,) left, top, right, bottom of a body with landmarks (L, 2), with a margin, inside a picture of this size (2,)."""
    low, high = points.min(0), points.max(0)
    tall = float(high[1] - low[1]) * (1 + 2 * _MARGIN)
    wide = float(high[0] - low[0]) + 2 * _MARGIN * tall / (1 + 2 * _MARGIN)
    tall = max(tall, wide / _WIDEST, 2.0)
    half = np.array([max(wide, tall * _NARROWEST), tall]) / 2
    middle = (low + high) / 2
    return np.concatenate([np.clip(middle - half, 0, size - 2), np.clip(middle + half, 2, size)])


def _thumbnail(image: Image.Image, box: Array) -> bytes:
    left, top, right, bottom = (math.floor(edge) for edge in box)
    width = max(round(_HIGH_PX * (right - left) / (bottom - top)), 1)
    small = image.resize((width, _HIGH_PX), Image.Resampling.LANCZOS, (left, top, right, bottom))
    written = io.BytesIO()
    small.save(written, "JPEG", quality=80)
    return written.getvalue()
