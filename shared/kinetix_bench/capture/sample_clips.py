"""The sample clips with their truth, and longer clips that are made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image

from kinetix_bench.capture import accuracy
from kinetix_capture.fitting import initial_pose
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.video import decode
from kinetix_core.motion import quaternion as quat

_REAL = ("cam01", "cam02")
_LANDMARKS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
_TURNED = ("Hips", "UpperChest", "Head", *(side + bone for side in ("Left", "Right") for bone in (
    *("UpperArm", "LowerArm", "Hand"), *("UpperLeg", "LowerLeg", "Foot"))))  # fmt: skip
_Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])

HUMANOID = {
    "Hips": "Hips",
    "Spine": "Spine",
    "Spine1": "Chest",
    "Spine2": "UpperChest",
    "Neck": "Neck",
    "Head": "Head",
} | {
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
    there_and_back = [*frames, *frames[-2:0:-1]]
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(round(seconds * 30)):
            frame = av.VideoFrame.from_ndarray(there_and_back[number % len(there_and_back)], format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
