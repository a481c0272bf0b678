# SPDX-License-Identifier: GPL-3.0-or-later
"""The QR code as pixels: Blender would shrink the picture to a size at which its squares become uneven."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["pixels_of"]

_SQUARE = 4  # pixels a module
_LARGEST = 4096


def pixels_of(png: bytes) -> NDArray[np.float32] | None:
    """(H, W, 4) of a black and white PNG of a QR code, four pixels a module; None when it is another kind of picture."""
    try:
        dark = _dark(png)
    except (ValueError, struct.error, zlib.error):
        return None
    if dark is None or not dark.any() or dark.all():
        return None
    size = _module(dark)
    modules = dark[size // 2 :: size, size // 2 :: size]
    light = np.repeat(np.repeat(~modules, _SQUARE, 0), _SQUARE, 1).astype(np.float32)
    return np.stack((light, light, light, np.ones_like(light)), -1)


def _dark(png: bytes) -> NDArray[np.bool_] | None:
    """Black pixels of a one-bit PNG without interlacing, which is what QR writers make."""
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    at, data, header, palette = 8, b"", b"", b""
    while at + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        chunk = png[at + 8 : at + 8 + length]
        header = chunk if kind == b"IHDR" else header
        palette = chunk if kind == b"PLTE" else palette
        data += chunk if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 1 or colour not in (0, 3) or interlaced or not 0 < width <= _LARGEST or not 0 < height <= _LARGEST:
        return None
    stride = 1 + (width + 7) // 8
    unpacked = np.frombuffer(zlib.decompressobj().decompress(data, stride * height), np.uint8)
    if len(unpacked) != stride * height:
        return None
    rows = unpacked.reshape(height, stride)
    lines = np.zeros((height + 1, stride - 1), np.uint8)
    for line, row in enumerate(rows):
        if row[0] not in (0, 2):  # as it is, or the difference to the line above
            return None
        lines[line + 1] = row[1:] + (lines[line] if row[0] == 2 else 0)
    bits = np.unpackbits(lines[1:], axis=1)[:, :width].astype(bool)
    black_is_one = colour == 3 and len(palette) >= 6 and sum(palette[3:6]) < sum(palette[:3])
    return bits if black_is_one else ~bits


def _module(dark: NDArray[np.bool_]) -> int:
    """Width of one module: what every run of one colour is a multiple of."""
    size = 0
    for line in (*dark[dark.any(1)], *dark.T[dark.any(0)]):
        edges = np.flatnonzero(np.diff(line.astype(np.int8))) + 1
        for run in np.diff(edges):
            size = int(np.gcd(size, int(run)))
    return max(size, 1)
