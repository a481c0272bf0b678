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
from kinetix_core.values.face_shapes import FACE_SHAPES


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
    maker = Maker(glb.write_emote(one.with_(name="T-Pose")))
    document, nodes, count = maker.document, maker.document["nodes"], len(skeleton)
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
    matrices = maker.floats(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
    larger = np.diag([100.0, 100.0, 100.0, 1.0])
    matrices = np.concatenate([larger @ matrices, larger[None]]).transpose(0, 2, 1)
    skin["inverseBindMatrices"] = maker.put(matrices.reshape(-1, 16).astype("<f4"), "MAT4")
    for animation in document["animations"]:
        animation["channels"] = [item for item in animation["channels"] if item["target"]["path"] == "rotation"]
        animation["channels"] = [item for item in animation["channels"] if item["target"]["node"] != head]
        animation["samplers"] = animation["samplers"][:-1]
    if not clip:
        del document["animations"]
    return maker.glb()


def character_with_a_face() -> bytes:
    """A mesh in centimetres and z up with some of a face's shapes and others, in no order, and teeth that hang on the head's node.

    The teeth have two shapes of their own, one by the name of one of the mesh's.
    """
    maker = Maker(character(clip=False))
    document = maker.document
    body, skin = mannequin.load(), document["skins"][0]
    to_file = 100 * quat.to_matrix(quat.from_axis_angle([1.0, 0.0, 0.0], np.pi / 2))
    mesh = document["meshes"][0]["primitives"][0]
    mesh["attributes"]["POSITION"] = maker.put((body.vertices @ to_file.T).astype("<f4"), "VEC3")
    shapes = dict(zip(FACE_SHAPES, mannequin.face_shapes(), strict=True))
    shapes["frown of mine"] = shapes["browDownLeft"] + shapes["browDownRight"]
    names = ["mouthSmileLeft", "frown of mine", "jawOpen", "eyeBlinkRight", "tongueOut"]
    mesh["targets"] = [{"POSITION": maker.put((shapes[name] @ to_file.T).astype("<f4"), "VEC3")} for name in names]
    document["meshes"][0]["extras"] = {"targetNames": names}
    matrices = maker.floats(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
    from_file = np.eye(4)
    from_file[:3, :3] = np.linalg.inv(to_file)
    again = (matrices @ from_file).transpose(0, 2, 1).reshape(-1, 16)
    skin["inverseBindMatrices"] = maker.put(again.astype("<f4"), "MAT4")
    teeth = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0]], "<f4")
    down, across = np.zeros((4, 3), "<f4"), np.zeros((4, 3), "<f4")
    down[:, 2], across[1:, 0] = [-1.0, -1.5, -2.0, -9.0], 0.5
    targets = [{"POSITION": maker.put(moves, "VEC3")} for moves in (down, across)]
    attributes = {"POSITION": maker.put(teeth, "VEC3")}
    triangles = maker.put(np.array([0, 1, 2, 1, 3, 2], "<u2")[:, None], "SCALAR")
    document["meshes"].append(
        {
            "primitives": [{"attributes": attributes, "indices": triangles, "targets": targets}],
            "extras": {"targetNames": ["jawOpen", "jawLeft"]},
        }
    )
    node = maker.node("Teeth", mesh=1, rotation=quat.from_axis_angle([0.0, 1.0, 0.0], 0.4).tolist())
    document["nodes"][body.skeleton.index("Head")].setdefault("children", []).append(node)
    return maker.glb()


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


def under_a_root(motion: Motion) -> Motion:
    """The same movement with the hips straight above an upright root bone, which stays at the origin."""
    skeleton, count = motion.skeleton, len(motion)
    places = np.vstack(([[0.0, 0, 0]], skeleton.rest_translations))
    places[1] = [0.0, skeleton.rest_translations[0, 1], 0]
    taller = Skeleton(
        ("root", *skeleton.names),
        np.concatenate(([-1], skeleton.parents + 1)),
        np.vstack(([quat.IDENTITY], skeleton.rest_rotations)),
        places,
    )
    still = np.tile(quat.IDENTITY, (count, 1, 1))
    return motion.with_(
        skeleton=taller,
        rotations=np.concatenate((still, motion.rotations), 1),
        root_positions=np.zeros((count, 3)),
        translations={1: motion.root_positions},
        extras={},
    )


