"""A clip to one motion: survey, follow, fit, put on the floor. The order of the work, and the rules on what is accepted."""

from __future__ import annotations

import dataclasses
import itertools
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture import estimate, rejection
from kinetix_capture.fitting import observations, scene_up
from kinetix_capture.interface import CaptureRejected, CaptureRequest, Report
from kinetix_capture.networks.person_detector import Person
from kinetix_capture.progress import ProgressMeter, StageMeter
from kinetix_capture.thread_count import threads_for
from kinetix_capture.tracking import (
    camera_motion,
    darkness,
    jump_cuts,
    scene_cuts,
    shown_body,
    small_person,
    survey,
    track,
    visible_span,
)
from kinetix_capture.tracking.picture_alignment import Lens
from kinetix_capture.video import decode
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.failure import CaptureStage, FailureReason

__all__ = [
    "Observed",
    "capture",
    "check_person",
    "check_small_person",
    "fit",
    "follow",
    "look",
    "moving_camera",
    "observe",
    "observed",
    "prepare",
    "scene_edges",
    "steadied",
    "survey_of",
    "told_focal",
]

T = TypeVar("T")
# Of a grown person from ankles to nose, as the landmarks show it.
_STANDING_M = 1.35
_PASSING_S = 0.5


def prepare(
    request: CaptureRequest, report: Report, write_s: Callable[[float], float] | None = None
) -> tuple[decode.Clip, ProgressMeter]:
    """Opens the clip and checks what can be known before any work. Raises CaptureRejected.

    `write_s` says how many seconds it takes to write the files of so many seconds of motion.
    """
    if request.clip.is_file() and request.clip.stat().st_size > request.max_bytes:
        raise rejection.too_large(request.clip.stat().st_size, request.max_bytes)
    asked, clip = request.settings, decode.probe(request.clip)
    start, end = _part(request, clip)
    if start >= end:
        raise rejection.no_such_part(asked.trim_start, asked.trim_end, clip.begins_s + clip.duration_s, request.length)
    length = end - start
    if clip.duration_s or asked.trim_end is not None:
        rejection.refuse_length(length, request.length)
    _check_picture(clip, asked.crop)
    seconds = min(length, request.length.longest_s) if math.isfinite(length) else 5.0
    looked_at = seconds * (1 + len(request.views))
    return clip, ProgressMeter(report, looked_at, write_s=None if write_s is None else write_s(seconds))


def _check_picture(clip: decode.Clip, crop: decode.Crop | None) -> None:
    wide, high = crop[2:] if crop else (1.0, 1.0)
    if max(wide * clip.width, high * clip.height) < rejection.SMALLEST_PX:
        raise rejection.picture_too_small(wide * clip.width, high * clip.height)


def _part(request: CaptureRequest, clip: decode.Clip) -> tuple[float, float]:
    """Return the start and the end of the chosen part in seconds; the end may be unknown."""
    known = clip.begins_s + clip.duration_s if clip.duration_s else math.inf
    start, end = request.settings.trim_start, request.settings.trim_end
    return max(start, clip.begins_s), known if end is None else min(end, known)


@dataclasses.dataclass(frozen=True)
class Observed:
    """Observations of one clip, before the fit.

    Attributes:
        track: the person, by a camera that stands still.
        camera: how the picture was taken.
        edges: of the scene.
        notes: what the one who filmed should know of the clip.
        motion: of the camera, which was taken out of the track; None where it stood still.
    """

    track: track.Track
    camera: estimate.Camera
    edges: scene_up.Edges
    notes: tuple[str, ...]
    motion: camera_motion.CameraMotion | None


def capture(request: CaptureRequest, clip: decode.Clip, meter: StageMeter) -> estimate.Captured:
    """Both passes and the fit. Raises CaptureRejected."""
    seen = look(request, clip, meter)
    return fit(seen, request.name, lambda share: meter.at(CaptureStage.FIT, share), body=request.settings.body)


def fit(
    seen: Observed,
    name: str,
    report: Callable[[float], None] = lambda share: None,
    known_up: tuple[NDArray[np.float64], float] | None = None,
    body: CapturedBody = CapturedBody.WHOLE,
    known_focal: float | None = None,
) -> estimate.Captured:
    """The motion that one clip shows.

    `report` gets the share done and may raise to stop, `known_focal` is what others in the clip have told; the rest as in `estimate`.
    """
    focal = known_focal or told_focal(seen)
    found = estimate.estimate(seen.track, seen.camera, seen.edges, name, report, known_up, body, focal)
    return dataclasses.replace(found, notes=seen.notes, camera_motion=seen.motion)


