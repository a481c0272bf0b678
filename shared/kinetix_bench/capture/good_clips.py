"""`kinetix bench capture --examples`: the pictures of docs/good-clips.md, and the figures that stand there."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_bench.capture import accuracy, further
from kinetix_bench.capture.clips import dark_clips, moving, scenes
from kinetix_bench.capture.sample_clips import captured, captured_people, truth_of
from kinetix_capture import pipeline
from kinetix_capture.interface import CaptureRejected, CaptureRequest
from kinetix_capture.refining import solving
from kinetix_capture.refining.take_file import Take
from kinetix_capture.video import decode
from kinetix_capture.views import several_clips
from kinetix_core import mannequin
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.protocol.corrections import Correction, LimbDepth, LimbPart
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.people import People
from kinetix_tools.preview.render import render

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]
Row = dict[str, Any]

_MOMENTS, _GAP, _ASIDE_DEG = 6, 6, 90.0
# Of all rows of one moment together, and of a row's longer side.
_PIXELS, _LONGEST = 126_000, 336
# Of a body's longer side, left free about it.
_MARGIN = 0.3
_QUALITY = 56
_Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


@dataclass(frozen=True)
class Example:
    """A capture of a sample clip, with what is shown of it.

    Attributes:
        clip: folder and name of the sample clip.
        remade: makes the captured clip, the second path, of the sample clip, the first one.
        second: another clip of the same take; the emote of both is shown below that of the first.
        truths: for each emote the sample clip whose truth it is compared with; None where nobody knows it.
        aside_degrees: angle between the first clip's camera and the view of the emotes.
        said: corrections; the emote that is solved with them is shown below the first.
        truth_beside: show the emotes also from the side, and below them the true move of the rendered clip.
        close: show the part of the frame that holds the person.
    """

    clip: str
    settings: CaptureSettings = field(default_factory=CaptureSettings)
    remade: Callable[[Path, Path], None] | None = None
    second: str | None = None
    truths: tuple[str | None, ...] = ()
    aside_degrees: float = 0.0
    said: tuple[Correction, ...] = ()
    truth_beside: bool = False
    close: bool = False


def _shaken(source: Path, target: Path) -> None:
    times = np.arange(sum(1 for _ in decode.frames(source))) / decode.FPS
    turns = moving.shake(times, further.SHAKE_DEG, further.SHAKE_SEED)
    moving.turned(source, target, turns, further.MOVED[source.stem][1])


def _too_far_away(source: Path, target: Path) -> None:
    scene = scenes.Scene("far", (scenes.Actor(source.stem, (0.0, 0.0)),), away=16.0)
    scenes.render(scene, source.parents[1], target)


# Those that `kinetix bench capture --corrections` finds.
_THREE_SIDES = (
    LimbDepth(id="1", frame=35, part=LimbPart.RIGHT_FOREARM, towards=False),
    LimbDepth(id="2", frame=0, part=LimbPart.LEFT_UPPER_ARM, towards=True),
    LimbDepth(id="3", frame=48, part=LimbPart.LEFT_FOREARM, towards=True),
)
_WAIST_UP = CaptureSettings(crop=(0.0, 0.0, 1.0, 0.41), body=CapturedBody.UPPER)
EXAMPLES = {
    "balance": Example("real/cam02"),
    "walk": Example("synthetic/walk_az20", close=True),
    "spin": Example("synthetic/spin_az10", close=True),
    "two-phones": Example("real/cam01", second="real/cam02", aside_degrees=46.0),
    "hand": Example("real/cam02", remade=_shaken),
    "two-people": Example("real/two_people_cam02", CaptureSettings(people=People.ALL), truths=(None, "real/cam02")),
    "waist-up": Example("real/cam02", _WAIST_UP),
    "jump": Example("synthetic/jump_az20", truth_beside=True, close=True),
    "turned-away": Example("synthetic/dance_a_az15", truth_beside=True, said=_THREE_SIDES, close=True),
    "dark": Example("real/cam02", remade=functools.partial(dark_clips.darkened, stops=6)),
    "no-feet": Example("real/cam02", CaptureSettings(crop=(0.0, 0.0, 1.0, 0.5))),
    "far-away": Example("synthetic/dance_b_az15", remade=_too_far_away),
}


def write(data: Path, pictures: Path) -> list[Row]:
    """Write every example's picture; return the figures of its emotes, or why it was refused."""
    return [
        {"example": name, **row}
        for name, example in EXAMPLES.items()
        for row in written(example, data, pictures / f"example-{name}.webp")
    ]


