"""A clip that was filmed with too little light: the networks lose limbs in its noise, then the person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kinetix_capture import rejection
from kinetix_capture.arrays import Array

# Of white, the mean of a picture. A sample clip with its light halved five times has 0.08 and is captured as well as in full light;
# with six it has 0.057, and the joints are twice as far off; with seven nobody is found.
_DARK = 0.07
# Of red, green and blue.
_LUMA = np.array([0.299, 0.587, 0.114])


def light(colours: NDArray[np.uint8] | Array) -> float:
    """Return the mean brightness, 0 black … 1 white, of a frame (H, W, 3) of 0 … 255."""
    return float((colours @ _LUMA).mean()) / 255


def describe(lights: Sequence[float]) -> tuple[str, ...]:
    """A sentence for who filmed a dark clip. `lights`: `light` of the pictures that were looked at."""
    if _usual(lights) >= _DARK:
        return ()
    return ("The picture is very dark, so limbs may be wrong: film by daylight, or switch lamps on.",)


def refuse(lights: Sequence[float]) -> None:
    """Raise CaptureRejected if a clip in which nobody is found is dark."""
    if _usual(lights) < _DARK:
        raise rejection.too_dark(_usual(lights))


def _usual(lights: Sequence[float]) -> float:
    return float(np.median(lights))
