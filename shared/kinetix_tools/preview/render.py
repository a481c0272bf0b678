"""Draws a motion without a GPU: a skinned figure on a lit floor, smooth at the edges, the same bytes for the same motion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kinetix_core import mannequin
from kinetix_core.formats.bone_mesh import bone_mesh
from kinetix_core.formats.figure import on_mannequin
from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion.motion import Motion
from kinetix_tools.preview import skinning
from kinetix_tools.preview.camera import Camera, follow
from kinetix_tools.preview.light import Stage, shade
from kinetix_tools.preview.raster import rasterise

_FINER = 2
"""Samples per pixel along each side."""
_SCREEN = (np.linspace(0, 1, 4096) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)
"""Linear light in steps → the screen's: a table, as powers would take a fifth of the time."""


def render(
    motion: Motion,
    *,
    size: tuple[int, int] = (320, 320),
    frames: Sequence[int] | None = None,
    detail: str = "1k",
    figure: Figure | None = None,
    yaw_degrees: float | None = None,
    tick: Callable[[float], None] = lambda share: None,
) -> NDArray[np.uint8]:
    """Pictures (N, H, W, 3) of some frames of a motion.

    Args:
        size: width, height in pixels.
        frames: which frames; None draws all.
        detail: of the mannequin, `"1k"` or `"12k"` vertices.
        figure: on the motion's skeleton; None draws the mannequin, or bones when the motion is on another skeleton.
        yaw_degrees: where the camera stands, from +z towards +x; None stands before the figure, a little to its side.
        tick: gets the share done before each picture, and may raise to stop.
    """
    chosen = range(len(motion)) if frames is None else list(frames)
    figure = figure_of(motion, detail) if figure is None or not len(figure.faces) else figure
    camera = follow(motion, size, yaw_degrees)
    stage = Stage.of(camera)
    width, height = size
    out = np.empty((len(chosen), height, width, 3), np.uint8)
    for number, (vertices, normals) in enumerate(skinning.posed(figure, motion, chosen)):
        tick(number / len(chosen))
        out[number] = _picture(vertices, normals, figure.faces, camera, stage, chosen[number])
    return out


def figure_of(motion: Motion, detail: str = "1k") -> Figure:
    """Return the figure to draw for a motion without a body."""
    return mannequin.load(detail) if on_mannequin(motion.skeleton) else bone_mesh(motion.skeleton, flat=True)


def _picture(
    vertices: NDArray[np.float32],
    normals: NDArray[np.float32],
    faces: NDArray[np.int64],
    camera: Camera,
    stage: Stage,
    frame: int,
) -> NDArray[np.uint8]:
    width, height = camera.size
    fine = width * _FINER
    points = camera.project(vertices, frame, _FINER).astype(np.float32)
    seen = rasterise(points, faces, fine, height * _FINER)
    corners = faces[seen.triangles]
    across = sum(normals[corners[:, k]] * seen.weights[:, k, None] for k in range(3))
    assert not isinstance(across, int)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    colours = shade(across, camera)
    row, column = np.divmod(seen.pixels, fine)
    coarse = (row // _FINER) * width + column // _FINER
    share = np.float32(1 / _FINER**2)
    picture = stage.picture(vertices, faces, frame)
    cover = np.bincount(coarse, minlength=width * height).astype(np.float32) * share
    picture *= 1 - cover[:, None]
    for channel in range(3):
        picture[:, channel] += np.bincount(coarse, colours[:, channel], width * height) * share
    return _SCREEN[(np.clip(picture, 0, 1) * (len(_SCREEN) - 1)).astype(np.int32)].reshape(height, width, 3)
