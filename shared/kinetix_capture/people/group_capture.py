"""A clip of several people: one fit for each of them, on one floor, at the right distance and in time to each other."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from kinetix_capture import estimate, lowest_step, pipeline, rejection
from kinetix_capture.interface import CaptureRejected, CaptureRequest
from kinetix_capture.networks.body_landmarks import Poser
from kinetix_capture.networks.person_detector import Detector
from kinetix_capture.people import places
from kinetix_capture.progress import StageMeter, fitting, within
from kinetix_capture.tracking import apart, jump_cuts, people, survey, track, visible_span
from kinetix_capture.tracking.survey import PersonPath
from kinetix_capture.video import decode
from kinetix_core.values.failure import CaptureStage, FailureReason
from kinetix_core.values.people import People
from kinetix_core.values.wording import sentence, worded

_NAMESPACE = uuid.UUID("5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11")
# Takes are joined where everybody jumps at once; one alone was only taken for another.
_AT_ONCE_S = 0.2
_ONE_UP_DEG = 0.05
# Where several people are, somebody else is nearer; and who is hidden in a crossing is seen in fewer frames than one alone.
_ASTRAY, _LEAST = 0.3, 0.4
# Natural logarithms: how far from the usual one focal lengths are, the step between those that are tried, and the farthest one.
_USUAL, _STEP, _MOST_STEPS = 0.25, 0.2, 3
# Errors of the network last for so many frames (0.4 s), which say what one does.
_LASTING = 12
MOST_TRIES = 2 + _MOST_STEPS


def capture(request: CaptureRequest, clip: decode.Clip, meter: StageMeter) -> tuple[estimate.Captured, ...]:
    """Both passes and the fits of everybody whom the request asks for, from left to right. Raises CaptureRejected.

    Of several people each motion's metadata says where it goes among the others (`group`); one alone is as in any other clip.
    """
    finders: dict[float, people.BodyFinder] = {}

    def finder(start_s: float) -> people.BodyFinder:
        return finders.setdefault(start_s, people.BodyFinder(Poser, Detector))

    film = pipeline.Film(request, clip, meter)
    samples = film.samples(finder)
    pictures = [picture for start_s in sorted(finders) for picture in finders[start_s].pictures]
    pairs = zip(samples, pictures, strict=True)
    bodies = [tuple(body.scaled(sample.scale) for body in picture) for sample, picture in pairs]
    found = people.find([sample.time_s for sample in samples], bodies)
    chosen = _chosen(request, clip, found)
    if len(found.people) < 2:
        return (pipeline.capture(request, clip, meter),)
    if request.settings.people is People.ONE:
        found = people.Found((chosen or people.most_prominent(found),))
    tracks = _follow(film, samples, found)
    seen, left_out = _observed(film, samples, found, tracks)
    return _fit(request, seen, left_out, found.crossings, meter)


def _chosen(request: CaptureRequest, clip: decode.Clip, found: people.Found) -> PersonPath | None:
    """The one whom the request names, if it names one. Raises CaptureRejected when nobody is there."""
    chosen = request.settings.person
    if chosen is None:
        return None
    wide, high = (request.settings.crop or (0.0, 0.0, 1.0, 1.0))[2:]
    place = np.array([chosen.x * wide * clip.width, chosen.y * high * clip.height])
    person = people.whoever_is_at(found, chosen.time_s, place)
    if person is None:
        raise rejection.nobody_there(chosen.time_s)
    return person


def _follow(film: pipeline.Film, samples: Sequence[survey.FrameSample], found: people.Found) -> list[track.Track]:
    """Everybody's track, all of the same frames."""
    everyone = [survey.Survey(path, samples[-1].time_s, 1.0, 1.0) for path in found.people]
    tracks = []
    for number, person in enumerate(everyone):

        def report(share: float, done: int = number) -> None:
            film.meter.at(CaptureStage.TRACK, (done + share) / len(everyone))

        tracks.append(film.follow(person, report, everyone[0], _ASTRAY))
    return apart.hide(apart.set_apart(tracks, found.people))


def _observed(
    film: pipeline.Film,
    samples: Sequence[survey.FrameSample],
    found: people.Found,
    tracks: Sequence[track.Track],
) -> tuple[dict[int, pipeline.Observed], list[str]]:
    """By the person's number what is seen of each one who can be captured; and of each one who cannot, why."""
    seen: dict[int, pipeline.Observed] = {}
    left_out: list[CaptureRejected] = []
    first = survey.Survey(found.people[0], samples[-1].time_s, 1.0, 1.0)
    motion = film.moving_camera(samples, first, tracks[0])
    edges = film.scene_edges(samples, motion)
    cuts = []
    for number, followed in enumerate(tracks):
        try:
            pipeline.check_person(visible_span.visible(followed), film.clip, _LEAST)
        except CaptureRejected as error:
            left_out.append(error)
            continue
        stabilised = pipeline.steadied(followed, motion)
        cuts.append(jump_cuts.cut_at(film.request.clip, film.request.settings.crop, followed, stabilised))
        seen[number] = film.observed(stabilised, edges, motion, samples)
    if not seen:
        raise left_out[0]
    times = [cut for cut in cuts if cut is not None]
    if len(times) == len(cuts) and max(times) - min(times) < _AT_ONCE_S and len(found.people) > 1:
        raise rejection.jump_cut(min(times))
    told = [error for error in left_out if error.reason is not FailureReason.NOBODY]
    return seen, [worded("Somebody else is left out. {why}", why=sentence(error.title)) for error in told]


