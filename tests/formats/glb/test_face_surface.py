"""A character's face: what its shapes move is what the same mesh would be with the shape made into it for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kinetix_core import mannequin
from kinetix_core.formats import fbx, glb
from kinetix_core.formats.budget import Cost
from kinetix_core.mannequin.figure import ShapeMoves
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.formats import rigs
from tests.support import clips

SEEN_M = 1e-5


@pytest.fixture(scope="module")
def data() -> bytes:
    return rigs.character_with_a_face()


def moved(character: glb.Character, shape: ShapeMoves) -> np.ndarray:
    vertices = character.vertices.copy()
    vertices[shape.rows] += shape.moves
    return vertices


def made_into_it(data: bytes, name: str) -> bytes:
    """The file with a shape that is no target any more: the vertices are where it moves them."""
    maker = rigs.Maker(data)
    for mesh in maker.document["meshes"]:
        if name not in (names := mesh["extras"]["targetNames"]):
            continue
        for primitive in mesh["primitives"]:
            target = primitive["targets"][names.index(name)]["POSITION"]
            places = maker.floats(primitive["attributes"]["POSITION"]) + maker.floats(target)
            primitive["attributes"]["POSITION"] = maker.put(places.astype("<f4"), "VEC3")
    return maker.glb()


def test_each_shape_moves_the_vertices_as_it_would_for_good(data: bytes) -> None:
    character = glb.read_character(data)
    assert list(character.face) == ["eyeBlinkRight", "jawLeft", "jawOpen", "mouthSmileLeft", "tongueOut"]
    for name, shape in character.face.items():
        wanted = glb.read_character(made_into_it(data, name)).vertices
        assert np.abs(moved(character, shape) - wanted).max() < SEEN_M, name
        assert bool(len(shape.rows)) is (name != "tongueOut")
        assert np.array_equal(shape.rows, np.unique(shape.rows))
    teeth = len(mannequin.load().vertices)
    assert (character.face["jawOpen"].rows >= teeth).sum() == 4, "the teeth go down with the chin"
    assert np.linalg.norm(character.face["jawOpen"].moves, axis=1).max() == pytest.approx(0.09, abs=SEEN_M)
    assert character.face["jawLeft"].rows.tolist() == [teeth + 1, teeth + 2, teeth + 3]


def test_the_mannequins_face_is_read_as_it_was_written() -> None:
    motion = clips.random_motion(3).with_(face=np.zeros((3, len(FACE_SHAPES))))
    read, own = glb.read_character(glb.write_emote(motion)), mannequin.load()
    assert list(read.face) == list(own.face) == list(FACE_SHAPES)
    for name, shape in own.face.items():
        assert np.abs(moved(read, read.face[name]) - moved(read, shape)).max() < SEEN_M
    assert glb.read_character(glb.write_emote(motion.with_(face=None))).face == {}
    assert glb.read_character(rigs.character()).face == {}


def test_what_a_face_costs_is_not_the_figures(data: bytes) -> None:
    """A face is read when it is asked for; who does not ask pays nothing, and what was read before does not count."""
    character = glb.read_character(data)
    left = dict(character.document.budget._left)
    assert character.face
    assert character.document.budget._left == left
    character.document.budget.spend(Cost.NUMBERS, left[Cost.NUMBERS])
    again = glb.Character(**{name: getattr(character, name) for name in character.__dataclass_fields__})
    assert list(again.face) == list(character.face)


DAMAGE: dict[str, Callable[[dict[str, Any]], None]] = {
    "too few names": lambda mesh: mesh["primitives"][0]["targets"].append({}),
    "no list": lambda mesh: mesh["primitives"][0].update(targets=[1] * 5),
    "another type": lambda mesh: mesh["primitives"][0]["targets"][0].update(POSITION="x"),
    "another mesh's": lambda mesh: mesh["primitives"][0]["targets"][0].update(
        POSITION=mesh["primitives"][0]["attributes"]["WEIGHTS_0"]
    ),
    "one part without": lambda mesh: mesh["primitives"].append({**mesh["primitives"][0], "targets": []}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_face_is_said_only_where_it_is_needed(data: bytes, damage: str) -> None:
    document, binary = rigs.parts(data)
    document = json.loads(json.dumps(document))
    DAMAGE[damage](document["meshes"][0])
    character = glb.read_character(rigs.join(document, binary))
    danced = rigs.dance(character.skeleton, 4)
    assert fbx.write_figure(danced, character, "body alone")
    if damage == "too few names":  # names that are not those of the targets name nothing
        assert list(character.face) == ["jawLeft", "jawOpen"]
        return
    with pytest.raises(FormatError):
        fbx.write_figure(danced.with_(face=np.zeros((4, len(FACE_SHAPES)))), character, "face")


def test_a_figure_without_a_face_has_the_bytes_that_it_had() -> None:
    character = glb.read_character(rigs.character())
    danced = rigs.dance(character.skeleton, 4)
    alone = fbx.write_figure(danced, character, "one")
    assert fbx.write_figure(danced.with_(face=np.ones((4, len(FACE_SHAPES)))), character, "one") == alone
    assert b"BlendShape" not in alone
