"""One clip in, every file of the emote out. What the service calls (contract.py)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core import paths
from kinetix_core.formats import bvh, fbx, glb, kinanim, names, user_data
from kinetix_core.motion import edit, mapping, retarget
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_local.capture import quality, take
from kinetix_local.capture.contract import Avatar, CaptureRequest, Delivery, Report
from kinetix_local.capture.meter import Meter
from kinetix_local.preview import pictures
from kinetix_local.preview.render import render

__all__ = ["FILES", "deliver", "produce"]

Check = Callable[[float], None]
"""Called often with the share of one file that is done; raises to stop."""
Write = Callable[[Path, Check], None]

_FRAMES_AT_ONCE = 6


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    """Captures a clip and writes the emote's files; either all of them are there, or none.

    Raises:
        CaptureRejected: the clip cannot become an emote; it says what to film instead.
        KinetixError: the models are missing, or an avatar cannot be used.
        Exception: whatever `report` raises, within a second.
    """
    return produce(request, report, FILES)


def produce(request: CaptureRequest, report: Report, wanted: Iterable[str]) -> Delivery:
    """`deliver` of some of the `FILES` only."""
    clip, meter = take.prepare(request, report)
    found = take.capture(request, clip, meter)
    motion, seam = _edited(found.motion, request)
    facts = quality.report(found, motion, clip, seam, request.height_m)
    writers = {name: write for name, write in _writers(motion, facts).items() if name in set(wanted)}
    for avatar in request.avatars:
        writers.update(_avatar_writers(motion, avatar))
    files: dict[str, Path] = {}
    try:
        for count, (name, write) in enumerate(writers.items()):
            target = files[name] = request.out_dir / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write(target, _share(meter, count, len(writers)))
    except BaseException:
        for path in files.values():
            path.unlink(missing_ok=True)
        raise
    meter.at("write", 1.0)
    own = {name: path for name, path in files.items() if "/" not in name}
    avatars = {
        avatar.uuid: {
            name.removeprefix(f"{avatar.uuid}/"): path
            for name, path in files.items()
            if name.startswith(f"{avatar.uuid}/")
        }
        for avatar in request.avatars
    }
    return Delivery(own, motion.duration, avatars, facts)


def _share(meter: Meter, count: int, total: int) -> Check:
    meter.at("write", count / total)
    return lambda done: meter.at("write", (count + done) / total)


def _edited(motion: Motion, request: CaptureRequest) -> tuple[Motion, edit.Seam | None]:
    """The loop and the root mode that were asked for."""
    seam = None
    if request.loop:
        seam = edit.find_seam(motion)
        motion = edit.loop(motion, travel=not request.in_place)
    return (edit.in_place(motion) if request.in_place else motion), seam


def _bytes(make: Callable[[], bytes]) -> Write:
    return lambda path, check: _put(path, make())


def _put(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    paths.replace(temporary, path)


def _mapping(skeleton: Skeleton, name: str, naming: str = "") -> bytes:
    """With the bone names of the GLB beside it, which may be of another `naming` than the skeleton's."""
    bones = mapping.map_bones(skeleton).bones.items()
    own = {bone: names.rename(naming, found.name) if naming else found.name for bone, found in bones}
    return user_data.write(skeleton, own, name).encode()


def _writers(motion: Motion, facts: dict[str, Any]) -> dict[str, Write]:
    drawn: list[NDArray[np.uint8]] = []

    def moving(path: Path, check: Check) -> None:
        """Both moving pictures come from one drawing."""
        frames = pictures.sampled_frames(motion)
        if not drawn:
            for first in range(0, len(frames), _FRAMES_AT_ONCE):
                check(first / len(frames))
                drawn.append(render(motion, size=(320, 320), frames=frames[first : first + _FRAMES_AT_ONCE]))
        pictures.save_animation(np.concatenate(drawn), path, (motion.duration + 1 / motion.fps) / len(frames))

    return {
        "animation-v2.glb": _bytes(lambda: glb.write_emote(motion, naming="generic")),
        "animation-v2.kinanim": _bytes(lambda: kinanim.write_motion(motion)),
        "animation-v2.fbx": _bytes(lambda: fbx.write_emote(motion)),
        "animation-v2.bvh": _bytes(lambda: bvh.write_motion(motion).encode()),
        "animation.glb": _bytes(lambda: glb.write_emote(motion, naming="legacy")),
        "thumbnail.png": lambda path, check: pictures.write_thumbnail(motion, path),
        "thumbnail.gif": moving,
        "preview.webp": moving,
        "userData.json": _bytes(lambda: _mapping(motion.skeleton, "mannequin", "generic")),
        "quality.json": _bytes(lambda: (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode()),
    }


FILES = (
    *("animation-v2.glb", "animation-v2.kinanim", "animation-v2.fbx", "animation-v2.bvh", "animation.glb"),
    *("thumbnail.png", "thumbnail.gif", "preview.webp", "userData.json", "quality.json"),
)
"""Every file of an emote that is not an avatar's."""


def _avatar_writers(motion: Motion, avatar: Avatar) -> dict[str, Write]:
    """The same take on a character of the user's own."""
    character = glb.read_character(avatar.character)
    fitted = retarget.retarget(motion, character.skeleton, options=retarget.RetargetOptions(foot_lock=True))
    place = f"{avatar.uuid}/"
    return {
        f"{place}animation-v2.glb": _bytes(lambda: glb.write_onto(character, [fitted])),
        f"{place}animation-v2.kinanim": _bytes(lambda: kinanim.write_motion(fitted)),
        f"{place}userData.json": _bytes(lambda: _mapping(character.skeleton, avatar.character.stem)),
    }
