"""The numbers of a Kinanim: 16-bit steps of 1/10000, and what lies between the frames in which a track is stored."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
STEP = 10_000
LIMIT = 32_767
LONGEST = 20
"""Players that stream look at most this many frames ahead."""


def steps(values: Array) -> NDArray[np.int16]:
    """The format truncates, and its makers compute in single precision."""
    scaled = np.trunc(values.astype(np.float32) * np.float32(STEP))
    out: NDArray[np.int16] = np.clip(scaled, -LIMIT, LIMIT).astype("<i2")
    return out


def flags_of(stored: NDArray[np.bool_]) -> list[int]:
    """(F, N) → the flags of each frame: bit n says that number n is stored."""
    bits = np.arange(stored.shape[1], dtype=np.uint64)
    return [int(flags) for flags in (stored.astype(np.uint64) << bits).sum(1, dtype=np.uint64)]


def mask_of(flags: int, count: int) -> NDArray[np.bool_]:
    """Return (count,) which bits are set."""
    bits = np.frombuffer(struct.pack("<Q", flags), np.uint8)
    return np.unpackbits(bits, count=count, bitorder="little").view(np.bool_)


def filled(turns: Array, stored: NDArray[np.bool_]) -> Array:
    """Return (F, 4) unit quaternions, in frames that are not `stored` (F,) the slerp between those around them."""
    unit = quat.normalize(turns)
    if stored.all():
        return unit
    left, right, part = _neighbours(stored)
    return quat.slerp(unit[left], unit[right], part)


def line(places: Array, stored: NDArray[np.bool_]) -> Array:
    """Return (F, K) numbers, in frames that are not `stored` (F,) on the line between those around them."""
    left, right, part = _neighbours(stored)
    out: Array = places[left] * (1 - part[:, None]) + places[right] * part[:, None]
    return out


def _neighbours(stored: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """For each frame the stored ones before and after it, and how far it lies between them."""
    keys = np.flatnonzero(stored)
    frames = np.arange(len(stored))
    right = keys[np.minimum(np.searchsorted(keys, frames), len(keys) - 1)]
    left = keys[np.maximum(np.searchsorted(keys, frames, side="right") - 1, 0)]
    return left, right, np.clip((frames - left) / np.maximum(right - left, 1), 0, 1)
