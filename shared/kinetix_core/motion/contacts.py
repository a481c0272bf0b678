"""When feet and hands stand on the floor: low and slow for long enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, kinematics
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

CONTACT_BONES = ("LeftFoot", "RightFoot", "LeftToes", "RightToes", "LeftHand", "RightHand")
_SLOW, _LET_GO = 0.20, 0.35
"""Metres a second for a grown-up: slower than the first starts a contact, faster than the second ends it."""
_LOW, _RISEN = 0.045, 0.08
"""Shares of the leg length above the height that the bone has with the sole or palm on the floor."""
_SHORTEST_S = 0.1
_ADULT_LEG_M = 0.93
"""Length of a leg."""


def find(motion: Motion, bones: BoneMap | None = None, *, world: Array | None = None) -> Flags:
    """Return (F, 6) bool: left and right ankle, left and right toes, left and right hand (`CONTACT_BONES`) stand on the floor.

    Missing bones are never in contact. `world` (F, J, 3): the bones' positions, if known.
    """
    bones = bones or map_bones(motion.skeleton)
    body = body_frames.measure(motion.skeleton, bones)
    chosen = [bones.index(bone) for bone in CONTACT_BONES]
    if world is None:
        world = kinematics.forward(motion)[1]
    out = np.zeros((len(motion), len(chosen)), bool)
    for k, (bone, index) in enumerate(zip(CONTACT_BONES, chosen, strict=True)):
        if index < 0:
            continue
        at = world[:, index]
        # A hand lies flat or stands on its fingers: a palm's width above the floor.
        rest = 0.06 * body.leg if "Hand" in bone else float(body.positions[index] @ body.axes[:, 1]) - body.floor
        out[:, k] = low_and_slow(at, at @ body.axes[:, 1] - body.floor - rest, motion.fps, body.leg)
    return out


def given(motion: Motion, bones: BoneMap | None = None, *, world: Array | None = None) -> Flags:
    """Return (F, 6) the contacts that travel with the clip (`extras["contacts"]`: rows of left foot, right foot, …), else `find`'s.

    A contact that moves is dropped, as when the clip was put in place by another program.
    """
    bones = bones or map_bones(motion.skeleton)
    if world is None:
        world = kinematics.forward(motion)[1]
    found = find(motion, bones, world=world)
    rows = motion.extras.get("contacts")
    if not isinstance(rows, list) or len(rows) != len(motion):
        return found
    try:
        flags = np.array(rows, bool)
    except (ValueError, TypeError):
        return found
    if flags.ndim != 2 or not 2 <= flags.shape[1] <= len(CONTACT_BONES):
        return found
    fastest = _LET_GO * body_frames.measure(motion.skeleton, bones).leg / _ADULT_LEG_M
    for k, bone in enumerate(CONTACT_BONES[: flags.shape[1]]):
        # A foot stands on its heel or on its toes.
        parts = [bones.index(part) for part in {bone, bone.replace("Foot", "Toes")} if part in bones]
        found[:, k] = flags[:, k] & bool(parts)
        for start, end in runs(found[:, k]):
            travelled = min(float(np.linalg.norm(world[end - 1, part] - world[start, part])) for part in parts)
            if travelled * motion.fps > fastest * max(end - start - 1, 1):
                found[start:end, k] = False
    return found


def low_and_slow(at: Array, above: Array, fps: float, leg: float) -> Flags:
    """Return (F,) bool from a path (F, 3), its height above the floor (F,) and the leg's length, with hysteresis."""
    if len(at) < 2:
        return np.zeros(len(at), bool)
    size = leg / _ADULT_LEG_M
    speed = np.linalg.norm(np.gradient(at, 1 / fps, axis=0), axis=1)
    # The slower of both neighbouring steps: the first frame of a stand is one.
    step = np.linalg.norm(np.diff(at, axis=0), axis=1) * fps
    speed = np.minimum(speed, np.minimum(np.append(step, np.inf), np.insert(step, 0, np.inf)) * 1.5)
    certain = (speed < _SLOW * size) & (np.abs(above) < _LOW * leg)
    maybe = (speed < _LET_GO * size) & (np.abs(above) < _RISEN * leg)
    out = np.zeros(len(at), bool)
    for start, end in runs(maybe):
        inside = np.flatnonzero(certain[start:end])
        if len(inside) and end - start >= _SHORTEST_S * fps:
            out[start + inside[0] : start + inside[-1] + 1] = True
    return out


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Start and end (exclusive) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
