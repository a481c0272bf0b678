"""One clip in, every file of the emote out. What the service calls (`interface.py`)."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_capture import clip_camera, estimate, pipeline
from kinetix_capture.contacts import loop_seam
from kinetix_capture.interface import (
    AVATAR_FILES,
    FACE,
    FILES,
    OBSERVATIONS,
    VRM_ANIMATION,
    Avatar,
    CaptureRequest,
    Delivery,
    Report,
)
from kinetix_capture.people import group_capture
from kinetix_capture.people.seen_people import seen_people as seen_people
from kinetix_capture.precheck import precheck as precheck
from kinetix_capture.progress import ProgressMeter, within
from kinetix_capture.refining import solving, take_file
from kinetix_capture.report import quality_report
from kinetix_capture.video import decode
from kinetix_capture.views import several_clips
from kinetix_core.formats import bvh, face_table, fbx, glb, kinanim, names, user_data
from kinetix_core.formats.glb.vrm_animation import write_vrm_animation
from kinetix_core.io import files
from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion.editing import placing
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting import retarget
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.protocol import corrections
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.failure import CaptureStage
from kinetix_core.values.wording import sentence, worded, wording_of
from kinetix_tools.preview import pictures
from kinetix_tools.preview.render import render

Check = Callable[[float], None]
"""Called often with the share of one file that is done; raises to stop."""
Write = Callable[[Path, Check], None]


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    """Capture a clip, or solve a take again, and write the emote's files; either all of them are there, or none.

    Raises:
        CaptureRejected: the clip cannot become an emote; it says what to film instead.
        CorrectionError: a correction of the take cannot be followed.
        KinetixError: the models are missing.
        Exception: whatever `report` raises, within a second.
    """
    return produce(request, report, FILES, observations=True)


def produce(
    request: CaptureRequest,
    report: Report,
    wanted: Iterable[str],
    *,
    observations: bool = False,
    look: pipeline.Look = pipeline.look,
) -> Delivery:
    """`deliver` of the files that are `wanted` only, also those that no service has, and of the observations if they are.

    `look` runs both passes over the frames of a clip of one person.
    """
    request.settings.check(len(request.views))
    names = [
        name for name in (*FILES, VRM_ANIMATION, *((FACE,) if request.settings.face else ())) if name in set(wanted)
    ]

    def write_s(seconds: float) -> float:
        return sum(_costs(names, seconds)) + len(request.avatars) * sum(_costs(AVATAR_FILES, seconds))

    if request.refinement is not None:
        # Always solved from the observations of the first version: none are kept of this one.
        take = take_file.read(request.refinement.observations)
        told = corrections.of_json(request.refinement.corrections)
        seconds = take.frames / decode.FPS
        meter = ProgressMeter(report, seconds, write_s=write_s(seconds))
        solved = solving.refine(take, told.corrections, lambda share: meter.at(CaptureStage.FIT, share))
        request = dataclasses.replace(request, name=request.name or take.name)
        return _written([_emote(solved, take, request, meter, names)], meter)
    clip, meter = pipeline.prepare(request, report, write_s)
    if request.views:
        taken = several_clips.capture(request, clip, meter, look)
        take = dataclasses.replace(take_file.Take.of(taken.found, taken.clip, request), views=taken.views)
        return _written([_emote(taken.found, take, request, meter, names, observations=observations)], meter)
    if request.settings.people is None:
        people: Sequence[estimate.Captured] = (pipeline.capture(request, clip, meter, look),)
    else:
        people = group_capture.capture(request, clip, meter)
    emotes = []
    for number, found in enumerate(people, 1):
        own = request if len(people) == 1 else _of_person(request, number)
        take = take_file.Take.of(found, clip, own)
        emotes.append(_emote(found, take, own, meter, names, observations=observations))
    return _written(emotes, meter)


def _of_person(request: CaptureRequest, number: int) -> CaptureRequest:
    """Return the request for one of several people. They are not looped: each would begin and end at another time."""
    return dataclasses.replace(
        request,
        out_dir=request.out_dir if number == 1 else request.out_dir / f"person-{number}",
        name=f"{request.name} {number}",
        settings=request.settings.model_copy(update={"loop": False}),
    )


@dataclasses.dataclass(frozen=True)
class _Emote:
    """An emote before its files are written.

    Attributes:
        delivery: without files.
        folder: receives the files.
        writers: uuid of the avatar, or "", name, how it is written, and the seconds that takes.
    """

    delivery: Delivery
    folder: Path
    writers: Sequence[tuple[str, str, Write, float]]


def _emote(
    found: estimate.Estimate,
    take: take_file.Take,
    request: CaptureRequest,
    meter: ProgressMeter,
    names: Sequence[str],
    *,
    observations: bool = False,
) -> _Emote:
    moving, seam = found.motion.with_(name=request.name), None
    if take.loop:
        moving, seam = loop_seam.close_loop(moving)
    motion = placing.in_place(moving) if take.in_place else moving
    quality = quality_report.report(found, motion, take.clip, seam, take.height_m)
    shifts = motion.root_positions - moving.root_positions
    turns = None if found.camera_motion is None else found.camera_motion.turns
    quality["camera"] |= clip_camera.lens_and_poses(found, 0 if seam is None else seam.start, moving, shifts, turns)
    quality["clip"]["beginsS"] = round(take.begins_s + (seam.start / decode.FPS if seam is not None else 0.0), 3)
    if take.views:
        quality["views"] = [view.as_json() for view in take.views]
    every = _writers(motion, quality)
    costs = _costs(names, motion.duration)
    writers = [("", name, every[name], cost) for name, cost in zip(names, costs, strict=True)]
    for avatar in request.avatars:
        meter.at(CaptureStage.WRITE, 0.0)
        try:
            fitted = _avatar_writers(motion, avatar)
        except KinetixError as error:  # the emote itself is not lost for it
            quality["hints"].append(
                worded(
                    "Nothing was made for the avatar “{avatar}”. {why}",
                    avatar=avatar.name or avatar.uuid,
                    why=sentence(error.title),
                )
            )
            continue
        for name, cost in zip(AVATAR_FILES, _costs(AVATAR_FILES, motion.duration), strict=True):
            writers.append((avatar.uuid, name, fitted[name], cost))
    if made := wording_of({"hints": quality["hints"]}):
        quality["wording"] = made
    if observations:
        (cost,) = _costs([OBSERVATIONS], motion.duration)
        writers.append(("", OBSERVATIONS, lambda path, check: take_file.write(path, take), cost))
    return _Emote(Delivery({}, motion.duration, quality=quality), request.out_dir, writers)


def _written(emotes: Sequence[_Emote], meter: ProgressMeter) -> Delivery:
    """Write the files of all emotes, or none when one fails or the listener stops it."""
    total = sum(cost for emote in emotes for *_, cost in emote.writers)
    done, paths, made = 0.0, [], []
    try:
        for emote in emotes:
            files: dict[str, dict[str, Path]] = {"": {}}
            for uuid, name, write, cost in emote.writers:
                target = files.setdefault(uuid, {})[name] = emote.folder / uuid / name
                paths.append(target)
                target.parent.mkdir(parents=True, exist_ok=True)
                meter.at(CaptureStage.WRITE, done / total)
                write(target, within(functools.partial(meter.at, CaptureStage.WRITE), done / total, cost / total))
                done += cost
            own = files.pop("")
            kept = own.pop(OBSERVATIONS, None)
            made.append(dataclasses.replace(emote.delivery, files=own, avatars=files, observations=kept))
        meter.at(CaptureStage.WRITE, 1.0)
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        for place in sorted({path.parent for path in paths} - {emotes[0].folder}, reverse=True):
            place.rmdir()
        raise
    return dataclasses.replace(made[0], others=tuple(made[1:]))


# Seconds of work per file, and per second of motion besides, on the laptop of the meter's table; others take next to nothing.
_COSTS = {
    "animation-v2.fbx": (0.025, 0.0),
    "animation.fbx": (0.025, 0.0),
    "thumbnail.png": (0.15, 0.0),
    "thumbnail.gif": (0.02, 0.02),
    "preview.webp": (0.02, 0.06),
}
_LITTLE = (0.01, 0.001)
_DRAWING_S = 0.25
"""Of a second of the moving pictures, which are drawn once."""
_DRAWN_S = 10.0
"""Of motion in them at their full rate; those of a longer one have as many frames."""
_MOVING = ("thumbnail.gif", "preview.webp")


def _costs(names: Sequence[str], seconds: float) -> list[float]:
    """Return seconds that writing each file takes, for so many seconds of motion."""
    drawn = next((name for name in names if name in _MOVING), None)
    costs = []
    for name in names:
        fixed, per_second = _COSTS.get(name, _LITTLE)
        length = min(seconds, _DRAWN_S) if name in _MOVING else seconds
        costs.append(fixed + (per_second + (_DRAWING_S if name == drawn else 0.0)) * length)
    return costs


def _bytes(make: Callable[[], bytes]) -> Write:
    return lambda path, check: files.write(path, make(), durable=False)  # whoever takes a delivery in syncs it


def _mapping(skeleton: Skeleton, name: str, naming: str = "") -> bytes:
    """Return the bone mapping with the names of the GLB beside it, which may be of another `naming` than the skeleton's."""
    bones = map_bones(skeleton).bones.items()
    own = {bone: names.rename(naming, found.name) if naming else found.name for bone, found in bones}
    return user_data.write(skeleton, own, name).encode()


