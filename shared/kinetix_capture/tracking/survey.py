"""First pass over a clip: who is in it, where, how large, and is it one shot? Decides rejections before the slow pass."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture import rejection
from kinetix_capture.arrays import Array
from kinetix_capture.networks.body_landmarks import Poser
from kinetix_capture.networks.network import Region
from kinetix_capture.networks.person_detector import Detector, Person, body_region
from kinetix_capture.tracking.second_person import SecondPersonCheck
from kinetix_capture.video import decode
from kinetix_capture.video.decode import Part, Tick

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
    """Finds of one person over the clip, in order of time (seconds)."""

    finds: list[tuple[float, Person]] = field(default_factory=list)

    @property
    def times(self) -> list[float]:
        return [time_s for time_s, _ in self.finds]

    @property
    def radius(self) -> float:
        return float(np.median([person.radius for _, person in self.finds]))

    def add(self, time_s: float, person: Person) -> None:
        self.finds.append((time_s, person))

    def at(self, times: Array | float) -> Array:
        """Hips (..., 2) at these times (...), between the finds."""
        hips = np.array([person.hips for _, person in self.finds])
        return np.stack([np.interp(times, self.times, hips[:, axis]) for axis in (0, 1)], -1)

    def unlike(self, time_s: float, person: Person) -> float:
        """Return how badly a find continues this path: below 1 it can be the same person at the same pace and size."""
        last_s, last = self.finds[-1]
        gap = max(time_s - last_s, 1e-3)
        expected = last.hips
        if len(self.finds) > 1 and gap < 0.6:
            before_s, before = self.finds[-2]
            expected = expected + (expected - before.hips) * (gap / max(last_s - before_s, 1e-3))
        return _unlike(gap, expected - person.hips, PersonPath(self.finds[-_RECENT:]).radius, person.radius)

    def detour(self, number: int) -> float:
        """Return how much less alike a find's neighbours are to it than to each other; large for another person's find."""

        def step(a: int, b: int) -> float:
            (first_s, first), (second_s, second) = self.finds[a], self.finds[b]
            return _unlike(second_s - first_s, second.hips - first.hips, first.radius, second.radius)

        return step(number - 1, number) + step(number, number + 1) - step(number - 1, number + 1)

    def without(self, times: Container[float]) -> PersonPath:
        return PersonPath([find for find in self.finds if find[0] not in times])

    def near(self, time_s: float) -> tuple[Region, float]:
        """The region of the find nearest in time, about as large as those around it, and how far away in seconds it is."""
        nearest = sorted(self.finds, key=lambda find: abs(find[0] - time_s))[:_RECENT]
        best_s, best = nearest[0]
        usual = PersonPath(nearest).radius
        sized = float(np.clip(best.radius, usual / _MARGIN, usual * _MARGIN)) / max(best.radius, 1e-9)
        return body_region(best.hips, best.hips + (best.reach - best.hips) * sized), abs(best_s - time_s)


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


def read(part: Part, tick: Tick) -> Reading:
    """Decode a part of a clip and keep about six frames a second."""
    found = Reading()

    def glance(time_s: float, small: NDArray[np.uint8]) -> None:
        found.times.append(time_s)
        found.glances.append(small)

    for picture in part.frames(fps=RATE, longest_side=LONGEST_SIDE, glance=glance):
        cells = Image.fromarray(picture.image).resize((decode.CELLS, decode.CELLS), Image.Resampling.BOX)
        found.pictures.append(picture)
        found.cells.append(np.asarray(cells, np.float64))
        tick(picture.time_s)
    return found


def look(
    reading: Reading,
    tick: Tick,
    others: Callable[[Image.Image, Sequence[Person]], bool] | None = None,
    kept: int = KEPT,
) -> list[FrameSample]:
    """Find people in the frames of a part, which are freed one by one.

    Args:
        others: returns whether a frame, with the detector's finds in it, shows several people; None is the check for clips of one
            person.
        kept: small greyscale frames to keep at most, so that a long part takes no more memory than a short one.
    """
    detector = Detector()
    others = others or SecondPersonCheck(Poser)
    samples: list[FrameSample] = []
    every = 1
    pictures = reading.pictures[::-1]
    reading.pictures.clear()
    for cells in reading.cells:
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
    """Follow everyone over the samples and choose the longest path, then the largest body.

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
    person_path = max(open_paths, key=lambda path: len(path.finds) * path.radius)
    others = [path for path in open_paths if path is not person_path]
    crowded = [sample.time_s for sample in samples if sample.several]
    own = person_path.without(_passers(_completed(person_path, others), crowded))
    person_path = _completed(own if own.finds else person_path, others)
    seen = len(person_path.finds) / len(samples)
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
            for number in range(1, len(path.finds) - 1)
            if any(abs(path.finds[number][0] - time_s) < _PASSING_S for time_s in crowded)
        ]
        worst = max(near, key=path.detour, default=None)
        if worst is None or path.detour(worst) < _LEADS_AWAY:
            return found
        found.add(path.finds[worst][0])
        path = path.without(found)


def _completed(path: PersonPath, others: Sequence[PersonPath]) -> PersonPath:
    """The path with the finds of others at times when it has none: a body that bends or turns over fast changes its circle too much.

    Of people who are in the picture together each one has finds at the same times, so nobody else's are taken.
    """
    finds, usual = list(path.finds), path.radius
    for other in others:
        if set(other.times) & set(path.times):
            continue
        for time_s, person in other.finds:
            near_s, near = min(finds, key=lambda known: abs(known[0] - time_s))
            away = float(np.hypot(*(near.hips - person.hips))) / usual
            if person.radius > _COUNTS * usual and away < 1.0 + 2 * abs(near_s - time_s):
                finds.append((time_s, person))
    return PersonPath(sorted(finds, key=lambda find: find[0]))


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
