"""Several people over a clip: where each one is in the survey's pictures, by place and look. Each one is followed alone afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw
from scipy.optimize import linear_sum_assignment

from kinetix_capture.arrays import Array
from kinetix_capture.networks.body_landmarks import Pose, Poser
from kinetix_capture.networks.network import Region
from kinetix_capture.networks.person_detector import Detector, Person, body_region
from kinetix_capture.tracking.second_person import TRUNK, added
from kinetix_capture.tracking.survey import PersonPath
from kinetix_core.motion.contacts import runs
from kinetix_core.values.people import MOST_PEOPLE

# A person is in this share of the looked-at frames, in so many of a short clip's, and at least so large beside the largest one:
# others only stand about, or are drawn between two who cross.
_SHARE, _FEWEST, _SIZE = 0.25, 4, 0.5
# How clearly the joints of a person are seen, in the middle picture. Of chairs and of shades in a dark room the landmark model draws
# bodies too, at 0.25 to 0.53; people have 0.8 and more, and those who are hidden by others 0.5 for a while.
_CLEAR = 0.62
# Of the radius of the circle around a body: a find nearer to a known body is that one; people nearer to each other cross.
_SAME, _CROSSING = 0.3, 0.6
_SCORE = 0.3
# Grey levels of clothes and skin that make a place one radius farther off; light and folds change them by 10 to 20.
_LOOK_LEVELS = 60.0
# Looks tell who is who where exchanging the two changes their sum by so many grey levels, and by this share.
_TELLS_LEVELS, _TELLS = 15.0, 0.25
_BESIDE = 4
_BACK_S = 3.0
# Parts of a body whose colours make its look, as the ends of the line through each one.
_PARTS = (((11, 12), (23, 24)), ((23,), (25,)), ((24,), (26,)), ((25,), (27,)), ((26,), (28,)))
_LINES = (
    *((11, 12), (11, 23), (12, 24), (23, 24), (11, 24), (12, 23), (0, 11), (0, 12)),
    *((11, 13), (13, 15), (15, 19), (12, 14), (14, 16), (16, 20)),
    *((23, 25), (25, 27), (27, 31), (24, 26), (26, 28), (28, 32)),
)
_PAINT = (128, 128, 128)
_ALONG = np.linspace(0.2, 0.8, 7)


@dataclass(frozen=True)
class Body:
    """One person in one picture: place and size as the detector tells them, in pixels, and the look.

    `look` (5, 3) are mean colours of trunk, thighs and calves, 0 … 255.
    """

    person: Person
    look: Array

    def scaled(self, scale: float) -> Body:
        """In pixels of a picture that is larger by this factor."""
        person = Person(self.person.score, self.person.hips * scale, self.person.reach * scale)
        return replace(self, person=person)


@dataclass(frozen=True)
class Crossing:
    """Two people (their numbers) who come so near to each other that one may hide the other, seconds of the clip.

    `told` is false where they look alike: then only their ways say who is who afterwards.
    """

    first: int
    second: int
    start_s: float
    told: bool


@dataclass(frozen=True)
class Found:
    """Everybody who is to be captured, from left to right as they begin, and where they cross."""

    people: tuple[PersonPath, ...]
    crossings: tuple[Crossing, ...] = ()


class BodyFinder:
    """Looks through the pictures of one part of a clip in order, and keeps the bodies of each one.

    Stands where the check for a second person stands: a body that the detector has lost, or takes for a part of another one, is
    looked for at its former place.
    """

    def __init__(self, make_poser: Callable[[], Poser], make_detector: Callable[[], Detector]) -> None:
        self._make = make_poser, make_detector
        self._networks: tuple[Poser, Detector] | None = None
        self._last: list[Pose] = []
        self.pictures: list[tuple[Body, ...]] = []

    @property
    def poses(self) -> Sequence[Pose]:
        return self._last

    def __call__(self, image: Image.Image, finds: Sequence[Person]) -> bool:
        """Return True when the picture shows more than one person."""
        self._networks = self._networks or (self._make[0](), self._make[1]())
        poser, detector = self._networks
        poses = added([], poser, image, [*(pose.region for pose in self._last), *self._new(finds)])
        for _ in range(MOST_PEOPLE):
            # the detector has learnt from pictures of one person: with those who are known painted over it finds the next one
            more = detector(_without(image, poses), _SCORE) if poses else []
            together = added(poses, poser, image, [body_region(person.hips, person.reach) for person in more])
            if len(together) == len(poses):
                break
            poses = together
        pixels = np.asarray(image, np.float64)
        self._last = poses
        self.pictures.append(tuple(Body(_as_person(pose), _look(pixels, pose.points)) for pose in poses))
        return len(poses) > 1

    def _new(self, finds: Sequence[Person]) -> Iterator[Region]:
        """Yield the detector's finds of new people: known places are finer than its own."""
        for person in finds:
            if all(
                np.hypot(person.hips[0] - pose.region.x, person.hips[1] - pose.region.y) > _SAME * person.radius
                for pose in self._last
            ):
                yield body_region(person.hips, person.reach)