def _fit(
    request: CaptureRequest,
    seen: dict[int, pipeline.Observed],
    left_out: Sequence[str],
    crossings: Sequence[people.Crossing],
    meter: StageMeter,
) -> tuple[estimate.Captured, ...]:
    """Everybody's motion, with what tells their places among each other."""
    if len(seen) == 1:
        (fitted,) = (pipeline.fit(one, request.name, fitting(meter, 0, 1)) for one in seen.values())
        meter.at(CaptureStage.FIT, 1.0)
        return (dataclasses.replace(fitted, notes=(*fitted.notes, *left_out)),)
    fits = _in_one_scene(request, list(seen.values()), meter)
    meter.at(CaptureStage.FIT, 1.0)
    moves = b"".join(one.motion.rotations.tobytes() + one.motion.root_positions.tobytes() for one in fits)
    group = str(uuid.uuid5(_NAMESPACE, hashlib.sha256(moves).hexdigest()))
    return tuple(
        dataclasses.replace(
            fitted,
            motion=fitted.motion.with_(extras={**fitted.motion.extras, "group": place.as_json()}),
            notes=(*fitted.notes, *notes),
        )
        for fitted, place, notes in zip(
            fits, places.places(fits, group), _notes(seen, crossings, left_out), strict=True
        )
    )


def _in_one_scene(
    request: CaptureRequest, seen: Sequence[pipeline.Observed], meter: StageMeter
) -> list[estimate.Captured]:
    """Everybody's fit, with the focal length and the up direction of one scene."""
    told = pipeline.told_focal(seen[0])
    if told is not None:
        return _with_focal(request, seen, told, functools.partial(meter.at, CaptureStage.FIT))
    tries = 0

    def fits(focal: float) -> list[estimate.Captured]:
        nonlocal tries
        part = 1 / (MOST_TRIES + 1)
        tries += 1
        report = within(functools.partial(meter.at, CaptureStage.FIT), (tries - 1) * part, part)
        return _with_focal(request, seen, focal, report)

    return fits(common_focal(seen[0].camera.focal, lambda focal: sum(one.cost for one in fits(focal))))


def common_focal(usual: float, cost_of: Callable[[float], float]) -> float:
    """Return the focal length near the `usual` one that explains best how everybody moves, for a scene whose edges do not tell it.

    With a wrong one everything lies too near or too far, and depth is too flat or too deep by the same factor: who walks one behind
    the other comes too close, steps towards the camera are too short for their legs, and people who go past the camera turn away from
    their way. Each of these says little; all frames of all people together say more.

    Args:
        cost_of: what fits with a focal length leave unexplained, in squares of standard deviations summed over the frames.
    """

    @functools.cache
    def cost(step: int) -> float:
        off = step * _STEP
        return cost_of(usual * float(np.exp(off))) / _LASTING + (off / _USUAL) ** 2

    best = lowest_step.downhill(cost, _MOST_STEPS)
    if abs(best) == _MOST_STEPS:
        return usual * float(np.exp(best * _STEP))
    below, here, above = (np.array(cost(best + step)) for step in (-1, 0, 1))
    return usual * float(np.exp((best + lowest_step.parabola(below, here, above)) * _STEP))


def _with_focal(
    request: CaptureRequest, seen: Sequence[pipeline.Observed], focal: float, report: Callable[[float], None]
) -> list[estimate.Captured]:
    """Each one alone first; what all say of the scene's up then holds for everybody, and who saw it otherwise is fitted again."""
    part = 1 / (2 * len(seen))
    fits = [
        pipeline.fit(one, request.name, within(report, number * part, part), known_focal=focal)
        for number, one in enumerate(seen)
    ]
    up = places.common_up(fits, seen[0].edges)
    for number, one in enumerate(seen):
        if np.degrees(np.arccos(np.clip(fits[number].fit.up @ up[0], -1, 1))) > _ONE_UP_DEG:
            again = within(report, (len(seen) + number) * part, part)
            fits[number] = pipeline.fit(one, request.name, again, up, known_focal=focal)
    return fits


def _notes(seen: Iterable[int], crossings: Sequence[people.Crossing], left_out: Sequence[str]) -> list[tuple[str, ...]]:
    """For each one what is to be said of the crossings with the others, and of those who are left out."""
    numbers = {found: number for number, found in enumerate(seen, 1)}
    told: dict[int, list[str]] = {number: [] for number in numbers.values()}
    for crossing in crossings:
        if crossing.first in numbers and crossing.second in numbers:
            pair = numbers[crossing.first], numbers[crossing.second]
            for one, other in (pair, pair[::-1]):
                told[one].append(_crossed(crossing, other))
    return [(*sentences, *left_out) for sentences in told.values()]


def _crossed(crossing: people.Crossing, other: int) -> str:
    values = {"number": other, "seconds": f"{crossing.start_s:.1f}"}
    if crossing.told:
        return worded(
            "This person crosses person {number} at {seconds} s of the clip; hidden limbs are estimated.", **values
        )
    return worded(
        "This person crosses person {number} at {seconds} s of the clip; hidden limbs are estimated. "
        "The two look alike, so check that they were not swapped.",
        **values,
    )