def _drawn(motion: Motion, figure: Figure | None, check: Check) -> NDArray[np.uint8]:
    frames = pictures.sampled_frames(motion)
    return render(motion, size=(320, 320), frames=frames, figure=figure, tick=check)


def _animate(drawn: NDArray[np.uint8], motion: Motion, path: Path) -> None:
    pictures.save_animation(drawn, path, (motion.duration + 1 / motion.fps) / len(drawn))


def _writers(motion: Motion, quality: dict[str, Any]) -> dict[str, Write]:
    camera = _clip_camera(quality)
    drawn: list[NDArray[np.uint8]] = []

    def moving(path: Path, check: Check) -> None:
        if not drawn:
            drawn.append(_drawn(motion, None, check))
        _animate(drawn[0], motion, path)

    writers = {
        "animation-v2.glb": _bytes(lambda: glb.write_emote(motion, naming="generic", clip_camera=camera)),
        "animation-v2.kinanim": _bytes(lambda: kinanim.write_motion(motion)),
        "animation-v2.fbx": _bytes(lambda: fbx.write_motion(motion)),
        "animation-v2.bvh": _bytes(lambda: bvh.write_motion(motion).encode()),
        "animation.glb": _bytes(lambda: glb.write_emote(motion, naming="legacy", clip_camera=camera)),
        VRM_ANIMATION: _bytes(lambda: write_vrm_animation(motion)),
        "thumbnail.png": lambda path, check: pictures.write_thumbnail(motion, path),
        "thumbnail.gif": moving,
        "preview.webp": moving,
        "userData.json": _bytes(lambda: _mapping(motion.skeleton, "mannequin", "generic")),
        "quality.json": _bytes(lambda: (json.dumps(quality, indent=1, ensure_ascii=False) + "\n").encode()),
    }
    if (face := motion.face) is not None:
        writers[FACE] = _bytes(lambda: face_table.write(face, motion.fps))
    return writers


