"""Search for a second person in frame. The landmark model decides, and keeps watching a place where it found one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from PIL import Image

from kinetix_capture.networks.body_landmarks import Pose, Poser
from kinetix_capture.networks.network import Region
from kinetix_capture.networks.person_detector import Person, body_region
from kinetix_capture.tracking import shown_body

TRUNK = (11, 12, 23, 24)
"""Landmarks of shoulders and hips."""

# A second find counts when its circle is at least this share of the largest one in the picture.
_COUNTS = 0.35
# Looks in so many pictures with rivals: what more would cost, a clip of ten seconds does not need.
_MAX_CHECKS, _PICTURES = 16, 72
_MOST = 3
# A body is there when the landmark model is so sure of it, and sees its trunk so clearly.
_PRESENT, _SEEN = 0.7, 0.5
# Of a body's height: trunks nearer to each other are of one body.
_APART = 0.15
# Joints of arms, trunk and legs; a pose with more of them than this share inside another body is that body.
_JOINTS, _EXPLAINED = [*range(11, 17), *range(23, 29)], 0.5


class SecondPersonCheck:
    """Looks through the pictures of one clip in order.

    The detector merges people who stand close together into one find at times; where two were seen in the picture before, both are
    looked for again.
    """

    def __init__(self, make_poser: Callable[[], Poser]) -> None:
        self._make = make_poser
        self._poser: Poser | None = None
        self._checks = self._pictures = 0
        self._places: list[Region] = []
        self._several = False

    def __call__(self, image: Image.Image, finds: Sequence[Person]) -> bool:
        """Return True when the picture shows more than one person."""
        largest = max((person.radius for person in finds), default=0.0)
        candidates = _distinct([person for person in finds if person.radius > _COUNTS * largest])
        if len(candidates) < 2 and not self._places:
            self._several = False
            return False
        self._pictures += 1
        if self._checks < _MAX_CHECKS * (1 + self._pictures // _PICTURES):
            self._checks += 1
            places = [body_region(person.hips, person.reach) for person in candidates]
            self._poser = self._poser or self._make()
            bodies = added([], self._poser, image, [*places[:_MOST], *self._places])
            self._several = len(bodies) > 1
            self._places = [pose.region for pose in bodies[:_MOST]] if self._several else []
        return self._several


def added(known: Sequence[Pose], poser: Poser, image: Image.Image, places: Iterable[Region]) -> list[Pose]:
    """The known bodies and the different ones that the landmark model sees in these regions."""
    found = list(known)
    for place in places:
        pose = poser(image, place)
        if pose.presence < _PRESENT or np.median(pose.visibility[[*TRUNK]]) < _SEEN:
            continue
        if all(_different(pose, other) for other in found):
            found.append(pose)
    return found


def _different(a: Pose, b: Pose) -> bool:
    away = np.hypot(*(a.points[[*TRUNK]].mean(0) - b.points[[*TRUNK]].mean(0)))
    if away <= _APART * max(np.ptp(a.points[:, 1]), np.ptp(b.points[:, 1])):
        return False
    shares = (shown_body.inside_body(x.points[None, _JOINTS], y.points[None]).mean() for x, y in ((a, b), (b, a)))
    return bool(max(shares) <= _EXPLAINED)


def _distinct(people: Sequence[Person]) -> list[Person]:
    """Finds of one body in several poses overlap; real second people stand at least a third of a body away."""
    kept: list[Person] = []
    for person in people:
        if all(np.hypot(*(person.hips - other.hips)) > 0.35 * max(person.radius, other.radius) for other in kept):
            kept.append(person)
    return kept
