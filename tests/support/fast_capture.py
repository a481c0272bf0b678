"""A capture that takes a moment: real files, progress and refusals like the real one, decided by the clip's first bytes.

A clip that begins with one of these words does what it says; any other becomes an emote.
    REJECT:nobody         refused as having nobody in it
    REJECT:many           refused as having too many people
    REJECT:half           refused as half a body
    REJECT:type           refused as no video
    REJECT:cut            refused as its scene changes at 2.5 s
    SLOW:3.5              takes that many seconds
    HOLD:/a/path          goes on when there is a file of that name
    WHILE:/a/path         goes on when there is no file of that name any more (`held_clip`)
    STEPS:/a/folder       reports five shares of its work, and goes on from each when the folder has a file of its number, from 0
    CRASH                 the worker process dies
    BUG                   an unexpected error

The quality report has the sizes of further views of the take, in their order. Of several people there are always two.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinetix_capture import rejection
from kinetix_capture.interface import CaptureRejected, CaptureRequest, Delivery, Progress, Report
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.failure import CaptureStage, FailureReason
from kinetix_core.values.people import People
from kinetix_core.values.wording import worded, wording_of
from tests.support.waiting import until

_REJECTIONS = {
    "nobody": FailureReason.NOBODY,
    "many": FailureReason.SEVERAL_PEOPLE,
    "half": FailureReason.HALF_BODY,
    "type": FailureReason.NOT_A_VIDEO,
    "cut": FailureReason.CUT,
}

STEPS = 5


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    head = request.clip.open("rb").read(4096)  # a path may be long
    word, _, told = head.split(b"\n")[0].split(b"\0")[0].decode("latin-1").partition(":")
    if word == "REJECT":
        report(Progress(CaptureStage.DECODE, 0.1, 1.0))
        reason = _REJECTIONS[told.strip()]
        if reason is FailureReason.CUT:
            raise rejection.scene_cut(2.5)
        detail = "A second person is seen in 40% of the frames." if reason is FailureReason.SEVERAL_PEOPLE else ""
        raise CaptureRejected(reason, detail=detail)
    if word == "CRASH":
        os._exit(9)
    if word == "BUG":
        raise RuntimeError("a bug in the capture")
    if word == "HOLD":
        until(Path(told).exists)
    if word == "WHILE":
        until(lambda: not Path(told).exists())
    if word == "STEPS":
        for step in range(STEPS):
            progress = Progress(CaptureStage.TRACK, (step + 1) / (STEPS + 1), 1.0 * STEPS - step)
            # Again and again, as a capture does: of reports that follow each other closely only some are shown.
            until(lambda: report(progress) or (Path(told) / str(step)).exists())  # type: ignore[func-returns-value] # noqa: B023
    seconds = float(told) if word == "SLOW" else 0.1
    steps = max(4, int(seconds / 0.05))
    for step in range(steps):
        stage = CaptureStage.TRACK if step < steps * 0.8 else CaptureStage.WRITE
        report(Progress(stage, step / steps, seconds * (1 - step / steps)))
        time.sleep(seconds / steps)
    report(Progress(CaptureStage.WRITE, 1.0, 0.0))
    if request.settings.people is not People.ALL or request.refinement is not None:
        return _delivery(request, request.out_dir, None)
    group = {"id": str(uuid.uuid4()), "of": 2, "yawDegrees": 0.0, "startS": 0.0, "size": 1.0}
    people = [group | {"person": number, "x": number - 1.5, "z": 0.0} for number in (1, 2)]
    first, second = (
        _delivery(request, request.out_dir / folder, person)
        for folder, person in zip(("", "person-2"), people, strict=True)
    )
    return dataclasses.replace(first, others=(second,))


@contextlib.contextmanager
def held_clip() -> Iterator[bytes]:
    """A clip whose capture does not end inside of the block, however slow the test is."""
    with tempfile.NamedTemporaryFile(prefix="kx-held-") as file:
        yield b"WHILE:" + os.fsencode(file.name) + b"\n"


def _delivery(request: CaptureRequest, folder: Path, group: dict[str, Any] | None) -> Delivery:
    shown = {"body": request.settings.body.value} if request.settings.body is CapturedBody.UPPER else {}
    glb, kinanim, bvh = _motions(request.name, shown if group is None else {"group": group}, face=request.settings.face)
    quality: dict[str, Any] = {"score": 0.9, **shown}
    if request.refinement:
        quality["corrected"] = len(request.refinement.corrections["corrections"])
    if group is not None:
        quality |= {"group": group, "unsure": [_UNSURE | {"first": group["person"]}]}
    if request.views:
        quality["viewBytes"] = [view.stat().st_size for view in request.views]
        hints = ["Turn a little.", worded("It was seen from {count} sides.", count=1 + len(request.views))]
        quality |= {"hints": hints, "wording": wording_of({"hints": hints})}
    contents = {
        "animation-v2.glb": glb,
        "animation-v2.kinanim": kinanim,
        "animation-v2.fbx": b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(64),
        "animation-v2.bvh": bvh,
        "animation.glb": glb,
        "thumbnail.png": _PNG,
        "thumbnail.gif": _GIF,
        "quality.json": json.dumps(quality).encode(),
    }
    files = {name: _write(folder, name, data) for name, data in contents.items()}
    own = {
        name.replace("-v2", ""): contents[name] for name in contents if name not in {"animation-v2.bvh", "quality.json"}
    }
    avatars = {
        avatar.uuid: {name: _write(folder / avatar.uuid, name, data) for name, data in own.items()}
        for avatar in request.avatars
    }
    seen = None if request.refinement else _write(folder, "observations.npz", b"what was seen")
    return Delivery(files=files, avatars=avatars, duration_s=1.6, quality=quality, observations=seen)


def deliver_unobserved(request: CaptureRequest, report: Report) -> Delivery:
    """Without observations: the stand-in's are none that could be read, and what another machine sends is read."""
    made = deliver(request, report)
    others = tuple(dataclasses.replace(one, observations=None) for one in made.others)
    return dataclasses.replace(made, observations=None, others=others)


