"""Readers and hostile input: typed errors only, little memory, little time."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinetix_core import formats
from kinetix_core.formats import bvh, glb, kinanim, source
from kinetix_core.motion import Motion
from kinetix_core.values.errors import FormatError
from tests.formats import rigs
from tests.formats.fuzz import small
from tests.support import tools
from tests.support.measuring.pace import paces

# Units of tests/support/measuring/pace.py. A bomb that is not refused costs thousands.
LIMIT_MIB, LIMIT_PACES = 256, 200
READERS = ("glb", "bvh", "kinanim")


@contextlib.contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < LIMIT_MIB << 20


def changed(change: Callable[[dict[str, Any]], None], whole: bytes | None = None) -> bytes:
    document, binary = rigs.parts(whole or rigs.every_kind_of_accessor())
    change(document)
    return rigs.join(document, binary)


def accessor(**values: Any) -> bytes:
    """Every accessor gets these values."""

    def change(document: dict[str, Any]) -> None:
        for item in document["accessors"]:
            item.update(values)

    return changed(change)


def text(json_text: str) -> bytes:
    raw = json_text.encode()
    raw += b" " * (-len(raw) % 4)
    return struct.pack("<4sII", b"glTF", 2, 20 + len(raw)) + struct.pack("<I4s", len(raw), b"JSON") + raw


def two_keys_far_apart() -> bytes:
    maker = rigs.Maker()
    maker.chain(2)
    times, turns = maker.times(0, 3e5), maker.still()
    for number in range(200):
        maker.clip(f"clip {number}", [(1, "rotation", times, turns, "LINEAR")])
    return maker.glb()


def many_channels_one_accessor() -> bytes:
    maker = rigs.Maker()
    maker.chain(4000)
    times, turns = maker.times(*np.arange(20_000) / 30), maker.still(20_000)
    maker.clip("many", [(bone, "rotation", times, turns, "LINEAR") for bone in range(4000)])
    return maker.glb()


def very_many_clips() -> bytes:
    def repeat(document: dict[str, Any]) -> None:
        document["animations"] = document["animations"][1:] * 20_000

    return changed(repeat)


def a_time_line_for_every_bone() -> bytes:
    maker, count = rigs.Maker(), 3000
    maker.chain(count)
    lines = maker.view(np.stack([np.zeros(count), 1 + np.arange(count) * 1e-5], 1).astype("<f4").tobytes())
    first = len(maker.document["accessors"])
    maker.document["accessors"] += [
        {"bufferView": lines, "byteOffset": 8 * bone, "componentType": 5126, "count": 2, "type": "SCALAR"}
        for bone in range(count)
    ]
    turns = maker.still()
    for number in range(8):
        maker.clip(f"clip {number}", [(bone, "rotation", first + bone, turns, "LINEAR") for bone in range(count)])
    return maker.glb()


def long_clips_with_paths() -> bytes:
    maker = rigs.Maker()
    maker.chain(60)
    times = maker.times(0, 540)
    turns = maker.put(np.array([[0, 0, 0, 1], [1, 0, 0, 0]], "<f4"), "VEC4")
    places = maker.put(np.array([[0, 0, 0], [1, 0, 0]], "<f4"), "VEC3")
    channels = [(bone, "rotation", times, turns, "LINEAR") for bone in range(60)]
    channels += [(bone, "translation", times, places, "LINEAR") for bone in range(60)]
    for number in range(3):
        maker.clip(f"clip {number}", channels)
    return maker.glb()


def one_mesh_many_times(nodes: int, vertices: int, joints: int) -> bytes:
    """Return a GLB of zeros without data, on a chain of bones."""
    maker = rigs.Maker()
    maker.chain(joints)
    maker.clip("still", [(0, "rotation", maker.times(0, 1), maker.still(), "LINEAR")])
    accessors, attributes = maker.document["accessors"], {}
    for name, kind, component in (("POSITION", "VEC3", 5126), ("JOINTS_0", "VEC4", 5121), ("WEIGHTS_0", "VEC4", 5126)):
        accessors.append({"componentType": component, "count": vertices, "type": kind})
        attributes[name] = len(accessors) - 1
    maker.document["meshes"] = [{"primitives": [{"attributes": attributes}]}]
    maker.document["skins"] = [{"joints": list(range(joints))}]
    for number in range(nodes):
        maker.node(f"mesh{number}", mesh=0, skin=0)
    return maker.glb()


def very_many_triangles() -> bytes:
    def repeat(document: dict[str, Any]) -> None:
        index = {"componentType": 5125, "count": 11_900_000, "type": "SCALAR"}
        corner = {"componentType": 5126, "count": 3, "type": "VEC3"}
        document["accessors"] += [index, corner]
        count = len(document["accessors"])
        document["meshes"] = [{"primitives": [{"indices": count - 2, "attributes": {"POSITION": count - 1}}]}]
        document["nodes"][0]["mesh"] = 0

    return changed(repeat)


def one_face_many_times(names: int, binds: int) -> bytes:
    """A mesh of 15,000 nodes, with names for its targets and binds of an expression."""
    document, binary = rigs.parts(rigs.speaking())
    document["nodes"] += [{"mesh": 0}] * 15_000
    (mesh,) = document["meshes"]
    mesh["primitives"][0]["targets"] *= names
    mesh["extras"]["targetNames"] *= names
    (group,) = document["extensions"]["VRM"]["blendShapeMaster"]["blendShapeGroups"]
    group["binds"] *= binds
    document["animations"][0]["channels"].append({"sampler": 0, "target": {"node": 0, "path": "weights"}})
    return rigs.join(document, binary)


def deep_chain() -> bytes:
    def chain(document: dict[str, Any]) -> None:
        count = 19_000
        document["nodes"] = [{"children": [k + 1], "scale": [1e9, 1e9, 1e9]} for k in range(count)] + [{}]

    return changed(chain)


def nested(levels: int) -> list[Any]:
    out: list[Any] = []
    for _ in range(levels):
        out = [out]
    return out


def moving(numbers: str = "0 0 0 0 0 0\n", frames: int = 1, period: float = 0.03) -> str:
    return f"MOTION\nFrames: {frames}\nFrame Time: {period}\n{numbers}"


def bvh_text(hierarchy: str, motion: str = moving()) -> bytes:
    return f"HIERARCHY\n{hierarchy}\n{motion}".encode()


ONE = "ROOT Hips\n{\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n}"

FIELDS = struct.pack("<hBBh", 3, 1, 2, -1)
"""The last fields of a header: one bone that turns."""


def kinanim_head(*sizes: int, rate: float = 30.0) -> bytes:
    return struct.pack(f"<hHhfhH{len(sizes)}H", 0, 0, 1, rate, 2, len(sizes), *sizes)


BVH: dict[str, Callable[[], bytes]] = {
    "of four billion frames": lambda: bvh_text(ONE, moving(frames=999_999_999)),
    "nested deeply": lambda: bvh_text("ROOT a\n{\n" + "JOINT b\n{\n" * 100_000 + "}\n" * 100_001),
    "of many channels": lambda: bvh_text("ROOT a\n{\nCHANNELS 99999999 Xrotation\n}"),
    "of many joints": lambda: bvh_text("ROOT a\n{\n" + "JOINT b\n{\n}\n" * 300_000 + "}"),
    "with NaN": lambda: bvh_text(ONE.replace("OFFSET 0", "OFFSET nan")),
    "frames with NaN": lambda: bvh_text(ONE, moving("nan 0 0 0 0 0\n")),
    "of numbers next to nothing": lambda: bvh_text(
        ONE, moving("9.87654e-290 9.87654E-290 1 1 1 1\n" * 500_000, 500_000)
    ),
    "without time": lambda: bvh_text(ONE, moving(period=0)),
    "of a long number": lambda: bvh_text(ONE, moving("1" * 5_000_000 + " 0 0 0 0 0\n")),
    "of blank lines": lambda: bvh_text(ONE, "\n" * 35_000_000),
    "of spaces": lambda: bvh_text(ONE, "MOTION" + " " * 35_000_000),
    "of short words": lambda: bvh_text("a\n" * 15_000_000),
    "of more numbers than frames": lambda: bvh_text(ONE, moving("nan 0 " * 6_000_000)),
}
KINANIM: dict[str, Callable[[], bytes]] = {
    "of all frames": lambda: kinanim_head(*[0] * 65_535) + FIELDS,
    "without frames": lambda: kinanim_head() + struct.pack("<h", -1),
    "of one field without end": lambda: bytes(64 << 20),
    "of frame sizes without end": lambda: struct.pack("<hH", 0, 0) + struct.pack("<hHH", 2, 1, 10) * 10_000_000,
    "of no rate": lambda: kinanim_head(10, rate=float("nan")) + FIELDS + b"\0" * 10,
    "of an unknown bone": lambda: kinanim_head(10) + FIELDS + struct.pack("<HQ", 0, 1 << 63),
}
BOMBS: dict[str, tuple[Callable[[bytes], object], Callable[[], bytes]]] = {
    "count of two billion": (glb.read_motions, lambda: accessor(count=2**31)),
    "count without data": (glb.read_motions, lambda: accessor(count=2**30, bufferView=None, sparse=None)),
    "negative count": (glb.read_motions, lambda: accessor(count=-1)),
    "offset beyond": (glb.read_motions, lambda: accessor(byteOffset=2**40)),
    "json nested deeply": (glb.read_motion, lambda: text('{"asset":' + "[" * 400_000 + "]" * 400_000 + "}")),
    "json of many lists": (glb.read_motion, lambda: text('{"asset":[' + "[]," * 5_000_000 + "[]]}")),
    "json number of a million digits": (glb.read_motion, lambda: text('{"asset":' + "9" * 1_000_000 + "}")),
    "json with NaN": (glb.read_motion, lambda: text('{"asset":{"version":"2.0"},"nodes":[{"translation":[NaN,0,0]}]}')),
    "node that is its own child": (glb.read_motion, lambda: changed(lambda d: d["nodes"][2].update(children=[2]))),
    "circle of nodes": (glb.read_motion, lambda: changed(lambda d: d["nodes"][2].update(children=[0]))),
    "two parents": (glb.read_motion, lambda: changed(lambda d: d["nodes"][0].update(children=[1, 2]))),
    "bone of every number": (glb.read_motion, lambda: changed(lambda d: d["skins"][0].update(joints=[10**9]))),
    "node far away": (glb.read_motion, deep_chain),
    "two keys a week apart": (glb.read_motions, two_keys_far_apart),
    "very many clips": (glb.read_motions, very_many_clips),
    "a time line for every bone": (glb.read_motions, a_time_line_for_every_bone),
    "long clips with paths": (glb.read_motions, long_clips_with_paths),
    "very many triangles": (glb.read_character, very_many_triangles),
    "one mesh very many times": (glb.read_character, lambda: one_mesh_many_times(5000, 3, 1000)),
    "one face very many times": (glb.read_motion, lambda: one_face_many_times(1000, 1)),
    "expressions of one face very many times": (glb.read_motion, lambda: one_face_many_times(1, 20_000)),
    "many clips that move nothing": (glb.read_motion, lambda: changed(lambda d: d.update(animations=[{}] * 30_000))),
    "one accessor read four thousand times": (glb.read_motion, many_channels_one_accessor),
    "data in another file": (glb.read_motion, lambda: changed(lambda d: d["buffers"][0].update(uri="file:///x"))),
    "a skinned mesh without joints": (
        glb.read_character,
        lambda: changed(lambda d: d["skins"][0].update(joints=None), glb.write_emote(small())),
    ),
    "meshopt": (glb.read_motion, lambda: changed(lambda d: d.update(extensionsRequired=["EXT_meshopt_compression"]))),
    "chunk longer than the file": (glb.read_motion, lambda: struct.pack("<4sIIII", b"glTF", 2, 20, 2**32 - 1, 0)),
    "empty": (glb.read_motion, lambda: b""),
    **{f"bvh {name}": (bvh.read_motion, make) for name, make in BVH.items()},
    **{f"kinanim {name}": (kinanim.read_motion, make) for name, make in KINANIM.items()},
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_before_it_costs_anything(name: str) -> None:
    read, make = BOMBS[name]
    data = make()

    def refused() -> None:
        with pytest.raises(FormatError) as caught:
            read(data)
        assert caught.value.title and caught.value.next_step

    def refused_in_little_memory() -> None:
        with little_memory():
            refused()

    # Tracing makes Python several times slower: what costs too much so, shows by itself whether it does.
    assert paces(refused_in_little_memory) < LIMIT_PACES or paces(refused) < LIMIT_PACES


def test_file_larger_than_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.glb"
    with path.open("wb") as file:
        file.truncate(source.MAX_BYTES + 1)
    for read in (glb.read_motion, bvh.read_motion, kinanim.read_motion):
        with pytest.raises(FormatError, match="MiB"):
            read(path)


@pytest.mark.parametrize("data", [b"", b"\0", b"hello", b"Kaydara FBX Binary  \0", b"PK\3\4", b"glTF", b"{}"])
def test_unknown_file_is_said_to_be_one(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "emote.dat"
    path.write_bytes(data)
    with pytest.raises(FormatError):
        formats.read_motion(path)


@pytest.mark.parametrize("cut", [0, 3, 11, 19, 20, 500, 4000])
def test_glb_cut_short_is_refused_by_check(cut: int) -> None:
    whole = glb.write_emote(small())
    with pytest.raises(FormatError):
        glb.check(whole[:cut] if cut else whole[:-1])


def fuzz(reader: str, seed: int, count: int) -> None:
    """In a process of its own, whose peak of memory is the readers'."""
    done = subprocess.run(
        [tools.python(), "-W", "error::RuntimeWarning", "-m", "tests.formats.fuzz", reader, str(seed), str(count)],
        cwd=tools.ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=7000,
        env={**os.environ, "PYTHONPATH": str(tools.ROOT)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    assert "error" not in report, f"input {report['input']}: {report['error']}"
    assert report["worst_paces"] < LIMIT_PACES
    assert report["grown_mib"] < LIMIT_MIB
    assert 0 < report["refused"] < report["count"]  # damage that matters, and damage that does not


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_raise_only_format_errors(reader: str) -> None:
    fuzz(reader, 0, 1500)


@pytest.mark.nightly
@pytest.mark.timeout(900)  # a minute or two on a core of its own
@pytest.mark.parametrize("part", range(10))
@pytest.mark.parametrize("reader", READERS)
def test_a_million_damaged_files(reader: str, part: int) -> None:
    fuzz(reader, 1_000_000 + part * 40_000, 40_000)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["accessors"][d["meshes"][0]["primitives"][0]["indices"]].update(count=3 * 10**6),
        lambda d: d["accessors"][d["meshes"][0]["primitives"][0]["attributes"]["POSITION"]].update(count=7),
        lambda d: d["skins"][0].update(joints=[0]),
        lambda d: d["bufferViews"][0].update(byteLength=1),
        lambda d: d["meshes"][0].update(primitives=5),
    ],
)
def test_check_also_looks_at_the_mesh(spoil: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(FormatError):
        glb.check(changed(spoil, glb.write_emote(small())))


def test_bvh_with_numbers_to_spare_is_read_in_little_memory() -> None:
    data = bvh_text(ONE, moving("0 " * 18_000_000, 2))
    with little_memory():
        assert len(bvh.read_motion(data)) == 2


def test_a_mesh_of_very_many_vertices_is_bound_in_little_memory() -> None:
    data = one_mesh_many_times(1, 1_050_000, 2)
    with little_memory():
        assert len(glb.read_character(data).vertices) == 1_050_000


def test_a_long_chain_above_the_skeleton_is_folded_at_once() -> None:
    maker = rigs.Maker()
    for node in range(2000):
        maker.node(f"node{node}", children=[node + 1], translation=[0.001, 0, 0], scale=[1, 1, 1])
    maker.node("bone", translation=[0, 0, 1])
    maker.document["nodes"][0]["scale"] = [2, 2, 2]
    maker.document["skins"] = [{"joints": [2000]}]
    maker.clip("long", [(2000, "rotation", maker.times(*np.arange(20_000) / 30), maker.still(20_000), "LINEAR")])
    data = maker.glb()
    found: list[Motion] = []
    assert paces(lambda: found.append(glb.read_motion(data))) < LIMIT_PACES
    (motion,) = found
    np.testing.assert_allclose(motion.root_positions[[0, -1]], [[0.001 + 2 * 1.999, 0, 2]] * 2, atol=1e-9)


def test_facts_nested_deeply_are_written_again() -> None:
    data = changed(lambda document: document.update(extras={"x": nested(600)}))
    character = glb.read_character(data)
    still = Motion(
        character.skeleton, 30.0, character.skeleton.rest_rotations[None], character.skeleton.rest_translations[:1]
    )
    again = glb.write_onto(character, [still], keep_clips=False)
    assert glb.read_character(again).skeleton.names == character.skeleton.names
    assert rigs.parts(again)[0]["extras"] == rigs.parts(data)[0]["extras"]
