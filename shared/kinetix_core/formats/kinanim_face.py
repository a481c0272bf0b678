"""The face in a Kinanim: behind the bones of every frame, which of 53 blend shapes are stored and their weights."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import kinanim_keys, reduction
from kinetix_core.formats.kinanim_table import BLEND_SHAPES
from kinetix_core.values.errors import UnreadableFile
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
_PLACES = {FACE_SHAPES.index(name): place for place, name in enumerate(BLEND_SHAPES) if name in FACE_SHAPES}
"""Column of a motion's face → its bit in a frame. `mouthOpen` is no shape of ARKit's: it is not written, and left out on reading."""


@dataclass(frozen=True)
class FaceKeys:
    """Stored face keys of F frames.

    Attributes:
        steps: (F, 53) 16-bit weights in the format's order.
        stored: (F, 53) which of them are in the file.
    """

    steps: NDArray[np.int16]
    stored: NDArray[np.bool_]

    @staticmethod
    def empty(frames: int) -> FaceKeys:
        return FaceKeys(np.zeros((frames, len(BLEND_SHAPES)), "<i2"), np.zeros((frames, len(BLEND_SHAPES)), np.bool_))

    @staticmethod
    def of(face: Array, max_error: float | None) -> FaceKeys:
        """Weights (F, 52) in the order of `FACE_SHAPES`. A shape that never moves is not stored.

        `max_error` bounds the error of a weight by omitted keys; None stores every frame.
        """
        keys = FaceKeys.empty(len(face))
        for column, place in _PLACES.items():
            weights = face[:, column]
            if not weights.any():
                continue
            keys.steps[:, place] = kinanim_keys.steps(weights)
            keys.stored[:, place] = (
                True
                if max_error is None
                else reduction.keep_path(weights[:, None], max_error, longest=kinanim_keys.LONGEST)
            )
        return keys

    def weights(self) -> Array | None:
        """Return (F, 52) in the order of `FACE_SHAPES`, on the line between stored frames; None where no shape is stored at all."""
        used = {column: place for column, place in _PLACES.items() if self.stored[:, place].any()}
        if not used:
            return None
        face = np.zeros((len(self.steps), len(FACE_SHAPES)))
        for column, place in used.items():
            values = self.steps[:, place, None] / kinanim_keys.STEP
            face[:, column] = kinanim_keys.line(values, self.stored[:, place])[:, 0]
        return face

    def packed(self) -> list[bytes]:
        """Return the face's bytes of each frame."""
        frames = zip(kinanim_keys.flags_of(self.stored), self.steps.astype("<i2"), self.stored, strict=True)
        return [struct.pack("<Q", flags) + row[there].tobytes() for flags, row, there in frames]

    def read(self, frame: int, view: memoryview, at: int, end: int) -> int:
        """Take in one frame, whose face begins at `at` of a record that ends at `end`; the bytes that it has. Raises FormatError."""
        if at + 8 > end:
            raise UnreadableFile("A frame of the Kinanim ends before its face")
        (flags,) = struct.unpack_from("<Q", view, at)
        if flags >> len(BLEND_SHAPES):
            raise UnreadableFile("A frame of the Kinanim has an unknown blend shape")
        there = kinanim_keys.mask_of(flags, len(BLEND_SHAPES))
        count = int(there.sum())
        if at + 8 + 2 * count > end:
            raise UnreadableFile("A frame of the Kinanim ends within its face")
        self.steps[frame, there] = np.frombuffer(view, "<i2", count, at + 8)
        self.stored[frame] = there
        return 8 + 2 * count