def deliver_nowhere(request: CaptureRequest, report: Report) -> Delivery:
    """Fail as on a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(request.out_dir / "animation.glb"))


def deliver_videos(request: CaptureRequest, report: Report) -> Delivery:
    """By the real capture where the clip is a video, and as `deliver_unobserved` where it is a word."""
    with request.clip.open("rb") as clip:
        is_video = clip.read(8)[4:] == b"ftyp"
    if not is_video:
        return deliver_unobserved(request, report)
    from kinetix_capture.deliver import deliver as capture  # loads the models' runtime

    return capture(request, report)


def _write(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


_UNSURE = {"limb": "head", "first": 0, "last": 9, "worst": 5, "confidence": 0.2}
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8dfc1000004"
    "11018871a038ab0000000049454e44ae426082"
)
_GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def _glb(name: str) -> bytes:
    return _motions(name, {}, face=False)[0]


def _motions(name: str, extras: dict[str, Any], *, face: bool) -> tuple[bytes, bytes, bytes]:
    """One second of a raised arm on the mannequin, with a jaw that opens if a `face` is wanted, by the project's own writers: GLB,
    Kinanim, BVH.
    """
    import numpy as np

    from kinetix_core import mannequin
    from kinetix_core.formats import bvh, glb, kinanim
    from kinetix_core.motion.motion import Motion
    from kinetix_core.values.face_shapes import FACE_SHAPES

    skeleton = mannequin.load("1k").skeleton
    frames = 31
    rotations = np.tile(skeleton.rest_rotations, (frames, 1, 1))
    half = np.sin(np.linspace(0, np.pi, frames)) * 0.4
    zero = np.zeros(frames)
    rotations[:, skeleton.index("LeftArm")] = np.stack([zero, zero, np.sin(half), np.cos(half)], -1)
    path = np.tile(skeleton.rest_translations[0], (frames, 1))
    weights = np.zeros((frames, len(FACE_SHAPES)))
    weights[:, FACE_SHAPES.index("jawOpen")] = half
    motion = Motion(skeleton, 30.0, rotations, path, name=name, extras=extras, face=weights if face else None)
    return glb.write_emote(motion), kinanim.write_motion(motion), bvh.write_motion(motion).encode()
