# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a take's figure is in its clips' pictures, as the hub tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .sheet import Place

__all__ = ["PARTS", "Figure", "Picture"]

PARTS = {
    "leftElbow": "leftUpperArm",
    "rightElbow": "rightUpperArm",
    "leftWrist": "leftForearm",
    "rightWrist": "rightForearm",
    "leftKnee": "leftThigh",
    "rightKnee": "rightThigh",
    "leftAnkle": "leftShin",
    "rightAnkle": "rightShin",
}
"""Joint → the part of a limb that ends in it; none ends in a shoulder or a hip."""


@dataclass(frozen=True)
class Picture:
    """The figure in one clip's picture, F frames of the take.

    Attributes:
        camera: the clip's number; a correction names it, but for the first one that was used.
        size: of the upright picture in pixels.
        joints: joint → its place in each frame, of those that were captured.
        head: its place in each frame.
        towards: part of a limb → whether it points towards the camera in each frame; an older service does not tell.
        clip: its path, "" where it is not kept; the take begins `clip_start` seconds into it.
    """

    camera: int | None
    size: tuple[int, int]
    joints: dict[str, list[Place]]
    head: list[Place]
    towards: dict[str, list[bool]]
    clip: str
    clip_start: float

    @property
    def frames(self) -> int:
        return len(self.head)

    def places(self) -> Iterator[Place]:
        """Everywhere where the figure is."""
        for places in (*self.joints.values(), self.head):
            yield from places


@dataclass(frozen=True)
class Figure:
    """Those pictures in which a point corrects something: none where every camera moved.

    Attributes:
        first_camera: the number of the first clip that was used, which a correction may name too.
    """

    first_camera: int
    pictures: tuple[Picture, ...]

    @classmethod
    def of(cls, told: dict[str, Any]) -> Figure:
        pictures = [_picture(one, number) for number, one in enumerate(told["pictures"]) if not one["cameraMoved"]]
        return cls(int(told["pictures"][0]["camera"]), tuple(pictures))


def _picture(told: dict[str, Any], number: int) -> Picture:
    return Picture(
        int(told["camera"]) if number else None,
        (int(told["width"]), int(told["height"])),
        {joint: [(x, y) for x, y in places] for joint, places in told["joints"].items()},
        [(x, y) for x, y in told["head"]],
        {part: [bool(side) for side in sides] for part, sides in told.get("towards", {}).items()},
        told["clip"] or "",
        float(told["clipStart"]),
    )
