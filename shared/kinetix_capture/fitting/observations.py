"""From a track with gaps and uneven times to the evidence of the fit: even frames, rays, and the network's 3D set right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from kinetix_capture.arrays import Array, unit
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.networks.hand_landmarks import HAND_POINTS, WRIST_INDEX_PINKY
from kinetix_capture.tracking import left_right
from kinetix_capture.tracking.track import Track
from kinetix_capture.video.decode import FPS

# Focal length as a share of the longer side of the picture: a phone's main camera, 26 mm equivalent, less what steadying cuts off.
FOCAL = 0.77
# What phones call that camera, in millimetres.
_USUAL_MM = 26.0
_FLIP = np.array([1.0, -1.0, -1.0])
# Bones whose summed lengths say how large the network thinks the person is.
_SIZES = ((11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (11, 12), (11, 23), (12, 24))
_SURE_HAND = 0.5
_BLURRED, _SHARP = 0.3, 0.8


@dataclass(frozen=True)
class Observations:
    """A track on the even grid of frames; camera axes with y up (x right, z towards the camera).

    Attributes:
        times: (F,) seconds.
        points: (F, 33, 2) pixels.
        weights: (F, 33) visibility, falling to 0 in gaps.
        world: (F, 33, 3) the network's metres.
        hands: (F, 2, 21, 3) hand landmarks, metres.
        hand_weights: (F, 2) confidence, 0 in gaps.
    """

    times: Array
    points: Array
    weights: Array
    world: Array
    hands: Array
    hand_weights: Array


def resample(seen: Track, times: Array | None = None) -> Observations:
    """Interpolate to 30 frames a second between the frames in which the person was found.

    Args:
        times: (F,) seconds of the track's own clock, even, instead of all that it shows; beyond its ends nothing is seen.
    """
    found = seen.found
    if times is None:
        times = np.arange(seen.times[0], seen.times[-1] + 0.5 / FPS, 1 / FPS)
    inside = (times > seen.times[0] - 1 / FPS) & (times < seen.times[-1] + 1 / FPS)
    weight = np.interp(times, seen.times, found.astype(float)) ** 2 * inside
    hands, hand_weights = np.zeros((len(times), 2, HAND_POINTS, 3)), np.zeros((len(times), 2))
    for side in (0, 1):
        looked = np.isfinite(seen.hand_confidence[:, side])
        sure = looked & (np.nan_to_num(seen.hand_confidence[:, side]) >= _SURE_HAND)
        if sure.any():
            hands[:, side] = _at(times, seen.times[sure], seen.hand_world[sure, side]) * _FLIP
            confidence = np.where(sure, seen.hand_confidence[:, side], 0.0)[looked]
            hand_weights[:, side] = np.interp(times, seen.times[looked], confidence) * inside
    # A blurred peak is a guess, and most of them mean a body in a wrong region.
    sharp = np.clip((seen.clear[found] - _BLURRED) / (_SHARP - _BLURRED), 0.0, 1.0)
    points, visibility, world = _sided(seen.points[found], seen.visibility[found] * sharp, seen.world[found] * _FLIP)
    return Observations(
        times,
        _at(times, seen.times[found], points),
        _at(times, seen.times[found], visibility) * weight[:, None],
        _at(times, seen.times[found], world),
        hands,
        hand_weights,
    )


def _sided(points: Array, visibility: Array, world: Array) -> tuple[Array, Array, Array]:
    """Landmarks of the found frames with limbs that changed sides put back, and stray ones trusted less."""
    lengths = [(np.linalg.norm(x[:, 11:13].mean(1) - x[:, 23:25].mean(1), axis=-1)) for x in (points, world)]
    metres = points * (np.median(lengths[1]) / max(float(np.percentile(lengths[0], 90)), 1e-6))
    for limbs in (left_right.LEGS, left_right.ARMS):
        frames = left_right.swapped(np.concatenate((metres, world), -1), limbs)
        points, visibility, world, metres = (
            left_right.exchanged(values, frames, limbs) for values in (points, visibility, world, metres)
        )
    return points, visibility * left_right.trust(metres), world


def _at(times: Array, known: Array, values: Array) -> Array:
    """Linear interpolation of (N, ...) values at `known` times; held at both ends."""
    right = np.clip(np.searchsorted(known, times), 1, max(len(known) - 1, 1))
    if len(known) == 1:
        return np.repeat(values, len(times), axis=0)
    left = right - 1
    share = np.clip((times - known[left]) / (known[right] - known[left]), 0, 1)
    share = share.reshape(-1, *(1 for _ in values.shape[1:]))
    return np.asarray(values[left] * (1 - share) + values[right] * share)


def focal_of(lens_mm: float | None) -> float:
    """The focal length in longer sides of the picture by what the phone wrote of its lens, millimetres; else a main camera's."""
    return FOCAL if lens_mm is None else FOCAL * lens_mm / _USUAL_MM


