"""A clip to one motion: survey, follow, fit, put on the floor. The order of the work, and the rules on what is accepted."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from PIL import Image

from kinetix_capture import estimate, rejection
from kinetix_capture.arrays import Array
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
from kinetix_capture.video.decode import Part
from kinetix_capture.video.parallel import in_parallel
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.failure import CaptureStage, FailureReason

# Of a grown person from ankles to nose, as the landmarks show it.
_STANDING_M = 1.35
_PASSING_S = 0.5


def prepare(
    request: CaptureRequest, report: Report, write_s: Callable[[float], float] | None = None
) -> tuple[decode.Clip, ProgressMeter]:
    """Open the clip and check what can be known before any work. Raises CaptureRejected.

    `write_s` returns the seconds it takes to write the files of so many seconds of motion.
    """
    if request.clip.is_file() and request.clip.stat().st_size > request.max_bytes:
        raise rejection.too_large(request.clip.stat().st_size, request.max_bytes)
    asked, clip = request.settings, decode.probe(request.clip)
    start, end = _span(request, clip)
    if start >= end:
        raise rejection.no_such_part(asked.trim_start, asked.trim_end, clip.begins_s + clip.duration_s, request.length)
    length = end - start
    if clip.duration_s or asked.trim_end is not None:
        rejection.refuse_length(length, request.length)
    wide, high = asked.crop[2:] if asked.crop else (1.0, 1.0)
    if max(wide * clip.width, high * clip.height) < rejection.SMALLEST_PX:
        raise rejection.picture_too_small(wide * clip.width, high * clip.height)
    seconds = min(length, request.length.longest_s) if math.isfinite(length) else 5.0
    looked_at = seconds * (1 + len(request.views))
    return clip, ProgressMeter(report, looked_at, write_s=None if write_s is None else write_s(seconds))


def _span(request: CaptureRequest, clip: decode.Clip) -> tuple[float, float]:
    """Return the start and the end of the chosen part in seconds; the end may be unknown."""
    start, end = request.settings.trim_start, request.settings.trim_end
    return max(start, clip.begins_s), clip.ends_s if end is None else min(end, clip.ends_s)


@dataclasses.dataclass(frozen=True)
class Observed:
    """Observations of one clip, before the fit.

    Attributes:
        track: the person, by a camera that stands still.
        camera: how the picture was taken.
        edges: of the scene.
        notes: hints for the person who filmed.
        motion: of the camera, which was taken out of the track; None where it stood still.
    """

    track: track.Track
    camera: estimate.Camera
    edges: scene_up.Edges
    notes: tuple[str, ...]
    motion: camera_motion.CameraMotion | None


def fit(
    seen: Observed,
    name: str,
    report: Callable[[float], None] = lambda share: None,
    known_up: tuple[Array, float] | None = None,
    body: CapturedBody = CapturedBody.WHOLE,
    known_focal: float | None = None,
) -> estimate.Captured:
    """Fit the motion that one clip shows.

    `known_focal` is what others in the clip have told; the rest as in `estimate`.
    """
    focal = known_focal or told_focal(seen)
    found = estimate.estimate(seen.track, seen.camera, seen.edges, name, report, known_up, body, focal)
    swing = camera_motion.CameraSwing.of(seen.motion, found.seen.times)
    return dataclasses.replace(found, notes=seen.notes, camera_motion=swing)


def told_focal(seen: Observed) -> float | None:
    """Return the focal length in longer sides of the picture that the scene's edges tell, or else the camera's turns."""
    told = scene_up.focal_length(seen.edges, seen.camera.focal)
    if told is None and seen.motion is not None and seen.motion.focal_told:
        return seen.motion.lens.focal / max(seen.camera.size)
    return told


def look(request: CaptureRequest, clip: decode.Clip, meter: StageMeter) -> Observed:
    """Run both passes over the frames for one person. Raises CaptureRejected."""
    film = Film(request, clip, meter)
    samples = film.samples()
    try:
        person = survey.choose(samples, refuse_several=request.settings.people is None)
    except CaptureRejected as error:
        if error.reason is FailureReason.NOBODY:
            darkness.refuse(_lights(samples))
            film.check_small_person(samples)
        raise
    followed = film.follow(person, lambda share: meter.at(CaptureStage.TRACK, share))
    check_person(visible_span.visible(followed), clip, body=request.settings.body)
    motion = film.moving_camera(samples, person, followed)
    stabilised = steadied(followed, motion)
    cut = jump_cuts.cut_at(request.clip, request.settings.crop, followed, stabilised)
    if cut is not None:
        raise _jumped(cut, samples)
    return film.observed(stabilised, film.scene_edges(samples, motion), motion, samples)


Look = Callable[[CaptureRequest, decode.Clip, StageMeter], Observed]


def capture(request: CaptureRequest, clip: decode.Clip, meter: StageMeter, look: Look = look) -> estimate.Captured:
    """Run both passes and the fit. Raises CaptureRejected."""
    seen = look(request, clip, meter)
    return fit(seen, request.name, lambda share: meter.at(CaptureStage.FIT, share), body=request.settings.body)


Check = Callable[[Image.Image, Sequence[Person]], bool]


@dataclasses.dataclass(frozen=True)
class Film:
    """The two passes over the frames of a clip."""

    request: CaptureRequest
    clip: decode.Clip
    meter: StageMeter

    @property
    def whole(self) -> Part:
        """The chosen part; its end may be unknown."""
        return Part(self.request.clip, *_span(self.request, self.clip), self.request.settings.crop)

    @property
    def camera(self) -> estimate.Camera:
        clip, crop = self.clip, self.request.settings.crop
        left, top = crop[:2] if crop else (0.0, 0.0)
        centre = (0.5 - left) * clip.width, (0.5 - top) * clip.height
        return estimate.Camera((clip.width, clip.height), centre, observations.focal_of(clip.focal_mm))

    def samples(self, others: Callable[[float], Check | None] = lambda start_s: None) -> list[survey.FrameSample]:
        """Run the first pass. `others` returns the check for several people in the part that begins at a time, None for the usual one.

        Raises CaptureRejected when the clip is damaged, cut, too long or too short.
        """
        start, end = self.whole.start_s, self.whole.end_s
        cap = start + self.request.length.longest_s + 1.0
        edges = [start, end]
        if math.isfinite(end) and end - start > 2.0:
            edges = np.linspace(start, end, threads_for(end - start) + 1).tolist()
        parts = self._parts((first, min(last, cap)) for first, last in itertools.pairwise(edges) if first < cap)
        readings = in_parallel(parts, survey.read, lambda share: self.meter.at(CaptureStage.DECODE, share / 2))
        times = [picture.time_s for reading in readings for picture in reading.pictures]
        if times:
            read = max(times) + 1 / survey.RATE
            if math.isfinite(end) and end - read > max(0.5, 0.2 * (end - start)):
                raise rejection.cut_off(max(read - start, 0.0), end - start)
            rejection.refuse_length((end if math.isfinite(end) else read) - start, self.request.length)
        _refuse_cut(readings)
        looks = {part: (own, others(part.start_s)) for part, own in zip(parts, readings, strict=True)}
        samples = in_parallel(
            parts,
            lambda part, tick: survey.look(looks[part][0], tick, looks[part][1], survey.KEPT // len(parts)),
            lambda share: self.meter.at(CaptureStage.DECODE, (1 + share) / 2),
        )
        return [sample for part in samples for sample in part]

    def _parts(self, spans: Iterable[tuple[float, float]]) -> list[Part]:
        return [Part(self.request.clip, first, last, self.request.settings.crop) for first, last in spans]

    def _divided(self, person: survey.Survey) -> list[tuple[float, float]]:
        """The parts of the clip that threads look at side by side in the second pass."""
        start, end = self.whole.start_s, self.whole.end_s
        end = min(end, start + self.request.length.longest_s)
        last = min(end, person.last_s + 2 / survey.RATE)
        return list(itertools.pairwise([start, *survey.cuts(person, start, last, threads_for(last - start)), end]))

    def follow(
        self,
        person: survey.Survey,
        report: Callable[[float], None],
        divided: survey.Survey | None = None,
        astray: float = track.Wanted.astray,
    ) -> track.Track:
        """Run the second pass for one person. `divided`: whose finds say where the threads divide the clip, by default the same's."""
        settings = self.request.settings
        wanted = track.Wanted(self.request.hands, settings.face, settings.body, astray)
        return track.join(
            in_parallel(
                self._parts(self._divided(divided or person)),
                lambda part, tick: track.follow(part, person.person, wanted, tick),
                report,
            )
        )

    def moving_camera(
        self, samples: Sequence[survey.FrameSample], person: survey.Survey, seen: track.Track
    ) -> camera_motion.CameraMotion | None:
        """Return the motion of the camera, or None if it stood still. `seen` is the person's place in the frames.

        Not for an upper body: a person filmed from so near hides the background that would tell it, and goes nowhere.
        """
        camera = self.camera
        lens = Lens(camera.focal * max(camera.size), camera.centre)
        if self.request.settings.body is CapturedBody.UPPER or camera_motion.is_still(samples, lens):
            return None
        told = camera_motion.lens_told(samples, seen, lens)
        # Each part goes on for one frame, the first one of the next, by which they are joined.
        spans = ((first, last + 0.5 / decode.FPS) for first, last in self._divided(person))
        found = in_parallel(
            self._parts(spans),
            lambda part, tick: camera_motion.measure(part, seen, told or lens, tick),
            lambda share: self.meter.at(CaptureStage.TRACK, 1.0),
        )
        whole = camera_motion.join([part for part in found if len(part.times)])
        return dataclasses.replace(whole, focal_told=told is not None)

    def scene_edges(
        self, samples: Sequence[survey.FrameSample], motion: camera_motion.CameraMotion | None
    ) -> scene_up.Edges:
        """Find the edges of the scene in the small frames of the survey."""
        camera, scale = self.camera, samples[0].scale
        pictures, unseen = [sample.grey for sample in samples if sample.grey is not None], None
        if motion is not None:
            pictures, unseen = camera_motion.steadied_pictures(samples, motion)
        centre = camera.centre[0] / scale, camera.centre[1] / scale
        return scene_up.edges(pictures, max(camera.size) / scale, centre, unseen)

    def observed(
        self,
        whole: track.Track,
        edges: scene_up.Edges,
        motion: camera_motion.CameraMotion | None,
        samples: Sequence[survey.FrameSample],
    ) -> Observed:
        seen = visible_span.visible(whole)
        end = min(self.whole.end_s, self.whole.start_s + self.request.length.longest_s)
        absence = visible_span.describe_absence(whole, seen, end)
        notes = (*darkness.describe(_lights(samples)), *absence, *(motion.describe() if motion else ()))
        return Observed(seen, self.camera, edges, notes, motion)

    def check_small_person(self, samples: Sequence[survey.FrameSample]) -> None:
        """Raise `CaptureRejected` for a person whom the first pass does not see as they are too far away."""
        seen = dataclasses.replace(self.whole, end_s=samples[-1].time_s + 1 / decode.FPS)
        height = small_person.height_px(seen, lambda: self.meter.at(CaptureStage.DECODE, 1.0))
        if height is not None:
            raise rejection.too_small(height, max(self.clip.width, self.clip.height))


def _lights(samples: Sequence[survey.FrameSample]) -> list[float]:
    return [darkness.light(sample.cells) for sample in samples]


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


def steadied(seen: track.Track, motion: camera_motion.CameraMotion | None) -> track.Track:
    """The track as a camera that stood still would have seen it."""
    return seen if motion is None else camera_motion.stabilise(seen, motion)


def _jumped(cut_s: float, samples: Sequence[survey.FrameSample]) -> CaptureRejected:
    """Return the rejection of a cut. If two people are seen around it, the cut is from one to the other."""
    if any(sample.several and abs(sample.time_s - cut_s) < _PASSING_S for sample in samples):
        return rejection.several_people(float(np.mean([sample.several for sample in samples])))
    return rejection.jump_cut(cut_s)


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


def _standing_px(points: Array, world: Array) -> float:
    """Return the height that a person would have standing in the frame (F, L, 2), also if crawling or rolling, by the network's
    metres (F, L, 3)."""
    seen, metres = (values - values.mean(axis=1, keepdims=True) for values in (points, world[..., :2]))
    scale = np.sqrt((seen**2).sum(axis=(1, 2)) / np.maximum((metres**2).sum(axis=(1, 2)), 1e-9))
    return float(np.median(scale)) * _STANDING_M
