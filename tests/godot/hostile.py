"""Files for the readers of the Godot add-on: what the readers in Python are tried with, what costs GDScript most, and files
that both must read alike."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import numpy as np

from kinetix_core.formats import glb, kinanim, names
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.formats import fuzz, rigs
from tests.formats.test_hostile import BOMBS
from tests.godot import emotes
from tests.support import clips

__all__ = ["PLAIN", "bombs", "fuzzed", "same"]

Files = dict[str, bytes]
HUMANOID = list(names.HUMANOID.values())


def PLAIN() -> Files:
    """A usual long emote in both formats: what others are measured by."""
    long = emotes.wave(60.0)
    return {"plain.glb": glb.write_emote(long), "plain.kinanim": kinanim.write_motion(long, max_error_m=None)}


def bombs() -> dict[str, Callable[[], bytes]]:
    """Name with its ending → maker."""
    found = {
        f"{name}.{'kinanim' if read is kinanim.read_motion else 'glb'}": make
        for name, (read, make) in BOMBS.items()
        if not name.startswith("bvh")
    }
    return found | {
        "half a million nodes.glb": lambda: document(nodes=[{}] * 500_000),
        "long names of many joints.glb": _long_names,
        "many tracks of one time line.glb": _many_tracks,
        "a long chain above the hips.glb": lambda: _figure(20_000 - 60),
        "two keys ten minutes apart.glb": lambda: _keys(np.array([0, 599], "<f4"), 52),
        "keys without order.glb": lambda: _keys(np.array([3, 1, 2], "<f4"), 52),
        "small numbers as keys.glb": _small_numbers,
        "frames of the greatest size.kinanim": lambda: _header([65_535] * 18_000),
        "nothing before the last frame.kinanim": _last_frame,
        "no frame is stored.kinanim": lambda: _header([0] * 18_000),
        "nothing but faces.kinanim": _faces,
        "two faces ten minutes apart.kinanim": lambda: _faces(between=0),
        "many tracks of one face.glb": _many_faces,
    }


def fuzzed(count: int, seed: int = 0) -> Files:
    """The damaged files of `tests.formats.fuzz`, `count` of each format."""
    found = {}
    for reader, ending in (("glb", "glb"), ("kinanim", "kinanim")):
        # Of the GLBs those of humanoids: of others little is read.
        sources = fuzz.corpus(reader)
        if reader == "glb":
            motion = fuzz.small()
            sources = [*sources[:3], glb.write_emote(motion.with_(face=_face(len(motion))))]
        for number in range(seed, seed + count):
            dice = random.Random(number)
            source = dice.choice(sources)
            by_json = reader == "glb" and dice.random() < 0.7
            data = fuzz.damaged_json(source, dice) if by_json else fuzz.damaged(source, dice, text=False)
            found[f"fuzzed {number}.{ending}"] = data
    return found


def same() -> Files:
    """Whole files, and some with one odd rotation."""
    motion = clips.random_motion(6)
    found = {
        "same emote.glb": glb.write_emote(motion),
        "same under a turned root.glb": rigs.character(),
        "same in two bytes.kinanim": kinanim.write_motion(motion, max_error_m=None),
        "same thinned.kinanim": kinanim.write_motion(clips.random_motion(40)),
    }
    talking = clips.random_motion(40)
    talking = talking.with_(face=_face(len(talking)))
    found["same with a face.glb"] = glb.write_emote(talking)
    found["same with a face.kinanim"] = kinanim.write_motion(talking)
    for mode in ("LINEAR", "STEP"):
        found[f"same with a face and few keys, {mode}.glb"] = _spread(found["same with a face.glb"], mode)
        found[f"same with few keys, {mode}.glb"] = _spread(glb.write_motion(motion), mode)
    for seed in range(4):
        found[f"same with scale {seed}.kinanim"] = _with_scale(seed, has_face=seed % 2 == 1)
    for value in (0.0, 1e-9, 3e-5, 1e8, 1e15, 1e30, 3e38, float("nan"), float("inf"), float("-inf")):
        found[f"same with {value:g}.glb"] = _odd_rotation(glb.write_motion(motion), value)
    return found


def document(**values: object) -> bytes:
    return rigs.join({"asset": {"version": "2.0"}, **values}, b"")


def _figure(above: int, maker: rigs.Maker | None = None) -> bytes:
    """A chain of nodes, then one of every bone, turned by two keys."""
    maker = maker or rigs.Maker()
    for number in range(above + len(HUMANOID)):
        name = f"node{number}" if number < above else HUMANOID[number - above]
        last = number == above + len(HUMANOID) - 1
        maker.node(name, children=[] if last else [number + 1], translation=[0, 0.01, 0])
    if "animations" not in maker.document:
        times = maker.put(np.array([0, 1], "<f4"), "SCALAR")
        turns = maker.put(np.array([[0, 0, 0, 1], [1, 0, 0, 0]], "<f4"), "VEC4")
        maker.clip("turn", [(above + bone, "rotation", times, turns, "LINEAR") for bone in range(len(HUMANOID))])
    return maker.glb()


def _keys(times: np.ndarray, bones: int) -> bytes:
    maker = rigs.Maker()
    line = maker.put(times, "SCALAR")
    turns = maker.put(np.tile(np.array([0, 0, 0, 1], "<f4"), (len(times), 1)), "VEC4")
    maker.clip("keys", [(bone, "rotation", line, turns, "LINEAR") for bone in range(bones)])
    return _figure(0, maker)


def _many_tracks() -> bytes:
    """1.5 MB whose tracks hold 4 GiB, were each of them read by itself."""
    maker = rigs.Maker()
    count = 60_000
    line = maker.put((np.arange(count) / 120).astype("<f4"), "SCALAR")
    turns = maker.put(np.tile(np.array([0, 0, 0, 1], "<f4"), (count, 1)), "VEC4")
    maker.clip("many", [(bone % 4000, "rotation", line, turns, "LINEAR") for bone in range(4000)])
    for number in range(4000):
        maker.node(HUMANOID[number] if number < len(HUMANOID) else f"node{number}")
    return maker.glb()


def _small_numbers() -> bytes:
    maker = rigs.Maker()
    count = 70_000
    channels = []
    for bone in range(len(HUMANOID)):
        line = maker.put((np.arange(count) / 120).astype("<f4"), "SCALAR")
        turns = maker.put(np.tile(np.array([0, 0, 0, 127], "<i1"), (count, 1)), "VEC4", normalized=True)
        channels.append((bone, "rotation", line, turns, "LINEAR"))
    maker.clip("small", channels)
    return _figure(0, maker)


def _long_names() -> bytes:
    nodes = [{"name": "mixamorig_" * 100_000}, *({"name": name} for name in HUMANOID)]
    return document(nodes=nodes, skins=[{"joints": [0] * 250_000}])


def _header(sizes: list[int], types: bytes = bytes([6]) + bytes([2]) * 54, has_face: bool = False) -> bytes:
    head = struct.pack("<hHhfhH", 0, 0, 1, 30.0, 2, len(sizes)) + np.array(sizes, "<u2").tobytes()
    return head + struct.pack("<hB", 3, len(types)) + types + struct.pack("<hBh", 4, has_face, -1)


def _last_frame() -> bytes:
    size = 10 + 55 * 8 + 6
    numbers = np.tile(np.array([0, 0, 0, 10_000], "<i2"), 55)
    frame = struct.pack("<HQ", 17_999, (1 << 55) - 1) + np.insert(numbers, 4, [0, 10_000, 0]).astype("<i2").tobytes()
    return _header([0] * 17_999 + [size]) + frame


def _face(frames: int) -> np.ndarray:
    """Every third shape moves, each at its own pace; the others rest."""
    weights = np.zeros((frames, len(FACE_SHAPES)))
    for column in range(0, len(FACE_SHAPES), 3):
        weights[:, column] = 0.5 - 0.5 * np.cos(np.arange(frames) / (3 + column))
    return weights


def _faces(between: int = 1) -> bytes:
    """Ten minutes in which no bone moves, and all shapes do; all but the first and the last frame only if they are `between`."""
    count = 18_000
    there = [number in (0, count - 1) or bool(between) for number in range(count)]
    weights = np.full(53, 5_000, "<i2").tobytes()
    frames = [
        struct.pack("<HQQ", number, 0, (1 << 53) - 1) + weights if own else b"" for number, own in enumerate(there)
    ]
    return _header([len(frame) for frame in frames], has_face=True) + b"".join(frames)


def _many_faces() -> bytes:
    """A minute, and thousands of nodes whose tracks move the face of one mesh, but for a shape that it lacks."""
    maker = rigs.Maker()
    line = maker.put(np.array([0, 59], "<f4"), "SCALAR")
    turns = maker.put(np.array([[0, 0, 0, 1], [1, 0, 0, 0]], "<f4"), "VEC4")
    shapes = list(FACE_SHAPES[1:])
    weights = maker.put(np.full(2 * len(shapes), 0.5, "<f4"), "SCALAR")
    channels = [(bone, "rotation", line, turns, "LINEAR") for bone in range(4)]
    nodes = range(4, 15_000)
    maker.clip("many", [*channels, *((node, "weights", line, weights, "LINEAR") for node in nodes)])
    for name in HUMANOID[:4]:
        maker.node(name)
    for node in nodes:
        maker.node(f"node{node}", mesh=0)
    targets = [{"POSITION": 0}] * len(shapes)
    mesh = {"primitives": [{"attributes": {}, "targets": targets}], "extras": {"targetNames": shapes}}
    maker.document["meshes"] = [mesh]
    return maker.glb()


def _with_scale(seed: int, *, has_face: bool) -> bytes:
    """Bones with all kinds of keys; their numbers are random, but for the first and the last frame some are left out."""
    rng = np.random.default_rng(seed)
    types = bytes([6, *(int(rng.choice([2, 6, 10, 14, 8, 4])) for _ in range(54))])
    frames = []
    for number in range(6):
        there = [bone == 0 or number in (0, 5) or rng.random() < 0.6 for bone in range(55)]
        values = b""
        for bone in np.flatnonzero(there):
            turn = rng.normal(size=4)
            keys = (
                (2, turn / np.linalg.norm(turn)),
                (4, rng.uniform(-1, 1, 3)),
                (8, rng.uniform(0.5, 2, 3)),
            )
            for bit, key in keys:
                if types[bone] & bit:
                    values += (key * 10_000).astype("<i2").tobytes()
        flags = sum(1 << bone for bone in np.flatnonzero(there).tolist())
        face = struct.pack("<Qhh", 0b101, 500, 600) if has_face else b""
        frames.append(struct.pack("<HQ", number, flags) + values + face)
    return _header([len(frame) for frame in frames], types, has_face) + b"".join(frames)


def _spread(data: bytes, mode: str) -> bytes:
    """A key on every fifth frame instead of every one."""
    document, binary = rigs.parts(data)
    samplers = document["animations"][0]["samplers"]
    for sampler in samplers:
        sampler["interpolation"] = mode
    for line in {sampler["input"] for sampler in samplers}:
        accessor = document["accessors"][line]
        at, end = document["bufferViews"][accessor["bufferView"]].get("byteOffset", 0), 4 * accessor["count"]
        times = np.frombuffer(binary, "<f4", accessor["count"], at) * 5
        accessor["max"] = [float(times[-1])]
        binary = binary[:at] + times.astype("<f4").tobytes() + binary[at + end :]
    return rigs.join(document, binary)


def _odd_rotation(data: bytes, value: float) -> bytes:
    """One rotation of an arm becomes (0, value, 0, value)."""
    document, binary = rigs.parts(data)
    arm = next(number for number, node in enumerate(document["nodes"]) if node.get("name") == "LeftArm")
    clip = document["animations"][0]
    channel = next(channel for channel in clip["channels"] if channel["target"] == {"node": arm, "path": "rotation"})
    accessor = document["accessors"][clip["samplers"][channel["sampler"]]["output"]]
    view = document["bufferViews"][accessor["bufferView"]]
    at = view.get("byteOffset", 0) + accessor.get("byteOffset", 0) + 16 * 2
    odd = struct.pack("<4f", 0, value, 0, value)
    return rigs.join(document, binary[:at] + odd + binary[at + 16 :])
