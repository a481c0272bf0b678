"""Fingers of the mannequin from hand landmarks: how far each joint curls and each finger is spread, smooth, held where unseen."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Protocol

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from kinetix_capture.arrays import Array, Flags, unit
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_core import mannequin
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion

# finger → its four points in MediaPipe's order, from the knuckle (thumb: from its root) to the tip
FINGERS = {
    "Thumb": (1, 2, 3, 4),
    "Index": (5, 6, 7, 8),
    "Middle": (9, 10, 11, 12),
    "Ring": (13, 14, 15, 16),
    "Pinky": (17, 18, 19, 20),
}
_LONG = ("Index", "Middle", "Ring", "Pinky")
# degrees: lowest and highest curl of the three joints, and of the spread
_CURL = np.radians([[-20.0, 95.0], [0.0, 110.0], [0.0, 85.0]])
_SPREAD = np.radians(18.0)
_THUMB = np.radians(75.0)
_SURE = 0.5
# metres
_LONGEST_FINGER = 0.1
_HELD_FRAMES = 20
# Visibility below which a hand's landmarks are a guess; frames for which its wrist then keeps its rotation, and eases to rest.
_HIDDEN, _WRIST_HELD, _WRIST_EASES = 0.2, 5.0, 15.0


class SeenHands(Protocol):
    """(F, 2, 21, 3) hand landmarks in metres, left and right, and their confidence (F, 2), 0 … 1."""

    @property
    def hands(self) -> Array: ...

    @property
    def hand_weights(self) -> Array: ...


def set_fingers(motion: Motion, seen: SeenHands) -> Motion:
    """The motion with its 30 finger bones set. A hand that is never seen keeps the mannequin's relaxed fingers."""
    rotations = motion.rotations.copy()
    for side, name in enumerate(body_model.SIDES):
        weight = _held(seen.hand_weights[:, side])
        if not weight.any():
            continue
        turns = _turns(seen.hands[:, side], name)
        for bone, vectors in turns.items():
            smooth = _smooth(vectors, seen.hand_weights[:, side]) * weight[:, None]
            rotations[:, motion.skeleton.index(bone)] = quat.exp(smooth)
    return motion.with_(rotations=quat.continuous(rotations))


def relax_wrists(rotations: Array, found: ClipFit, placed: Flags) -> Array:
    """Return local rotations (F, B, 4) of the body model with wrists that are out of frame or hidden eased to rest.

    Args:
        placed: (F, 2) hands that stand or hold on, which keep their rotation.
    """
    body, rotations = body_model.load(), rotations.copy()
    for side, name in enumerate(body_model.SIDES):
        seen = found.visible[:, body_model.rows(body_model.HANDS[side])].max(axis=1) >= _HIDDEN
        known = seen | (found.hand_weights[:, side] >= _SURE) | placed[:, side]
        if found.measured.firm is not None:
            known |= found.measured.firm.given(f"{name}Hand")
        share = np.clip((_frames_from(known) - _WRIST_HELD) / _WRIST_EASES, 0, 1)
        hand = body.index(f"{name}Hand")
        rest = np.broadcast_to(quat.IDENTITY, rotations[:, hand].shape)
        rotations[:, hand] = quat.slerp(rotations[:, hand], rest, share * share * (3 - 2 * share))
    return rotations


def _frames_from(shown: Flags) -> Array:
    """Return the frames from each frame to the nearest in which something is shown, shape (F,)."""
    at = np.flatnonzero(shown)
    if not len(at):
        return np.full(len(shown), np.inf)
    return np.asarray(np.abs(np.arange(len(shown))[:, None] - at[None]).min(axis=1), np.float64)


def palm_direction(name: str) -> Array:
    """Return (3,) unit, out of the palm of the mannequin's "Left" or "Right" hand in the hand bone's frame."""
    return np.asarray(_palm(_rest(name), name)[2])


