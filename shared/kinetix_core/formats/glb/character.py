"""Reads a character: its skeleton, its skinned surface and the document that clips are written onto."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.errors import FormatError
from kinetix_core.formats import source
from kinetix_core.formats.glb import accessors, graph
from kinetix_core.formats.glb.container import Document, parse
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.skeleton import Skeleton

__all__ = ["Character", "read_character", "read_surface"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
_MAX_VERTICES = 2_000_000
_TRIANGLES = 4


@dataclass(frozen=True, eq=False)
class Character:
    """A rigged figure from a GLB. Also a `kinetix_core.formats.figure.Figure`.

    Attributes:
        skeleton: J bones, metres.
        vertices: (V, 3) in the skeleton's rest pose; empty when the surface cannot be read (compressed) or is not there.
        faces: (T, 3).
        skin_joints: (V, 4) bone indices.
        skin_weights: (V, 4).
        document: the file, to write clips onto.
        nodes: its node tree.
        rig: which node each bone is.
        name: of the file's scene or first mesh.
    """

    skeleton: Skeleton
    vertices: Array
    faces: Ints
    skin_joints: Ints
    skin_weights: Array
    document: Document
    nodes: graph.Nodes
    rig: graph.Rig
    name: str


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


def read_surface(document: Document, nodes: graph.Nodes, rig: graph.Rig) -> tuple[Array, Ints, Ints, Array]:
    """Vertices, triangles, bones and weights of everything that hangs on the skeleton, as `Character` has them."""
    parts: list[tuple[Array, Ints, Ints, Array]] = []
    total = 0
    bone_of = {node: bone for bone, node in enumerate(rig.nodes)}
    turns, places = kinematics.rest_pose(rig.skeleton)
    for node, item in enumerate(document.all("nodes")):
        if item.get("mesh") is None:
            continue
        mesh = document.get("meshes", item["mesh"], "A node's mesh")
        skin = document.get("skins", item["skin"], "A node's skin") if item.get("skin") is not None else None
        carrier = _carrier(nodes, bone_of, node)
        if skin is None and carrier is None:
            continue
        for primitive in source.sequence(mesh.get("primitives"), "A mesh"):
            part = _primitive(document, source.members(primitive, "A mesh's part"))
            if part is None:
                continue
            points, triangles, attributes = part
            total += len(points)
            if total > _MAX_VERTICES:
                raise FormatError(f"The character has more than {_MAX_VERTICES:,} vertices.")
            if skin is not None:
                if not {"JOINTS_0", "WEIGHTS_0"} <= attributes.keys():
                    continue
                parts.append(_bound(document, nodes, skin, points, attributes, bone_of, rig, turns, places, triangles))
            elif carrier is not None:
                bone, to_bone = carrier
                local = points @ to_bone[:3, :3].T + to_bone[:3, 3]
                world = quat.rotate(turns[bone], local) + places[bone]
                fixed = np.zeros((len(points), 4), np.int64)
                fixed[:, 0] = bone
                parts.append((world, triangles, fixed, np.tile([1.0, 0, 0, 0], (len(points), 1))))
    if not parts:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros((0, 4), np.int64), np.zeros((0, 4))
    firsts = np.cumsum([0, *(len(part[0]) for part in parts[:-1])])
    faces = np.concatenate([part[1] + first for part, first in zip(parts, firsts, strict=True)])
    return (
        np.concatenate([part[0] for part in parts]),
        faces,
        np.concatenate([part[2] for part in parts]),
        np.concatenate([part[3] for part in parts]),
    )


def _carrier(nodes: graph.Nodes, bone_of: dict[int, int], node: int) -> tuple[int, Array] | None:
    """The bone that an unskinned mesh hangs on, and the matrix from the mesh to that bone in metres."""
    up = node
    while up >= 0 and up not in bone_of:
        up = int(nodes.parents[up])
    if up < 0:
        return None
    bone_world = np.eye(4)
    bone_world[:3, :3] = quat.to_matrix(nodes.world_rotations[up])
    bone_world[:3, 3] = nodes.world[up, :3, 3]
    return bone_of[up], np.linalg.inv(bone_world) @ nodes.world[node]


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


def _bound(
    document: Document,
    nodes: graph.Nodes,
    skin: dict[str, Any],
    points: Array,
    attributes: dict[str, Any],
    bone_of: dict[int, int],
    rig: graph.Rig,
    turns: Array,
    places: Array,
    triangles: Ints,
) -> tuple[Array, Ints, Ints, Array]:
    """Vertices (V, 3) of a skinned part in the rest pose, with their triangles, bones and weights."""
    named = source.sequence(skin.get("joints"), "A skin's joints")
    own = [source.index(node, len(document.all("nodes")), "A skin's joint") for node in named]
    local = accessors.decode_integers(document, attributes["JOINTS_0"], "VEC4", max(len(own), 1), "A mesh's joints")
    weights = accessors.decode(document, attributes["WEIGHTS_0"], ("VEC4",), "A mesh's weights")
    if not own or len(local) != len(points) or len(weights) != len(points):
        raise FormatError("A mesh has another number of weights than of vertices.")
    weights = np.maximum(weights, 0.0)
    sums = weights.sum(1, keepdims=True)
    weights = np.where(sums > 1e-9, weights / np.maximum(sums, 1e-9), [1.0, 0.0, 0.0, 0.0])
    joints = np.array([bone_of[node] for node in own], np.int64)[local]
    # Joint worlds of the rest pose with the scale that the file gives them, since bind matrices undo it.
    matrices = np.zeros((len(own), 3, 4))
    for number, node in enumerate(own):
        bone = bone_of[node]
        inverse = rig.inverse_bind.get(node, np.eye(4))
        world = np.eye(4)
        world[:3, :3] = quat.to_matrix(turns[bone]) * np.linalg.norm(nodes.world[node, :3, :3], axis=0)
        world[:3, 3] = places[bone]
        matrices[number] = (world @ inverse)[:3]
    out = np.zeros_like(points)
    for corner in range(4):
        used = matrices[local[:, corner]]
        out += weights[:, corner, None] * ((used[..., :3] @ points[..., None])[..., 0] + used[..., 3])
    if not np.isfinite(out).all():
        raise FormatError("A vertex of the character is infinitely far away.")
    return out, triangles, joints, weights
