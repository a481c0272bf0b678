"""The surface of a character: every mesh that is bound to its skeleton or hangs on one of its bones, in the rest pose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.budget import Cost
from kinetix_core.formats.glb import accessors, graph
from kinetix_core.formats.glb.container import Document
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import UnreadableFile

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Surface = tuple[Array, Ints, Ints, Array]
"""Vertices (V, 3) metres, triangles (T, 3), bones (V, 4) and weights (V, 4)."""

_BLOCK = 1 << 16
"""Vertices bound at a time: each has four matrices."""
_TRIANGLES = 4


@dataclass(frozen=True, eq=False)
class Binding:
    """Binding of a part's vertices to the skeleton's rest pose.

    Attributes:
        matrices: (K, 3, 4).
        joints: (V, 4) which of them.
        weights: (V, 4), rows sum to one.
    """

    matrices: Array
    joints: Ints
    weights: Array

    def place(self, points: Array) -> Array:
        """Return the positions of vertices (V, 3)."""
        out = np.zeros_like(points)
        for start in range(0, len(points), _BLOCK):
            part = slice(start, start + _BLOCK)
            for used, weight in self._used(part):
                moved = (used[..., :3] @ points[part, :, None])[..., 0] + used[..., 3]
                out[part] += weight * moved
        return out

    def turn(self, moves: Array, rows: Ints) -> Array:
        """The moves (R, 3) of the vertices `rows` (R,)."""
        out = np.zeros_like(moves)
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            for used, weight in self._used(rows[part]):
                out[part] += weight * (used[..., :3] @ moves[part, :, None])[..., 0]
        return out

    def _used(self, vertices: slice | Ints) -> Iterator[tuple[Array, Array]]:
        """The matrices (N, 3, 4) of some vertices and their weights (N, 1), one after the other."""
        for corner in range(4):
            yield self.matrices[self.joints[vertices, corner]], self.weights[vertices, corner, None]


@dataclass(frozen=True, eq=False)
class Part:
    """A primitive of a mesh in the rest pose.

    Attributes:
        node: which has the mesh.
        primitive: as the document has it.
        vertices: (V, 3) metres.
        triangles: (T, 3).
        bones: (V, 4).
        binding: how the vertices came there, and their weights.
    """

    node: int
    primitive: dict[str, Any]
    vertices: Array
    triangles: Ints
    bones: Ints
    binding: Binding


def read_surface(document: Document, nodes: graph.Nodes, rig: graph.Rig) -> Surface:
    """Return everything that hangs on the skeleton; empty where there is nothing, or only what is compressed.

    Raises:
        FormatError: damaged, or larger than a character can be.
    """
    parts = list(read_parts(document, nodes, rig))
    if not parts:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros((0, 4), np.int64), np.zeros((0, 4))
    firsts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return (
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.triangles + first for part, first in zip(parts, firsts, strict=True)]),
        np.concatenate([part.bones for part in parts]),
        np.concatenate([part.binding.weights for part in parts]),
    )


def read_parts(document: Document, nodes: graph.Nodes, rig: graph.Rig) -> Iterator[Part]:
    """The parts of the surface, in its order. Raises as `read_surface` does."""
    reader = _Reader(document, nodes, rig)
    for node, item in enumerate(document.all("nodes")):
        if item.get("mesh") is None:
            continue
        mesh = document.get("meshes", item["mesh"], "A node's mesh")
        carrier = reader.carrier(node)
        if item.get("skin") is None and carrier is None:
            continue
        for primitive in source.sequence(mesh.get("primitives"), "A mesh"):
            document.budget.spend(Cost.PARTS)
            own = source.members(primitive, "A mesh's part")
            read = _primitive(document, own)
            if read is None:
                continue
            points, triangles, attributes = read
            document.budget.spend(Cost.VERTICES, len(points))
            document.budget.spend(Cost.TRIANGLES, len(triangles))
            if item.get("skin") is None:
                assert carrier is not None
                bones, binding = reader.rigid(carrier, len(points))
            elif {"JOINTS_0", "WEIGHTS_0"} <= attributes.keys():
                bones, binding = reader.bound(item["skin"], len(points), attributes)
            else:
                continue
            placed = binding.place(points)
            if not np.isfinite(placed).all():
                raise UnreadableFile("A vertex of the character is infinitely far away")
            yield Part(node, own, placed, _outside(triangles, binding.matrices[0]), bones, binding)


class _Reader:
    """Put the meshes of one document onto its skeleton."""

    def __init__(self, document: Document, nodes: graph.Nodes, rig: graph.Rig) -> None:
        self.document, self.nodes, self.rig = document, nodes, rig
        self.bone_of = {node: bone for bone, node in enumerate(rig.nodes)}
        self.turns, self.places = kinematics.rest_pose(rig.skeleton)
        self.skins: dict[int, tuple[Ints, Array]] = {}

    def carrier(self, node: int) -> tuple[int, Array] | None:
        """The bone that an unskinned mesh hangs on, and the matrix from the mesh to that bone in metres."""
        nodes, up = self.nodes, node
        while up >= 0 and up not in self.bone_of:
            up = int(nodes.parents[up])
        if up < 0:
            return None
        bone_world = np.eye(4)
        bone_world[:3, :3] = quat.to_matrix(nodes.world_rotations[up])
        bone_world[:3, 3] = nodes.world[up, :3, 3]
        return self.bone_of[up], np.linalg.inv(bone_world) @ nodes.world[node]

    def rigid(self, carrier: tuple[int, Array], count: int) -> tuple[Ints, Binding]:
        """The bones (V, 4) and the binding of `count` vertices that one bone carries."""
        bone, to_bone = carrier
        matrix = quat.to_matrix(self.turns[bone]) @ to_bone[:3]
        matrix[:, 3] += self.places[bone]
        bones = np.zeros((count, 4), np.int64)
        bones[:, 0] = bone
        weights = np.tile([1.0, 0, 0, 0], (count, 1))
        return bones, Binding(matrix[None], np.zeros((count, 4), np.int64), weights)

    def bound(self, skin: Any, count: int, attributes: dict[str, Any]) -> tuple[Ints, Binding]:
        """The bones (V, 4) and the binding of `count` vertices that several bones move."""
        bones, matrices = self._skin(skin)
        local = accessors.decode_integers(
            self.document, attributes["JOINTS_0"], "VEC4", max(len(bones), 1), "A mesh's joints"
        )
        weights = accessors.decode(self.document, attributes["WEIGHTS_0"], ("VEC4",), "A mesh's weights")
        if not len(bones) or len(local) != count or len(weights) != count:
            raise UnreadableFile("A mesh has different numbers of weights and vertices")
        weights = np.maximum(weights, 0.0)
        sums = weights.sum(1, keepdims=True)
        weights = np.where(sums > 1e-9, weights / np.maximum(sums, 1e-9), [1.0, 0.0, 0.0, 0.0])
        return bones[local], Binding(matrices, local, weights)

    def _skin(self, number: Any) -> tuple[Ints, Array]:
        """The bones (K,) of a skin's joints, and the matrices (K, 3, 4) from a mesh that is bound by it to the rest pose.

        The rest pose has the joints' scale, since bind matrices undo it.
        """
        skin = self.document.get("skins", number, "A node's skin")
        if number in self.skins:
            return self.skins[number]
        named = source.sequence(skin.get("joints"), "A skin's joints")
        own = [source.index(node, len(self.nodes.names), "A skin's joint") for node in named]
        self.document.budget.spend(Cost.NUMBERS, 16 * len(own))
        bones = np.array([self.bone_of[node] for node in own], np.int64)
        world = np.zeros((len(own), 3, 4))
        linear = self.nodes.world[own, :3, :3]
        scales = np.linalg.norm(linear, axis=1) * np.where(np.linalg.det(linear) < 0, -1.0, 1.0)[:, None]
        world[:, :, :3] = quat.to_matrix(self.turns[bones]) * scales[:, None]
        world[:, :, 3] = self.places[bones]
        self.skins[number] = bones, world @ graph.inverse_bind(self.document, skin, len(own))
        return self.skins[number]


def _outside(triangles: Ints, matrix: Array) -> Ints:
    """Triangles (T, 3) that still show their outside after a matrix (3 or 4, 4), which may mirror."""
    return triangles[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else triangles


def _primitive(document: Document, item: dict[str, Any]) -> tuple[Array, Ints, dict[str, Any]] | None:
    if item.get("mode", _TRIANGLES) != _TRIANGLES or "KHR_draco_mesh_compression" in source.members(
        item.get("extensions", {}), "A mesh's extensions"
    ):
        return None
    attributes = source.members(item.get("attributes"), "A mesh's attributes")
    if "POSITION" not in attributes:
        return None
    points = accessors.decode(document, attributes["POSITION"], ("VEC3",), "A mesh's positions")
    if item.get("indices") is None:
        order = np.arange(len(points), dtype=np.int64)
    else:
        order = accessors.decode_integers(document, item["indices"], "SCALAR", len(points), "A mesh's triangles")[:, 0]
    return points, order[: len(order) // 3 * 3].reshape(-1, 3), attributes
