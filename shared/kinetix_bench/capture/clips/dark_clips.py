"""Clips that were filmed with too little light, made from clips that were filmed with enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture.clips import clip_writing
from kinetix_capture.video import decode

_GAMMA = 2.2
# Of a small sensor, where 1 is the light of white: photons come by chance, and reading them adds its own.
_SHOT, _READ = 5e-4, 5e-4
_SEED = 7


def darkened(source: Path, target: Path, stops: float) -> None:
    """Film `source` at 30 pictures a second with 1/2**stops of its light, and with the noise that a sensor then has."""
    clip_writing.write(_pictures(source, stops), target)


def _pictures(source: Path, stops: float) -> Iterator[NDArray[np.uint8]]:
    random = np.random.default_rng(_SEED)
    for picture in decode.frames(source):
        light = (picture.image / 255.0) ** _GAMMA / 2**stops
        light += random.normal(size=light.shape) * np.sqrt(_SHOT * light + _READ**2)
        yield np.round(np.clip(light, 0, 1) ** (1 / _GAMMA) * 255).astype(np.uint8)
