"""Common alternatives on the same clips and by the same scorer: MediaPipe's pose solution, frame by frame.

Two readings: its world landmarks as they are, and turned into joint rotations of the mannequin frame by frame, as live tools do. Of
its models the default (`full`) comes with the package; `heavy` is measured too where somebody has put it beside that.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import HUMANOID, Clip, clips, truth_of
from kinetix_capture.fitting import body_model, initial_pose, observations
from kinetix_capture.video import decode
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import InputError

__all__ = ["measure_peers"]

Array = NDArray[np.float64]
Row = dict[str, Any]
_SCRIPT = Path(__file__).with_name("mediapipe_landmarks.py")
_JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
_FLIP = np.array([1.0, -1.0, -1.0])
_COMPLEXITY = {"full": "1", "heavy": "2"}
_FIGURES = ("paMm", "limbDirectionDeg", "limbAngleDeg", "rotationDeg", "upDeg", "accelMm")


def measure_peers(data: Path, python: Path, only: str | None = None) -> list[Row]:
    """Figures by clip, and their means by kind. `python` is one that has MediaPipe 0.10.21.

    Raises:
        InputError: there are no clips, or that Python cannot run MediaPipe.
    """
    wanted = [clip for clip in clips(data) if only is None or only in clip.name]
    if not wanted:
        raise InputError("There are no sample clips.", code="noData", next_step="Name the folder with --data.")
    rows: list[tuple[str, str, str, dict[str, float]]] = []
    models = _models(python)
    for clip in wanted:
        truth = truth_of(clip.kind, clip.name, data)
        for model in models:
            landmarks = _landmarks(clip, python, model)
            rows.append((clip.kind, clip.name, f"{model}, landmarks", accuracy.compare(_as_they_are(landmarks), truth)))
            rows.append((clip.kind, clip.name, f"{model}, rotations", accuracy.compare(_rotated(landmarks), truth)))
    for kind in dict.fromkeys(clip.kind for clip in wanted):
        for how in dict.fromkeys(told for _, _, told, _ in rows):
            found = [figures for own, _, told, figures in rows if (own, told) == (kind, how)]
            mean = {name: float(np.mean([figures[name] for figures in found])) for name in _FIGURES}
            rows.append(("", f"mean, {kind}", how, mean))
    return [
        {"clip": name, "reading": how} | accuracy.rounded({figure: figures[figure] for figure in _FIGURES})
        for _, name, how, figures in rows
    ]


def _models(python: Path) -> list[str]:
    """The models that this Python's MediaPipe has, the lightest left out."""
    folders = python.parent.parent.glob("[Ll]ib/**/mediapipe/modules/pose_landmark")
    there = {file.stem.removeprefix("pose_landmark_") for folder in folders for file in folder.glob("*.tflite")}
    return [model for model in _COMPLEXITY if model in there] or ["full"]


def _landmarks(clip: Clip, python: Path, model: str) -> Array:
    """(F, 33, 3) of 30 pictures a second; a picture without anybody has those of the one before."""
    pictures = [picture.image for picture in decode.frames(clip.path, longest_side=1280)]
    high, wide = pictures[0].shape[:2]
    ran = subprocess.run(
        [str(python), str(_SCRIPT), str(wide), str(high), str(len(pictures)), _COMPLEXITY[model]],
        input=b"".join(picture.tobytes() for picture in pictures),
        capture_output=True,
        check=False,
    )
    if ran.returncode or len(ran.stdout) != len(pictures) * 33 * 3 * 4:
        raise InputError(
            "That Python cannot run MediaPipe.",
            code="noPeer",
            detail=ran.stderr.decode(errors="replace").strip().splitlines()[-1] if ran.stderr else "",
            next_step="Make a virtual environment, `pip install mediapipe==0.10.21`, and name its Python.",
        )
    points = np.frombuffer(ran.stdout, "<f4").reshape(len(pictures), 33, 3).astype(np.float64)
    found = np.isfinite(points[:, 0, 0])
    if not found.any():
        raise InputError(f"MediaPipe finds nobody in {clip.name}.", code="noPeer", next_step="Leave the clip out.")
    last = np.maximum.accumulate(np.where(found, np.arange(len(points)), int(np.argmax(found))))
    return np.asarray(points[last] * _FLIP)


def _as_they_are(landmarks: Array) -> accuracy.Delivered:
    joints = landmarks[:, _JOINTS]
    return accuracy.Delivered(joints - [0.0, np.percentile(joints[:, 10:, 1], 5), 0.0], {}, 0.0)


def _rotated(landmarks: Array) -> accuracy.Delivered:
    """On the mannequin, whose hips stay where they are: the landmarks are centred on them."""
    body = body_model.load()
    rotations = initial_pose.guess(body, observations.to_body_model(body, landmarks)[0])
    world, positions = body_model.pose(body, rotations, np.zeros((len(rotations), 3)))
    names = [HUMANOID[bone] for bone in body.names]
    turns = {name: quat.from_matrix(world[:, number]) for number, name in enumerate(names)}
    joints = positions[:, [names.index(joint) for joint in accuracy.JOINTS]]
    return accuracy.Delivered(joints - [0.0, np.percentile(joints[:, 10:, 1], 5), 0.0], turns, 0.0)