def finger_reach(seen: SeenHands) -> Array:
    """(F, 2) metres on the mannequin by which the long fingers reach beyond their knuckles, along the hand; NaN where unseen."""
    hands, out = seen.hands, np.full(seen.hand_weights.shape, np.nan)
    for side, name in enumerate(body_model.SIDES):
        rest = _rest(name)
        along = _palm(hands[:, side], name)[:, 0]
        tips = hands[:, side, [FINGERS[finger][-1] for finger in _LONG]].mean(axis=1)
        knuckles = hands[:, side, [FINGERS[finger][0] for finger in _LONG]].mean(axis=1)
        palm = np.maximum(((knuckles - hands[:, side, 0]) * along).sum(axis=1), 1e-3)
        own = np.linalg.norm(rest[[FINGERS[finger][0] for finger in _LONG]].mean(axis=0) - rest[0])
        out[:, side] = ((tips - knuckles) * along).sum(axis=1) / palm * own
    return np.where(seen.hand_weights >= _SURE, np.clip(out, 0.0, _LONGEST_FINGER), np.nan)


def flatten_fingers(motion: Motion, flat: Array) -> Motion:
    """The motion with its long fingers stretched as far as `flat` (F, 2), left and right, says: 0 … 1."""
    if not flat.any():
        return motion
    rotations = motion.rotations.copy()
    for side, name in enumerate(body_model.SIDES):
        for bone, turn in _stretched(name).items():
            number = motion.skeleton.index(bone)
            straight = np.broadcast_to(quat.exp(turn), rotations[:, number].shape)
            rotations[:, number] = quat.slerp(rotations[:, number], straight, flat[:, side])
    return motion.with_(rotations=quat.continuous(rotations))


def _stretched(name: str) -> dict[str, Array]:
    """Bone → (3,) rotation vectors that take the curl out of the relaxed long fingers."""
    rest = _rest(name)
    frame, relaxed = _palm(rest, name), curls(rest, name)
    return {
        f"{name}Hand{finger}{joint + 1}": -relaxed[number, joint] * unit(np.cross(unit(rest[j] - rest[i]), frame[2]))
        for number, finger in enumerate(_LONG)
        for joint, (i, j) in enumerate(pairwise(FINGERS[finger]))
    }


def _held(confidence: Array) -> Array:
    """Return 1 while seen and for a while after, then easing to the relaxed hand."""
    sure = confidence >= _SURE
    return np.asarray(np.clip(1.5 - _frames_from(sure) / (2.0 * _HELD_FRAMES), 0, 1))


def _smooth(values: Array, confidence: Array) -> Array:
    """(F, C) → median against single wrong frames, then a Gaussian in which sure frames count more."""
    if len(values) < 3:
        return values
    values = median_filter(values, (5, 1), mode="nearest")
    weight = np.clip(confidence, 0.05, 1.0)[:, None]
    top = gaussian_filter1d(values * weight, 1.8, axis=0, mode="nearest")
    return np.asarray(top / gaussian_filter1d(weight, 1.8, axis=0, mode="nearest"))


def _palm(points: Array, name: str) -> Array:
    """(..., 21, 3) → (..., 3, 3) rows: along the hand, from index to little finger, out of the palm."""
    along = unit(
        (points[..., 5, :] + points[..., 9, :] + points[..., 13, :] + points[..., 17, :]) / 4 - points[..., 0, :]
    )
    across = points[..., 17, :] - points[..., 5, :]
    across = unit(across - (across * along).sum(-1, keepdims=True) * along)
    out = np.cross(along, across) * (1.0 if name == "Left" else -1.0) * _PALM_SIGN
    return np.stack((along, across, out), -2)


# The left palm of a hand whose fingers point along x and whose little finger lies towards y is seen from -z.
_PALM_SIGN = -1.0


