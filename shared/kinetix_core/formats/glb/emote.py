"""Writes a clip on the mannequin, or on a bare skeleton, as GLB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core import mannequin
from kinetix_core.formats import names
from kinetix_core.formats.bone_mesh import bone_mesh
from kinetix_core.formats.figure import on_mannequin, vertex_normals
from kinetix_core.formats.glb import morphs
from kinetix_core.formats.glb.animation import animation
from kinetix_core.formats.glb.binary import ELEMENTS, VERTICES, Binary
from kinetix_core.formats.glb.container import CLIP_CAMERA
from kinetix_core.mannequin.figure import FaceMoves, Figure
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import worded

_GENERATOR = "Kinetix Bridge"
_COLOUR = (0.62, 0.66, 0.72, 1.0)


def write_emote(
    motion: Motion,
    *,
    detail: str = "1k",
    naming: str = "mixamo",
    max_error_m: float | None = None,
    clip_camera: Mapping[str, Any] | None = None,
) -> bytes:
    """A GLB of the mannequin moving. Where the motion says something of a face, the mesh has its shapes as morph targets.

    Args:
        motion: on the mannequin's skeleton.
        detail: `"1k"` or `"12k"` vertices.
        naming: `"mixamo"` (the mannequin's own), `"legacy"` (the same bones below a node “Armature”, as the legacy files have
            them) or `"generic"` (the bone names of Kinetix' generic rig).
        max_error_m: writes fewer keys with at most this error; None writes every frame.
        clip_camera: of the clip that the motion was captured from (docs/conventions.md).

    Raises:
        FormatError: the motion is on another skeleton, or `naming` is unknown.
    """
    if not on_mannequin(motion.skeleton):
        raise FormatError(
            "The motion is not on the mannequin's skeleton.", next_step="Retarget it to the mannequin first."
        )
    if naming not in names.NAMINGS:
        raise FormatError(
            worded("There is no bone naming “{naming}”.", naming=naming),
            next_step=worded("Use one of {names}.", names=", ".join(names.NAMINGS)),
        )
    figure = mannequin.load(detail)
    binary = Binary()
    document = _figure_document(
        binary,
        figure,
        [names.rename(naming, name) for name in figure.skeleton.names],
        "Mannequin",
        armature="Armature" if naming == "legacy" else "",
        face={} if motion.face is None else figure.face,
    )
    if clip_camera is not None:
        document["asset"]["extras"] = {CLIP_CAMERA: clip_camera}
    clip = _clip(binary, motion, max_error_m)
    if motion.face is not None:
        mesh_node = next(number for number, node in enumerate(document["nodes"]) if "mesh" in node)
        morphs.add_track(binary, clip, mesh_node, motion.face, motion.fps)
    return binary.pack({**document, "animations": [clip]})


def write_motion(motion: Motion, *, max_error_m: float | None = None) -> bytes:
    """A GLB of any skeleton moving, with a simple solid for every bone, so that it is seen and has a skin."""
    binary = Binary()
    document = _figure_document(binary, bone_mesh(motion.skeleton), motion.skeleton.names, "Skeleton")
    return binary.pack({**document, "animations": [_clip(binary, motion, max_error_m)]})


def _clip(binary: Binary, motion: Motion, max_error_m: float | None) -> dict[str, Any]:
    paths = {0: motion.root_positions, **motion.translations}
    return animation(binary, motion, range(len(motion.skeleton)), motion.rotations, paths, max_error_m=max_error_m)


def _figure_document(
    binary: Binary,
    figure: Figure,
    bones: Sequence[str],
    name: str,
    *,
    armature: str = "",
    face: FaceMoves | None = None,
) -> dict[str, Any]:
    """Return the document of a figure with the shapes of its `face`, and put its data into `binary`."""
    skeleton = figure.skeleton
    small = len(skeleton) <= 256
    weights = figure.skin_weights.astype("<f4")
    weights[:, 0] += 1 - weights.sum(1, dtype=np.float32)  # the validator adds them up as float32
    attributes = {
        "POSITION": binary.put(figure.vertices.astype("<f4"), "VEC3", target=VERTICES, bounds=True),
        "NORMAL": binary.put(vertex_normals(figure.vertices, figure.faces).astype("<f4"), "VEC3", target=VERTICES),
        "JOINTS_0": binary.put(figure.skin_joints.astype("u1" if small else "<u2"), "VEC4", target=VERTICES),
        "WEIGHTS_0": binary.put(weights, "VEC4", target=VERTICES),
    }
    wide = len(figure.vertices) > 65535
    indices = binary.put(figure.faces.astype("<u4" if wide else "<u2").ravel(), "SCALAR", target=ELEMENTS)
    mesh: dict[str, Any] = {"name": name, "primitives": [{"attributes": attributes, "indices": indices, "material": 0}]}
    if face:
        # Godot works out tangents of every target, and says for each that it needs texture coordinates for it
        attributes["TEXCOORD_0"] = binary.put(np.zeros((len(figure.vertices), 2), "<f4"), "VEC2", target=VERTICES)
        mesh["primitives"][0]["targets"] = morphs.targets(binary, face, len(figure.vertices))
        mesh |= {"weights": [0.0] * len(face), "extras": {"targetNames": list(face)}}
    bind = binary.put(_inverse_bind(skeleton).astype("<f4"), "MAT4")
    nodes: list[dict[str, Any]] = []
    for bone, title in enumerate(bones):
        node: dict[str, Any] = {"name": title, "translation": skeleton.rest_translations[bone].round(7).tolist()}
        if np.abs(skeleton.rest_rotations[bone] - quat.IDENTITY).max() > 1e-9:
            node["rotation"] = skeleton.rest_rotations[bone].tolist()
        if children := skeleton.children(bone):
            node["children"] = children
        nodes.append(node)
    roots = [int(bone) for bone in np.flatnonzero(skeleton.parents < 0)]
    # The mesh is a scene root: a skinned mesh below another node would be moved twice by engines that are wrong about it.
    nodes.append({"name": name, "mesh": 0, "skin": 0})
    top = [len(nodes) - 1, *roots]
    if armature:
        nodes.append({"name": armature, "children": roots})
        top = [len(nodes) - 2, len(nodes) - 1]
    skin: dict[str, Any] = {"joints": list(range(len(bones))), "inverseBindMatrices": bind}
    if len(roots) == 1:
        skin["skeleton"] = roots[0]
    return {
        "asset": {"version": "2.0", "generator": _GENERATOR},
        "scene": 0,
        "scenes": [{"nodes": top}],
        "nodes": nodes,
        "meshes": [mesh],
        "materials": [
            {
                "name": name,
                "pbrMetallicRoughness": {"baseColorFactor": list(_COLOUR), "metallicFactor": 0, "roughnessFactor": 0.8},
            }
        ],
        "skins": [skin],
    }


def _inverse_bind(skeleton: Skeleton) -> NDArray[np.float64]:
    """Return (J, 16) column-major matrices from the mesh to each joint."""
    rotations, positions = kinematics.rest_pose(skeleton)
    inverse = quat.to_matrix(quat.conjugate(rotations))
    matrices = np.tile(np.eye(4), (len(skeleton), 1, 1))
    matrices[:, :3, :3] = inverse
    matrices[:, :3, 3] = -(inverse @ positions[..., None])[..., 0]
    return np.swapaxes(matrices, 1, 2).reshape(-1, 16)
