"""Changes of time: cut, stretch, other frame rates. Every function returns a new motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import clip_metadata
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

Array = NDArray[np.float64]
_MOST_FRAMES = 200_000


def trim(motion: Motion, start_s: float = 0.0, end_s: float | None = None) -> Motion:
    """The part between two times, on whole frames. Raises InputError when nothing is left."""
    first = max(0, round(start_s * motion.fps))
    last = len(motion) - 1 if end_s is None else min(len(motion) - 1, round(end_s * motion.fps))
    if last < first:
        raise InputError(
            "The trimmed emote is empty.",
            code="emptyCut",
            next_step=worded(
                "Choose an end after the start, in seconds; the emote lasts {seconds} s.",
                seconds=f"{motion.duration:.1f}",
            ),
        )
    return pick(motion, np.arange(first, last + 1))


def pick(motion: Motion, chosen: NDArray[np.int64]) -> Motion:
    """Return these frames in this order; its metadata goes along."""
    return motion.with_(
        rotations=motion.rotations[chosen],
        root_positions=motion.root_positions[chosen],
        translations={bone: path[chosen] for bone, path in motion.translations.items()},
        face=None if motion.face is None else motion.face[chosen],
        extras=clip_metadata.resampled(motion, chosen),
    )


def reverse(motion: Motion) -> Motion:
    """From the last frame to the first."""
    return pick(motion, np.arange(len(motion))[::-1])


def speed(motion: Motion, factor: float) -> Motion:
    """`factor` times as fast at the same frame rate. Raises InputError unless 0.05 ≤ factor ≤ 20."""
    if not 0.05 <= factor <= 20:
        raise InputError(
            worded("The speed {factor} is out of range.", factor=factor),
            code="badSpeed",
            next_step="Choose a speed between 0.05 and 20.",
        )
    count = max(1, round((len(motion) - 1) / factor) + 1)
    return at_times(motion, np.linspace(0, motion.duration, count), motion.fps)


def resample(motion: Motion, fps: float) -> Motion:
    """The same movement at another rate: rotations along the great arc, paths along the line. Raises InputError for a bad rate.

    The last frame is at most one new frame before the old end. A loop is stretched or compressed to its end, as it would jump
    otherwise.
    """
    if not (np.isfinite(fps) and 0 < fps <= 1000) or motion.duration * fps > _MOST_FRAMES:
        raise InputError(
            worded("The frame rate {rate} is out of range.", rate=fps),
            code="badRate",
            next_step="Choose a rate between 1 and 240.",
        )
    if abs(fps - motion.fps) < 1e-9:
        return motion
    if clip_metadata.is_loop(motion):
        return at_times(motion, np.linspace(0, motion.duration, max(round(motion.duration * fps), 1) + 1), fps)
    count = int(np.floor(motion.duration * fps + 1e-6)) + 1
    return at_times(motion, np.arange(count) / fps, fps)


def at_times(motion: Motion, times_s: Array, fps: float) -> Motion:
    """The poses at these times (N,), given out as frames at `fps`. Times outside are held at the ends."""
    place = np.clip(times_s * motion.fps, 0, len(motion) - 1)
    before = np.minimum(place.astype(np.int64), max(len(motion) - 2, 0))
    after = np.minimum(before + 1, len(motion) - 1)
    share = place - before

    def path(old: Array) -> Array:
        return np.asarray(old[before] + share[:, None] * (old[after] - old[before]))

    return motion.with_(
        fps=fps,
        rotations=quat.slerp(motion.rotations[before], motion.rotations[after], share[:, None]),
        root_positions=path(motion.root_positions),
        translations={bone: path(old) for bone, old in motion.translations.items()},
        face=None if motion.face is None else path(motion.face),
        extras=clip_metadata.resampled(motion, place),
    )
