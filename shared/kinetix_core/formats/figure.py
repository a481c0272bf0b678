"""What the writers ask of a figure: which bone carries a vertex, whether it is the mannequin, and its normals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core import mannequin
from kinetix_core.formats import names
from kinetix_core.formats.bone_mesh import bone_mesh
from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import FormatError

_SAME_M = 1e-4


def carriers(figure: Figure) -> NDArray[np.int64]:
    """Return (V,) the bone that moves each vertex most."""
    return np.asarray(figure.skin_joints[np.arange(len(figure.vertices)), figure.skin_weights.argmax(axis=1)])


def on_mannequin(skeleton: Skeleton) -> bool:
    """Return whether this is the mannequin's skeleton, under any of its namings."""
    own = mannequin.load().skeleton
    if skeleton is own:
        return True
    known = any(skeleton.names == tuple(names.rename(naming, name) for name in own.names) for naming in names.NAMINGS)
    if not known or not np.array_equal(skeleton.parents, own.parents):
        return False
    same = np.abs(skeleton.rest_translations - own.rest_translations).max() < _SAME_M
    return bool(same and (np.abs(skeleton.rest_rotations[:, 3]) > 1 - 1e-6).all())


def plain_figure(skeleton: Skeleton) -> tuple[Figure, str]:
    """Return the mannequin for its own skeleton, a solid for every bone of another one, and the name of either."""
    return (mannequin.load(), "Mannequin") if on_mannequin(skeleton) else (bone_mesh(skeleton), "Skeleton")


def check_fit(motion: Motion, figure: Figure) -> None:
    """Raise FormatError if the motion is on another skeleton, or the figure has no surface."""
    if motion.skeleton.names != figure.skeleton.names or not len(figure.faces):
        raise FormatError("The motion does not fit the figure's skeleton.", next_step="Retarget the motion first.")


def vertex_normals(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """(V, 3), (T, 3) → (V, 3) unit normals, weighted by area; a vertex without a face points up."""
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    out = np.stack(
        [np.bincount(faces.ravel(), np.repeat(across[:, axis], 3), len(vertices)) for axis in range(3)], axis=1
    )
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.where(length > 1e-12, out / np.maximum(length, 1e-12), [0.0, 1.0, 0.0])