def written(example: Example, data: Path, picture: Path) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="kinetix-examples-") as scratch:
        clip = data / f"{example.clip}.mp4"
        if example.remade is not None:
            example.remade(clip, Path(scratch) / "remade.mp4")
            clip = Path(scratch) / "remade.mp4"
        settings = example.settings
        try:
            found = captured_people(clip) if settings.people is not None else [captured(clip, settings=settings)]
        except CaptureRejected as refusal:
            known = decode.probe(clip)
            times = known.begins_s + np.linspace(0, known.duration_s - 1 / decode.FPS, _MOMENTS)
            _sheet([_filmed(clip, times, settings.crop)], [], picture)
            return [{"refused": f"{refusal.title} {refusal.detail} {refusal.next_step}"}]
        spans = [one.seen.times[[0, -1]] for one in found]
        times = np.linspace(max(begin for begin, _ in spans), min(end for _, end in spans), _MOMENTS)
        films = [_filmed(clip, times, settings.crop)]
        if example.second is not None:
            second = data / f"{example.second}.mp4"
            both = CaptureRequest(clip, Path(), clip.stem, views=(second,))
            joined = several_clips.capture(both, *pipeline.prepare(both, lambda progress: None))
            found.append(joined.found)
            films.append(_filmed(second, times - (joined.views[1].offset_s or 0.0)))
        shown = [(one.motion, [int(np.abs(one.seen.times - time).argmin()) for time in times]) for one in found]
        if example.close:
            films = [_about(films[0], found[0].seen.points[shown[0][1]] / _scale(clip))]
        if example.said:
            request = CaptureRequest(clip, Path(), clip.stem, settings=settings)
            take = Take.of(found[0], decode.probe(clip), request)
            shown.append((solving.refine(take, example.said).motion, shown[0][1]))
    rows = list(_figures(example, [motion for motion, _ in shown], data))
    views = [(motion, frames, example.aside_degrees) for motion, frames in shown]
    if example.truth_beside:
        true = true_move(shown[0][0], example.clip.split("/")[1], data)
        views = [views[0], *((motion, frames, _ASIDE_DEG) for motion, frames in (*shown, (true, shown[0][1])))]
    _sheet(films, views, picture)
    return rows


def _figures(example: Example, motions: Sequence[Motion], data: Path) -> Iterator[Row]:
    compare = accuracy.compare_upper if example.settings.body is CapturedBody.UPPER else accuracy.compare
    for motion, known in zip(motions, example.truths or (example.clip,) * len(motions), strict=True):
        if known is not None:
            kind, name = known.split("/")
            figures = compare(accuracy.delivered(motion), truth_of(kind, name, data))
            yield accuracy.rounded({key: figures[key] for key in ("paMm", "limbDirectionDeg")})


def true_move(emote: Motion, name: str, data: Path) -> Motion:
    """The true move of the rendered clip `name` on the mannequin, facing as its emote does."""
    facing = accuracy.facing(accuracy.delivered(emote), truth_of("synthetic", name, data))
    skeleton = mannequin.load("1k").skeleton
    with np.load(data / "synthetic" / f"{name}_gt.npz") as file:
        bones = [[str(bone) for bone in file["names"]].index(bone) for bone in skeleton.names]
        turns = _Z_UP @ file["joint_rot"][:, bones].astype(float) @ _Z_UP.T
        hips = file["joint_pos_m"][:, bones[0]].astype(float) @ _Z_UP.T
    world = quat.multiply(quat.from_matrix(facing @ turns), kinematics.rest_pose(skeleton)[0])
    path = (hips - hips[0] * [1, 0, 1]) @ facing.T
    local = kinematics.local_rotations(skeleton.parents, world)
    return Motion(skeleton, 30.0, local, path, name, extras={"cameraYawDegrees": emote.extras["cameraYawDegrees"]})


def _scale(clip: Path) -> float:
    return next(iter(decode.frames(clip))).scale


def _filmed(clip: Path, times: Array, crop: decode.Crop | None = None) -> list[Picture]:
    """The frames of a clip that are nearest to these seconds."""
    frames = [(frame.time_s, frame.image) for frame in decode.frames(clip, crop=crop)]
    seconds = np.array([time_s for time_s, _ in frames])
    return [frames[int(np.abs(seconds - time_s).argmin())][1] for time_s in times]


def _about(film: Sequence[Picture], points: Array) -> list[Picture]:
    """The part of each frame that holds the body's points (6, L, 2), of one size at all moments."""
    low, high = points.min(1), points.max(1)
    whole = np.array(film[0].shape[1::-1])
    extent = (high - low).max(0)
    size = np.minimum(extent + _MARGIN * extent.max(), whole).astype(int)
    corners = np.clip((low + high - size) / 2, 0, whole - size).astype(int)
    return [frame[top : top + size[1], left : left + size[0]] for frame, (left, top) in zip(film, corners, strict=True)]


def _sheet(films: Sequence[Sequence[Picture]], views: Sequence[tuple[Motion, list[int], float]], target: Path) -> None:
    """Write a column for each moment: the clips above, the emotes below."""
    height, width = films[0][0].shape[:2]
    rows = len(films) + len(views)
    factor = min(np.sqrt(_PIXELS / rows / (width * height)), _LONGEST / max(width, height))
    size = (round(width * factor), round(height * factor))
    pictures = [
        [np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS)) for frame in film] for film in films
    ]
    for motion, frames, aside in views:
        yaw = float(motion.extras.get("cameraYawDegrees", 0.0)) + aside
        pictures.append(list(render(motion, size=size, frames=frames, detail="12k", yaw_degrees=yaw)))
    sheet = Image.new("RGB", (_MOMENTS * (size[0] + _GAP) - _GAP, rows * (size[1] + _GAP) - _GAP), "white")
    for down, row in enumerate(pictures):
        for across, one in enumerate(row):
            sheet.paste(Image.fromarray(one), (across * (size[0] + _GAP), down * (size[1] + _GAP)))
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target, "WEBP", quality=_QUALITY, method=6)
