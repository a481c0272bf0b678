"""Putting motions over each other: fading, body-part masks, additive layers, filters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import clip_metadata, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import placing
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

Array = NDArray[np.float64]

_FINGERS = tuple(bone for chain in humanoid_profile.FINGERS.values() for bone in chain)
_ARM = ("Shoulder", "UpperArm", "LowerArm", "Hand", *_FINGERS)
PARTS: dict[str, tuple[str, ...]] = {
    "head": ("Neck", "Head", "LeftEye", "RightEye", "Jaw"),
    "trunk": humanoid_profile.SPINE,
    "left_arm": tuple("Left" + bone for bone in _ARM),
    "right_arm": tuple("Right" + bone for bone in _ARM),
    "left_leg": tuple("Left" + bone for bone in ("UpperLeg", "LowerLeg", "Foot", "Toes")),
    "right_leg": tuple("Right" + bone for bone in ("UpperLeg", "LowerLeg", "Foot", "Toes")),
    "hips": ("Hips",),
}
PARTS["arms"] = PARTS["left_arm"] + PARTS["right_arm"]
PARTS["legs"] = PARTS["left_leg"] + PARTS["right_leg"]
PARTS["upper_body"] = PARTS["trunk"] + PARTS["head"] + PARTS["arms"]
PARTS["lower_body"] = PARTS["hips"] + PARTS["legs"]
PARTS["hands"] = tuple(bone for bone in PARTS["arms"] if any(bone.endswith(end) for end in _ARM[3:]))


_CARRIES = {*PARTS["trunk"], *PARTS["lower_body"], *(side + bone for side in ("Left", "Right") for bone in _ARM[:3])}
"""Bones that move a foot or a hand when they are turned."""


def mask(motion: Motion, parts: str | Iterable[str], bones: BoneMap | None = None) -> Array:
    """Return (J,) 1 for the bones of these parts and what hangs from them outside the humanoid, 0 for the others.

    Raises:
        InputError: a part has another name than those in `PARTS`.
    """
    chosen = [parts] if isinstance(parts, str) else list(parts)
    for part in chosen:
        if part not in PARTS:
            raise InputError(
                worded("There is no body part {part}.", part=repr(part)),
                code="unknownPart",
                next_step=worded("Use one of {names}.", names=", ".join(PARTS)),
            )
    bones = bones or map_bones(motion.skeleton)
    wanted = {bone for part in chosen for bone in PARTS[part]}
    weight = np.zeros(len(motion.skeleton))
    known = {one.index: bone for bone, one in bones.bones.items()}
    for bone, parent in enumerate(motion.skeleton.parents):
        own = known.get(bone)
        weight[bone] = float(own in wanted) if own else (weight[parent] if parent >= 0 else 0.0)
    return weight


def blend(base: Motion, over: Motion, weight: float | Array) -> Motion:
    """From `base` (weight 0) to `over` (1). The weight is a number, (J,), (F,) as (F, 1), or (F, J); the paths take bone 0's.

    Both share skeleton and rate; the shorter length counts. Contacts are detected anew.
    """
    _same(base, over)
    count = min(len(base), len(over))
    weights = np.broadcast_to(np.asarray(weight, float), (count, len(base.skeleton)))
    rotations = quat.slerp(base.rotations[:count], over.rotations[:count], weights)
    root = base.root_positions[:count] + weights[:, :1] * (over.root_positions[:count] - base.root_positions[:count])
    paths = {}
    for bone in {*base.translations, *over.translations}:
        still = np.broadcast_to(base.skeleton.rest_translations[bone], (count, 3))
        a, b = base.translations.get(bone, still)[:count], over.translations.get(bone, still)[:count]
        paths[bone] = a + weights[:, bone : bone + 1] * (b - a)
    return base.with_(
        rotations=rotations,
        root_positions=root,
        translations=paths,
        face=_blended(base.face, over.face, weights),
        extras=_together(base, over, weights),
    )


def masked(base: Motion, over: Motion, parts: str | Iterable[str], bones: BoneMap | None = None) -> Motion:
    """`over` on these body parts, `base` elsewhere, path included."""
    chosen = [parts] if isinstance(parts, str) else list(parts)
    weights = mask(base, chosen, bones)
    whole = blend(base, over, weights)
    if over.face is not None and any("Head" in PARTS[part] for part in chosen):
        whole = whole.with_(face=over.face[: len(whole)])
    if not _CARRIES.intersection(bone for part in chosen for bone in PARTS[part]):
        whole = whole.with_(extras=clip_metadata.merged(base, over, constant=True, contacts=True))
    if "hips" in chosen or weights[0] > 0:
        return whole
    count = len(whole)
    return whole.with_(root_positions=base.root_positions[:count])


def blend_in(motion: Motion, seconds: float, pose: Motion | None = None) -> Motion:
    """Ease from a pose (frame 0 of `pose`, the rest pose by default) into the motion."""
    return _fade(motion, seconds, pose, at_end=False)


def blend_out(motion: Motion, seconds: float, pose: Motion | None = None) -> Motion:
    """Ease from the motion into a pose at the end."""
    return _fade(motion, seconds, pose, at_end=True)


def difference(motion: Motion, frame: int | None = 0) -> Motion:
    """The motion as an additive layer: rotations relative to one of its frames (or to the rest pose, None), paths as offsets.

    Rotations are `reference⁻¹ · rotation`, so that `add` restores the motion. It has no contacts.
    """
    reference = motion.skeleton.rest_rotations if frame is None else motion.rotations[frame]
    start = motion.skeleton.rest_translations[0] if frame is None else motion.root_positions[frame]
    paths = {}
    for bone, path in motion.translations.items():
        paths[bone] = path - (motion.skeleton.rest_translations[bone] if frame is None else path[frame])
    rotations = quat.normalize(quat.multiply(quat.conjugate(reference), motion.rotations))
    extras = {key: value for key, value in motion.extras.items() if key != "contacts"} | {"additive": True}
    return motion.with_(
        rotations=rotations, root_positions=motion.root_positions - start, translations=paths, extras=extras
    )


def add(base: Motion, layer: Motion, weight: float | Array = 1.0) -> Motion:
    """`base` with an additive layer (`difference`) on top, shorter length; the weight as in `blend`."""
    _same(base, layer)
    count = min(len(base), len(layer))
    weights = np.broadcast_to(np.asarray(weight, float), (count, len(base.skeleton)))
    part = quat.slerp(np.broadcast_to(quat.IDENTITY, layer.rotations[:count].shape), layer.rotations[:count], weights)
    paths = {bone: path[:count] for bone, path in base.translations.items()}
    for bone, path in layer.translations.items():
        still = np.broadcast_to(base.skeleton.rest_translations[bone], (count, 3))
        paths[bone] = paths.get(bone, still) + weights[:, bone : bone + 1] * path[:count]
    return base.with_(
        rotations=quat.normalize(quat.multiply(base.rotations[:count], part)),
        root_positions=base.root_positions[:count] + weights[:, :1] * layer.root_positions[:count],
        translations=paths,
        face=None if base.face is None else base.face[:count],
        extras=_together(base, layer, weights),
    )


def smooth(motion: Motion, seconds: float, weight: Array | None = None) -> Motion:
    """A Gaussian filter of this width (standard deviation) over rotations and paths.

    The ends stay in place; a loop is smoothed across its seam.

    Args:
        weight: (J,) how much of it each bone takes, all by default.
    """
    sigma = seconds * motion.fps
    if sigma < 0.05 or len(motion) < 3:
        return motion
    radius = min(int(np.ceil(3 * sigma)), len(motion) - 1)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    loop = clip_metadata.is_loop(motion)

    def filtered(values: Array, before: Array, after: Array) -> Array:
        padded = np.concatenate((before, values, after))
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis=0)
        return np.asarray(windows @ kernel)

    def path(values: Array) -> Array:
        head, tail = values[-radius - 1 : -1], values[1 : radius + 1]
        if loop:
            step = values[-1] - values[0]
            return filtered(values, head - step, tail + step)
        # Point reflection keeps first and last values.
        return filtered(values, 2 * values[0] - tail[::-1], 2 * values[-1] - head[::-1])

    turns = quat.continuous(motion.rotations)
    if loop:
        side = np.where((turns[0] * turns[-1]).sum(axis=-1, keepdims=True) < 0, -1.0, 1.0)
        turns = filtered(turns, side * turns[-radius - 1 : -1], side * turns[1 : radius + 1])
    else:
        turns = path(turns)
    paths = {bone: path(own) for bone, own in motion.translations.items()}
    out = motion.with_(rotations=quat.normalize(turns), root_positions=path(motion.root_positions), translations=paths)
    return out if weight is None else blend(motion, out, weight).with_(extras=dict(motion.extras))


def _fade(motion: Motion, seconds: float, pose: Motion | None, *, at_end: bool) -> Motion:
    count = len(motion)
    rests = None if motion.face is None else np.zeros_like(motion.face)
    steps = min(count, max(1, round(seconds * motion.fps) + 1))
    ease = np.ones(count)
    x = np.linspace(0, 1, steps) if steps > 1 else np.zeros(1)
    ease[:steps] = x * x * (3 - 2 * x)
    ease = ease[::-1] if at_end else ease
    if pose is None:
        # The figure stays where it is on the floor; only its height comes from the rest pose.
        paths = {
            bone: np.broadcast_to(place, (count, 3)) for bone, place in _settled(motion, -1 if at_end else 0).items()
        }
        still = motion.with_(
            rotations=np.broadcast_to(motion.skeleton.rest_rotations, motion.rotations.shape),
            root_positions=paths.pop(0),
            translations=paths,
            face=rests,
        )
    else:
        _same(motion, pose)
        still = motion.with_(
            rotations=np.broadcast_to(pose.rotations[0], motion.rotations.shape),
            root_positions=np.broadcast_to(pose.root_positions[0], (count, 3)),
            translations={bone: np.broadcast_to(path[0], (count, 3)) for bone, path in pose.translations.items()},
            face=rests,
        )
    return blend(still, motion, ease[:, None])


def _blended(base: Array | None, over: Array | None, weights: Array) -> Array | None:
    """The faces (F, 52) of two motions with weights (F, J) for the second: what only some of the bones take over is the first's."""
    count, share = len(weights), weights.min(axis=1, keepdims=True)
    if over is None:
        return None if base is None else base[:count]
    if base is None:
        return over[:count] if share.min() > 0 else None
    return np.asarray(base[:count] + share * (over[:count] - base[:count]))


