"""When a further clip began, from what both phones heard: a clap, a voice, a shoe on the floor.

Generalised cross-correlation with phase transform (GCC-PHAT, Knapp and Carter 1976): every frequency counts alike, so the lag stands
out as one sharp peak however differently two phones and their places colour the sound. Sound needs 3 ms for a metre; that much is left
to the joint fit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.video.sound import Sound

RATE = 8000
# Quieter than this, of full scale, is a phone's own noise.
_SILENT = 1e-4
# The peak stands out when it is so many times as high as the highest one that is not next to it.
_DISTINCT = 1.6
_BESIDE_S = 0.02


def offset_s(first: Sound, further: Sound) -> float | None:
    """Return seconds to add to times of the further clip to have those of the first; None when the sounds do not tell."""
    a, b = first.samples, further.samples
    if min(_loudness(a), _loudness(b)) < _SILENT:
        return None
    size = 1 << (len(a) + len(b) - 1).bit_length()
    cross = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
    strength = np.abs(cross)
    alike = np.fft.irfft(cross / np.maximum(strength, 1e-3 * strength.max() + 1e-12), size)
    lags = np.concatenate((alike[size - len(b) + 1 :], alike[: len(a)]))
    best = int(np.argmax(lags))
    beside = round(_BESIDE_S * RATE)
    others = np.concatenate((lags[: max(best - beside, 0)], lags[best + beside + 1 :]))
    if not len(others) or lags[best] < _DISTINCT * others.max():
        return None
    return (best - (len(b) - 1)) / RATE + first.begins_s - further.begins_s


def _loudness(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
