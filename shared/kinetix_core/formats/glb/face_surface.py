"""What the shapes of a face, morph targets by ARKit's names, move of a character's surface."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.errors import FormatError
from kinetix_core.face_shapes import FACE_SHAPES
from kinetix_core.formats import source
from kinetix_core.formats.budget import Budget
from kinetix_core.formats.glb import accessors, graph, morphs, surface
from kinetix_core.formats.glb.container import Document
from kinetix_core.shape_moves import FaceMoves, ShapeMoves, moves_of

__all__ = ["read_face_moves"]


def read_face_moves(document: Document, nodes: graph.Nodes, rig: graph.Rig) -> FaceMoves:
    """The face's shapes of all meshes in `read_surface`, as one: those of lids and lashes move together.

    Raises:
        FormatError: damaged, or more than can be read at once.
    """
    # A budget of its own, as for a second file: what the figure itself took does not count.
    document = Document(document.json, document.buffers, Budget("GLB", sum(map(len, document.buffers))))
    found: dict[str, list[ShapeMoves]] = {}
    first = 0
    for part in surface.read_parts(document, nodes, rig):
        for name, target in _targets(part).items():
            moves = accessors.decode(document, target, ("VEC3",), "A shape's moves")
            if len(moves) != len(part.vertices):
                raise FormatError("A shape of a mesh moves another number of vertices than the mesh has.")
            found.setdefault(name, []).append(_in_rest_pose(part, moves, first))
        first += len(part.vertices)
    return {name: _joined(found[name]) for name in FACE_SHAPES if name in found}


def _targets(part: surface.Part) -> dict[str, Any]:
    """Accessors of the moves by the face's shapes that a part of a mesh has; of two by one name the first."""
    names = morphs.target_names(part.mesh)
    if set(FACE_SHAPES).isdisjoint(names):
        return {}
    rows = source.sequence(part.primitive.get("targets"), "A mesh's shapes")
    if len(rows) != len(names):
        raise FormatError("The parts of a mesh have different numbers of shapes.")
    found: dict[str, Any] = {}
    for name, row in zip(names, rows, strict=True):
        moves = source.members(row, "A shape of a mesh").get("POSITION")
        if name in FACE_SHAPES and moves is not None:
            found.setdefault(name, moves)
    return found


def _in_rest_pose(part: surface.Part, moves: NDArray[np.float64], first: int) -> ShapeMoves:
    """From the moves (V, 3) of a part whose vertices begin at `first` in the whole surface."""
    rows = np.flatnonzero(moves.any(axis=1))
    turned = part.binding.turn(moves[rows], rows)
    if not np.isfinite(turned).all():
        raise FormatError("A shape of the character moves a vertex infinitely far.")
    return moves_of(turned, rows + first)


def _joined(parts: list[ShapeMoves]) -> ShapeMoves:
    return ShapeMoves(np.concatenate([part.rows for part in parts]), np.concatenate([part.moves for part in parts]))
