"""The sound of a clip, for what it tells of time: mono, few samples a second, on the time line that the pictures have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from kinetix_capture.video import timeline

_LONGEST_S = 900.0


@dataclass(frozen=True, eq=False)
class Sound:
    """`samples` (N,) -1 … 1, `rate` a second; the first one is heard at `begins_s` of the clip, on the time line of its pictures."""

    samples: NDArray[np.float32]
    rate: int
    begins_s: float


def read(path: Path, rate: int) -> Sound | None:
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
            return _samples(container, rate, origin_s)
    except (av.error.FFmpegError, ValueError, OSError):
        return None


def _samples(container: av.container.InputContainer, rate: int, origin_s: float) -> Sound | None:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
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
        if count > _LONGEST_S * rate:
            break
    if begins_s is None or not count:
        return None
    return Sound(np.concatenate(pieces), rate, begins_s)
