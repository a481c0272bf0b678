"""Makes the observations that the unit tests of the live mirror judge: `python -m tests.web.observations`.

The same networks look at the same scenes as in the browser, but here, so that a judgement can be tested without one.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from PIL import Image

from kinetix_capture.networks import weights
from kinetix_capture.networks.body_landmarks import Poser
from kinetix_capture.networks.person_detector import Detector, body_region
from kinetix_core import files
from tests.support import tools
from tests.web import scenes

FRONTEND = tools.ROOT / "shared" / "kinetix_local" / "web" / "frontend"
LANDMARKS = FRONTEND / "node_modules" / "@mediapipe" / "pose" / "pose_landmark_lite.tflite"
MADE = FRONTEND / "tests" / "observations.json"


def observe(pictures: list[Image.Image], detector: Detector, poser: Poser) -> list[dict[str, Any]]:
    """One observation for each picture, RATE a second; `body` has x, y, visibility of each landmark."""
    seen: list[dict[str, Any]] = []
    for index, picture in enumerate(pictures):
        people = detector(picture, 0.45)
        body = None
        if people:
            pose = poser(picture, body_region(people[0].hips, people[0].reach))
            if pose.presence >= 0.5:
                points = np.column_stack((pose.points / picture.size, pose.visibility))
                body = [[round(float(value), 3) for value in row] for row in points]
        light = float(np.asarray(picture.convert("L")).mean()) / 255
        seen.append(
            {"time": round(index / scenes.RATE, 3), "people": len(people), "body": body, "light": round(light, 3)}
        )
    return seen


def main() -> None:
    detector, poser = Detector(weights.find(weights.POSE_DETECTION)), Poser(LANDMARKS)
    made = {}
    for name, scene in scenes.SCENES.items():
        pictures = list(scenes.pictures(scene))
        standing = round(scene.before * scenes.RATE)
        moving = pictures[standing : len(pictures) - round(scene.after * scenes.RATE)]
        made[name] = observe(moving or pictures[:1], detector, poser)
    files.write(MADE, json.dumps({"aspect": scenes.SIZE[0] / scenes.SIZE[1], "scenes": made}, indent=1) + "\n")


if __name__ == "__main__":
    main()
