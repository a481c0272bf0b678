"""Which way is up, from the straight edges of the scene: walls, doors, tiles and beams mostly run along three right-angled axes.

The still background of a clip gives edge elements; each one and the camera's centre span a plane. A turn of the three axes is good
when many planes hold one of them (Manhattan-world assumption, Coughlan and Yuille 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, sobel
from scipy.optimize import minimize

from kinetix_capture.arrays import Array, Flags

PITCHES = np.radians(np.arange(-20.0, 50.1, 2.0))
ROLLS = np.radians(np.arange(-36.0, 36.1, 2.0))
_YAWS = np.radians(np.arange(0.0, 90.0, 2.5))
_MOST = 500
_SPREAD = 0.035


@dataclass(frozen=True, eq=False)
class Edges:
    """N edge elements of a picture.

    Attributes:
        places: (N, 2) from the optical axis, in lengths of the picture's longer side, y up.
        along: (N, 2) unit directions.
        weights: (N,), sum one.
    """

    places: Array
    along: Array
    weights: Array

    def normals(self, focal: float) -> Array:
        """Return (N, 3) unit normals of the planes through the camera's centre, for a focal length in longer sides."""
        # (x / focal, y / focal, -1) × (u, v, 0)
        (x, y), (u, v) = self.places.T, self.along.T
        normals = np.stack((v, -u, (x * v - y * u) / focal), 1)
        return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def up_of(pitch: Array | float, roll: Array | float) -> Array:
    """Return (..., 3) the up direction in the camera's frame for a camera that looks down by `pitch` and is turned by `roll`."""
    pitch, roll = np.broadcast_arrays(np.asarray(pitch, float), np.asarray(roll, float))
    return np.stack((np.sin(roll) * np.cos(pitch), np.cos(roll) * np.cos(pitch), np.sin(pitch)), -1)


