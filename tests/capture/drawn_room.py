"""A room whose pictures are cast ray by ray, so that how its camera turned, stood and saw is known exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from kinetix_capture.fitting import scene_up
from kinetix_capture.tracking.picture_alignment import Lens

SIZE = (320, 180)
_NOISE = gaussian_filter(np.random.default_rng(4).normal(size=(256, 256)), 1.5, mode="wrap")
_TEXTURE = 128 + 50 * _NOISE / _NOISE.std()


def lens_of(focal: float) -> Lens:
    """The lens of its pictures with a focal length in longer sides of them."""
    return Lens(focal * SIZE[0], (SIZE[0] / 2, SIZE[1] / 2))


LENS = lens_of(0.77)


def drawn(turn: np.ndarray, place: tuple[float, float] = (0.0, 0.0), lens: Lens = LENS) -> NDArray[np.uint8]:
    """Draw the view of a camera turned and moved by metres: a wall 5 m away and a floor 1.4 m below."""
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    rays = lens.rays(np.stack((columns, rows), -1).astype(float)) @ turn
    wall = (5.0 - place[1]) / np.maximum(rays[..., 2], 1e-6)
    floor = np.where(rays[..., 1] > 0, 1.4 / np.maximum(rays[..., 1], 1e-6), np.inf)
    far = np.minimum(wall, floor)
    at = rays * far[..., None] + np.array([place[0], 0.0, place[1]])
    across, along = at[..., 0], np.where(floor < wall, at[..., 2] + 7, at[..., 1])
    grey = map_coordinates(_TEXTURE, np.stack((along, across)) * 24, order=1, mode="grid-wrap")
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


def room_edges(pitch: float, roll: float, yaw: float, focal: float, noise: float = 0.002) -> scene_up.Edges:
    """Edges of a room seen by a camera that looks down by `pitch` and is turned by `roll`, and some that fit nothing."""
    rng = np.random.default_rng(4)
    up = scene_up.up_of(np.radians(pitch), np.radians(roll))
    level = np.cross(up, [0.0, 0.0, 1.0])
    level /= np.linalg.norm(level)
    first = np.cos(yaw) * level + np.sin(yaw) * np.cross(up, level)
    axes = np.stack((up, first, np.cross(up, first)))
    places, along = [], []
    for number in range(300):
        place = rng.uniform(-0.5, 0.5, 2)
        point = np.append(place / focal, -1.0) * rng.uniform(2, 5)
        direction = axes[number % 3] if number % 10 else rng.normal(size=3)
        other = point + 0.05 * direction
        end = other[:2] / -other[2] * focal
        line = end - place + rng.normal(size=2) * noise * np.linalg.norm(end - place)
        places.append(place)
        along.append(line / np.linalg.norm(line))
    return scene_up.Edges(np.array(places), np.array(along), np.full(300, 1 / 300))


NO_EDGES = scene_up.Edges(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))
