"""Limits on reading one file. A reader spends first and works then."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import sentence, worded


@dataclass(frozen=True, slots=True)
class _Limit:
    """The most of something in one file, what it is called, and what a person can do about it."""

    most: int
    name: str
    next_step: str


class Cost(Enum):
    """Kinds of cost. `runtime/reading/budget.gd` of the Godot add-on uses the same names."""

    NODES = _Limit(20_000, "nodes", "Export the figure without the scene around it.")
    TRACKS = _Limit(32_000, "tracks in its clips", "Split the file.")
    """Tracks and time lines: 130 clips of 100 bones that turn and move. Clips may share their data."""
    NUMBERS = _Limit(12_000_000, "numbers", "Split the file.")
    """Decoded ones: many accessors may name the same bytes."""
    POSES = _Limit(3_000_000, "frames and bones in its clips", "Cut it into shorter clips.")
    """Frames × tracks: two keys can ask for a million frames, in every clip."""
    PARTS = _Limit(4_000, "parts of meshes", "Join the meshes of the character.")
    """Nodes share meshes, so that a small file may ask for millions. A character of many pieces has hundreds."""
    VERTICES = _Limit(2_000_000, "vertices", "Simplify the character.")
    TRIANGLES = _Limit(2_000_000, "triangles", "Simplify the character.")


_POSES_OF_ANY_FILE = 1_000_000
"""61 bones for nine minutes at 30 fps, 32 MB as float64 quaternions."""
_POSES_A_BYTE = 2
"""A stored key is 16 bytes and stands for a few frames."""


class Budget:
    """Remaining budget of one file."""

    def __init__(self, what: str, size: int) -> None:
        """`what` is the file for a person (“GLB”), `size` its bytes."""
        self._what = what
        self._limits = {cost: cost.value.most for cost in Cost}
        self._limits[Cost.POSES] = min(Cost.POSES.value.most, _POSES_OF_ANY_FILE + _POSES_A_BYTE * size)
        self._left = dict(self._limits)

    def spend(self, cost: Cost, amount: int = 1) -> None:
        """Take `amount` off what is left.

        Raises:
            FormatError: the file asks for more than it can honestly hold.
        """
        self._left[cost] -= amount
        if self._left[cost] < 0:
            limit = cost.value
            raise FormatError(
                worded("This {file} file has too many {things}.", file=self._what, things=sentence(limit.name)),
                detail=f"At most {self._limits[cost]:,} are read of a file of this size.",
                next_step=limit.next_step,
            )

    def refill(self, cost: Cost) -> None:
        """Begin again with what was only looked at."""
        self._left[cost] = self._limits[cost]