def told_focal(seen: Observed) -> float | None:
    """The focal length in longer sides of the picture that the scene's edges tell, or else the camera's turns."""
    told = scene_up.focal_length(seen.edges, seen.camera.focal)
    if told is None and seen.motion is not None and seen.motion.focal_told:
        return seen.motion.lens.focal / max(seen.camera.size)
    return told


def look(request: CaptureRequest, clip: decode.Clip, meter: StageMeter) -> Observed:
    """Both passes over the pictures. Raises CaptureRejected."""
    whole, samples, motion = observe(request, clip, meter)
    return observed(request, clip, whole, scene_edges(request, clip, samples, motion), motion, samples)


def scene_edges(
    request: CaptureRequest,
    clip: decode.Clip,
    samples: Sequence[survey.FrameSample],
    motion: camera_motion.CameraMotion | None,
) -> scene_up.Edges:
    """The edges of the scene in the small pictures of the survey."""
    camera = _camera(request, clip)
    scale = samples[0].scale
    pictures, unseen = [sample.grey for sample in samples if sample.grey is not None], None
    if motion is not None:
        pictures, unseen = camera_motion.steadied_pictures(samples, motion)
    return scene_up.edges(
        pictures, max(camera.size) / scale, (camera.centre[0] / scale, camera.centre[1] / scale), unseen
    )


def observed(
    request: CaptureRequest,
    clip: decode.Clip,
    whole: track.Track,
    edges: scene_up.Edges,
    motion: camera_motion.CameraMotion | None,
    samples: Sequence[survey.FrameSample],
) -> Observed:
    """Combine a person's track and the scene."""
    seen = visible_span.visible(whole)
    start, end = _part(request, clip)
    absence = visible_span.describe_absence(whole, seen, min(end, start + request.length.longest_s))
    notes = (*darkness.describe(_lights(samples)), *absence, *(motion.describe() if motion else ()))
    return Observed(seen, _camera(request, clip), edges, notes, motion)


def _lights(samples: Sequence[survey.FrameSample]) -> list[float]:
    return [darkness.light(sample.cells) for sample in samples]


def _camera(request: CaptureRequest, clip: decode.Clip) -> estimate.Camera:
    left, top = request.settings.crop[:2] if request.settings.crop else (0.0, 0.0)
    centre = (0.5 - left) * clip.width, (0.5 - top) * clip.height
    return estimate.Camera((clip.width, clip.height), centre, observations.focal_of(clip.focal_mm))


def _lens(camera: estimate.Camera) -> Lens:
    return Lens(camera.focal * max(camera.size), camera.centre)


def observe(
    request: CaptureRequest, clip: decode.Clip, meter: StageMeter
) -> tuple[track.Track, list[survey.FrameSample], camera_motion.CameraMotion | None]:
    """Both passes over the pictures, and how the camera moved, which is taken out of the track; None for one that stood still.

    Raises CaptureRejected when nobody, or not one whole person, is there.
    """
    found = survey_of(request, clip, meter)
    try:
        person = survey.choose(found, refuse_several=request.settings.people is None)
    except CaptureRejected as error:
        if error.reason is FailureReason.NOBODY:
            darkness.refuse(_lights(found))
            check_small_person(request, clip, found, meter)
        raise
    followed = follow(request, clip, person, lambda share: meter.at(CaptureStage.TRACK, share))
    check_person(visible_span.visible(followed), clip, body=request.settings.body)
    motion = moving_camera(request, clip, found, person, followed, meter)
    stabilised = steadied(followed, motion)
    cut = jump_cuts.cut_at(request.clip, request.settings.crop, followed, stabilised)
    if cut is not None:
        raise _jumped(cut, found)
    return stabilised, found, motion


Check = Callable[[Image.Image, Sequence[Person]], bool]


