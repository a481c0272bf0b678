"""The figure that every emote is delivered on: a CC0 body with 52 Mixamo-named bones (licence notices beside this file).

The face has 52 shapes from MakeHuman's face units (CC0) for the same base mesh.

Frame: y up, facing +z, metres, soles at y = 0. The rest pose is a T-pose with identity rest rotations, so a global joint
rotation is the rotation from the rest pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_core.mannequin.figure import FaceMoves, Figure, moves_of
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.face_shapes import FACE_SHAPES

# The body data is z up and faces -y.
_TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


@dataclass(frozen=True, eq=False)
class Mannequin(Figure):
    """The delivered figure, with identity rest rotations.

    Attributes:
        heads: (J, 3) joint positions in the rest pose.
        tails: (J, 3) bone ends in the rest pose.
        detail: which of its two bodies this is.
    """

    heads: NDArray[np.float64]
    tails: NDArray[np.float64]
    detail: str

    @cached_property
    def face(self) -> FaceMoves:
        """Moves of the face's shapes, read on first use."""
        every = np.arange(len(self.vertices))
        return {name: moves_of(shape, every) for name, shape in zip(FACE_SHAPES, face_shapes(self.detail), strict=True)}


@cache
def load(detail: str = "1k") -> Mannequin:
    """The mannequin with 1,229 (`"1k"`) or 12,272 (`"12k"`) vertices."""
    with np.load(Path(__file__).with_name(f"body_{detail}.npz"), allow_pickle=False) as data:
        vertices, heads, tails = (data[key] @ _TO_Y_UP.T for key in ("vertices", "bone_heads", "bone_tails"))
        faces, parents = data["faces"].astype(np.int64), data["bone_parents"].astype(np.int64)
        names = tuple(str(name).replace("mixamorig:", "") for name in data["bone_names"])
        indices, weights = data["skin_index"].astype(np.int64), data["skin_weight"].astype(np.float64)
    lift = np.array([0.0, -vertices[:, 1].min(), 0.0])
    vertices, heads, tails = vertices + lift, heads + lift, tails + lift
    strongest = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(weights, strongest, 1)
    weights /= weights.sum(axis=1, keepdims=True)
    joints = np.where(weights > 0, np.take_along_axis(indices, strongest, 1), 0)
    offsets = np.where(parents[:, None] >= 0, heads - heads[parents], heads)
    skeleton = Skeleton(names, parents, np.tile([0.0, 0, 0, 1], (len(names), 1)), offsets)
    return Mannequin(skeleton, vertices, faces, joints, weights, heads, tails, detail)


# Of the whole numbers in the file, metres.
_SHAPE_STEP = 2e-5


@cache
def face_shapes(detail: str = "1k") -> NDArray[np.float64]:
    """(52, V, 3) metres that each vertex moves with a whole shape, in the order of `FACE_SHAPES`. There is no tongue, and no eyes."""
    with np.load(Path(__file__).with_name("face_shapes.npz"), allow_pickle=False) as data:
        rows, moves = data[f"rows_{detail}"].astype(np.int64), data[f"moves_{detail}"]
    shapes = np.zeros((len(moves), len(load(detail).vertices), 3))
    shapes[:, rows] = moves * _SHAPE_STEP
    return shapes