def edges(
    pictures: Sequence[NDArray[np.uint8]],
    longer_side: float,
    centre: tuple[float, float],
    unseen: Flags | None = None,
) -> Edges:
    """Edge elements of the still part of grey pictures (H, W) of one size.

    Args:
        longer_side: of the whole picture of the camera, and
        centre: of its optical axis, both in pixels of these pictures, which may be a part of it.
        unseen: (H, W) where no picture shows anything.
    """
    stack = np.stack(pictures[:: max(len(pictures) // 12, 1)]).astype(np.float32)
    still = np.median(stack, axis=0)
    moving = (
        maximum_filter(np.abs(stack - still).max(axis=0), 9) > 40 if len(stack) > 2 else np.zeros(still.shape, bool)
    )
    if unseen is not None:
        moving |= maximum_filter(unseen, 9)
    smooth = gaussian_filter(still, 1.2)
    across, down = sobel(smooth, axis=1), sobel(smooth, axis=0)
    # the structure tensor says how straight an edge is around each pixel
    xx, yy, xy = (gaussian_filter(product, 2.5) for product in (across * across, down * down, across * down))
    strength = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    coherence = strength / np.maximum(xx + yy, 1e-6)
    size = np.hypot(across, down)
    size[moving | (coherence < 0.9)] = 0
    size[:6], size[-6:], size[:, :6], size[:, -6:] = 0, 0, 0, 0
    peaks = (size == maximum_filter(size, 5)) & (size > 25)
    rows, columns = np.nonzero(peaks)
    if len(rows) < 20:
        return Edges(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))
    keep = np.argsort(-size[rows, columns], kind="stable")[:_MOST]
    rows, columns = rows[keep], columns[keep]
    angle = 0.5 * np.arctan2(2 * xy[rows, columns], (xx - yy)[rows, columns])  # of the gradient
    places = np.stack((columns - centre[0], centre[1] - rows), -1) / longer_side
    weights = np.sqrt(np.minimum(size[rows, columns], 400.0))
    return Edges(places, np.stack((-np.sin(angle), -np.cos(angle)), -1), weights / weights.sum())


@lru_cache(maxsize=2)
def score(found: Edges, focal: float) -> Array:
    """(pitches, rolls) 0 … 1: the share of edges that the best turn about this up direction explains. Not to be written to."""
    if not len(found.weights):
        return np.zeros((len(PITCHES), len(ROLLS)))
    normals = found.normals(focal)
    ups = up_of(PITCHES[:, None], ROLLS[None]).reshape(-1, 3)
    shares = _explained(normals, found.weights, ups, _YAWS, _SPREAD).max(axis=1)
    return np.asarray(shares.reshape(len(PITCHES), len(ROLLS)))


def explained(found: Edges, up: Array, focal: float) -> float:
    """Return 0 … 1: the share of edges that the best turn about the up direction (3,) explains."""
    if not len(found.weights):
        return 0.0
    return float(_explained(found.normals(focal), found.weights, up[None], _YAWS, _SPREAD).max())


def refine(found: Edges, up: Array, focal: float) -> Array:
    """The up direction (3,) near `up` that explains most edges tightly."""
    sharp = _refined(found, up, focal, fixed=True)[0]
    return sharp if sharp @ up > np.cos(np.radians(4)) else up


def focal_length(found: Edges, usual: float) -> float | None:
    """The camera's focal length in lengths of its longer side, from edges along right-angled axes; None when they do not tell.

    It is looked for near the `usual` one, and where that explains them as well as any other they do not tell.

    Parallel edges meet in one point of the picture; three right-angled sets of them fit one focal length only.
    """
    if not len(found.weights):
        return None
    cost = -score(found, usual)
    cost += 0.02 * ((np.degrees(ROLLS)[None] / 12) ** 2 + ((np.degrees(PITCHES)[:, None] - 8) / 20) ** 2)
    row, column = np.unravel_index(int(np.argmin(cost)), cost.shape)
    up = up_of(PITCHES[row], ROLLS[column])
    plain = _refined(found, up, usual, fixed=True)[2]
    tries = [_refined(found, up, usual * factor, fixed=False) for factor in _FOCAL_TRIES]
    _, focal, share = max(tries, key=lambda found: found[2] - 0.1 * np.log(found[1] / usual) ** 2)
    is_distinct = share > plain + 0.02 and share > 0.3 and 0.5 < focal / usual < 1.8
    return float(focal) if is_distinct else None


_FOCAL_TRIES = (0.7, 0.8, 1.0, 1.2)


def _refined(found: Edges, up: Array, focal: float, *, fixed: bool) -> tuple[Array, float, float]:
    """The best up direction near `up`, its focal length and the share of edges that it explains tightly."""
    normals = found.normals(focal)
    yaw = _YAWS[int(np.argmax(_explained(normals, found.weights, up[None], _YAWS, _SPREAD)))]
    first = np.array([np.arcsin(up[2]), np.arctan2(up[0], up[1]), yaw, 0.0])

    def unexplained(turn: Array) -> float:
        planes = normals if fixed else found.normals(focal * float(np.exp(turn[3])))
        return -float(_explained(planes, found.weights, up_of(*turn[:2, None]), turn[2:3], _SPREAD / 2)[0, 0])

    free = 3 if fixed else 4
    simplex = np.repeat(first[None], free + 1, axis=0)
    simplex[1:] += np.diag([0.035, 0.035, 0.035, 0.06])[:free]
    best = minimize(
        lambda turn: unexplained(np.append(turn, 0.0)[:4]),
        first[:free],
        method="Nelder-Mead",
        options={"initial_simplex": simplex[:, :free], "maxfev": 160 if fixed else 300},
    )
    scale = 1.0 if fixed else float(np.exp(best.x[3]))
    return up_of(best.x[0], best.x[1]), focal * scale, -float(best.fun)


def _explained(normals: Array, weights: Array, ups: Array, yaws: Array, spread: float) -> Array:
    """Return (U, yaws) weight of the edges that run along one of the three axes, for up directions (U, 3)."""
    tilt = np.hypot(ups[:, 0], ups[:, 1])
    first = np.stack(
        (-ups[:, 1] / tilt, ups[:, 0] / tilt, np.zeros(len(ups))), 1
    )  # level, and right-angled to the view
    second = np.stack((-ups[:, 2] * first[:, 1], ups[:, 2] * first[:, 0], tilt), 1)
    # in single precision and by up directions: the innermost lines run over all edges and yaws a thousand times
    planes = (np.stack((first, second, ups), 1) @ (normals.T / spread)).astype(np.float32)
    c, s = (turn(yaws)[:, None].astype(np.float32) for turn in (np.cos, np.sin))
    shares = np.empty((len(ups), len(yaws)))
    single = weights.astype(np.float32)
    for number, (a, b, upright) in enumerate(planes):
        off = np.minimum(np.square(c * a + s * b), np.square(c * b - s * a))
        off = np.minimum(off, np.square(upright))
        shares[number] = np.exp(off * np.float32(-0.5)) @ single
    return shares
