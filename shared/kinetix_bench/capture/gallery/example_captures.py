"""Captures of the example clips: their emotes and accuracy, or why they were rejected."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy, true_moves
from kinetix_bench.capture.gallery import example_sheets
from kinetix_bench.capture.gallery.example_sheets import Film, Played
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture import estimate, pipeline
from kinetix_capture.interface import CaptureRejected, CaptureRequest, Progress
from kinetix_capture.people import group_capture
from kinetix_capture.refining import solving
from kinetix_capture.refining.take_file import Take
from kinetix_capture.video import decode
from kinetix_capture.views import several_clips
from kinetix_core.formats import glb
from kinetix_core.protocol.corrections import Correction
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.people import People

__all__ = ["Outcome", "Shot", "captured"]

Array = NDArray[np.float64]
Remake = Callable[[Path, Path], None]
"""Makes another clip, the second path, of a sample clip, the first one."""

_ASIDE = 90.0


@dataclass(frozen=True)
class Shot:
    """A capture of the sample data, which names a clip by its folder and its name.

    Attributes:
        clip: the sample clip, as `real/cam02`.
        remade: makes the captured clip of it; None where it is captured as it is.
        second: another clip of the same take: the emote of both is shown beside that of the first alone.
        truths: for each emote the sample clip whose truth it is compared with, None where nobody knows it.
        aside_degrees: how far round from where the first clip's camera stood the emotes are looked at.
        truth_beside: show the emote also from the side, and below it the true move of the rendered clip from there: what is wrong with
            depth is not seen from where the camera stood.
        said: what somebody who looked at the clip says of it: the emote that is solved with that is shown beside the first one.
        close: show the part of the picture that holds the person, where that is small.
    """

    clip: str
    remade: Remake | None = None
    crop: decode.Crop | None = None
    body: CapturedBody = CapturedBody.WHOLE
    people: People | None = None
    second: str | None = None
    truths: tuple[str | None, ...] = ()
    aside_degrees: float = 0.0
    truth_beside: bool = False
    said: tuple[Correction, ...] = ()
    close: bool = False


@dataclass(frozen=True)
class Outcome:
    """The part of a shot that the picture and the page show.

    Attributes:
        films: its clips at `times` (6,), seconds of the first clip.
        emotes: what is drawn below them; nothing of a clip that was refused.
        figures: of each captured emote, by the scorer of the benchmark; None where the truth is not known.
        refusal: what is told instead.
    """

    films: tuple[Film, ...]
    times: Array
    emotes: tuple[Played, ...] = ()
    figures: tuple[dict[str, float] | None, ...] = ()
    refusal: CaptureRejected | None = None


def captured(shot: Shot, data: Path, scratch: Path) -> Outcome:
    """Captures a shot of the sample clips in `data`; a remade clip lies in `scratch` meanwhile."""
    clip = _path(shot.clip, data)
    if shot.remade is not None:
        shot.remade(clip, scratch / "remade.mp4")
        clip = scratch / "remade.mp4"
    request = CaptureRequest(
        clip, Path(), clip.stem, settings=CaptureSettings(crop=shot.crop, body=shot.body, people=shot.people)
    )
    try:
        found = list(_everybody(request))
    except CaptureRejected as refusal:
        times = _over(clip)
        return Outcome((example_sheets.filmed(clip, times, shot.crop),), times, refusal=refusal)
    second, offset_s = None, 0.0
    if shot.second is not None:
        second = _path(shot.second, data)
        both, offset_s = _both(clip, second)
        found.append(both)
    emotes = tuple(Played(one.motion, one.seen.times, shot.aside_degrees) for one in found)
    times = np.linspace(
        max(emote.times[0] for emote in emotes), min(emote.times[-1] for emote in emotes), example_sheets.MOMENTS
    )
    film = example_sheets.filmed(clip, times, shot.crop)
    if shot.close:
        moments = [emotes[0].at(time_s) for time_s in times]
        film = example_sheets.about(film, found[0].seen.points[moments])
    films = (film,) if second is None else (film, example_sheets.filmed(second, times - offset_s))
    if shot.said:
        take = Take.of(found[0], decode.probe(clip), request)
        emotes += (dataclasses.replace(emotes[0], motion=solving.refine(take, shot.said).motion),)
    beside = _from_the_side(shot, emotes, data) if shot.truth_beside else ()
    return Outcome(films, times, (emotes[0], *beside) if beside else emotes, tuple(_figures(shot, emotes, data)))


def _path(name: str, data: Path) -> Path:
    return data / f"{name}.mp4"


def _over(clip: Path) -> Array:
    """Seconds from the first to the last picture."""
    known = decode.probe(clip)
    return known.begins_s + np.linspace(0, known.duration_s - 1 / decode.FPS, example_sheets.MOMENTS)


def _everybody(request: CaptureRequest) -> Sequence[estimate.Captured]:
    opened, meter = pipeline.prepare(request, _unwatched)
    if request.settings.people is not None:
        return group_capture.capture(request, opened, meter)
    return (pipeline.capture(request, opened, meter),)


def _both(first: Path, second: Path) -> tuple[estimate.Captured, float]:
    """Return the capture of two clips of one take, and the seconds to add to the second one's times."""
    request = CaptureRequest(first, Path(), first.stem, views=(second,))
    joined = several_clips.capture(request, *pipeline.prepare(request, _unwatched))
    offset_s = joined.views[1].offset_s
    assert offset_s is not None
    return joined.found, offset_s


def _from_the_side(shot: Shot, emotes: Sequence[Played], data: Path) -> tuple[Played, ...]:
    """The emotes, and the true move."""
    move = true_moves.beside(emotes[0].motion, shot.clip.split("/")[1], data)
    aside = (dataclasses.replace(emote, aside_degrees=_ASIDE) for emote in emotes)
    return (*aside, Played(move, np.arange(len(move)) / move.fps, _ASIDE))


def _figures(shot: Shot, emotes: Sequence[Played], data: Path) -> list[dict[str, float] | None]:
    truths = shot.truths or (shot.clip,) * len(emotes)
    compare = accuracy.compare_upper if shot.body is CapturedBody.UPPER else accuracy.compare
    figures: list[dict[str, float] | None] = []
    for emote, known in zip(emotes, truths, strict=True):
        if known is None:
            figures.append(None)
        else:
            kind, name = known.split("/")
            figures.append(compare(accuracy.delivered(glb.write_emote(emote.motion)), truth_of(kind, name, data)))
    return figures


def _unwatched(progress: Progress) -> None:
    """Nobody waits for it."""
