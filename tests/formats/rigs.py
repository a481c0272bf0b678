"""Characters as other programs write them: under a scaled and turned node, in centimetres, with helpers and matrices."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import Motion, Skeleton, kinematics
from kinetix_core.motion import quaternion as quat


def parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """A GLB as its JSON and its bytes, read without our reader."""
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def join(document: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary


def character(clip: bool = True) -> bytes:
    """The mannequin's skeleton in centimetres below a node that scales by 0.01 and turns z up to y up, as exporters do it.

    A root bone stands above the hips, one bone has a matrix and a helper without a joint lies inside the chain.
    """
    body = mannequin.load()
    skeleton = body.skeleton
    one = Motion(
        skeleton, 30.0, np.tile(skeleton.rest_rotations, (2, 1, 1)), np.tile(skeleton.rest_translations[0], (2, 1))
    )
    document, binary = parts(glb.write_emote(one.with_(name="T-Pose")))
    nodes, count = document["nodes"], len(skeleton)
    to_z_up = quat.from_axis_angle([1.0, 0.0, 0.0], np.pi / 2)
    for bone in range(count):
        nodes[bone]["translation"] = (skeleton.rest_translations[bone] * 100).tolist()
    # The file's bones stand in a z-up world: the root turns them, the armature turns the world back.
    nodes.append({"name": "Root", "children": [0], "rotation": to_z_up.tolist()})
    nodes.append(
        {
            "name": "Armature",
            "children": [count + 1],
            "scale": [0.01, 0.01, 0.01],
            "rotation": quat.conjugate(to_z_up).tolist(),
        }
    )
    head = skeleton.index("Head")
    matrix = np.eye(4)
    matrix[:3, 3] = nodes[head].pop("translation")
    nodes[head]["matrix"] = matrix.T.ravel().tolist()
    hand = skeleton.index("LeftHand")
    fore = nodes[skeleton.index("LeftForeArm")]
    fore["children"] = [child for child in fore["children"] if child != hand] + [count + 3]
    nodes.append({"name": "LeftHelper", "children": [hand]})
    document["scenes"][0]["nodes"] = [count, count + 2]
    skin = document["skins"][0]
    skin["joints"] = [*skin["joints"], count + 1]
    skin["skeleton"] = count + 1
    bind = document["accessors"][skin["inverseBindMatrices"]]
    start = document["bufferViews"][bind["bufferView"]]["byteOffset"]
    matrices = np.frombuffer(binary, "<f4", count * 16, start).reshape(-1, 4, 4).transpose(0, 2, 1).copy()
    scale = np.diag([100.0, 100.0, 100.0, 1.0])
    matrices = scale @ matrices
    root = np.eye(4)
    root[:3, :3] = np.eye(3) * 100
    root = np.concatenate([matrices, root[None]])
    data = root.transpose(0, 2, 1).astype("<f4").tobytes()
    document["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)})
    bind["bufferView"], bind["count"] = len(document["bufferViews"]) - 1, count + 1
    binary += data
    document["buffers"][0]["byteLength"] = len(binary)
    for animation in document["animations"]:
        animation["channels"] = [item for item in animation["channels"] if item["target"]["path"] == "rotation"]
        animation["channels"] = [item for item in animation["channels"] if item["target"]["node"] != head]
        animation["samplers"] = animation["samplers"][:-1]
    if not clip:
        del document["animations"]
    return join(document, binary)


def dance(skeleton: Skeleton, frames: int, fps: float = 30.0) -> Motion:
    """Any skeleton, every bone turning about its rest, the root walking."""
    rng = np.random.default_rng(3)
    turns = quat.exp(np.cumsum(rng.normal(0, 0.05, (frames, len(skeleton), 3)), 0))
    rotations = quat.normalize(quat.multiply(skeleton.rest_rotations[None], turns))
    path = skeleton.rest_translations[0] + np.cumsum(rng.normal(0, 0.02, (frames, 3)), 0)
    return Motion(skeleton, fps, quat.continuous(rotations), path, "dance")


def turned_rest(motion: Motion) -> Motion:
    """The same movement on a skeleton whose bones rest turned by all kinds of angles."""
    skeleton = motion.skeleton
    rng = np.random.default_rng(8)
    # `turn[j]` is how bone j's own frame differs; the joints stay where they are.
    turn = quat.exp(rng.normal(0, 1.0, (len(skeleton), 3)))
    parents = skeleton.parents
    above = np.where((parents >= 0)[:, None], turn[parents], quat.IDENTITY)
    rest = quat.multiply(quat.multiply(quat.conjugate(above), skeleton.rest_rotations), turn)
    moved = quat.rotate(quat.conjugate(above), skeleton.rest_translations)
    rotations = quat.multiply(quat.multiply(quat.conjugate(above)[None], motion.rotations), turn[None])
    out = motion.with_(
        skeleton=Skeleton(skeleton.names, parents, quat.normalize(rest), moved), rotations=quat.normalize(rotations)
    )
    assert np.allclose(kinematics.forward(out)[1], kinematics.forward(motion)[1], atol=1e-9)
    return out
