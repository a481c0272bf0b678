"""Reads a character: its skeleton, its skinned surface and the document that clips are written onto."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.glb import graph
from kinetix_core.formats.glb.container import Document, parse
from kinetix_core.formats.glb.face_surface import read_face_moves
from kinetix_core.formats.glb.surface import read_surface
from kinetix_core.mannequin.figure import FaceMoves, Figure

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Character(Figure):
    """A rigged figure from a GLB; without vertices where the surface cannot be read (compressed) or is not there.

    Attributes:
        document: the file, to write clips onto.
        nodes: its node tree.
        rig: which node each bone is.
        name: of the file's scene or first mesh.
    """

    document: Document
    nodes: graph.Nodes
    rig: graph.Rig
    name: str

    @cached_property
    def face(self) -> FaceMoves:
        """Moves of the face's shapes, read on first use.

        Raises:
            FormatError: they are damaged, or more than can be read at once.
        """
        return read_face_moves(self.document, self.nodes, self.rig)


def read_character(data: source.Source) -> Character:
    """The character in a GLB.

    Raises:
        FormatError: not a GLB, damaged, or without a skeleton.
    """
    document = parse(data)
    nodes = graph.read_nodes(document)
    rig = graph.read_rig(document, nodes)
    vertices, faces, joints, weights = read_surface(document, nodes, rig)
    name = next((nodes.names[node] for node, item in enumerate(document.all("nodes")) if "mesh" in item), "character")
    return Character(rig.skeleton, vertices, faces, joints, weights, document, nodes, rig, name)
