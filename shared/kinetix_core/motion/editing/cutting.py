"""Cuts a long take into several emotes: where the figure rests, between the rounds of what repeats, or where a person says."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import kinematics
from kinetix_core.motion.contacts import runs
from kinetix_core.motion.editing import looping, timing
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import InputError
from kinetix_core.values.take_parts import PartKind
from kinetix_core.values.wording import worded

Array = NDArray[np.float64]
# Metres a second, the fastest joint of the body: below, it rests.
_RESTS, _REST_S = 0.25, 0.4
_SHORTEST_S = 1.0
# Poses a second that are compared, and how much less alike than usual two rounds may be.
_RATE, _ALIKE = 10.0, 0.35
_FEWEST_ROUNDS = 2.5


@dataclass(frozen=True)
class Part:
    """Seconds of the take, from `start_s` until `end_s`."""

    start_s: float
    end_s: float
    why: PartKind


def propose(motion: Motion, bones: BoneMap | None = None) -> list[Part]:
    """The moves between rests, and the rounds of a move that repeats, in order; one part for a take that cannot be cut."""
    bones = bones or map_bones(motion.skeleton)
    chosen = [bones.index(bone) for bone in humanoid_profile.MAIN if bone in bones]
    places = kinematics.forward(motion)[1][:, chosen]
    seen, _ = looping.from_the_figure(motion, bones)
    found: list[Part] = []
    for first, last in _moves(places, motion.fps):
        every = _period(seen[first:last].reshape(last - first, -1, 3), motion.fps)
        edges = [*range(first, last - (every or 0) // 2, every), last] if every else [first, last]
        why = PartKind.ROUND if every else PartKind.MOVE
        found += [Part(a / motion.fps, b / motion.fps, why) for a, b in itertools.pairwise(edges)]
    return found


def at_times(motion: Motion, cuts_s: Iterable[float]) -> list[Part]:
    """The parts between these times, in seconds of the take, which may come in any order.

    Raises:
        InputError: a time is not within the take, or a part would have no two frames.
    """
    cuts = sorted(cuts_s)
    frames = [0, *(round(cut * motion.fps) for cut in cuts), len(motion) - 1]
    if any(after <= before for before, after in itertools.pairwise(frames)):
        raise InputError(
            worded("The take cannot be cut at {times} s.", times=", ".join(f"{cut:g}" for cut in cuts)),
            code="badCut",
            next_step=worded("Enter different times between 0 and {most} s.", most=f"{motion.duration:.1f}"),
        )
    edges = [frame / motion.fps for frame in frames]
    return [Part(start, end, PartKind.CHOSEN) for start, end in itertools.pairwise(edges)]


def cut(motion: Motion, part: Part) -> Motion:
    """The part as a motion of its own, at its place in the scene; its last frame is the first one of the part that follows.

    The result leaves its group, whose members begin together.
    """
    found = timing.trim(motion, part.start_s, part.end_s)
    return found.with_(extras={key: value for key, value in found.extras.items() if key != "group"})


def _moves(places: Array, fps: float) -> list[tuple[int, int]]:
    """First frame and the one after the last of what lies between the middles of two rests."""
    count = len(places)
    if count < 3:
        return [(0, count)]
    speed = np.linalg.norm(np.gradient(places, axis=0), axis=-1).max(1) * fps
    rests = [(a, b) for a, b in runs(speed < _RESTS) if b - a >= _REST_S * fps]
    edges = [0]
    for first, last in rests:
        middle = (first + last) // 2
        if (
            first > 0
            and last < count
            and middle - edges[-1] >= _SHORTEST_S * fps
            and count - middle >= _SHORTEST_S * fps
        ):
            edges.append(middle)
    return list(zip(edges, [*edges[1:], count], strict=True))


def _period(seen: Array, fps: float) -> int | None:
    """Frames after which the move begins anew, seen from the figure itself; None where it does not repeat."""
    step = max(round(fps / _RATE), 1)
    poses = seen[::step]
    shortest = int(np.ceil(_SHORTEST_S * fps / step))
    longest = int(len(poses) / _FEWEST_ROUNDS)
    if longest <= shortest:
        return None
    apart = np.array([_apart(poses, lag) for lag in range(1, longest + 1)])
    usual = float(np.median(apart))
    lags = np.arange(shortest, longest + 1)
    dips = [lag for lag in lags if apart[lag - 1] == apart[max(lag - 3, 0) : lag + 2].min()]
    good = [lag for lag in dips if apart[lag - 1] < _ALIKE * usual]
    return None if not good else int(good[0]) * step


def _apart(poses: Array, lag: int) -> float:
    return float(np.linalg.norm(poses[lag:] - poses[:-lag], axis=-1).mean())
