"""Orientation of decoded frames: turned and mirrored as the phone was held, with pixels that may not be square."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from av.sidedata.sidedata import SideDataContainer
from numpy.typing import NDArray

_MATRIX = struct.Struct("=9i")
_PLAIN = (1, 0, 0, 1)
_WIDEST_PIXEL = 4.0


def shown_size(stream: Any, frame: Any) -> tuple[int, int]:
    """Width and height of a frame as it lies in the stream (not yet turned) once its pixels are square, as players show it."""
    aspect = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    if not 1 / _WIDEST_PIXEL <= aspect <= _WIDEST_PIXEL:
        aspect = 1.0
    return max(round(frame.width * aspect), 1), frame.height


def is_sideways(frame: Any) -> bool:
    """Return True when width and height change places."""
    across, down, *_ = _matrix(frame)
    return abs(down) > abs(across)


def turned(image: NDArray[np.uint8], frame: Any) -> NDArray[np.uint8]:
    """(H, W, 3) as it is shown. Front cameras mirror by the same matrix by which phones turn, so the angle alone is not enough."""
    a, b, c, d = _matrix(frame)
    if is_sideways(frame):
        image = image.transpose(1, 0, 2)
        flip_x, flip_y = c < 0, b < 0
    else:
        flip_x, flip_y = a < 0, d < 0
    return image[:: -1 if flip_y else 1, :: -1 if flip_x else 1]


def _matrix(frame: Any) -> tuple[int, int, int, int]:
    """a, b, c, d of the display matrix: the pixel (x, y), y down, is shown at (a·x + c·y, b·x + d·y)."""
    # Not by `frame.side_data`: frame and data would hold each other, and 4K frames lie about until they are collected.
    data = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg]
    if data is None or data.buffer_size < _MATRIX.size:
        return _PLAIN
    a, b, _, c, d, *_ = _MATRIX.unpack(bytes(data)[: _MATRIX.size])
    return (a, b, c, d) if a * d - b * c else _PLAIN
