# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the clip as textures: the one that is looked at, and the small ones along the strip.

Files are read outside of drawing, one small one at a time; a texture is made when it is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import compat, films, thumbnails

_WIDEST_SMALL = 128
_SRGB = np.linspace(0, 1, 256)
# Byte of a picture → light.
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)


class _Picture:
    """Pixels until they are drawn first, a texture from then on."""

    def __init__(self, pixels: NDArray[np.float32]) -> None:
        self.aspect = pixels.shape[1] / pixels.shape[0]
        self._pixels: NDArray[np.float32] | None = pixels
        self._texture: Any = None

    def texture(self) -> Any:
        if self._pixels is not None:
            import gpu  # there is none without a window

            types: Any = gpu.types  # the stubs take no arguments
            height, width = self._pixels.shape[:2]
            pixels = self._pixels[::-1]
            if compat.view_is_linear():
                pixels = _LINEAR[(pixels * 255 + 0.5).astype(np.uint8)]
            flat = np.ascontiguousarray(pixels, np.float32).ravel()
            data = types.Buffer("FLOAT", flat.size, flat)
            self._texture, self._pixels = types.GPUTexture((width, height), format="RGBA16F", data=data), None
        return self._texture


class Pictures:
    def __init__(self, film: films.Film) -> None:
        self._film = film
        self._number = 0
        self._shown: _Picture | None = None
        self._along: dict[int, _Picture] = {}
        self.count = 0

    @property
    def aspect(self) -> float:
        """Width by height; that of most films until the first picture is there."""
        return self._shown.aspect if self._shown else 16 / 9

    def look_at(self, seconds: float) -> bool:
        """Read the picture of this moment. True when another one is shown from now on."""
        number = self._film.number_at(seconds)
        if not number or number == self._number:
            return False
        pixels = thumbnails.pixels_of_file(self._film.file(number), self._film.side)
        if pixels is None:
            return False
        self._shown, self._number = _Picture(pixels), number
        return True

    def read_along(self, count: int) -> bool:
        """Read the next of `count` small pictures along the strip. True when there is a new one."""
        if count != self.count:
            self._along, self.count = {}, count
        for place in range(count):
            seconds = (place + 0.5) / count * self._film.seconds
            if place in self._along or not self._film.ready or not self._film.has(seconds):
                continue
            pixels = thumbnails.pixels_of_file(self._film.file(self._film.number_at(seconds)), _WIDEST_SMALL)
            if pixels is None:
                return False
            self._along[place] = _Picture(pixels)
            return True
        return False

    def shown(self) -> Any:
        """Return the texture of the picture that is looked at, or None. Called while drawing."""
        return self._shown.texture() if self._shown else None

    def along(self) -> dict[int, Any]:
        """Place on the strip → texture, as far as they are read. Called while drawing."""
        return {place: picture.texture() for place, picture in self._along.items()}
