"""When a further clip began, from what both phones heard: a clap, a voice, a shoe on the floor.

Generalised cross-correlation with phase transform (GCC-PHAT, Knapp and Carter 1976): every frequency counts alike, so the lag stands
out as one sharp peak however differently two phones and their places colour the sound. Sound needs 3 ms for a metre; that much is left
to the joint fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from kinetix_capture.video import timeline

RATE = 8000
_LONGEST_S = 900.0
# Quieter than this, of full scale, is a phone's own noise.
_SILENT = 1e-4
# The peak stands out when it is so many times as high as the highest one that is not next to it.
_DISTINCT = 1.6
_BESIDE_S = 0.02


@dataclass(frozen=True, eq=False)
class Sound:
    """`samples` (N,) -1 … 1, `RATE` a second; the first one is heard at `begins_s` of the clip, on the time line of its pictures."""

    samples: NDArray[np.float32]
    begins_s: float


def read(path: Path) -> Sound | None:
    """Return None for a clip without sound, or with one that cannot be read; of a very long one its first quarter of an hour."""
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace") as container:
            if not container.streams.audio or not container.streams.video:
                return None
            pictures = container.streams.video[0]
            first = next(container.decode(pictures), None)
            stamp = None if first is None else timeline.stamp(container)(first)
            if first is None or stamp is None or not pictures.time_base:
                return None
            origin_s = float(stamp * pictures.time_base) - timeline.lead_s(container, pictures, first)
            container.seek(0)
            return _samples(container, origin_s)
    except (av.error.FFmpegError, ValueError, OSError):
        return None


def _samples(container: av.container.InputContainer, origin_s: float) -> Sound | None:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    pieces: list[NDArray[np.float32]] = []
    begins_s: float | None = None
    count = 0
    for frame in container.decode(container.streams.audio[0]):
        if begins_s is None:
            if frame.time is None:
                return None
            begins_s = frame.time - origin_s
        for part in resampler.resample(frame):
            pieces.append(part.to_ndarray()[0])
            count += len(pieces[-1])
        if count > _LONGEST_S * RATE:
            break
    if begins_s is None or not count:
        return None
    return Sound(np.concatenate(pieces), begins_s)


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
