"""All clips of a take to one motion: look at each, bring them together in time, fit them as one; or the better one alone, and why.

The first clip gives the frames: its chosen part is what is captured, and of the further ones whatever was filmed meanwhile.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinetix_capture import estimate, pipeline, rejection
from kinetix_capture.interface import CaptureRejected, CaptureRequest
from kinetix_capture.progress import ProgressMeter, StageMeter, fitting
from kinetix_capture.quality_model import TimedBy, UnusedReason, ViewResult
from kinetix_capture.report import quality_report
from kinetix_capture.video import decode
from kinetix_capture.video.decode import FPS
from kinetix_capture.views import joint_fit, motion_offset, sound
from kinetix_core.values.clip_length import LONGEST_SECONDS
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.views import MOST_VIEWS
from kinetix_core.values.wording import sentence, worded

# Right pairs miss by 8 to 24 mm, most clips of other moves, or played backwards, by 29 mm and more.
_FITS_M = 0.025
_MARGIN_S = 0.5
SENTENCES = {
    UnusedReason.REFUSED: "Clip {number} was not used: it could not be captured. {detail} Film it again.",
    UnusedReason.NO_TIME: "Clip {number} was not used: neither its sound nor the move tells when it began. "
    "Clap once while both cameras run, or move more.",
    UnusedReason.NOT_SHARED: "Clip {number} was not used: less than a second of it was filmed at the same time. "
    "Let all cameras run before the move begins.",
    UnusedReason.OTHER_TAKE: "Clip {number} was not used: what it shows does not fit to the other clips ({detail}). "
    "Give clips of one take, of one person, from cameras that stand still.",
}


@dataclass(frozen=True)
class JoinedClips:
    """The motion, the clip whose frames it has, and what became of each clip, in the order in which they were given."""

    found: estimate.Captured
    clip: decode.Clip
    views: tuple[ViewResult, ...]

    @classmethod
    def of(cls, found: estimate.Captured, clip: decode.Clip, clips: Sequence[_Clip]) -> JoinedClips:
        unused = [
            worded(SENTENCES[one.unused], number=number, detail=sentence(one.detail))
            for number, one in enumerate(clips, 1)
            if one.unused is not None
        ]
        noted = dataclasses.replace(found, notes=(*unused, *found.notes))
        return cls(noted, clip, tuple(one.result() for one in clips))


@dataclass
class _Clip:
    """One clip on its way, as far as it is known."""

    request: CaptureRequest
    probed: decode.Clip | None = None
    seen: pipeline.Observed | None = None
    alone: estimate.Captured | None = None
    offset_s: float | None = None
    timed_by: TimedBy | None = None
    refusal: CaptureRejected | None = None
    unused: UnusedReason | None = None
    detail: str = ""
    degrees: float | None = None

    def result(self) -> ViewResult:
        return ViewResult(
            used=self.unused is None,
            reason=self.unused,
            detail=self.detail,
            offset_s=None if self.offset_s is None else round(self.offset_s, 4),
            timed_by=self.timed_by,
            degrees=None if self.degrees is None else round(self.degrees, 1),
            camera_moved=None if self.seen is None else self.seen.motion is not None,
        )

    @property
    def as_seen(self) -> joint_fit.SeenClip:
        assert self.seen is not None and self.alone is not None
        return joint_fit.SeenClip(self.seen, self.alone, self.offset_s or 0.0)


def capture(
    request: CaptureRequest, clip: decode.Clip, meter: ProgressMeter, look: pipeline.Look = pipeline.look
) -> JoinedClips:
    """The clips `request.clip` and `request.views`; `clip` is the first one, probed, and each is looked at by `look`.

    Raises:
        InputError: there are more clips than a take may have, or one of them is no file.
        CaptureRejected: no clip can become an emote; it says of the first one what to film instead.
    """
    if len(request.views) >= MOST_VIEWS:
        raise rejection.too_many_views(1 + len(request.views), MOST_VIEWS)
    first = _Clip(dataclasses.replace(request, views=()), clip)
    clips = [first, *(_Clip(_further(request, path)) for path in request.views)]
    _time_by_sound(clips)
    for number, one in enumerate(clips):
        _look(one, meter.part(number, len(clips)), look)
    steps = len(clips) + 1
    for number, one in enumerate(clips):
        if one.seen is not None:
            one.alone = pipeline.fit(one.seen, request.name, fitting(meter, number, steps))
    if first.alone is not None:
        for one in clips[1:]:
            _place_in_time(first, one)
        found = _together(clips, request.name, fitting(meter, len(clips), steps))
        if found is not None:
            return JoinedClips.of(found, clip, clips)
    best = _best_alone(clips, request)
    if best is None:
        assert first.refusal is not None
        raise first.refusal
    assert best.alone is not None and best.probed is not None
    if best.unused is not None:  # what parts it from the first clip parts that from it
        if first.unused is None:
            first.unused, first.detail = best.unused, best.detail
        best.unused, best.detail = None, ""
    return JoinedClips.of(best.alone, best.probed, clips)


def _further(request: CaptureRequest, path: Path) -> CaptureRequest:
    length = dataclasses.replace(request.length, longest_s=LONGEST_SECONDS)
    whole = {"trim_start": 0.0, "trim_end": None, "crop": None}
    settings = request.settings.model_copy(update=whole)
    return dataclasses.replace(request, clip=path, views=(), settings=settings, length=length)


def _time_by_sound(clips: Sequence[_Clip]) -> None:
    """Offsets of the clips whose sound tells them, and only the part of each that was filmed while the first one's was."""
    first = clips[0]
    heard = sound.read(first.request.clip)
    if heard is None:
        return
    assert first.probed is not None
    pictures_end = first.probed.begins_s + first.probed.duration_s if first.probed.duration_s else None
    last_s = pictures_end if first.request.settings.trim_end is None else first.request.settings.trim_end
    for one in clips[1:]:
        other = sound.read(one.request.clip)
        offset = None if other is None else sound.offset_s(heard, other)
        if offset is None:
            continue
        one.offset_s, one.timed_by = offset, TimedBy.SOUND
        begin = max(first.request.settings.trim_start - offset - _MARGIN_S, 0.0)
        end = None if last_s is None else last_s - offset + _MARGIN_S
        if end is not None and end < one.request.length.shortest_s:
            one.unused = UnusedReason.NOT_SHARED
        else:
            settings = one.request.settings.model_copy(update={"trim_start": begin, "trim_end": end})
            one.request = dataclasses.replace(one.request, settings=settings)


