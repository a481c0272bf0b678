"""VRM animations (`.vrma`): a GLB of nodes alone, whose extension VRMC_vrm_animation says which is which bone and which expression."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.glb.animation import animation
from kinetix_core.formats.glb.binary import Binary
from kinetix_core.formats.glb.vrm_extension import EXTENSION, PRESETS
from kinetix_core.motion.editing import layers
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from kinetix_core.motion.retargeting.t_pose import t_posed
from kinetix_core.values.captured_body import METADATA, CapturedBody
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
_GENERATOR = "Kinetix Bridge"


def write_vrm_animation(motion: Motion, *, max_error_m: float | None = None) -> bytes:
    """A VRM animation of any humanoid: its bones from a T-pose, and the shapes of its face that move at all.

    Args:
        max_error_m: writes fewer keys of the body with at most this error; None writes every frame.

    Raises:
        FormatError: a bone is missing that every VRM has.
    """
    bones = map_bones(motion.skeleton)
    missing = [bone for bone in humanoid_profile.MAIN if bone not in bones]
    if missing:
        raise FormatError(
            "The skeleton lacks bones that VRM requires.",
            detail=f"It has no {', '.join(missing)}.",
            next_step="Map its bones first, or choose another format.",
        )
    skeleton = t_posed(motion.skeleton, bones)
    moved = _without_legs(retarget(motion, skeleton, source_map=bones, options=RetargetOptions(keep_feet=False)))
    nodes: list[dict[str, Any]] = []
    for bone, name in enumerate(skeleton.names):
        node: dict[str, Any] = {"name": _vrm(name), "translation": skeleton.rest_translations[bone].round(7).tolist()}
        if children := skeleton.children(bone):
            node["children"] = children
        nodes.append(node)
    humanoid = {_vrm(name): {"node": bone} for bone, name in enumerate(skeleton.names)}
    binary = Binary()
    clip = animation(
        binary, moved, range(len(skeleton)), moved.rotations, {0: moved.root_positions}, max_error_m=max_error_m
    )
    extension: dict[str, Any] = {"specVersion": "1.0", "humanoid": {"humanBones": humanoid}}
    if motion.face is not None and motion.face.any():
        extension["expressions"] = _expressions(binary, clip, nodes, motion.face, motion.fps)
    document = {
        "asset": {"version": "2.0", "generator": _GENERATOR},
        "extensionsUsed": [EXTENSION],
        "extensions": {EXTENSION: extension},
        "scene": 0,
        "scenes": [{"nodes": [0, *range(len(skeleton), len(nodes))]}],
        "nodes": nodes,
        "animations": [clip],
    }
    return binary.pack(document)


def _without_legs(motion: Motion) -> Motion:
    """An emote of the upper body alone rests in its hips and legs, also in another rest pose; any other is as it was."""
    if motion.extras.get(METADATA) != CapturedBody.UPPER:
        return motion
    rest = motion.skeleton
    lower = layers.mask(motion, "lower_body") > 0
    return motion.with_(
        rotations=np.where(lower[:, None], rest.rest_rotations, motion.rotations),
        root_positions=np.tile(rest.rest_translations[0], (len(motion), 1)),
    )


def _expressions(
    binary: Binary, clip: dict[str, Any], nodes: list[dict[str, Any]], face: Array, fps: float
) -> dict[str, dict[str, dict[str, int]]]:
    """Add a node and a track for each shape of the face (F, 52) that moves; what the extension says of them."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    times = binary.put((np.arange(len(face)) / fps).astype("<f4"), "SCALAR", bounds=True)
    for shape, weights in zip(FACE_SHAPES, face.T, strict=True):
        if not weights.any():
            continue
        kind, name = ("preset", PRESETS[shape]) if shape in PRESETS else ("custom", shape)
        found.setdefault(kind, {})[name] = {"node": len(nodes)}
        translation = np.zeros((len(face), 3), "<f4")
        translation[:, 0] = np.clip(weights, 0.0, 1.0)
        clip["samplers"].append({"input": times, "output": binary.put(translation, "VEC3"), "interpolation": "LINEAR"})
        target = {"node": len(nodes), "path": "translation"}
        clip["channels"].append({"sampler": len(clip["samplers"]) - 1, "target": target})
        nodes.append({"name": name})
    return found


def _vrm(bone: str) -> str:
    """VRM's name of a humanoid bone."""
    return bone[:1].lower() + bone[1:]
