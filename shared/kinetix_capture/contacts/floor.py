"""Feet and floor: which landmarks stand, which way is up, and how high the floor is."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_closing, binary_opening

from kinetix_capture import savitzky_golay
from kinetix_capture.arrays import Array, Flags
from kinetix_capture.fitting import scene_up
from kinetix_core.motion.contacts import runs

LEAN_DEG = 16.0
"""Standard deviation by which people on their feet lean over a clip."""
_NEAR_FLOOR = 0.13
_MOST_LEAN = 6.0
# A point rests that was within the first for so many frames. One that is seen below that by the second and is back within the third
# after so many frames at most was wrongly seen meanwhile. Metres and frames.
_RESTS, _DIP, _BACK = 0.02, 0.02, 0.03
_RESTED, _LONGEST_DIP = 4, 6
# metres across the view within which a foot is still where it stood
_SAME_PLACE = 0.015


def find_contacts(
    rays: Array, points: Array, fps: float, up: Array | None = None, *, across: float = 0.25, along: float = 4.0
) -> Flags:
    """Return which of P points stand still, per frame.

    Args:
        rays: (F, P, 2) slopes at which they are seen.
        points: (F, P, 3) metres in the camera's frame.
        up: when known, points well above the lowest ones do not stand.
        across: fastest a standing point may seem to move in the picture, m/s at its distance.
        along: fastest it may move in space; depth is noisy before feet are held, so this starts wide.

    Returns:
        (F, P) bool; runs shorter than three frames are dropped, gaps of one are closed.
    """
    frames = len(rays)
    if frames < 3:
        return np.zeros(rays.shape[:2], bool)
    depth = np.maximum(-points[..., 2], 0.3)
    if up is not None:
        rays = _without_dips(rays * depth[..., None], up) / depth[..., None]
    window = min(5, frames // 2 * 2 - 1)
    smooth = savitzky_golay.smoothed(rays, window, 1) if window >= 3 else rays
    seen = np.linalg.norm(np.gradient(smooth, axis=0), axis=-1) * depth * fps
    moved = np.linalg.norm(np.gradient(points, axis=0), axis=-1) * fps
    still = (seen < across) & (moved < along)
    if up is not None:
        height = points @ up
        still &= height < np.percentile(height, 8) + _NEAR_FLOOR
    return np.stack([_even(still[:, point]) for point in range(still.shape[1])], 1)


def _without_dips(places: Array, up: Array) -> Array:
    """Places (F, P, 2) in metres across the view; where a point that rests is seen below the floor for a moment, it rests on.

    Nobody's foot goes through the floor and comes back to where it stood. The network's sometimes does: where the other leg
    passes in front of it, nearer to the camera and so lower in the picture, it takes that foot for this one.
    """
    across = up[:2] / max(float(np.linalg.norm(up[:2])), 1e-6)
    out = places.copy()
    for point in range(places.shape[1]):
        frame = _RESTED
        while frame < len(places):
            before = out[frame - _RESTED : frame, point]
            place = np.median(before, axis=0)
            rests = np.abs(before - place).max() < _RESTS
            if rests and (places[frame, point] - place) @ across < -_DIP:
                later = np.linalg.norm(places[frame + 1 : frame + 1 + _LONGEST_DIP, point] - place, axis=1)
                if (later < _BACK).any():
                    end = frame + 1 + int(np.argmax(later < _BACK))
                    out[frame:end, point] = place
                    frame = end
                    continue
            frame += 1
    return out


def extend_contacts(stands: Flags, rays: Array, points: Array) -> Flags:
    """`find_contacts` with the frames just before and after a run that see the point at the run's place.

    Smoothed speeds blur both ends of a run, which a foot lock shows as a slide.
    """
    places = rays * np.maximum(-points[..., 2], 0.3)[..., None]
    return np.stack([_longer(stands[:, point], places[:, point]) for point in range(stands.shape[1])], 1)


def _longer(still: Flags, places: Array) -> Flags:
    out = still.copy()
    for first, last in runs(still):
        for end, step in ((first, -1), (last - 1, 1)):
            place = np.median(
                places[end : end - 4 * step : -step] if end - 4 * step >= 0 else places[end::-step], axis=0
            )
            for frame in range(end + step, end + 3 * step, step):
                if not 0 <= frame < len(still) or np.linalg.norm(places[frame] - place) > _SAME_PLACE:
                    break
                out[frame] = True
    return out


def _even(still: Flags) -> Flags:
    """Return (F,) with gaps of one frame closed, then without runs shorter than three."""
    closed = binary_closing(np.pad(still, 2, mode="edge"), np.ones(3))
    return np.asarray(binary_opening(closed, np.ones(3))[2:-2])


def find_up(
    edges: scene_up.Edges,
    focal: float,
    body_axis: Array,
    contacts: Array,
    further: Array | float = 0.0,
    *,
    lean_deg: float = LEAN_DEG,
) -> tuple[Array, float]:
    """The up direction (3,) in the camera's frame, and how sure the scene is of it, 0 … 1.

    Args:
        focal: length in longer sides of the picture.
        body_axis: (3,) mean direction from the feet to the shoulders; people are upright on average.
        contacts: (C, 2, 3) heels and toes of feet that stood on the floor.
        further: (pitches, rolls) what else speaks against each direction of `scene_up`, as half squares of standard deviations.
        lean_deg: standard deviation of the body's axis from up.
    """
    seen = scene_up.score(edges, focal)
    sure = float(seen.max() - np.median(seen)) if seen.any() else 0.0
    ups = scene_up.up_of(scene_up.PITCHES[:, None], scene_up.ROLLS[None])
    lean = np.degrees(np.arccos(np.clip(ups @ body_axis, -1, 1)))
    # a person who lies or turns over for most of a clip says little, however far the axis is off
    cost = _MOST_LEAN * (1 - np.exp(-((lean / lean_deg) ** 2) / _MOST_LEAN)) - 25 * seen
    cost += (
        0.5 * (np.degrees(scene_up.ROLLS)[None] / 8) ** 2
        + 0.5 * ((np.degrees(scene_up.PITCHES)[:, None] - 8) / 20) ** 2
    )
    cost += further
    if len(contacts) > 8:
        sample = contacts[:: max(len(contacts) // 400, 1)]
        # A foot on its toes has its heel up: the lower one of both is on the floor.
        heights = (ups.reshape(-1, 3) @ sample.reshape(-1, 3).T).reshape(-1, len(sample), 2).min(axis=2)
        uneven = np.minimum(np.abs(heights - np.median(heights, axis=1, keepdims=True)) / 0.04, 2.5).mean(axis=1)
        cost += 4 * uneven.reshape(cost.shape)
    row, column = np.unravel_index(int(np.argmin(cost)), cost.shape)
    up = scene_up.up_of(scene_up.PITCHES[row], scene_up.ROLLS[column])
    return (scene_up.refine(edges, up, focal) if sure > 0.15 else up), float(np.clip(sure / 0.35, 0, 1))