def _clip_camera(quality: dict[str, Any]) -> dict[str, Any] | None:
    """Return the camera and start of a take's first clip; None if that clip was not used, or nothing was captured."""
    begins_s, views = quality.get("clip", {}).get("beginsS"), quality.get("views")
    if begins_s is None or (views and not views[0]["used"]):
        return None
    return {"beginsS": begins_s, **{name: quality["camera"][name] for name in ("focal", "aspect", "step", "poses")}}


def write_all(motion: Motion, folder: Path) -> Delivery:
    """The `FILES` of an emote that was not captured itself, as a part of one is; what a capture says of itself is not among them."""
    every = _writers(motion, {})
    files = {name: (folder / name, every[name]) for name in FILES if name != "quality.json"}
    for path, write in files.values():
        write(path, lambda share: None)
    return Delivery({name: path for name, (path, _) in files.items()}, motion.duration)


def _avatar_writers(motion: Motion, avatar: Avatar) -> dict[str, Write]:
    """The same take on a character of the user's own."""
    character = glb.read_character(avatar.character)
    fitted = retarget.retarget(motion, character.skeleton, options=retarget.RetargetOptions(foot_lock=True))
    body = character if len(character.faces) else None

    def as_fbx() -> bytes:
        return fbx.write_motion(fitted) if body is None else fbx.write_figure(fitted, body, body.name)

    return {
        "animation.glb": _bytes(lambda: glb.write_onto(character, [fitted])),
        "animation.kinanim": _bytes(lambda: kinanim.write_motion(fitted)),
        "animation.fbx": _bytes(as_fbx),
        "thumbnail.png": lambda path, check: pictures.write_thumbnail(fitted, path, figure=body),
        "thumbnail.gif": lambda path, check: _animate(_drawn(fitted, body, check), fitted, path),
        "userData.json": _bytes(lambda: _mapping(character.skeleton, avatar.name or avatar.character.stem)),
    }