def every_kind_of_accessor() -> bytes:
    """Two clips of three bones with sparse, normalised, strided, stepped and cubic data: little of it, but all kinds."""
    maker = Maker()
    bones = [maker.node(f"bone{k}", children=[k + 1] if k < 2 else [], translation=[0, 0.5, 0]) for k in range(3)]
    maker.document["scenes"] = [{"nodes": [0]}]
    bind = np.tile(np.eye(4, dtype="<f4"), (3, 1, 1))
    for bone in range(3):
        bind[bone, 3, 1] = -0.5 * (bone + 1)
    maker.document["skins"] = [{"joints": bones, "inverseBindMatrices": maker.put(bind.reshape(3, 16), "MAT4")}]
    times = maker.put(np.array([0, 0.5, 1.0], "<f4"), "SCALAR")
    turns = quat.exp(np.array([[0, 0, 0], [0.3, 0, 0], [0, 0.6, 0]], float))
    shorts = maker.put(np.round(turns * 32767).astype("<i2"), "VEC4", normalized=True)
    bytes_ = maker.put(np.round(turns * 127).astype("i1"), "VEC4", normalized=True)
    cubic = np.zeros((9, 4), "<f4")
    cubic[1::3] = turns
    cubic_at = maker.put(cubic, "VEC4")
    sparse = maker.sparse(3, "VEC3", np.array([1], "<u2"), np.array([[0, 1, 0]], "<f4"))
    strided = maker.strided(turns.astype("<f4"), "VEC4", 24)
    maker.clip(
        "kinds",
        [
            (0, "rotation", times, shorts, "LINEAR"),
            (1, "rotation", times, cubic_at, "CUBICSPLINE"),
            (2, "rotation", times, bytes_, "STEP"),
            (0, "translation", times, sparse, "LINEAR"),
        ],
    )
    maker.clip("strided", [(1, "rotation", times, strided, "LINEAR")])
    return maker.glb()


def mirrored(seed: int) -> bytes:
    """Joints in any order below nodes in centimetres, many mirrored along some axes, some with a matrix; they turn and move."""
    rng = np.random.default_rng(seed)
    above, joints, frames = 2, 9, 5
    maker = Maker()
    parents = [-1, 0, 1] + [int(rng.integers(max(above, node - 3), node)) for node in range(above + 1, above + joints)]
    animated = [node for node in range(above, above + joints) if node == above or rng.random() < 0.7]
    locals_ = []
    for node, _ in enumerate(parents):
        turn, place = quat.normalize(rng.normal(size=4)), rng.normal(size=3) * (0.2 if node < above else 20)
        scale = rng.choice([-1.0, 1.0], 3) * (0.01 if node == 0 else rng.choice([0.5, 1.0, 2.0]))
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = quat.to_matrix(turn) * scale, place
        locals_.append(matrix)
        children = [child for child, parent in enumerate(parents) if parent == node]
        if node not in animated and rng.random() < 0.5:
            maker.node(f"node{node}", children=children, matrix=matrix.T.ravel().tolist())
        else:
            own = {"translation": place.tolist(), "rotation": turn.tolist(), "scale": scale.tolist()}
            maker.node(f"node{node}", children=children, **own)
    world: list[np.ndarray] = []
    for node, parent in enumerate(parents):
        world.append(world[parent] @ locals_[node] if parent >= 0 else locals_[node])
    order = (rng.permutation(joints) + above).tolist()
    inverse = np.linalg.inv([world[node] for node in order]).transpose(0, 2, 1)
    inverse[:, :, 3] = [0, 0, 0, 1]
    bind = maker.put(inverse.reshape(joints, 16).astype("<f4"), "MAT4")
    maker.document["skins"] = [{"joints": order, "inverseBindMatrices": bind}]
    corners = np.zeros((joints, 4), "u1")
    corners[:, 0] = range(joints)
    attributes = {
        "POSITION": maker.put(rng.normal(size=(joints, 3)).astype("<f4"), "VEC3"),
        "JOINTS_0": maker.put(corners, "VEC4"),
        "WEIGHTS_0": maker.put(np.tile(np.array([1, 0, 0, 0], "<f4"), (joints, 1)), "VEC4"),
    }
    maker.document["meshes"] = [{"primitives": [{"attributes": attributes}]}]
    maker.node("body", mesh=0, skin=0)
    times = maker.put((np.arange(frames) / 30).astype("<f4"), "SCALAR")
    channels = []
    for node in animated:
        turns = quat.normalize(rng.normal(size=(frames, 4))).astype("<f4")
        channels.append((node, "rotation", times, maker.strided(turns, "VEC4", 20), "LINEAR"))
        if rng.random() < 0.4:
            channels.append(
                (node, "translation", times, maker.put(rng.normal(size=(frames, 3)).astype("<f4"), "VEC3"), "LINEAR")
            )
    maker.clip("mirrored", channels)
    return maker.glb()


