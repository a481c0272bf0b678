"""Moves of a character's surface for the shapes of a face, from its morph targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.budget import Budget
from kinetix_core.formats.glb import accessors, graph, surface
from kinetix_core.formats.glb.container import Document
from kinetix_core.formats.glb.face_targets import FaceTargets, face_targets
from kinetix_core.mannequin.figure import FaceMoves, ShapeMoves, moves_of
from kinetix_core.values.errors import UnreadableFile
from kinetix_core.values.face_shapes import FACE_SHAPES


def read_face_moves(document: Document, nodes: graph.Nodes, rig: graph.Rig) -> FaceMoves:
    """The face's shapes of all meshes in `read_surface`, as one: those of lids and lashes move together.

    Raises:
        FormatError: damaged, or more than can be read at once.
    """
    # A budget of its own, as for a second file: what the figure itself took does not count.
    document = Document(document.json, document.buffers, Budget("GLB", sum(map(len, document.buffers))))
    targets = face_targets(document.json, document.budget)
    found: dict[str, list[ShapeMoves]] = {}
    first = 0
    for part in surface.read_parts(document, nodes, rig):
        for name, moves in _moves(document, part, targets[part.node]) if part.node in targets else ():
            found.setdefault(name, []).append(_in_rest_pose(part, moves, first))
        first += len(part.vertices)
    return {name: _joined(found[name]) for name in FACE_SHAPES if name in found}


def _moves(document: Document, part: surface.Part, own: FaceTargets) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Return the moves (V, 3) of a part for each shape."""
    rows = source.sequence(part.primitive.get("targets"), "A mesh's shapes")
    if len(rows) != own.count:
        raise UnreadableFile("The parts of a mesh have different numbers of shapes")
    for name, shares in own.shares.items():
        whole = np.zeros_like(part.vertices)
        for target, share in shares.items():
            accessor = source.members(rows[target], "A shape of a mesh").get("POSITION")
            if accessor is None:
                continue
            moves = accessors.decode(document, accessor, ("VEC3",), "A shape's moves")
            if len(moves) != len(whole):
                raise UnreadableFile("A shape of a mesh does not move the mesh's number of vertices")
            whole += share * moves
        yield name, whole


def _in_rest_pose(part: surface.Part, moves: NDArray[np.float64], first: int) -> ShapeMoves:
    """From the moves (V, 3) of a part whose vertices begin at `first` in the whole surface."""
    rows = np.flatnonzero(moves.any(axis=1))
    turned = part.binding.turn(moves[rows], rows)
    if not np.isfinite(turned).all():
        raise UnreadableFile("A shape of the character moves a vertex infinitely far")
    return moves_of(turned, rows + first)


def _joined(parts: list[ShapeMoves]) -> ShapeMoves:
    return ShapeMoves(np.concatenate([part.rows for part in parts]), np.concatenate([part.moves for part in parts]))