def _look(one: _Clip, meter: StageMeter, look: pipeline.Look) -> None:
    if one.unused is not None:
        return
    try:
        if one.probed is None:
            one.probed, _ = pipeline.prepare(one.request, lambda progress: None)
        one.seen = look(one.request, one.probed, meter)
    except CaptureRejected as error:
        one.refusal = error
        ends_before = one.timed_by is not None and error.reason is FailureReason.TOO_SHORT
        one.unused = UnusedReason.NOT_SHARED if ends_before else UnusedReason.REFUSED
        one.detail = "" if ends_before else error.title


def _place_in_time(first: _Clip, one: _Clip) -> None:
    """By its motion where its sound did not tell, and checks that enough was filmed at the same time."""
    if one.unused is not None:
        return
    if one.offset_s is None:
        here, there = first.as_seen.alone, one.as_seen.alone
        lag_s = motion_offset.offset_s(here.state.pose.points, there.state.pose.points, FPS)
        if lag_s is not None:
            one.offset_s, one.timed_by = lag_s + float(here.seen.times[0] - there.seen.times[0]), TimedBy.MOTION
    if one.offset_s is None:
        one.unused = UnusedReason.NO_TIME
        return
    own, other = first.as_seen.alone.seen.times, one.as_seen.alone.seen.times + one.offset_s
    if min(own[-1], other[-1]) - max(own[0], other[0]) < motion_offset.SHARED_S - 1 / FPS:
        one.unused = UnusedReason.NOT_SHARED


def _together(clips: Sequence[_Clip], name: str, report: Callable[[float], None]) -> estimate.Captured | None:
    """The joint fit of all clips that agree with the first; None where none does."""
    first = clips[0]
    while used := [one for one in clips[1:] if one.unused is None]:
        fitted = joint_fit.fit(first.as_seen, [one.as_seen for one in used], name, report)
        worst = max(range(len(used)), key=lambda number: fitted.misses_m[number])
        if fitted.misses_m[worst] <= _FITS_M:
            for one, offset, degrees in zip(used, fitted.offsets_s, fitted.degrees, strict=True):
                one.offset_s, one.degrees = offset, degrees
            return fitted.found
        _reject(first, used[worst], fitted.misses_m[worst])
    return None


def _reject(first: _Clip, one: _Clip, miss_m: float) -> None:
    """A clip that does not fit: its sound may have told a wrong time (music repeats itself), else it is of another take."""
    if one.timed_by is TimedBy.SOUND:
        one.offset_s = one.timed_by = None
        _place_in_time(first, one)
    else:
        one.unused = UnusedReason.OTHER_TAKE
        one.detail = worded("its landmarks are {distance} mm off", distance=f"{1000 * miss_m:.0f}")


def _best_alone(clips: Sequence[_Clip], request: CaptureRequest) -> _Clip | None:
    """The clip that is seen best. A further one counts where no part of the first was asked for and it is not too long."""
    whole = request.settings.trim_start == 0 and request.settings.trim_end is None
    able = [
        one
        for number, one in enumerate(clips)
        if one.alone is not None and (not number or (whole and one.alone.motion.duration <= request.length.longest_s))
    ]
    return max(able, key=lambda one: quality_report.score(one.as_seen.alone), default=None)
