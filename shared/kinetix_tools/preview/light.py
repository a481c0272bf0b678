"""Lighting of figure and floor: warm key light, cool sky, rim, grid, and a contact shadow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinetix_tools.preview.camera import Camera
from kinetix_tools.preview.raster import rasterise

Array32 = NDArray[np.float32]
Indices = NDArray[np.int64]


def _linear(colour: str) -> Array32:
    """`#rrggbb` → linear light."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32) ** np.float32(2.2)


_BODY = _linear("#6ea6ee")
_FLOOR, _FAR, _SKY = _linear("#eef1f5"), _linear("#dde3ea"), _linear("#e9edf3")
_LINE = _linear("#b9c4d0")
_SHADOW = _linear("#8d9bb0")
_KEY, _FILL, _RIM = _linear("#fff1dc") * np.float32(1.3), _linear("#a9c4ee"), _linear("#f4f8ff")
_FLOOR_COLOUR = _linear("#9a9085")
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
    ambient = 0.34 * (_FILL * up + _FLOOR_COLOUR * (1 - up)) * (0.72 + 0.28 * facing)
    out: Array32 = _BODY * (0.86 * wrapped * _KEY + ambient) + 0.07 * gloss * _KEY + 0.25 * rim * _RIM
    return out


def _key(camera: Camera) -> NDArray[np.float64]:
    """Unit direction to the key light: above, before and left of the camera's view."""
    light = -0.55 * camera.right + np.array([0.0, 1.05, 0.0]) + 0.62 * camera.back
    out: NDArray[np.float64] = light / np.linalg.norm(light)
    return out


@dataclass(frozen=True, eq=False)
class Stage:
    """The floor as one camera sees it: everything that does not change from frame to frame.

    Attributes:
        camera: of the clip.
        backdrop: (H * W, 3) linear, without grid and shadow.
        lined: pixels that the grid may touch.
        squares: (2, L) their place in squares of the grid, from the camera's target.
        reach, sharpness, strength: (L,) of the grid's lines there.
        shaded: pixels in which shadows may fall.
        corners, shares: (S, 4) cells of the shadow map around them and their weights.
    """

    camera: Camera
    backdrop: Array32
    lined: Indices
    squares: Array32
    reach: Array32
    sharpness: Array32
    strength: Array32
    shaded: Indices
    corners: Indices
    shares: Array32

    @classmethod
    def of(cls, camera: Camera) -> Stage:
        points, seen, reach = camera.floor()
        width, height = camera.size
        far = np.linalg.norm(points, axis=-1)
        edge = _FADE_M[1] * 1.4
        nearness = np.clip((edge - far) / (edge - _FADE_M[0]), 0, 1)[..., None] * seen[..., None]
        nearness = nearness * nearness * (3 - 2 * nearness)
        rise = np.linspace(0, 1, height)[:, None, None]
        sky = _SKY + (_FAR - _SKY) * np.clip(rise * 1.3, 0, 1) * np.ones((1, width, 1))
        backdrop = (sky + (_FLOOR - sky) * nearness).reshape(-1, 3).astype(np.float32)
        fade = np.clip((_FADE_M[1] - far) / (_FADE_M[1] - _FADE_M[0]), 0, 1) * seen
        lined = np.flatnonzero(fade)
        # Half of what a pixel covers of the floor; the more, the flatter it is seen.
        blur = reach.ravel()[lined] * 0.375 / max(float(camera.back[1]) + 0.12, 0.15)
        half = _LINE_M / 2 + blur
        at = points.reshape(-1, 2) * (_MAP / _MAP_M) + (_MAP / 2 - 0.5)
        shaded = np.flatnonzero(((at >= 0) & (at < _MAP - 1)).all(1) & seen.ravel())
        low = at[shaded].astype(np.int64)
        x, z = (at[shaded] - low).T
        first = low[:, 1] * _MAP + low[:, 0]
        return cls(
            camera,
            backdrop,
            lined,
            np.ascontiguousarray((points.reshape(-1, 2)[lined] / _GRID_M).T, np.float32),
            ((half + blur) / _GRID_M).astype(np.float32),
            (_GRID_M / (2 * blur + 1e-6)).astype(np.float32),
            (0.9 * np.minimum(_LINE_M / half, 1) * fade.ravel()[lined]).astype(np.float32),
            shaded,
            np.stack([first, first + 1, first + _MAP, first + _MAP + 1], 1),
            np.stack([(1 - x) * (1 - z), x * (1 - z), (1 - x) * z, x * z], 1).astype(np.float32),
        )

    def picture(self, vertices: Array32, faces: Indices, frame: int) -> Array32:
        """Return (H * W, 3) linear colours of the floor with its grid and the figure's shadow."""
        target = self.camera.targets[frame][[0, 2]].astype(np.float32)
        out = self.backdrop.copy()
        squares = self.squares + (target[:, None] / np.float32(_GRID_M) + np.float32(0.5))
        squares -= np.floor(squares)
        off = np.minimum(np.abs(squares[0] - np.float32(0.5)), np.abs(squares[1] - np.float32(0.5)))
        line = np.clip((self.reach - off) * self.sharpness, 0, 1) * self.strength
        own = out[self.lined]
        own += (_LINE - own) * line[:, None]
        out[self.lined] = own
        dark = np.einsum("ij,ij->i", self._shadow(vertices, faces, target)[self.corners], self.shares)
        out[self.shaded] *= 1 - dark[:, None] * (1 - _SHADOW)
        return out

    def _shadow(self, vertices: Array32, faces: Indices, target: Array32) -> Array32:
        """Return (M * M,) darkness 0 … 1 of the floor around the target, rows along z, columns along x."""
        key = _key(self.camera).astype(np.float32)
        high = np.maximum(vertices[:, 1], 0)
        scale = _MAP / _MAP_M
        cast = vertices[:, [0, 2]] - high[:, None] * (key[[0, 2]] / key[1]) - target
        places = np.concatenate([cast * scale + _MAP / 2, high[:, None]], 1).astype(np.float32)
        covered = np.zeros(_MAP * _MAP, np.float32)
        # A closed body casts the same shadow with either of its sides: the fronts of the mirrored picture are enough.
        covered[rasterise(places, faces[:, ::-1], _MAP, _MAP).pixels] = 1
        soft = _blur(covered.reshape(_MAP, _MAP), 0.055 * scale)
        below = ((vertices[:, [0, 2]] - target) * scale + _MAP / 2).astype(np.int64)
        near = (below >= 0).all(1) & (below < _MAP).all(1)
        weight = np.exp(-((high / _CONTACT_M) ** 2))[near]
        spots = np.bincount(below[near, 1] * _MAP + below[near, 0], weight, _MAP * _MAP).astype(np.float32)
        density = len(vertices) / 1200
        contact = 1 - np.exp(_blur(spots.reshape(_MAP, _MAP), 0.035 * scale) * np.float32(-1.6 / density))
        out = (1 - (1 - 0.42 * soft) * (1 - 0.62 * contact)).ravel()
        return np.asarray(out, np.float32)


def _blur(picture: Array32, sigma: float) -> Array32:
    """A Gaussian as two products with a band matrix: for a small square this beats three passes of sums."""
    kernel = _kernel(float(sigma))
    return np.asarray(kernel @ picture @ kernel.T, np.float32)


@cache
def _kernel(sigma: float) -> Array32:
    steps = np.arange(_MAP)
    weights = np.exp(-0.5 * ((steps[:, None] - steps[None]) / sigma) ** 2)
    out: Array32 = (weights / weights[_MAP // 2].sum()).astype(np.float32)
    return out