def rays(points: Array, size: tuple[int, int], centre: tuple[float, float], focal: float = FOCAL) -> Array:
    """Pixels (..., 2) → slopes x / depth and y / depth with y up. `size` of the full picture, `centre` of its optical axis."""
    length = focal * max(size)
    return np.stack(((points[..., 0] - centre[0]) / length, (centre[1] - points[..., 1]) / length), -1)


def remove_side_bias(world: Array) -> Array:
    """(..., 33, 3) → the same without what the network always adds: a twist of the trunk and of the feet to one side.

    Shown a picture and its mirror image, the network gives bodies that are no mirror images: the depths of left and right differ by
    a constant for each landmark, in shoulders and hips the same to 5 mm for real and rendered people, seen from all sides and upside
    down. Half of the difference is the network's own. Wrists have it too (40 mm), but arms of real people fit better with it.
    """
    world = world.copy()
    for left, metres in _SIDE_BIAS_M.items():
        world[..., left, 2] -= metres
        world[..., left + 1, 2] += metres
    return world


# Metres that the left landmark is given too near, and the right one too far: three quarters of the medians over 170 pictures of 18
# clips, for they vary from clip to clip by 2 to 14 mm.
_SIDE_BIAS_M = {11: 0.020, 23: -0.018, 25: -0.004, 27: -0.002, 29: -0.019, 31: -0.025}


def remove_depth_bias(world: Array) -> Array:
    """(F, 33, 3) → the same without flips of single frames and without the network's known bias in depth.

    It draws elbows towards the camera, most of all those of the far side, bends knees towards it, and shows the far and the near
    side of a turned body too close together.
    """
    world = median_filter(world, (5, 1, 1), mode="constant") if len(world) > 4 else world.copy()
    sideways = unit(unit(world[:, 11] - world[:, 12]) + unit(world[:, 23] - world[:, 24]))[:, 2]
    for left in (0, 1):
        side = -sideways if left else sideways
        world[:, 23 + left, 2] += 0.03 * side
        for first, second, (constant, near, slope), further in _LIMBS:
            bone = world[:, second + left] - world[:, first + left]
            length = np.linalg.norm(bone, axis=-1)
            change = length * (constant + near * side) + (slope - 1) * bone[:, 2]
            for landmark in (second, *further):
                world[:, landmark + left, 2] += change
    return world


# Bones of the left side, how z along each one follows from the network's (both in lengths of the bone): a constant, what the body's
# sideways axis points along the view, a slope; and the landmarks that move with its end.
_LIMBS = (
    (11, 13, (-0.19, 0.2, 0.8), (15, 17, 19, 21)),
    (13, 15, (0.0, 0.13, 0.55), (17, 19, 21)),
    (23, 25, (-0.03, 0.08, 1.0), (27, 29, 31)),
    (25, 27, (0.07, -0.03, 1.08), (29, 31)),
)


def use_hands(world: Array, seen: Observations) -> tuple[Array, Array]:
    """Put the hand model's knuckles at the wrists of the body landmarks.

    Returns:
        (F, 33, 3) landmarks, and (F, 2) how far the palm's direction can be trusted, 0 … 1.
    """
    world = world.copy()
    trust = np.zeros((len(world), 2))
    for side, (wrist, index, pinky) in enumerate(WRIST_INDEX_PINKY):
        weight = seen.hand_weights[:, side]
        sure = weight >= _SURE_HAND
        if not sure.any():
            continue
        for landmark, knuckle in ((index, 5), (pinky, 17)):
            wanted = seen.hands[:, side, knuckle] - seen.hands[:, side, 0]
            world[sure, landmark] = world[sure, wrist] + wanted[sure]
        trust[:, side] = np.where(sure, weight, 0.0)
    return world, trust


def to_body_model(world: Array) -> tuple[Array, float]:
    """Return (F, 33, 3) scaled so that its bones are as long as the mannequin's, and the scale."""
    resting, rest = FigurePose.rest(), np.zeros((1, 33, 3))
    rest[:, resting.body.landmarks] = resting.points

    def size(points: Array) -> float:
        return float(sum(np.median(np.linalg.norm(points[:, a] - points[:, b], axis=-1)) for a, b in _SIZES))

    scale = size(rest) / max(size(world), 1e-6)
    return world * scale, scale
