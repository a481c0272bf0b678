"""The sample clips with their truth, and longer clips that are made of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.clips import clip_writing
from kinetix_capture import estimate, pipeline
from kinetix_capture.fitting import initial_pose
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.people import group_capture
from kinetix_capture.video import decode
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.people import People

_REAL = ("cam01", "cam02")
_LANDMARKS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
_TURNED = ("Hips", "UpperChest", "Head", *(side + bone for side in ("Left", "Right") for bone in (
    *("UpperArm", "LowerArm", "Hand"), *("UpperLeg", "LowerLeg", "Foot"))))  # fmt: skip
_Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])

HUMANOID = {bone: bone for bone in ("Hips", "Spine", "Neck", "Head")} | {"Spine1": "Chest", "Spine2": "UpperChest"}
HUMANOID |= {
    side + own: side + humanoid
    for side in ("Left", "Right")
    for own, humanoid in (
        *(("Shoulder", "Shoulder"), ("Arm", "UpperArm"), ("ForeArm", "LowerArm"), ("Hand", "Hand")),
        *(("UpLeg", "UpperLeg"), ("Leg", "LowerLeg"), ("Foot", "Foot"), ("ToeBase", "Toes")),
    )
}
"""Bone of the body model and of the rendered figures → humanoid bone."""


@dataclass(frozen=True)
class Clip:
    name: str
    kind: str
    path: Path


def clips(data: Path) -> Iterator[Clip]:
    for name in _REAL:
        if (data / "real" / f"{name}.mp4").is_file():
            yield Clip(name, "real", data / "real" / f"{name}.mp4")
    for path in sorted((data / "synthetic").glob("*.mp4")):
        yield Clip(path.stem, "synthetic", path)


def truth_of(kind: str, name: str, data: Path) -> accuracy.Truth:
    """The truth of a clip on an even grid of 30 frames a second, y up."""
    if kind == "real":
        with np.load(data / "real" / "reference_triangulated_33.npz") as file:
            points = file["xyz_m"][::2].astype(float) @ _Z_UP.T
        pose = FigurePose(initial_pose.guess(points), np.zeros((len(points), 3)))
        turns = {HUMANOID[bone]: pose.turned(number) for number, bone in enumerate(pose.body.names)}
        return accuracy.Truth(points[:, _LANDMARKS], {bone: turns[bone] for bone in _TURNED})
    with np.load(data / "synthetic" / f"{name}_gt.npz") as file:
        names = [str(bone).replace("mixamorig:", "") for bone in file["names"]]
        positions = file["joint_pos_m"].astype(float) @ _Z_UP.T
        rotations = _Z_UP @ file["joint_rot"].astype(float) @ _Z_UP.T
    own = {humanoid: bone for bone, humanoid in HUMANOID.items()}
    joints = positions[:, [names.index(own[joint]) for joint in accuracy.JOINTS]]
    return accuracy.Truth(joints, {bone: quat.from_matrix(rotations[:, names.index(own[bone])]) for bone in _TURNED})


def ten_seconds(source: Path, target: Path, seconds: float = 10.0, size: tuple[int, int] = (720, 1280)) -> None:
    """A clip of the wanted length: the source played forwards and backwards in turn."""
    pictures = [picture.image for picture in decode.frames(source, longest_side=max(size))]
    frames = [np.asarray(Image.fromarray(picture).resize(size)) for picture in pictures]
    there_and_back = itertools.cycle([*frames, *frames[-2:0:-1]])
    shown = itertools.islice(there_and_back, round(seconds * 30))
    clip_writing.write(shown, target, {"crf": "20", "preset": "veryfast"})


def captured(clip: Path, **options: Any) -> estimate.Captured:
    """Capture a clip; `options` are those of `CaptureRequest`."""
    request = CaptureRequest(clip, Path(), clip.stem, **options)
    return pipeline.capture(request, *pipeline.prepare(request, lambda progress: None))


def captured_people(clip: Path) -> list[estimate.Captured]:
    """Capture everybody in a clip."""
    request = CaptureRequest(clip, Path(), clip.stem, settings=CaptureSettings(people=People.ALL))
    return list(group_capture.capture(request, *pipeline.prepare(request, lambda progress: None)))
