"""The capture of the browser tests: quick, but with a real walk on the real mannequin, so that there is something to see moving.

An emote that is called “Take” is a long one, with rests in it. Of one whose name begins with “Seen” observations are kept, and it is
solved again by the real fit, with a second camera where there is a further clip; in that of “Seen in a hand” the camera moved, and
“Seen twice” has an arm that may point to either side.

The size of the clip does not matter; one with `REFUSE` in its bytes is refused as its scene changes, one with `LATE` has hints, and in
one with `NOBODY` a quick look finds nobody. While a file with the emote's name lies in the folder `KINETIX_WEB_HOLD`, its capture
stays where the body is followed.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from kinetix_capture import rejection
from kinetix_capture.interface import (
    OBSERVATIONS,
    CaptureRejected,
    CaptureRequest,
    ClipPart,
    Delivery,
    Progress,
    Refinement,
    Report,
)
from kinetix_core import mannequin
from kinetix_core.formats import bvh, glb
from kinetix_core.motion import Motion
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.failure import CaptureStage
from kinetix_core.values.people import People
from kinetix_core.values.wording import worded, wording_of
from kinetix_tools.preview import pictures
from tests.support.takes.long_take import take
from tests.support.takes.two_people import seen_people
from tests.support.waiting import until

__all__ = ["deliver", "precheck", "seen_people", "swing"]


def swing(name: str) -> Motion:
    """Two seconds of arms and hips that swing."""
    skeleton = mannequin.load().skeleton
    time_s = np.arange(60) / 30
    rotations = np.tile(skeleton.rest_rotations, (60, 1, 1))
    for bone, axis, size in (
        ("LeftArm", (0.0, 1, 0), 1.2),
        ("RightArm", (0.0, 1, 0), 1.2),
        ("Spine", (0.0, 1, 0), 0.4),
    ):
        rotations[:, skeleton.index(bone)] = quat.from_axis_angle(np.array(axis), size * np.sin(2 * np.pi * time_s))
    root = np.tile(skeleton.rest_translations[0], (60, 1))
    root[:, 0] += 0.2 * np.sin(2 * np.pi * time_s)
    return Motion(skeleton, 30.0, rotations, root, name)


def precheck(part: ClipPart) -> CaptureRejected | None:
    return rejection.nobody(0.0) if b"NOBODY" in part.clip.read_bytes() else None


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    report(Progress(CaptureStage.TRACK, 0.5, 1.0))
    hold = Path(os.environ["KINETIX_WEB_HOLD"]) / request.name
    until(lambda: not hold.exists(), f"{request.name} is held")
    report(Progress(CaptureStage.WRITE, 0.8, 0.5))
    if b"REFUSE" in request.clip.read_bytes():
        raise rejection.scene_cut(2.5)
    if request.name.startswith("Seen"):
        return _solved(request, report)
    if request.settings.people is not People.ALL:
        motion = take() if request.name == "Take" else swing(request.name)
        return _delivery(motion, request.out_dir, _noticed(request))
    group = {"id": "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11", "of": 2, "startS": 0.0, "size": 1.0}
    places = [
        group | {"person": number, "x": 1.2 * number - 1.8, "z": 0.0, "yawDegrees": 120 - 80 * number}
        for number in (1, 2)
    ]
    first, second = (
        _delivery(swing(request.name).with_(extras={"group": place}), request.out_dir / folder, {"group": place})
        for folder, place in zip(("", "person-2"), places, strict=True)
    )
    return dataclasses.replace(first, others=(second,))


def _solved(request: CaptureRequest, report: Report) -> Delivery:
    """A take of `seen_take`, or one of its versions."""
    from kinetix_capture.deliver import produce  # loads SciPy, which the other emotes do without
    from kinetix_capture.refining import take_file
    from tests.support.seen_take import seen_take

    wanted = ("animation-v2.glb", "animation-v2.bvh", "quality.json")
    if request.refinement is not None:
        return produce(request, report, wanted)
    kept = request.out_dir / OBSERVATIONS
    take = seen_take(
        two_cameras=bool(request.views),
        further_moved=request.name == "Seen in a hand",
        uncertain_arm=request.name.startswith("Seen twice"),
    )
    take_file.write(kept, take)
    first = dataclasses.replace(request, refinement=Refinement(kept, {"corrections": []}))
    return dataclasses.replace(produce(first, report, wanted), observations=kept)


def _noticed(request: CaptureRequest) -> dict[str, Any]:
    if b"LATE" not in request.clip.read_bytes():
        return {}
    late = "The person is in the picture from {seconds} s of the clip on; the move begins there."
    hints = [worded(late, seconds="1.5"), "Keep the feet inside the picture for the whole move."]
    return {"hints": hints, "wording": wording_of({"hints": hints})}


def _delivery(motion: Motion, folder: Path, quality: dict[str, Any]) -> Delivery:
    folder.mkdir(exist_ok=True)
    contents = {"animation-v2.glb": glb.write_emote(motion), "animation-v2.bvh": bvh.write_motion(motion).encode()}
    contents["quality.json"] = json.dumps(quality).encode()
    files: dict[str, Path] = {}
    for name, data in contents.items():
        files[name] = folder / name
        files[name].write_bytes(data)
    files["thumbnail.png"] = folder / "thumbnail.png"
    pictures.write_thumbnail(motion, files["thumbnail.png"])
    return Delivery(files, motion.duration, quality=quality)
