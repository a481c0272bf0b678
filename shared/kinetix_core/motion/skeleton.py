"""A skeleton in its rest pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.values.errors import UnreadableFile

_SAME_PLACE = 0.02
"""Share of the way there; a bone that comes so near to the start has come back."""


@dataclass(frozen=True, eq=False)
class Skeleton:
    """J bones, parents before their children. Frame: y up, metres (docs/conventions.md).

    Attributes:
        names: J bone names as found in the file.
        parents: (J,) int index of the parent bone, -1 for a root.
        rest_rotations: (J, 4) unit quaternions xyzw, parent from bone, in the rest pose.
        rest_translations: (J, 3) position of the joint in its parent's frame, in the rest pose.

    Raises:
        FormatError: shapes differ, a parent does not come before its child, or a value is not finite.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int64]
    rest_rotations: NDArray[np.float64]
    rest_translations: NDArray[np.float64]

    def __post_init__(self) -> None:
        count = len(self.names)
        for field, shape in (("parents", (count,)), ("rest_rotations", (count, 4)), ("rest_translations", (count, 3))):
            found = getattr(self, field)
            if found.shape != shape:
                raise UnreadableFile(f"The skeleton's {field} has the shape {found.shape}, not {shape}")
            if not np.isfinite(found).all():
                raise UnreadableFile(f"The skeleton's {field} has a value that is not a number")
        if (self.parents >= np.arange(count)).any() or (self.parents < -1).any():
            raise UnreadableFile("A bone of the skeleton comes before its parent")

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Index of the bone with this exact name; ValueError when there is none."""
        return self.names.index(name)

    def up_to_root(self, bone: int) -> list[int]:
        """The bone and everything above it, nearest first."""
        out = []
        while bone >= 0:
            out.append(bone)
            bone = int(self.parents[bone])
        return out

    def children(self, bone: int) -> list[int]:
        return [int(child) for child in np.flatnonzero(self.parents == bone)]


def without_backtracking(line: Sequence[int], places: NDArray[np.float64]) -> list[int]:
    """Return a line of bones without pairs that lead away and back, as in Second Life's spine: these bend nothing.

    Args:
        line: each the child of the one before it.
        places: (J, 3) of all bones at rest.
    """
    out: list[int] = []
    for bone in line:
        out.append(bone)
        if len(out) < 3:
            continue
        away = np.linalg.norm(places[out[-2]] - places[out[-3]])
        if np.linalg.norm(places[bone] - places[out[-3]]) < _SAME_PLACE * away:
            del out[-2:]
    return out
