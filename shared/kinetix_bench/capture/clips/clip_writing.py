"""Pictures to a clip of 30 a second, in the same bytes each time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

# One thread and no macroblock tree: with either, x264 writes other bytes from machine to machine and from run to run, and the
# figures of a capture follow them.
_X264 = {"crf": "16", "preset": "veryfast", "threads": "1", "x264-params": "mbtree=0"}


def write(pictures: Iterable[NDArray[np.uint8]], target: Path, options: dict[str, str] = _X264) -> None:
    """Write pictures (H, W, 3) of one even size, at least one."""
    following = iter(pictures)
    first = next(following)
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=30, options=options)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in itertools.chain([first], following):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