def survey_of(
    request: CaptureRequest,
    clip: decode.Clip,
    meter: StageMeter,
    others: Callable[[float], Check | None] = lambda start_s: None,
) -> list[survey.FrameSample]:
    """The first pass. `others` gives the check for several people in the part of the clip that begins at a time, None the usual one.

    Raises CaptureRejected when the clip is damaged, cut, too long or too short.
    """
    start, end = _part(request, clip)
    cap = start + request.length.longest_s + 1.0
    parts = [(start, min(end, cap))]
    if math.isfinite(end) and end - start > 2.0:
        edges = np.linspace(start, end, threads_for(end - start) + 1)
        parts = [(float(first), min(float(last), cap)) for first, last in itertools.pairwise(edges) if first < cap]
    readings = _in_parallel(
        parts,
        lambda part, stop, tick: survey.read(request.clip, *part, request.settings.crop, stop, tick),
        lambda share: meter.at(CaptureStage.DECODE, share / 2),
    )
    pictures = [reading.pictures for reading in readings]
    if any(pictures):
        read = max(part[-1].time_s for part in pictures if part) + 1 / survey.RATE
        if math.isfinite(end) and end - read > max(0.5, 0.2 * (end - start)):
            raise rejection.cut_off(max(read - start, 0.0), end - start)
        rejection.refuse_length((end if math.isfinite(end) else read) - start, request.length)
    _refuse_cut(readings)
    looks = {part: (own, others(part[0])) for part, own in zip(parts, readings, strict=True)}
    samples = _in_parallel(
        parts,
        lambda part, stop, tick: survey.look(looks[part][0], stop, tick, looks[part][1], survey.KEPT // len(parts)),
        lambda share: meter.at(CaptureStage.DECODE, (1 + share) / 2),
    )
    return [sample for part in samples for sample in part]


def _refuse_cut(readings: Sequence[survey.Reading]) -> None:
    """Raise `CaptureRejected` for a cut that the frames alone show, before any network looks at them."""
    times = [picture.time_s for reading in readings for picture in reading.pictures]
    cut = scene_cuts.scene_cut_at(times, [cells for reading in readings for cells in reading.cells])
    if cut is not None:
        raise rejection.scene_cut(cut)
    every = [time_s for reading in readings for time_s in reading.times]
    again = scene_cuts.loop_at(every, [small for reading in readings for small in reading.glances])
    if again is not None:
        raise rejection.jump_cut(again)


def _divided(request: CaptureRequest, clip: decode.Clip, person: survey.Survey) -> list[tuple[float, float]]:
    """The parts of the clip that threads look at side by side in the second pass."""
    start, end = _part(request, clip)
    end = min(end, start + request.length.longest_s)
    last = min(end, person.last_s + 2 / survey.RATE)
    edges = [start, *survey.cuts(person, start, last, threads_for(last - start)), end]
    return list(itertools.pairwise(edges))


def follow(
    request: CaptureRequest,
    clip: decode.Clip,
    person: survey.Survey,
    report: Callable[[float], None],
    divided: survey.Survey | None = None,
    **options: float,
) -> track.Track:
    """The second pass over the pictures, for one person. `report` gets the share done and may raise to stop.

    `divided` is the person whose finds say where the threads divide the clip, by default the same one; `options` are `track.follow`'s.
    """
    tracks = _in_parallel(
        _divided(request, clip, divided or person),
        lambda part, stop, tick: track.follow(
            request.clip,
            part[0],
            part[1],
            request.settings.crop,
            person.person,
            request.hands,
            stop,
            tick,
            body=request.settings.body,
            face=request.settings.face,
            **options,
        ),
        report,
    )
    return track.join(tracks)


def moving_camera(
    request: CaptureRequest,
    clip: decode.Clip,
    samples: Sequence[survey.FrameSample],
    person: survey.Survey,
    seen: track.Track,
    meter: StageMeter,
) -> camera_motion.CameraMotion | None:
    """Return the motion of the camera, or None if it stood still. `seen` is the person's place in the frames.

    Of an upper body it is not asked: who is filmed from so near hides the background that would tell it, and goes nowhere.
    """
    lens = _lens(_camera(request, clip))
    if request.settings.body is CapturedBody.UPPER or camera_motion.is_still(samples, lens):
        return None
    told = camera_motion.lens_told(samples, seen, lens)
    found = _camera_motion(request, seen, told or lens, _divided(request, clip, person), meter)
    return dataclasses.replace(found, focal_told=told is not None)


def steadied(seen: track.Track, motion: camera_motion.CameraMotion | None) -> track.Track:
    """The track as a camera that stood still would have seen it."""
    return seen if motion is None else camera_motion.stabilise(seen, motion)


def _camera_motion(
    request: CaptureRequest, seen: track.Track, lens: Lens, parts: list[tuple[float, float]], meter: StageMeter
) -> camera_motion.CameraMotion:
    """Each part goes on for one frame, the first one of the next, so that they can be put together."""
    further = 0.5 / decode.FPS
    found = _in_parallel(
        [(first, last + further) for first, last in parts],
        lambda part, stop, tick: camera_motion.measure(
            request.clip, part[0], part[1], request.settings.crop, seen, lens, stop, tick
        ),
        lambda share: meter.at(CaptureStage.TRACK, 1.0),
    )
    return camera_motion.join([part for part in found if len(part.times)])


def _jumped(cut_s: float, samples: Sequence[survey.FrameSample]) -> CaptureRejected:
    """Return the rejection of a cut. If two people are seen around it, the cut is from one to the other."""
    if any(sample.several and abs(sample.time_s - cut_s) < _PASSING_S for sample in samples):
        return rejection.several_people(float(np.mean([sample.several for sample in samples])))
    return rejection.jump_cut(cut_s)


def check_small_person(
    request: CaptureRequest, clip: decode.Clip, samples: Sequence[survey.FrameSample], meter: StageMeter
) -> None:
    """Somebody whom the first pass cannot see may only be too far away."""
    last_s = samples[-1].time_s + 1 / decode.FPS
    height = small_person.height_px(
        request.clip, _part(request, clip)[0], last_s, request.settings.crop, lambda: meter.at(CaptureStage.DECODE, 1.0)
    )
    if height is not None:
        raise rejection.too_small(height, max(clip.width, clip.height))


def check_person(
    seen: track.Track, clip: decode.Clip, least: float = 0.6, body: CapturedBody = CapturedBody.WHOLE
) -> None:
    """Raises CaptureRejected for a track that does not show what is captured of a person in this share of the frames at least."""
    if not len(seen.times):
        raise rejection.not_a_video("No frame of the chosen part can be decoded.")
    share = float(seen.found.mean())
    if share < 0.1:
        raise rejection.nobody(share)
    if share < least:
        raise rejection.person_lost(share)
    points, visible = seen.points[seen.found], seen.visibility[seen.found]
    height = _standing_px(points, seen.world[seen.found])
    if height < rejection.SMALLEST_PX:
        raise rejection.too_small(height, max(clip.width, clip.height))
    upper = float(shown_body.shows_shoulders(visible, seen.clear[seen.found]).mean())
    if body is CapturedBody.UPPER:
        if upper < 0.5:
            raise rejection.no_upper_body(1.0 - upper)
        return
    half = 1.0 - float(shown_body.shows_feet(visible).mean())
    if half > 0.5:
        raise rejection.half_body(half, upper > 0.5)


def _standing_px(points: NDArray[np.float64], world: NDArray[np.float64]) -> float:
    """Return the height that a person would have standing in the frame (F, L, 2), also if crawling or rolling, by the network's
    metres (F, L, 3)."""
    seen, metres = (values - values.mean(axis=1, keepdims=True) for values in (points, world[..., :2]))
    scale = np.sqrt((seen**2).sum(axis=(1, 2)) / np.maximum((metres**2).sum(axis=(1, 2)), 1e-9))
    return float(np.median(scale)) * _STANDING_M


def _in_parallel(
    parts: list[tuple[float, float]],
    work: Callable[[tuple[float, float], threading.Event, Callable[[float], None]], T],
    report: Callable[[float], None],
) -> list[T]:
    """Runs the parts on one thread each (the networks and the decoder free the interpreter) and reports their mean share.

    When `report` raises, the threads are stopped first; they end within one frame.
    """
    stop = threading.Event()
    shares = [0.0] * len(parts)

    def run(index: int) -> T:
        start, end = parts[index]
        length = max(end - start, 1e-3)

        def tick(time_s: float) -> None:
            shares[index] = min((time_s - start) / length, 1.0)

        return work(parts[index], stop, tick)

    with ThreadPoolExecutor(len(parts), thread_name_prefix="capture") as threads:
        running: list[Future[T]] = [threads.submit(run, index) for index in range(len(parts))]
        try:
            report(0.0)
            while wait(running, timeout=0.1, return_when=FIRST_EXCEPTION).not_done:
                if any(future.done() and future.exception() for future in running):
                    break
                report(sum(shares) / len(shares))
        finally:
            stop.set()
        results = [future.result() for future in running]
    report(1.0)
    return results
