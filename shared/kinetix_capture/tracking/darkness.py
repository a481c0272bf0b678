"""A clip that was filmed with too little light: the networks lose limbs in its noise, then the person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinetix_capture import rejection
from kinetix_capture.tracking.survey import FrameSample

__all__ = ["describe", "refuse"]

# Of white, the mean of a picture. A sample clip with its light halved five times has 0.08 and is captured as well as in full light;
# with six it has 0.057, and the joints are twice as far off; with seven nobody is found.
_DARK = 0.07
# Of red, green and blue.
_LUMA = np.array([0.299, 0.587, 0.114])


def describe(samples: Sequence[FrameSample]) -> tuple[str, ...]:
    """A sentence for who filmed a dark clip."""
    if _light(samples) >= _DARK:
        return ()
    return ("The picture is very dark, so limbs may be wrong: film by daylight, or switch lamps on.",)


def refuse(samples: Sequence[FrameSample]) -> None:
    """Of a clip in which nobody is found: raises CaptureRejected where it is dark."""
    light = _light(samples)
    if light < _DARK:
        raise rejection.too_dark(light)


def _light(samples: Sequence[FrameSample]) -> float:
    """0 black … 1 white, in most of the looked-at frames."""
    return float(np.median([(sample.cells @ _LUMA).mean() for sample in samples])) / 255
