"""The node tree of a glTF document and the skeleton in it: which nodes are bones, and where they rest, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.budget import Cost
from kinetix_core.formats.glb import accessors
from kinetix_core.formats.glb.bind_pose import use_bind_pose
from kinetix_core.formats.glb.container import Document
from kinetix_core.formats.glb.vrm_extension import bone_nodes
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import FormatError, UnreadableFile

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Nodes:
    """N nodes. `order` lists them with parents before children.

    Attributes:
        parents: (N,) int, -1 for a root.
        children: per node, in the file's order.
        translations, rotations, scales: (N, 3), (N, 4) xyzw, (N, 3), local. The three scales of a node have one sign: what is
            mirrored along one or two axes is turned as well, and that is in its rotation.
        signs: (N, 4) xyzw, that turn: `rotations` is the file's own times this.
        world: (N, 4, 4) column-vector matrices of the pose as stored.
        world_rotations: (N, 4) xyzw, the product of the local rotations. What is mirrored through a point is turned as before.
    """

    names: list[str]
    parents: NDArray[np.int64]
    children: list[list[int]]
    order: list[int]
    translations: Array
    rotations: Array
    scales: Array
    signs: Array
    world: Array
    world_rotations: Array


@dataclass(frozen=True, eq=False)
class Rig:
    """The skeleton of a document.

    Attributes:
        skeleton: J bones; transforms above the roots are folded into them, scale into the translations.
        nodes: (J,) node of each bone.
        metres: (J,) metres for one unit of the bone's own local translation; negative below what is mirrored.
        inverse_bind: node → (4, 4) from the mesh to that joint, for joints of a skin that has it.
        posed: the file was saved in a pose, so the skeleton rests elsewhere than the nodes.
    """

    skeleton: Skeleton
    nodes: list[int]
    metres: Array
    inverse_bind: dict[int, Array]
    posed: bool


def read_nodes(document: Document) -> Nodes:
    """The checked node tree.

    Raises:
        FormatError: a cycle, a node with two parents, too many, or a transform that is not finite.
    """
    items = document.all("nodes")
    count = len(items)
    if not count:
        raise UnreadableFile("The GLB has no nodes")
    document.budget.spend(Cost.NODES, count)
    translations, scales = np.zeros((count, 3)), np.ones((count, 3))
    rotations = np.tile(quat.IDENTITY, (count, 1))
    parents = np.full(count, -1, np.int64)
    children: list[list[int]] = []
    names = []
    for node, item in enumerate(items):
        names.append(source.text(item.get("name"), f"node_{node}"))
        own = [
            source.index(child, count, "A node's child") for child in source.sequence(item.get("children"), "A node")
        ]
        children.append(own)
        for child in own:
            if parents[child] >= 0 or child == node:
                raise UnreadableFile("A node of the GLB has two parents")
            parents[child] = node
        if item.get("matrix") is not None:
            matrix = np.array(source.finite(item["matrix"], 16, "A node's matrix")).reshape(4, 4).T
            translations[node], rotations[node], scales[node] = _decompose(matrix)
            continue
        if item.get("translation") is not None:
            translations[node] = source.finite(item["translation"], 3, "A node's translation")
        if item.get("rotation") is not None:
            rotations[node] = source.finite(item["rotation"], 4, "A node's rotation")
        if item.get("scale") is not None:
            scales[node] = source.finite(item["scale"], 3, "A node's scale")
    order = [node for node in range(count) if parents[node] < 0]
    for node in order:  # grows while it is walked
        order.extend(children[node])
    if len(order) != count:
        raise UnreadableFile("The nodes of the GLB form a cycle")
    scales, signs = _of_one_sign(scales)
    rotations = quat.multiply(quat.normalize(rotations), signs)
    world, world_rotations = _world(parents, order, translations, rotations, scales)
    if not np.isfinite(world).all():
        raise UnreadableFile("A node of the GLB is infinitely far away")
    return Nodes(names, parents, children, order, translations, rotations, scales, signs, world, world_rotations)


def animated_nodes(document: Document) -> set[int]:
    """Nodes that some animation turns or moves."""
    count = len(document.all("nodes"))
    found: set[int] = set()
    for animation in document.all("animations"):
        for channel in source.sequence(animation.get("channels"), "An animation's channels"):
            target = source.members(source.members(channel, "A channel").get("target"), "A channel's target")
            if target.get("node") is not None and target.get("path") in ("rotation", "translation"):
                found.add(source.index(target["node"], count, "A channel's node"))
    return found


def read_rig(document: Document, nodes: Nodes) -> Rig:
    """The bones: joints of the skins with what lies between them, or, without a skin, what a VRM animation says or what is animated.

    Raises:
        FormatError: neither a skin nor an animated node.
    """
    named, inverse_bind = _skins(document)
    wanted = named or set(bone_nodes(document)) or animated_nodes(document)
    if not wanted:
        raise FormatError(
            "The GLB has no skeleton.",
            detail="It has neither a skin nor an animated node.",
            next_step="Export the armature with its mesh or its animation.",
        )
    bones = _bones(nodes, wanted, has_skin=bool(named))
    if len(bones) > source.MAX_BONES:
        raise UnreadableFile(f"The GLB has {len(bones)} bones; at most {source.MAX_BONES} are read")
    position_of = {node: bone for bone, node in enumerate(bones)}
    parents = np.array([position_of.get(int(nodes.parents[node]), -1) for node in bones], np.int64)
    rotations, translations = nodes.world_rotations[bones].copy(), nodes.world[bones, :3, 3].copy()
    inner = np.flatnonzero(parents >= 0)
    above = rotations[parents[inner]]
    metres = _scales(nodes.world[nodes.parents[bones]])
    metres[nodes.parents[bones] < 0] = 1.0
    translations[inner] = quat.rotate(quat.conjugate(above), translations[inner] - translations[parents[inner]])
    rotations[inner] = nodes.rotations[np.array(bones)[inner]]
    posed = use_bind_pose(
        bones, parents, metres, inverse_bind, nodes.world, nodes.world_rotations, nodes.parents, rotations, translations
    )
    names = source.unique([nodes.names[node] for node in bones])
    return Rig(Skeleton(names, parents, rotations, translations), bones, metres, inverse_bind, posed)


def _decompose(matrix: Array) -> tuple[Array, Array, Array]:
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    if np.linalg.det(matrix[:3, :3]) < 0:
        scale = -scale
    turn = matrix[:3, :3] / np.where(np.abs(scale) > 1e-12, scale, 1.0)
    return matrix[:3, 3], quat.from_matrix(turn), scale


def _of_one_sign(scales: Array) -> tuple[Array, Array]:
    """(N, 3) → (N, 3) with one sign for each node, and the turns (N, 4) that the other signs stand for.

    A mirror along one axis is a point mirror and a half turn about that axis. A point mirror commutes with every rotation.
    """
    signs = np.where(scales < 0, -1.0, 1.0)
    both = signs.prod(axis=1, keepdims=True)
    axes = np.zeros((len(scales), 3, 3))
    axes[:, range(3), range(3)] = signs * both
    return np.abs(scales) * both, quat.from_matrix(axes)


def _world(
    parents: NDArray[np.int64], order: list[int], translations: Array, rotations: Array, scales: Array
) -> tuple[Array, Array]:
    world = np.zeros((len(parents), 4, 4))
    world[:, :3, :3] = quat.to_matrix(rotations) * scales[:, None, :]
    world[:, :3, 3], world[:, 3, 3] = translations, 1.0
    up = parents.tolist()
    with np.errstate(over="ignore", invalid="ignore"):
        for node in order:
            if up[node] >= 0:
                world[node] = world[up[node]] @ world[node]
    place = np.empty(len(order) + 1, np.int64)
    place[order], place[-1] = np.arange(len(order)), -1
    turns = kinematics.world_rotations(place[parents[order]], rotations[None, order])[0]
    return world, quat.normalize(turns[place[:-1]])


def _scales(matrices: Array) -> Array:
    """The mean scale of world matrices (M, 4, 4) → (M,), negative for a mirror; 1 where one is flat."""
    volume = np.linalg.det(matrices[:, :3, :3])
    return np.where(np.abs(volume) > 1e-18, np.cbrt(volume), 1.0)


def joints(document: Document) -> list[list[int]]:
    """The nodes that each skin names, in its order.

    Raises:
        FormatError: one that is not there, or more than a figure has.
    """
    count = len(document.all("nodes"))
    found = []
    for skin in document.all("skins"):
        own = [source.index(joint, count, "A skin's joint") for joint in source.sequence(skin.get("joints"), "A skin")]
        if len(own) > source.MAX_BONES:
            raise UnreadableFile(f"A skin has {len(own)} joints; at most {source.MAX_BONES} are read")
        found.append(own)
    return found


def _skins(document: Document) -> tuple[set[int], dict[int, Array]]:
    named: set[int] = set()
    bind: dict[int, Array] = {}
    for skin, own in zip(document.all("skins"), joints(document), strict=True):
        if skin.get("inverseBindMatrices") is not None and own:
            for joint, matrix in zip(own, inverse_bind(document, skin, len(own)), strict=True):
                bind.setdefault(joint, matrix)
        named.update(own)
    return named, bind


def inverse_bind(document: Document, skin: dict[str, Any], joints: int) -> Array:
    """Return (K, 4, 4) from a mesh that is bound by this skin to each of its joints; ones where the file has none."""
    if skin.get("inverseBindMatrices") is None:
        return np.tile(np.eye(4), (joints, 1, 1))
    matrices = accessors.decode(document, skin["inverseBindMatrices"], ("MAT4",), "A skin's bind pose")[:joints]
    if len(matrices) < joints:
        raise UnreadableFile("A skin has fewer bind matrices than joints")
    matrices = matrices.reshape(-1, 4, 4).transpose(0, 2, 1).copy()
    matrices[:, 3] = [0.0, 0.0, 0.0, 1.0]  # as the format demands
    return matrices


def _bones(nodes: Nodes, wanted: set[int], *, has_skin: bool) -> list[int]:
    """Wanted nodes, those between them and, for several roots, what joins these; depth first, the largest root first."""
    parents = nodes.parents.tolist()
    inside = [0] * len(parents)  # wanted nodes at or below each node
    for node in reversed(nodes.order):
        inside[node] += node in wanted
        if parents[node] >= 0:
            inside[parents[node]] += inside[node]
    below = [False] * len(parents)  # has a wanted node above it
    for node in nodes.order:
        below[node] = parents[node] >= 0 and (parents[node] in wanted or below[parents[node]])
    tops = [node for node in nodes.order if node in wanted and not below[node]]
    if len(tops) > 1:
        joining = [node for node in nodes.order if inside[node] == len(wanted)]
        if joining:
            tops = [joining[-1]]
    kept: set[int] = set()
    top_set = set(tops)
    for node in nodes.order:
        if node in top_set or (parents[node] in kept and (inside[node] or not has_skin)):
            kept.add(node)
    runs = [_depth_first(nodes.children, top, kept) for top in tops]
    runs.sort(key=len, reverse=True)
    return [node for run in runs for node in run]


def _depth_first(children: list[list[int]], top: int, kept: set[int]) -> list[int]:
    found, waiting = [], [top]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(child for child in reversed(children[node]) if child in kept)
    return found
