"""Hands that hold on to something above the floor, as a table, a wall or a rail: they stay where they are while the body moves.

What they hold on to is not seen. A hand counts as held where it stays in one place although its shoulder does not: a free arm goes
along with the body.
"""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.contacts import hand_lock
from kinetix_capture.contacts.fading import fade
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.contacts import runs

# Frames; and those from which on it is held whatever depth was guessed for it.
_SHORTEST, _LONG = 15, 45
# Metres by which a held hand seems to move at most, across the view and along it, and what share that is of its shoulder's way.
_STAYS, _STAYS_DEEP, _SHARE = 0.04, 0.09, 0.25
# metres across the view by which its shoulder moves at least meanwhile
_MOVES = 0.06
# Of an arm's length: beyond it a limb is stretched ever more slowly. And the percentage of frames that need not reach: shoulders are
# guesses too.
_REACH, _OUT_OF_REACH = 0.97, 10
# frames over which a hand is pulled to its place and let go again
_FADE = 5


def find_held_hands(still: Flags, wrists: Array, shoulders: Array) -> Flags:
    """Return (F, 2) the left and the right hand is held.

    Args:
        still: (F, 2) the hand is seen to be still in the picture.
        wrists, shoulders: (F, 2, 3) metres in the camera's frame, the last number along the view.
    """
    out = np.zeros(still.shape, bool)
    for side in (0, 1):
        for first, last in runs(still[:, side]):
            part = slice(first, last)
            if last - first >= _SHORTEST and _is_held(wrists[part, side], shoulders[part, side]):
                out[part, side] = True
    return out


def _is_held(wrist: Array, shoulder: Array) -> bool:
    off = np.abs(wrist - np.median(wrist, axis=0))
    across, deep = float(np.percentile(np.linalg.norm(off[:, :2], axis=1), 90)), float(np.percentile(off[:, 2], 90))
    moves = float(np.linalg.norm(np.ptp(np.percentile(shoulder[:, :2], (5, 95), axis=0), axis=0)))
    stays = across < min(_STAYS, _SHARE * moves) and (deep < _STAYS_DEEP or len(wrist) >= _LONG)
    return bool(stays and moves > _MOVES)


def hold_hands(pose: FigurePose, held: Flags, view: Array) -> FigurePose:
    """Keep held hands (F, 2) from moving and turning.

    `view` (3,) is the direction along which the camera looked or the opposite one, in the frame of the hips.
    """
    for side in np.flatnonzero(held.any(axis=0)).tolist():
        arm, forearm, hand = pose.body.limb(side, "Arm", "ForeArm", "Hand")
        reach = _REACH * float(np.linalg.norm(np.diff(pose.body.heads[[arm, forearm, hand]], axis=0), axis=1).sum())
        wrist = target = pose.position[:, hand]
        turn = pose.turned(hand)
        for first, last in runs(held[:, side]):
            share = fade(len(wrist), first, last, _FADE)
            usual = quat.normalize(quat.continuous(turn[first:last]).sum(axis=0))
            turn = quat.slerp(turn, np.broadcast_to(usual, turn.shape), share)
            place = _within_reach(np.median(wrist[first:last], axis=0), pose.position[first:last, arm], reach, view)
            target = target + (place - target) * share[:, None]
        pose = hand_lock.place_hand(pose, side, target - wrist, turn)
    return pose


def _within_reach(place: Array, shoulders: Array, reach: float, view: Array) -> Array:
    """The place (3,), moved along the view until an arm as long as `reach` comes to it from nearly all places (F, 3) of its shoulder.

    Across the view it stays, as the picture tells it well. Where no depth will do, it is the one that comes nearest.
    """
    away = place - shoulders
    along = away @ view
    spread = np.sqrt(np.maximum(along**2 - (away**2).sum(axis=1) + reach**2, 0.0))
    nearest, furthest = (
        np.percentile(-along - spread, 100 - _OUT_OF_REACH),
        np.percentile(spread - along, _OUT_OF_REACH),
    )
    moved = np.clip(0.0, nearest, furthest) if nearest < furthest else (nearest + furthest) / 2
    return np.asarray(place + moved * view)
