"""Finds the head in the line of bones that goes up from the chest: neck, head, and whatever a head wears."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.mapping.bone_names import words
from kinetix_core.motion.mapping.name_semantics import semantics_of
from kinetix_core.motion.mapping.symmetry import Shape

Array = NDArray[np.float64]

_SKULL = 0.3
"""Share of the trunk, from hip joints to shoulders: a bone so far above the head's joint is on the head, not in the neck."""
_LEANING_BACK = 0.57
"""Sine of the angle by which a bone may lie behind the one below it: a neck never leans back so far, a braid does."""
_NECK = 0.29
"""Share of the trunk: a first bone that starts so far above the shoulders is the head, not the neck."""
_NECK_LONG = 0.2
"""Share of the trunk: unless the next one starts no more than this above it."""


def head_of(shape: Shape, line: list[int], shoulders: float, trunk: float) -> tuple[int, float, str]:
    """The head in `line`, the bones upwards from above the chest: index, confidence, reason.

    Args:
        shoulders: height of the upper arms.
        trunk: how far that is above the hip joints.
    """
    named = [bone for bone in line if semantics_of(shape.names[bone]) == {"Head"}]
    if named:
        return named[0], 0.95, "its name and its place above the neck"
    carries = [bone for bone in line if any(not shape.middle(child) for child in shape.children[bone])]
    if carries:
        k = line.index(carries[0])
        while k and np.linalg.norm(shape.at[line[k]] - shape.at[line[k - 1]]) < 0.005 * shape.tall:
            k -= 1  # a holder of the face at the head's own place
        return line[k], 0.85, "the bone above the chest that carries the face or hair"
    necks = [k for k, bone in enumerate(line) if "neck" in words(shape.names[bone])]
    if necks and necks[-1] + 1 < len(line):
        return line[necks[-1] + 1], 0.85, "the bone above the neck"
    if len(line) == 1:
        return line[0], 0.7, "the only bone above the chest"
    bare = _without_ornaments(shape, line, shoulders, trunk)
    if len(bare) < len(line):
        return bare[-1], 0.75, "the last bone above the chest before what is on the head"
    return line[-1], 0.75, "the last bone above the chest"


def _without_ornaments(shape: Shape, line: list[int], shoulders: float, trunk: float) -> list[int]:
    """The line up to where it leaves the head, for a braid, a plume, an antenna or the head's own end."""
    first = float(shape.at[line[0], 1]) - shoulders
    if first > _NECK * trunk and not _is_short_neck(shape.at[line[1]] - shape.at[line[0]], trunk):
        return line[:1]
    before = first
    for k in range(1, len(line)):
        step = shape.at[line[k]] - shape.at[line[k - 1]]
        length = float(np.linalg.norm(step))
        if length > max(_SKULL * trunk, 1.2 * before) or -step[2] > _LEANING_BACK * length:
            return line[:k]
        before = length
    return line


def _is_short_neck(step: Array, trunk: float) -> bool:
    """Return whether the second bone is as near above the first as a head above a neck."""
    length = float(np.linalg.norm(step))
    return length < _NECK_LONG * trunk and float(step[1]) > 0.85 * length
