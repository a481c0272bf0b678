"""How the figure and the floor are lit: a warm key light, a cool sky, a rim, a grid, and a shadow that is soft and firm at contact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_local.preview.camera import Camera
from kinetix_local.preview.raster import rasterise

__all__ = ["Stage", "shade"]

Array32 = NDArray[np.float32]


def _linear(colour: str) -> Array32:
    """`#rrggbb` → linear light."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32) ** np.float32(2.2)


_BODY = _linear("#6ea6ee")
_FLOOR, _FAR, _SKY = _linear("#eef1f5"), _linear("#dde3ea"), _linear("#e9edf3")
_LINE = _linear("#b9c4d0")
_SHADOW = _linear("#8d9bb0")
_KEY, _FILL, _RIM = _linear("#fff1dc") * np.float32(1.3), _linear("#a9c4ee"), _linear("#f4f8ff")
_GROUND = _linear("#9a9085")
_GRID_M = 0.5
_LINE_M = 0.011
_FADE_M = (1.6, 4.2)
"""The grid fades out between these distances from the figure."""
_MAP_M, _MAP = 3.6, 120
"""Side and pixels of the square around the figure in which shadows fall."""
_CONTACT_M = 0.16
_SHARPEST = 26.0


def shade(normals: Array32, camera: Camera) -> Array32:
    """Unit normals (S, 3) → linear colours (S, 3)."""
    key = _key(camera).astype(np.float32)
    view = camera.back.astype(np.float32)
    facing = np.clip(normals @ view, 0, 1)[:, None]
    wrapped = np.clip((normals @ key + 0.22) / 1.22, 0, 1)[:, None]
    up = (normals[:, 1:2] + 1) / 2
    half = key + view
    half /= np.linalg.norm(half)
    gloss = np.clip(normals @ half, 0, 1)[:, None] ** np.float32(_SHARPEST)
    rim = (1 - facing) ** 3 * (0.35 + 0.65 * up)
    ambient = 0.34 * (_FILL * up + _GROUND * (1 - up)) * (0.72 + 0.28 * facing)
    out: Array32 = _BODY * (0.86 * wrapped * _KEY + ambient) + 0.07 * gloss * _KEY + 0.25 * rim * _RIM
    return out


def _key(camera: Camera) -> NDArray[np.float64]:
    """Unit direction to the key light: above, before and left of the camera's view."""
    light = -0.55 * camera.right + np.array([0.0, 1.05, 0.0]) + 0.62 * camera.back
    out: NDArray[np.float64] = light / np.linalg.norm(light)
    return out


