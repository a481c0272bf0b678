"""Key reduction with a stated bound: fewer keys, and no bone's end is farther than the bound from where it was."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

__all__ = ["keep_path", "keep_turns", "reach", "reduce_motion"]

Array = NDArray[np.float64]
Frames = NDArray[np.int64]
_TIP_M = 0.05
"""How far skin reaches beyond the last joint of a chain."""


def reach(skeleton: Skeleton) -> Array:
    """(J,) metres from each joint to the farthest point that it turns, along the bones."""
    lengths = np.linalg.norm(skeleton.rest_translations, axis=1)
    out = np.full(len(skeleton), _TIP_M)
    for bone in range(len(skeleton) - 1, 0, -1):
        parent = skeleton.parents[bone]
        if parent >= 0:
            out[parent] = max(out[parent], lengths[bone] + out[bone])
    return out


def reduce_motion(motion: Motion, max_error_m: float) -> tuple[list[Frames], Frames]:
    """Frames to keep per bone, and of the root path, so that no point of the body moves more than `max_error_m`.

    The bound is shared out over the longest chain of bones, since errors of a chain add up. Players interpolate rotations
    with slerp and positions linearly, as glTF and Kinanim do.
    """
    depth = np.ones(len(motion.skeleton), np.int64)
    for bone in range(1, len(motion.skeleton)):
        if motion.skeleton.parents[bone] >= 0:
            depth[bone] = depth[motion.skeleton.parents[bone]] + 1
    share = max_error_m / (int(depth.max()) + 1)
    allowed = share / reach(motion.skeleton)
    turns = [keep_turns(motion.rotations[:, bone], float(allowed[bone])) for bone in range(len(motion.skeleton))]
    return turns, keep_path(motion.root_positions, share)


def keep_turns(rotations: Array, max_error_rad: float, longest: int | None = None) -> Frames:
    """(F, 4) unit quaternions → the frames to keep; slerp between them is off by at most `max_error_rad`.

    `longest` is the widest allowed distance of kept frames.
    """
    signed = quat.continuous(rotations)
    cosine = np.cos(min(max_error_rad, np.pi) / 2)

    def off(start: int, end: int) -> Array:
        inner = np.arange(start + 1, end)
        between = quat.slerp(signed[start][None], signed[end][None], (inner - start) / (end - start))
        # 1 - |dot| against 1 - cos(half the bound), as arccos loses the small angles
        out: Array = (1 - np.abs((between * signed[inner]).sum(1))) / max(1 - cosine, 1e-15)
        return out

    return _keep(len(signed), off, longest)


def keep_path(positions: Array, max_error_m: float, longest: int | None = None) -> Frames:
    """(F, 3) → the frames to keep; straight lines between them are off by at most `max_error_m`."""

    def off(start: int, end: int) -> Array:
        part = ((np.arange(start + 1, end) - start) / (end - start))[:, None]
        line = positions[start] * (1 - part) + positions[end] * part
        out: Array = np.linalg.norm(line - positions[start + 1 : end], axis=1) / max(max_error_m, 1e-12)
        return out

    return _keep(len(positions), off, longest)


def _keep(frames: int, off: object, longest: int | None) -> Frames:
    """Splits at the worst frame until every frame is within the bound (Douglas and Peucker 1973, along time)."""
    assert callable(off)
    kept = {0, frames - 1}
    if longest is not None:
        kept.update(range(0, frames, longest))
    ordered = sorted(kept)
    waiting = list(pairwise(ordered))
    while waiting:
        start, end = waiting.pop()
        if end - start < 2:
            continue
        errors = off(start, end)
        worst = int(np.argmax(errors))
        if errors[worst] > 1.0:
            middle = start + 1 + worst
            kept.add(middle)
            waiting += [(start, middle), (middle, end)]
    return np.array(sorted(kept), np.int64)
