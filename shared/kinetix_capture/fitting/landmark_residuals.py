"""Residuals of the fit: where landmarks appear in the picture, and the depth and the bone directions that the network gives."""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.measurements import Measurements, Settings
from kinetix_capture.fitting.normal_equations import NormalEquations, robust

# Bones between landmarks whose directions the network's 3D gives.
_DIRECTIONS = (
    *((11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28)),
    *((29, 31), (30, 32), (11, 12), (23, 24), (7, 8), (15, 17), (15, 19), (16, 18), (16, 20)),
)
_HANDS = ([13, 14], [15, 16])


def add_picture(
    normal: NormalEquations,
    seen: Measurements,
    points: Array,
    slope: Array,
    grown: Array,
    typical: float,
    settings: Settings,
    clock: tuple[float, int] | None = None,
    zoom: tuple[float, int] | None = None,
) -> None:
    """Two of what all frames share, each with its number among the unknowns; None where it is held.

    Args:
        clock: seconds by which the pictures are late.
        zoom: logarithm of the focal length, in lengths of the one that the rays were made with.
    """
    depth = np.maximum(-points[..., 2], 0.3)
    # measured: what is half seen is placed three times as badly, not just 1.4 times
    sigma = settings.picture / typical / seen.weights
    for axis in (0, 1):
        rays = seen.rays[..., axis]
        if clock is not None and seen.speeds is not None:
            rays = rays + clock[0] * seen.speeds[..., axis]
        if zoom is not None:
            rays = rays * np.exp(-zoom[0])
        residual = (points[..., axis] / depth - rays) / sigma
        weight = robust(residual, 2.5)
        scale = (weight / sigma)[..., None]
        away = (points[..., axis] / depth**2)[..., None]
        moved, bigger = (
            (change[:, :, axis] / depth[..., None] + change[:, :, 2] * away) * scale for change in (slope, grown)
        )
        if clock is not None and seen.speeds is not None:
            bigger[..., clock[1]] = -seen.speeds[..., axis] * scale[..., 0]
        if zoom is not None:
            # of pixels, which do not shrink as the slopes do: else the longest lens would fit best
            bigger[..., zoom[1]] = points[..., axis] / depth * scale[..., 0]
        normal.add(moved, residual * weight, bigger)


def add_network(
    normal: NormalEquations,
    seen: Measurements,
    points: Array,
    slope: Array,
    grown: Array,
    settings: Settings,
) -> None:
    left, right = body_model.rows((23, 24))
    centre, centre_slope = (points[:, left] + points[:, right]) / 2, (slope[:, left] + slope[:, right]) / 2
    centre_grown = ((grown[:, left] + grown[:, right]) / 2)[:, None]
    for axis, sigma in ((0, settings.sideways), (1, settings.sideways), (2, settings.depth)):
        residual = (points[..., axis] - centre[:, None, axis] - seen.world[..., axis]) / sigma
        weight = robust(residual, 1.5)
        J = (slope[:, :, axis] - centre_slope[:, None, axis]) * (weight / sigma)[..., None]
        normal.add(J, residual * weight, (grown - centre_grown)[:, :, axis] * (weight / sigma)[..., None])
    first, second = (body_model.rows(ends) for ends in zip(*_DIRECTIONS, strict=True))
    bone = points[:, second] - points[:, first]
    length = np.linalg.norm(bone, axis=-1, keepdims=True)
    wanted = seen.world[:, second] - seen.world[:, first]
    wanted = wanted / np.maximum(np.linalg.norm(wanted, axis=-1, keepdims=True), 1e-6)
    sigma_d = settings.direction + 0.008 / length
    if seen.palm is not None:
        for side, hand in enumerate(_HANDS):
            sigma_d[:, hand] *= (1 - (1 - settings.palm) * seen.palm[:, side])[:, None, None]
    unseen = 1 - np.minimum(seen.weights[:, first], seen.weights[:, second])
    sigma_d = sigma_d * (1 + unseen)[..., None]
    residual = (bone / length - wanted) / sigma_d
    weight = robust(residual, 0.8)
    J = (slope[:, second] - slope[:, first]) * (weight / (sigma_d * length))[..., None]
    normal.add(J.reshape(len(J), -1, J.shape[-1]), (residual * weight).reshape(len(J), -1))