def _together(base: Motion, other: Motion, weights: Array) -> dict[str, object]:
    """The metadata of two motions with weights (F, J) for the second. Feet and hands are where they were no more."""
    return clip_metadata.merged(base, other, constant=bool((weights[0] == weights[-1]).all()))


def _settled(motion: Motion, frame: int) -> dict[int, Array]:
    """Bone → (3,) its place in its parent's frame when the figure rests where it is on the floor in this frame."""
    skeleton = motion.skeleton
    turned = kinematics.rest_pose(skeleton)[0]

    def level(bone: int, path: Array) -> Array:
        """The way over the floor, in the world."""
        parent, up = int(skeleton.parents[bone]), placing.up_of(skeleton, bone)
        away = path[frame] - skeleton.rest_translations[bone]
        away = away - up * (away @ up)
        return quat.rotate(turned[parent], away) if parent >= 0 else away

    rest = skeleton.rest_translations
    out = {bone: rest[bone] for bone in motion.translations}
    out[0] = rest[0] + level(0, motion.root_positions)
    loose = placing.carriers(skeleton, motion.translations)
    if loose:
        body = max(loose, key=lambda bone: _below(skeleton, bone))
        root_path = level(body, motion.translations[body])
        for bone in loose:
            parent = int(skeleton.parents[bone])
            out[bone] = rest[bone] + (
                quat.rotate(quat.conjugate(turned[parent]), root_path) if parent >= 0 else root_path
            )
    return out


def _below(skeleton: Skeleton, bone: int) -> int:
    """Return the number of descendants of a bone."""
    inside = np.zeros(len(skeleton), bool)
    inside[bone] = True
    for other in range(bone + 1, len(skeleton)):
        inside[other] = skeleton.parents[other] >= 0 and inside[skeleton.parents[other]]
    return int(inside.sum())


def _same(a: Motion, b: Motion) -> None:
    if a.skeleton.names != b.skeleton.names or abs(a.fps - b.fps) > 1e-6:
        raise InputError(
            "The two motions differ in skeleton or frame rate.",
            code="differentMotions",
            next_step="Retarget one to the other's character and resample it first.",
        )