def speaking() -> bytes:
    """A few bones with a mesh whose targets show a face: one by its name, one by what each version of VRM says."""
    maker = Maker(mirrored(2))
    document = maker.document
    (mesh,) = document["meshes"]
    (primitive,) = mesh["primitives"]
    count = document["accessors"][primitive["attributes"]["POSITION"]]["count"]
    body = next(number for number, node in enumerate(document["nodes"]) if node.get("mesh") == 0)
    moves = np.random.default_rng(4).normal(size=(3, count, 3)).astype("<f4")
    rows = np.array([1, 4], "<u2")
    targets = [
        maker.put(moves[0], "VEC3"),
        maker.sparse(count, "VEC3", rows, moves[1, :2]),
        maker.put(np.round(moves[2] * 20).astype("<i2"), "VEC3", normalized=True),
    ]
    primitive["targets"] = [{"POSITION": target} for target in targets]
    mesh["extras"] = {"targetNames": ["jawOpen", "lid", "A"]}
    bind = {"node": body, "index": 1, "weight": 0.7}
    document["extensions"] = {
        "VRMC_vrm": {"expressions": {"preset": {"blinkLeft": {"morphTargetBinds": [bind]}}}},
        "VRM": {
            "blendShapeMaster": {
                "blendShapeGroups": [{"presetName": "blink_r", "binds": [{"mesh": 0, "index": 2, "weight": 60}]}]
            }
        },
    }
    return maker.glb()


class Maker:
    """Write GLB files of its own, so that the reader is not tested with the writer only."""

    def __init__(self, data: bytes = b"") -> None:
        """Go on with the GLB `data`, or begin a new one."""
        self.document: dict[str, Any] = {"asset": {"version": "2.0"}, "nodes": [], "accessors": [], "bufferViews": []}
        self.binary = b""
        if data:
            self.document, self.binary = parts(data)

    def floats(self, accessor: int) -> np.ndarray:
        """The values (count, components) of an accessor of floats in a row."""
        row = self.document["accessors"][accessor]
        view = self.document["bufferViews"][row["bufferView"]]
        start = view.get("byteOffset", 0) + row.get("byteOffset", 0)
        width = {"SCALAR": 1, "VEC3": 3, "MAT4": 16}[row["type"]]
        return np.frombuffer(self.binary, "<f4", width * row["count"], start).reshape(-1, width)

    def node(self, name: str, **values: Any) -> int:
        kept = {key: value for key, value in values.items() if value != []}
        self.document["nodes"].append({"name": name, **kept})
        return len(self.document["nodes"]) - 1

    def chain(self, count: int, first: int = 0) -> None:
        """Bones one below the other, which the scene shows."""
        for bone in range(first, first + count):
            self.node(f"bone{bone}", children=[bone + 1] if bone < first + count - 1 else [])
        self.document["scenes"] = [{"nodes": [first]}]

    def times(self, *seconds: float) -> int:
        return self.put(np.array(seconds, "<f4"), "SCALAR")

    def still(self, keys: int = 2) -> int:
        """Rotations that are none."""
        return self.put(np.tile(np.array([0, 0, 0, 1], "<f4"), (keys, 1)), "VEC4")

    def view(self, data: bytes, **values: Any) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **values}
        )
        self.binary += data
        return len(self.document["bufferViews"]) - 1

    def put(self, values: np.ndarray, kind: str, **more: Any) -> int:
        return self._accessor(values, kind, {"bufferView": self.view(values.tobytes()), **more})

    def strided(self, values: np.ndarray, kind: str, stride: int) -> int:
        rows = b"".join(row.tobytes().ljust(stride, b"\xff") for row in values)
        return self._accessor(values, kind, {"bufferView": self.view(rows, byteStride=stride)})

    def sparse(
        self, count: int, kind: str, rows: np.ndarray, values: np.ndarray, base: np.ndarray | None = None
    ) -> int:
        item: dict[str, Any] = {
            "sparse": {
                "count": len(rows),
                "indices": {"bufferView": self.view(rows.tobytes()), "componentType": _COMPONENT[rows.dtype.str[1:]]},
                "values": {"bufferView": self.view(values.tobytes())},
            }
        }
        if base is not None:
            item["bufferView"] = self.view(base.tobytes())
        number = self._accessor(values, kind, item)
        self.document["accessors"][number]["count"] = count
        return number

    def clip(self, name: str, channels: list[tuple[int, str, int, int, str]], **values: Any) -> None:
        self.document.setdefault("animations", []).append(
            {
                "name": name,
                "samplers": [
                    {"input": time, "output": output, "interpolation": mode} for _, _, time, output, mode in channels
                ],
                "channels": [
                    {"sampler": number, "target": {"node": node, "path": path}}
                    for number, (node, path, _, _, _) in enumerate(channels)
                ],
                **values,
            }
        )

    def glb(self) -> bytes:
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.document["buffers"] = [{"byteLength": len(self.binary)}]
        return join(self.document, self.binary)

    def _accessor(self, values: np.ndarray, kind: str, item: dict[str, Any]) -> int:
        item = {"componentType": _COMPONENT[values.dtype.str[1:]], "count": len(values), "type": kind, **item}
        self.document["accessors"].append(item)
        return len(self.document["accessors"]) - 1


_COMPONENT = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