@dataclass(frozen=True, eq=False)
class Stage:
    """The floor as one camera sees it: what does not change from frame to frame.

    Attributes:
        camera: of the clip.
        points: (P, 2) x and z of the floor pixels from the camera's target.
        pixels: (P,) which pixels these are.
        backdrop: (H * W, 3) linear, without grid and shadow.
        fade: (P,) strength of the grid.
        blur: (P,) half the width of a pixel on the floor, metres.
    """

    camera: Camera
    points: Array32
    pixels: NDArray[np.int64]
    backdrop: Array32
    fade: Array32
    blur: Array32

    @classmethod
    def of(cls, camera: Camera) -> Stage:
        points, seen, reach = camera.floor()
        width, height = camera.size
        far = np.linalg.norm(points, axis=-1)
        nearness = (
            np.clip((_FADE_M[1] * 1.4 - far) / (_FADE_M[1] * 1.4 - _FADE_M[0]), 0, 1)[..., None] * seen[..., None]
        )
        nearness = nearness * nearness * (3 - 2 * nearness)
        rise = np.linspace(0, 1, height)[:, None, None]
        sky = _SKY + (_FAR - _SKY) * np.clip(rise * 1.3, 0, 1) * np.ones((1, width, 1))
        backdrop = sky + (_FLOOR - sky) * nearness
        pixels = np.flatnonzero(seen)
        flat_far = far.ravel()[pixels]
        fade = np.clip((_FADE_M[1] - flat_far) / (_FADE_M[1] - _FADE_M[0]), 0, 1)
        # A pixel covers more floor the flatter it is seen.
        slope = np.maximum(camera.back[1] + 0.12, 0.15)
        return cls(
            camera,
            points.reshape(-1, 2)[pixels].astype(np.float32),
            pixels,
            backdrop.reshape(-1, 3).astype(np.float32),
            fade.astype(np.float32),
            (reach.ravel()[pixels] * 0.75 / slope * 0.5).astype(np.float32),
        )

    def picture(self, vertices: Array32, faces: NDArray[np.int64], frame: int) -> Array32:
        """(H * W, 3) linear colours of the floor with its grid and the figure's shadow."""
        target = self.camera.targets[frame][[0, 2]].astype(np.float32)
        world = self.points + target
        line = np.zeros(len(world), np.float32)
        for axis in (0, 1):
            off = np.abs(world[:, axis] / _GRID_M - np.round(world[:, axis] / _GRID_M)) * _GRID_M
            width = _LINE_M / 2 + self.blur
            cover = np.clip((width + self.blur - off) / (2 * self.blur + 1e-6), 0, 1) * np.minimum(_LINE_M / width, 1)
            line = np.maximum(line, cover)
        out = self.backdrop.copy()
        own = out[self.pixels]
        own += (_LINE - own) * (line * self.fade * np.float32(0.9))[:, None]
        dark = _sample(self._shadow(vertices, faces, target), self.points)
        own *= 1 - dark[:, None] * (1 - _SHADOW)
        out[self.pixels] = own
        return out

    def _shadow(self, vertices: Array32, faces: NDArray[np.int64], target: Array32) -> Array32:
        """(M, M) darkness 0 … 1 of the floor around the target, rows along z, columns along x."""
        key = _key(self.camera).astype(np.float32)
        high = np.maximum(vertices[:, 1], 0)
        scale = _MAP / _MAP_M
        cast = vertices[:, [0, 2]] - high[:, None] * (key[[0, 2]] / key[1]) - target
        places = np.concatenate([cast * scale + _MAP / 2, high[:, None]], 1).astype(np.float32)
        # Seen from above x × z is clockwise, so both sides are drawn to be sure of one.
        covered = np.zeros(_MAP * _MAP, np.float32)
        for order in (faces, faces[:, ::-1]):
            covered[rasterise(places, order, _MAP, _MAP).pixels] = 1
        soft = _blur(covered.reshape(_MAP, _MAP), 0.055 * scale)
        below = ((vertices[:, [0, 2]] - target) * scale + _MAP / 2).astype(np.int64)
        near = (below >= 0).all(1) & (below < _MAP).all(1)
        weight = np.exp(-((high / _CONTACT_M) ** 2))[near]
        spots = np.bincount(below[near, 1] * _MAP + below[near, 0], weight, _MAP * _MAP).astype(np.float32)
        density = len(vertices) / 1200
        contact = 1 - np.exp(_blur(spots.reshape(_MAP, _MAP), 0.035 * scale) * np.float32(-1.6 / density))
        out: Array32 = 1 - (1 - 0.42 * soft) * (1 - 0.62 * contact)
        return out


def _blur(picture: Array32, sigma: float) -> Array32:
    """A Gaussian as two products with a band matrix: for a small square this beats three passes of sums."""
    steps = np.arange(_MAP)
    kernel = np.exp(-0.5 * ((steps[:, None] - steps[None]) / sigma) ** 2)
    kernel = (kernel / kernel[_MAP // 2].sum()).astype(np.float32)
    out: Array32 = kernel @ picture @ kernel.T
    return out


def _sample(picture: Array32, points: Array32) -> Array32:
    """Bilinear values at floor points (P, 2) from the target; zero outside."""
    at = points * np.float32(_MAP / _MAP_M) + np.float32(_MAP / 2 - 0.5)
    inside = np.flatnonzero(((at >= 0) & (at < _MAP - 1)).all(1))
    low = at[inside].astype(np.int64)
    part = at[inside] - low
    flat = picture.ravel()
    corner = low[:, 1] * _MAP + low[:, 0]
    upper = flat[corner] * (1 - part[:, 0]) + flat[corner + 1] * part[:, 0]
    lower = flat[corner + _MAP] * (1 - part[:, 0]) + flat[corner + _MAP + 1] * part[:, 0]
    out = np.zeros(len(points), np.float32)
    out[inside] = upper * (1 - part[:, 1]) + lower * part[:, 1]
    return out
