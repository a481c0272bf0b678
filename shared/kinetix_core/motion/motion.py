"""A clip: how one skeleton moves. What every reader returns and every writer takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import UnreadableFile
from kinetix_core.values.face_shapes import FACE_SHAPES


@dataclass(frozen=True, eq=False)
class Motion:
    """F frames of J bones at a constant rate.

    Attributes:
        skeleton: the J bones and their rest pose.
        fps: frames a second; frame i is at i / fps seconds.
        rotations: (F, J, 4) unit quaternions xyzw, parent from bone (absolute, not relative to the rest pose).
        root_positions: (F, 3) metres: the position of bone 0 in its parent's frame. Other bones keep their rest translation,
            but for those in `translations`.
        name: of the clip.
        extras: metadata that travels with the clip (contacts, quality, source); JSON types only.
        translations: bone index above 0 → (F, 3) metres in its parent's frame: hips under a root bone of their own, mostly.
        face: (F, 52) weights in the order of `FACE_SHAPES`; None for a clip that says nothing of a face.
    """

    skeleton: Skeleton
    fps: float
    rotations: NDArray[np.float64]
    root_positions: NDArray[np.float64]
    name: str = "emote"
    extras: dict[str, Any] = field(default_factory=dict)
    translations: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)
    face: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        frames, bones = self.rotations.shape[:1], len(self.skeleton)
        if self.rotations.shape != (*frames, bones, 4) or self.root_positions.shape != (*frames, 3):
            raise UnreadableFile(
                f"Rotations {self.rotations.shape} and root positions {self.root_positions.shape} do not fit {bones} bones"
            )
        if not frames or not frames[0]:
            raise UnreadableFile("The motion has no frame")
        for bone, path in self.translations.items():
            if not 0 < bone < bones or path.shape != (*frames, 3) or not np.isfinite(path).all():
                raise UnreadableFile(f"The path of bone {bone} does not fit the motion")
        if self.face is not None and (
            self.face.shape != (*frames, len(FACE_SHAPES)) or not np.isfinite(self.face).all()
        ):
            raise UnreadableFile("The weights of the face do not fit the motion")
        if not (np.isfinite(self.rotations).all() and np.isfinite(self.root_positions).all()):
            raise UnreadableFile("The motion has a value that is not a number")
        if not (np.isfinite(self.fps) and 0 < self.fps <= 1000):
            raise UnreadableFile(f"{self.fps} frames a second is not a usable rate")

    def __len__(self) -> int:
        return len(self.rotations)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame."""
        return (len(self) - 1) / self.fps

    def with_(self, **changes: Any) -> Motion:
        """A copy with some fields replaced."""
        return replace(self, **changes)