def _without(image: Image.Image, poses: Sequence[Pose]) -> Image.Image:
    """The picture with these bodies painted over."""
    image = image.copy()
    brush = ImageDraw.Draw(image)
    for pose in poses:
        high = float(np.ptp(pose.points, axis=0).max())
        for first, second in _LINES:
            ends = [tuple(pose.points[landmark].tolist()) for landmark in (first, second)]
            brush.line(ends, fill=_PAINT, width=max(round(0.1 * high), 1))
        for x, y in pose.points[[0, *TRUNK]]:
            brush.ellipse((x - 0.08 * high, y - 0.08 * high, x + 0.08 * high, y + 0.08 * high), fill=_PAINT)
    return image


def _as_person(pose: Pose) -> Person:
    """The circle around the body that the landmark model draws, in the detector's form."""
    region = pose.region
    hips, radius = np.array([region.x, region.y]), region.side / 2.5
    return Person(pose.sure, hips, hips + radius * np.array([np.sin(region.angle), -np.cos(region.angle)]))


def _look(pixels: Array, points: Array) -> Array:
    """Return (P, 3) colours of the parts of a body with landmarks (L, 2) in a picture (H, W, 3)."""
    high, wide = pixels.shape[:2]
    colours = []
    for first, second in _PARTS:
        a, b = points[list(first)].mean(0), points[list(second)].mean(0)
        line = a + _ALONG[:, None] * (b - a)
        column, row = np.clip(line.T.astype(int), 0, np.array([[wide - 1], [high - 1]]))
        colours.append(np.median(pixels[row, column], axis=0))
    return np.array(colours)


@dataclass(eq=False)
class _Seen:
    """One person's bodies by the number of the picture."""

    bodies: dict[int, Body]

    def path(self, times: Sequence[float]) -> PersonPath:
        return PersonPath([(times[number], self.bodies[number].person) for number in sorted(self.bodies)])

    @property
    def radius(self) -> float:
        return float(np.median([body.person.radius for body in self.bodies.values()]))

    @property
    def clear(self) -> float:
        return float(np.median([body.person.score for body in self.bodies.values()]))

    @property
    def prominence(self) -> float:
        return len(self.bodies) * self.radius

    def look(self, numbers: Sequence[int]) -> Array:
        """Return (P, 3) the usual colours in these pictures."""
        return np.asarray(np.median([self.bodies[number].look for number in numbers], axis=0))

    def at(self, number: int) -> Array:
        """Return (2,) the hips, between the pictures that show them as well."""
        return PersonPath([(one, self.bodies[one].person) for one in sorted(self.bodies)]).at(number)


def find(times: Sequence[float], pictures: Sequence[Sequence[Body]], share: float | None = None) -> Found:
    """Follow everybody over the pictures at these times, seconds; bodies are in pixels of the full picture.

    `share`: of the pictures in which somebody is seen at least, to be somebody at all; None as for a capture.
    """
    everyone = _joined(_followed(times, pictures), times)
    largest = max((one.radius for one in everyone), default=0.0)
    often = max(_SHARE * len(times), _FEWEST) if share is None else share * len(times)
    chosen = [
        one for one in everyone if len(one.bodies) >= often and one.radius >= _SIZE * largest and one.clear >= _CLEAR
    ]
    chosen = sorted(chosen, key=lambda one: -one.prominence)[:MOST_PEOPLE]
    chosen.sort(key=lambda one: float(one.bodies[min(one.bodies)].person.hips[0]))
    crossings: list[Crossing] = []
    for first, second in itertools.combinations(range(len(chosen)), 2):
        crossings += _untangled(chosen, first, second, times)
    return Found(tuple(one.path(times) for one in chosen), tuple(crossings))


def most_prominent(found: Found) -> PersonPath:
    return max(found.people, key=lambda path: len(path.finds) * path.radius)


def whoever_is_at(found: Found, time_s: float, place: Array) -> PersonPath | None:
    """Whose body is nearest to this place (2,), pixels of the full picture, at this time; None where nobody's is near."""

    def away(path: PersonPath) -> float:
        return float(np.hypot(*(path.at(time_s) - place))) / path.radius

    nearest = min(found.people, key=away, default=None)
    return nearest if nearest is not None and away(nearest) < 1.0 else None


