# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a take's figure is in its clip's picture, as the hub tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .sheet import Place

__all__ = ["Figure"]


@dataclass(frozen=True)
class Figure:
    """F frames of a take.

    Attributes:
        size: of the upright picture in pixels.
        camera_moved: a point in the picture corrects nothing then.
        joints: joint → its place in each frame, of those that were captured.
        head: its place in each frame.
        clip: its path, "" where it is not kept; the take begins `clip_start` seconds into it.
    """

    size: tuple[int, int]
    camera_moved: bool
    joints: dict[str, list[Place]]
    head: list[Place]
    clip: str
    clip_start: float

    @classmethod
    def of(cls, told: dict[str, Any]) -> Figure:
        return cls(
            (int(told["width"]), int(told["height"])),
            bool(told["cameraMoved"]),
            {joint: [(x, y) for x, y in places] for joint, places in told["joints"].items()},
            [(x, y) for x, y in told["head"]],
            told.get("clip") or "",
            float(told.get("clipStart") or 0.0),
        )

    @property
    def frames(self) -> int:
        return len(self.head)

    def places(self) -> Iterator[Place]:
        """Everywhere where it is."""
        for places in (*self.joints.values(), self.head):
            yield from places