@cache
def _rest(name: str) -> Array:
    """Return (21, 3) the mannequin's hand in MediaPipe's order."""
    figure = mannequin.load()
    index = figure.skeleton.index
    points = np.zeros((21, 3))
    points[0] = figure.heads[index(f"{name}Hand")]
    for finger, numbers in FINGERS.items():
        for joint, number in enumerate(numbers):
            bone = index(f"{name}Hand{finger}{min(joint + 1, 3)}")
            points[number] = figure.heads[bone] if joint < 3 else figure.tails[bone]
    return points


def curls(points: Array, name: str) -> Array:
    """(..., 21, 3) → (..., 4, 4) radians of the four long fingers: curl of the three joints, spread towards the little finger."""
    frame = _palm(points, name)
    local = np.einsum("...ij,...nj->...ni", frame, points - points[..., :1, :])
    out = np.zeros((*points.shape[:-2], 4, 4))
    for number, finger in enumerate(_LONG):
        a, b, c, d = FINGERS[finger]
        bones = [unit(local[..., j, :] - local[..., i, :]) for i, j in ((a, b), (b, c), (c, d))]
        out[..., number, 0] = np.arctan2(bones[0][..., 2], np.hypot(bones[0][..., 0], bones[0][..., 1]))
        out[..., number, 0] = np.where(bones[0][..., 0] < 0, np.pi - out[..., number, 0], out[..., number, 0])
        for joint in (1, 2):
            before, after = bones[joint - 1], bones[joint]
            out[..., number, joint] = np.arccos(np.clip((before * after).sum(-1), -1, 1))
        level = np.hypot(bones[0][..., 0], bones[0][..., 1])
        spread = np.arctan2(bones[0][..., 1], np.maximum(bones[0][..., 0], 1e-3))
        # of a curled finger the spread cannot be read
        out[..., number, 3] = spread * np.clip((level - 0.3) / 0.4, 0, 1)
    return out


def _turns(points: Array, name: str) -> dict[str, Array]:
    """Bone → (F, 3) rotation vectors in the bone's own frame."""
    rest = _rest(name)
    frame = _palm(rest, name)
    now, relaxed = curls(points, name), curls(rest, name)
    out: dict[str, Array] = {}
    for number, finger in enumerate(_LONG):
        a, b, c, d = FINGERS[finger]
        for joint, (i, j) in enumerate(((a, b), (b, c), (c, d))):
            direction = unit(rest[j] - rest[i])
            axis = unit(np.cross(direction, frame[2]))
            low, high = _CURL[joint]
            angle = np.clip(now[:, number, joint], low, high) - relaxed[number, joint]
            turn = angle[:, None] * axis
            if joint == 0:
                spread = np.clip(now[:, number, 3] - relaxed[number, 3], -_SPREAD, _SPREAD)
                turn = turn + spread[:, None] * frame[2] * float(np.sign(np.cross(frame[0], frame[1]) @ frame[2]))
            out[f"{name}Hand{finger}{joint + 1}"] = turn
    out.update(_thumb(points, rest, name))
    return out


def _thumb(points: Array, rest: Array, name: str) -> dict[str, Array]:
    """The thumb follows its own directions in the palm's frame, bone after bone."""
    to_rest = np.swapaxes(_palm(rest, name), -1, -2) @ _palm(points, name)
    out = {}
    above = np.tile(quat.IDENTITY, (len(points), 1))
    for joint, (i, j) in enumerate(((1, 2), (2, 3), (3, 4))):
        wanted = np.einsum("fij,fj->fi", to_rest, points[:, j] - points[:, i])
        inside = quat.rotate(quat.conjugate(above), wanted)
        turn = quat.log(quat.between(np.broadcast_to(rest[j] - rest[i], inside.shape), inside))
        angle = np.linalg.norm(turn, axis=1, keepdims=True)
        turn = turn * np.minimum(1.0, _THUMB / np.maximum(angle, 1e-9))
        above = quat.multiply(above, quat.exp(turn))
        out[f"{name}HandThumb{joint + 1}"] = turn
    return out