def _followed(times: Sequence[float], pictures: Sequence[Sequence[Body]]) -> list[_Seen]:
    """Bodies of one picture go to the people of the ones before so that all together fit best."""
    known: list[tuple[_Seen, PersonPath]] = []
    for number, bodies in enumerate(pictures):
        costs = np.array([[_cost(*one, times[number], body) for body in bodies] for one in known])
        taken = set()
        if costs.size:
            for row, column in zip(*linear_sum_assignment(np.minimum(costs, 10.0)), strict=True):
                if costs[row, column] < 10.0:
                    _add(known[row], number, times[number], bodies[column])
                    taken.add(int(column))
        for column, body in enumerate(bodies):
            if column not in taken:
                known.append((_Seen({}), PersonPath()))
                _add(known[-1], number, times[number], body)
    return [one for one, _ in known]


def _add(one: tuple[_Seen, PersonPath], number: int, time_s: float, body: Body) -> None:
    one[0].bodies[number] = body
    one[1].add(time_s, body.person)


def _cost(seen: _Seen, path: PersonPath, time_s: float, body: Body) -> float:
    """Return how badly a body continues a person's path; infinite for an impossible one."""
    place = path.unlike(time_s, body.person)
    if place >= 1.0:
        return float("inf")
    return place + _apart(seen.look(sorted(seen.bodies)[-_BESIDE:]), body.look) / _LOOK_LEVELS


def _apart(a: Array, b: Array) -> float:
    """Grey levels between two looks (P, 3)."""
    return float(np.linalg.norm(a - b, axis=1).mean())


def _joined(everyone: list[_Seen], times: Sequence[float]) -> list[_Seen]:
    """Join a person who returns after a while with the one who left there."""
    everyone = sorted(everyone, key=lambda one: min(one.bodies))
    joined: list[_Seen] = []
    for one in everyone:
        first = min(one.bodies)
        best, least = None, 1.0
        for before in joined:
            last = max(before.bodies)
            gap = times[first] - times[last]
            if not 0 < gap < _BACK_S:
                continue
            here, there = one.bodies[first].person, before.bodies[last].person
            away = float(np.hypot(*(here.hips - there.hips))) / max(here.radius, there.radius) / (1.0 + gap)
            look = _apart(before.look(sorted(before.bodies)[-_BESIDE:]), one.look(sorted(one.bodies)[:_BESIDE]))
            if away < 1.0 and (cost := look / _LOOK_LEVELS + 0.3 * away) < least:
                best, least = before, cost
        if best is None:
            joined.append(one)
        else:
            best.bodies.update(one.bodies)
    return joined


def _untangled(people: list[_Seen], first: int, second: int, times: Sequence[float]) -> list[Crossing]:
    """Return the crossings of two people; from each on, their paths are exchanged if their looks say so."""
    a, b = people[first], people[second]
    crossings = []
    for start, end in _close(a, b):
        before = [[n for n in sorted(one.bodies) if n < start][-_BESIDE:] for one in (a, b)]
        after = [[n for n in sorted(one.bodies) if n > end][:_BESIDE] for one in (a, b)]
        told = False
        if all(before) and all(after):
            was = [one.look(numbers) for one, numbers in zip((a, b), before, strict=True)]
            now = [one.look(numbers) for one, numbers in zip((a, b), after, strict=True)]
            kept = _apart(was[0], now[0]) + _apart(was[1], now[1])
            exchanged = _apart(was[0], now[1]) + _apart(was[1], now[0])
            told = abs(kept - exchanged) > max(_TELLS_LEVELS, _TELLS * min(kept, exchanged))
            if told and exchanged < kept:
                _exchange(a, b, end)
        crossings.append(Crossing(first, second, times[start], told or not (all(before) and all(after))))
    return crossings


def _close(a: _Seen, b: _Seen) -> list[tuple[int, int]]:
    """First and last numbers of the pictures in which two people are near each other."""
    numbers = range(max(min(a.bodies), min(b.bodies)), min(max(a.bodies), max(b.bodies)) + 1)
    limit = _CROSSING * max(a.radius, b.radius)
    near = np.array([np.hypot(*(a.at(number) - b.at(number))) < limit for number in numbers], bool)
    return [(numbers[first], numbers[end - 1]) for first, end in runs(near)]


def _exchange(a: _Seen, b: _Seen, after: int) -> None:
    own, other = ({n: body for n, body in one.bodies.items() if n > after} for one in (a, b))
    for one, later in ((a, other), (b, own)):
        one.bodies = {n: body for n, body in one.bodies.items() if n <= after} | later
