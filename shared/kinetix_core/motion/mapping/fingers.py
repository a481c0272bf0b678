"""Reads the fingers of a hand off names and shape."""

from __future__ import annotations

import numpy as np

from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.name_semantics import finger_of
from kinetix_core.motion.mapping.symmetry import Shape


def read(shape: Shape, hand: int, lower: int) -> list[tuple[str, int, float, str]]:
    """Bone of a finger without its side, index, confidence and reason; `lower` is the forearm.

    Fingers are identified by name, or by their order across the palm if there are five.
    """
    chains = _chains(shape, hand)
    names = [finger_of(shape.names[chain[0]]) for chain in chains]
    named = len(set(names)) == len(names) and all(names)
    if not named:
        if len(chains) != 5:
            return []
        order = _from_thumb(shape, chains, hand, lower)
        chains = [chains[k] for k in order]
        names = list(humanoid_profile.FINGERS)
    out = []
    for name, chain in zip(names, chains, strict=True):
        joints = _joints(shape, chain, hand, name)
        sure, reason = (0.9, "its name and its place in the hand") if named else (0.65, "its place in the hand")
        out += [(part, bone, sure, reason) for part, bone in zip(humanoid_profile.FINGERS[name], joints, strict=False)]
    return out


def _chains(shape: Shape, hand: int) -> list[list[int]]:
    """Straight chains of at least two bones below the hand; a bone that carries several is part of the palm."""
    out, open_ = [], [[child] for child in shape.children[hand]]
    while open_:
        chain = open_.pop()
        below = shape.children[chain[-1]]
        long = [child for child in below if shape.children[child]]
        if len(below) <= 1 or len(long) == 1:
            following = long or below
            if following:
                open_.append([*chain, following[0]])
            else:
                out.append(chain)
        elif len(long) > 1:
            open_ += [[child] for child in below]
        else:
            out.append(chain)
    return [chain for chain in out if len(chain) >= 2]


def _from_thumb(shape: Shape, chains: list[list[int]], hand: int, lower: int) -> list[int]:
    """The thumb starts nearest to the wrist along the forearm; the others follow across the palm."""
    along = shape.at[hand] - shape.at[lower]
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    starts = np.array([shape.at[chain[0]] for chain in chains]) - shape.at[hand]
    ends = np.array([shape.at[chain[-1]] for chain in chains]) - shape.at[hand]
    thumb = int(np.argmin(ends @ along + starts @ along))
    others = [k for k in range(len(chains)) if k != thumb]
    row = starts[others] - starts[others].mean(axis=0)
    across = np.linalg.svd(row)[2][0]  # the line of the knuckles
    away = np.mean([shape.at[bone] for bone in chains[thumb]], axis=0) - shape.at[hand] - starts[others].mean(axis=0)
    side = np.sign((away - along * (away @ along)) @ (across - along * (across @ along))) or 1.0
    order = np.argsort(-side * (row @ across))
    return [thumb, *(others[int(k)] for k in order)]


def _joints(shape: Shape, chain: list[int], hand: int, name: str) -> list[int]:
    """Without a metacarpal at the start and without an end bone."""
    if len(chain) > 3 and name != "Thumb":
        starts = float(np.linalg.norm(shape.at[chain[0]] - shape.at[hand]))
        knuckle = float(np.linalg.norm(shape.at[chain[1]] - shape.at[hand]))
        if starts < 0.6 * knuckle and (len(chain) > 4 or shape.children[chain[-1]] or starts < 0.45 * knuckle):
            chain = chain[1:]
    return chain[:3]
