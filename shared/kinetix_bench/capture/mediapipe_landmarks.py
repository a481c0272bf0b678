"""MediaPipe's own world landmarks of raw pictures, run as a script by a Python that has MediaPipe: it imports nothing of ours.

Arguments: width, height and number of the pictures, and the model's complexity. The pictures (RGB, 8 bits) come on standard input one
after the other; to standard output go the landmarks, (33, 3) float32 of each picture, NaN where nobody is found.
"""

from __future__ import annotations

import importlib
import os
import sys

import numpy as np


def main() -> None:
    wide, high, count, complexity = map(int, sys.argv[1:5])
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints is no result
    # As its documentation has it for a video, and as the tools that build on it leave it.
    pose = importlib.import_module("mediapipe").solutions.pose.Pose(
        static_image_mode=False, model_complexity=complexity, smooth_landmarks=True
    )
    for _ in range(count):
        picture = np.frombuffer(sys.stdin.buffer.read(wide * high * 3), np.uint8).reshape(high, wide, 3)
        found = pose.process(picture).pose_world_landmarks
        points = np.full((33, 3), np.nan, np.float32)
        if found is not None:
            points[:] = [(one.x, one.y, one.z) for one in found.landmark]
        results.write(points.tobytes())
    results.close()


if __name__ == "__main__":
    main()
