"""First pass over a clip: who is in it, where, how large, and is it one shot? Decides rejections before the slow pass."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture import rejection
from kinetix_capture.networks import weights
from kinetix_capture.networks.body_landmarks import Poser
from kinetix_capture.networks.network import Region
from kinetix_capture.networks.person_detector import Detector, Person, body_region
from kinetix_capture.tracking.second_person import SecondPersonCheck
from kinetix_capture.video import decode

__all__ = ["FrameSample", "PersonPath", "Reading", "Survey", "choose", "cuts", "look", "read"]

Array = NDArray[np.float64]
RATE = 6.0
LONGEST_SIDE = 640
# A find continues a path when its circle is at least this share of the path's usual one.
_COUNTS = 0.35
# A second person half hidden behind the first scores low; the landmark model then decides.
_PERSON_SCORE = 0.3
_TWO_PEOPLE_SHARE = 0.25
KEPT = 128
"""Small pictures kept of a clip; one of ten seconds has fewer."""
# Finds of a path whose median radius is the person's: single ones of a bent or turned body are off by a factor of four.
_RECENT = 5
# How far the circle in which the person is looked for may be from that size: those of a body that bends or spins are off by a third.
_MARGIN = 1.4
_PASSING_S = 1.0
_LEADS_AWAY = 1.0


@dataclass(frozen=True)
class FrameSample:
    """One looked-at frame. Lengths in pixels of the full picture.

    `cells` (16, 16, 3) are mean colours, 0 … 255; `grey` is the small picture itself (None: not kept), `scale` pixels of the full one
    per pixel.
    """

    time_s: float
    people: tuple[Person, ...]
    cells: Array
    several: bool
    grey: NDArray[np.uint8] | None
    scale: float


@dataclass(eq=False)
class PersonPath:
    """One person over the clip: times (seconds), hips (x, y) and circle radius in pixels."""

    times: list[float] = field(default_factory=list)
    hips: list[Array] = field(default_factory=list)
    reaches: list[Array] = field(default_factory=list)
    radii: list[float] = field(default_factory=list)

    def add(self, time_s: float, person: Person) -> None:
        self.times.append(time_s)
        self.hips.append(person.hips)
        self.reaches.append(person.reach)
        self.radii.append(person.radius)

    def unlike(self, time_s: float, person: Person) -> float:
        """Return how badly a find continues this path: below 1 it can be the same person at the same pace and size."""
        gap = max(time_s - self.times[-1], 1e-3)
        expected = self.hips[-1]
        if len(self.times) > 1 and gap < 0.6:
            expected = expected + (expected - self.hips[-2]) * (gap / max(self.times[-1] - self.times[-2], 1e-3))
        return _unlike(gap, expected - person.hips, float(np.median(self.radii[-_RECENT:])), person.radius)

    def detour(self, number: int) -> float:
        """Return how much less alike a find's neighbours are to it than to each other; large for another person's find."""

        def step(a: int, b: int) -> float:
            gap = self.times[b] - self.times[a]
            return _unlike(gap, self.hips[b] - self.hips[a], self.radii[a], self.radii[b])

        return step(number - 1, number) + step(number, number + 1) - step(number - 1, number + 1)

    def without(self, times: Container[float]) -> PersonPath:
        """The path without the finds at these times."""
        rest = PersonPath()
        for time_s, hips, reach, radius in zip(self.times, self.hips, self.reaches, self.radii, strict=True):
            if time_s not in times:
                rest.times.append(time_s)
                rest.hips.append(hips)
                rest.reaches.append(reach)
                rest.radii.append(radius)
        return rest

    def near(self, time_s: float) -> tuple[Region, float]:
        """The region of the find nearest in time, about as large as those around it, and how far away in seconds it is."""
        nearest = np.argsort(np.abs(np.asarray(self.times) - time_s), kind="stable")[:_RECENT]
        best, radii = int(nearest[0]), np.asarray(self.radii)[nearest]
        usual = float(np.median(radii))
        sized = float(np.clip(radii[0], usual / _MARGIN, usual * _MARGIN)) / max(radii[0], 1e-9)
        reach = self.hips[best] + (self.reaches[best] - self.hips[best]) * sized
        return body_region(self.hips[best], reach), abs(self.times[best] - time_s)


def _unlike(gap_s: float, off: Array, radius: float, other_radius: float) -> float:
    """Return how unlike two finds are: their distance (2,) in pixels for people of this size in this time, and their sizes."""
    away = float(np.hypot(*off)) / max(radius, other_radius)
    return away / min(0.75 + gap_s, 1.8) + 0.7 * abs(float(np.log(other_radius / radius)))


@dataclass(frozen=True)
class Survey:
    """`person` is the one to follow; `last_s` the time of the last frame seen; shares are of looked-at frames."""

    person: PersonPath
    last_s: float
    seen: float
    several: float


@dataclass(frozen=True)
class Reading:
    """A part of a clip as decoded once.

    Attributes:
        pictures: about six frames a second.
        cells: mean colours of each, 0 … 255, shape (16, 16, 3).
        times, glances: of all frames, in seconds and as small pictures of shape (16, 16, 3).
    """

    pictures: list[decode.Picture] = field(default_factory=list)
    cells: list[Array] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    glances: list[NDArray[np.uint8]] = field(default_factory=list)


def read(
    path: Path,
    start_s: float,
    end_s: float,
    crop: decode.Crop | None,
    stop: threading.Event,
    tick: Callable[[float], None],
) -> Reading:
    """Decode a part of a clip and keep about six frames a second. `tick` receives the time of each; `stop` ends it early."""
    found = Reading()

    def glance(time_s: float, small: NDArray[np.uint8]) -> None:
        found.times.append(time_s)
        found.glances.append(small)

    for picture in decode.frames(path, start_s, end_s, fps=RATE, crop=crop, longest_side=LONGEST_SIDE, glance=glance):
        if stop.is_set():
            break
        cells = Image.fromarray(picture.image).resize((decode.CELLS, decode.CELLS), Image.Resampling.BOX)
        found.pictures.append(picture)
        found.cells.append(np.asarray(cells, np.float64))
        tick(picture.time_s)
    return found


def look(
    reading: Reading,
    stop: threading.Event,
    tick: Callable[[float], None],
    others: Callable[[Image.Image, Sequence[Person]], bool] | None = None,
    kept: int = KEPT,
) -> list[FrameSample]:
    """Find people in the frames of a part, which are freed one by one. `tick` receives the time of each; `stop` ends it early.

    Args:
        others: returns whether a frame, with the detector's finds in it, shows several people; None is the check for clips of one
            person.
        kept: small greyscale frames to keep at most, so that a long part takes no more memory than a short one.
    """
    detector = Detector(weights.find(weights.POSE_DETECTION))
    others = others or SecondPersonCheck(lambda: Poser(weights.find(weights.POSE_LANDMARK)))
    samples: list[FrameSample] = []
    every = 1
    pictures = reading.pictures[::-1]
    reading.pictures.clear()
    for cells in reading.cells:
        if stop.is_set():
            break
        picture = pictures.pop()
        image = Image.fromarray(picture.image)
        finds = detector(image, _PERSON_SCORE)
        people = [person for person in finds if person.score > 0.5]
        scaled = tuple(
            Person(person.score, person.hips * picture.scale, person.reach * picture.scale) for person in people
        )
        grey = np.asarray(image.convert("L")) if len(samples) % every == 0 else None
        samples.append(FrameSample(picture.time_s, scaled, cells, others(image, finds), grey, picture.scale))
        if len(samples) > kept * every:
            every *= 2
            samples = [one if number % every == 0 else replace(one, grey=None) for number, one in enumerate(samples)]
        tick(picture.time_s)
    return samples


def choose(samples: Sequence[FrameSample], *, refuse_several: bool = True) -> Survey:
    """Follows everyone over the samples and chooses the longest path, then the largest body.

    Raises:
        CaptureRejected: nobody is there or, with `refuse_several`, more than one person is seen too often.
    """
    if not samples:
        raise rejection.not_a_video("No frame of the chosen part can be decoded.")
    open_paths: list[PersonPath] = []
    for sample in samples:
        free = list(open_paths)
        for person in sorted(sample.people, key=lambda person: -person.radius):
            best = min(free, key=lambda path: path.unlike(sample.time_s, person), default=None)
            if best is not None and best.unlike(sample.time_s, person) < 1.0:
                free.remove(best)
            else:
                best = PersonPath()
                open_paths.append(best)
            best.add(sample.time_s, person)
    if not open_paths:
        raise rejection.nobody(0.0)
    person_path = max(open_paths, key=lambda path: len(path.times) * float(np.median(path.radii)))
    others = [path for path in open_paths if path is not person_path]
    crowded = [sample.time_s for sample in samples if sample.several]
    own = person_path.without(_passers(_completed(person_path, others), crowded))
    person_path = _completed(own if own.times else person_path, others)
    seen = len(person_path.times) / len(samples)
    several = float(np.mean([sample.several for sample in samples]))
    if refuse_several and several >= _TWO_PEOPLE_SHARE:
        raise rejection.several_people(several)
    if seen < 0.1:
        raise rejection.nobody(seen)
    return Survey(person_path, samples[-1].time_s, seen, several)


def _passers(path: PersonPath, crowded: Sequence[float]) -> set[float]:
    """Times of finds, near times when two people are seen, that lead away from the path and back: they are of the other one.

    Who passes close by is the only find of the detector for a while.
    """
    found: set[float] = set()
    while True:
        near = [
            number
            for number in range(1, len(path.times) - 1)
            if any(abs(path.times[number] - time_s) < _PASSING_S for time_s in crowded)
        ]
        worst = max(near, key=path.detour, default=None)
        if worst is None or path.detour(worst) < _LEADS_AWAY:
            return found
        found.add(path.times[worst])
        path = path.without(found)


def _completed(path: PersonPath, others: Sequence[PersonPath]) -> PersonPath:
    """The path with the finds of others at times when it has none: a body that bends or turns over fast changes its circle too much.

    Of people who are in the picture together each one has finds at the same times, so nobody else's are taken.
    """
    finds = list(zip(path.times, path.hips, path.reaches, path.radii, strict=True))
    usual = float(np.median(path.radii))
    for other in others:
        if set(other.times) & set(path.times):
            continue
        for find in zip(other.times, other.hips, other.reaches, other.radii, strict=True):
            nearest = min(finds, key=lambda known: abs(known[0] - find[0]))
            away = float(np.hypot(*(nearest[1] - find[1]))) / usual
            if find[3] > _COUNTS * usual and away < 1.0 + 2 * abs(nearest[0] - find[0]):
                finds.append(find)
    finds.sort(key=lambda find: find[0])
    return PersonPath(*(list(column) for column in zip(*finds, strict=True)))


def cuts(survey: Survey, start_s: float, end_s: float, parts: int) -> list[float]:
    """Return where to split a clip for so many threads: near-even times, on the grid of frames, with the person found."""
    times = np.asarray(survey.person.times)
    length = (end_s - start_s) / parts
    found = []
    for number in range(1, parts):
        even = start_s + number * length
        best = float(times[np.argmin(np.abs(times - even))])
        found.append(round((best if abs(best - even) <= length / 2 else even) * decode.FPS) / decode.FPS)
    return sorted(set(found))
