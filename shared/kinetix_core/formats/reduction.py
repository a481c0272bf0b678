"""Key reduction with a stated bound: fewer keys, and no point of the body is farther than the bound from where it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
Frames = NDArray[np.int64]
Mask = NDArray[np.bool_]
_TIP_M = 0.05
"""How far skin reaches beyond the last joint of a chain."""


def reach(skeleton: Skeleton) -> Array:
    """Return (J,) metres from each joint to the farthest point that it turns, along the bones."""
    lengths = np.linalg.norm(skeleton.rest_translations, axis=1)
    out = np.full(len(skeleton), _TIP_M)
    for bone in range(len(skeleton) - 1, 0, -1):
        parent = skeleton.parents[bone]
        if parent >= 0:
            out[parent] = max(out[parent], lengths[bone] + out[bone])
    return out


def reduce_motion(motion: Motion, max_error_m: float, *, longest: int | None = None) -> tuple[Mask, dict[int, Mask]]:
    """Return which keys to keep: (J, F) of the rotations, and bone → (F,) of the paths, of which bone 0 has one.

    The bound is shared along the longest bone chain, whose errors add up. Rotations are interpolated by slerp, positions linearly.

    Args:
        longest: the widest allowed distance of kept frames.
    """
    skeleton = motion.skeleton
    depth = np.ones(len(skeleton), np.int64)
    for bone in range(1, len(skeleton)):
        if skeleton.parents[bone] >= 0:
            depth[bone] = depth[skeleton.parents[bone]] + 1
    share = max_error_m / (int(depth.max()) + 1)
    turns = keep_turns(np.swapaxes(motion.rotations, 0, 1), share / reach(skeleton), longest)
    paths = {0: motion.root_positions, **motion.translations}
    return turns, {bone: keep_path(path, share, longest) for bone, path in paths.items()}


def keep_turns(rotations: Array, max_error_rad: Array, longest: int | None = None) -> Mask:
    """Return (T, F, 4) unit quaternions of T tracks, bounds (T,) → (T, F): slerp between kept frames stays within the bound."""
    bound = np.maximum(1 - np.cos(np.minimum(max_error_rad, np.pi) / 2), 1e-15)

    def off(track: Frames, frame: Frames, left: Frames, right: Frames) -> Array:
        start, end = rotations[track, left], rotations[track, right]
        between = quat.slerp(start, end, (frame - left) / (right - left))
        # 1 - |dot| against 1 - cos(bound / 2): arccos would lose the small angles.
        out: Array = (1 - np.abs((between * rotations[track, frame]).sum(1))) / bound[track]
        return out

    return _keep(rotations.shape[:2], off, longest)


def keep_path(positions: Array, max_error_m: float, longest: int | None = None) -> Mask:
    """(F, 3) → (F,): straight lines between kept frames stay within the bound."""

    def off(_: Frames, frame: Frames, left: Frames, right: Frames) -> Array:
        part = ((frame - left) / (right - left))[:, None]
        line = positions[left] * (1 - part) + positions[right] * part
        out: Array = np.linalg.norm(line - positions[frame], axis=1) / max(max_error_m, 1e-12)
        return out

    kept: Mask = _keep((1, len(positions)), off, longest)[0]
    return kept


def _keep(shape: tuple[int, ...], off: Callable[[Frames, Frames, Frames, Frames], Array], longest: int | None) -> Mask:
    """Split every span at its worst frame until all are within the bound (Douglas and Peucker 1973, along time).

    `off(track, frame, left, right)` returns errors relative to the bound. All spans of all tracks are split at once.
    """
    tracks, frames = shape
    kept = np.zeros((tracks, frames), np.bool_)
    kept[:, [0, -1]] = True
    if longest is not None:
        kept[:, ::longest] = True
    open_tracks = np.arange(tracks)
    steps = np.arange(frames)
    while len(open_tracks):
        own = kept[open_tracks]
        left = np.maximum.accumulate(np.where(own, steps, 0), 1)
        right = np.minimum.accumulate(np.where(own, steps, frames)[:, ::-1], 1)[:, ::-1]
        row, frame = np.nonzero(~own)
        if not len(row):
            break
        errors = np.zeros(own.shape)
        errors[row, frame] = off(open_tracks[row], frame, left[row, frame], right[row, frame])
        starts = np.flatnonzero(own.ravel())  # every track begins with a kept frame, so spans never cross tracks
        worst = np.maximum.reduceat(errors.ravel(), starts)
        highest = np.repeat(worst, np.diff(np.append(starts, errors.size))).reshape(errors.shape)
        split = (errors > 1.0) & (errors >= highest)
        kept[open_tracks] |= split
        open_tracks = open_tracks[split.any(1)]
    return kept
