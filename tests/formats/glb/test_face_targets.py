"""Which morph targets a face moves: those by names that are known, and those of a VRM model's expressions, by any name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kinetix_core.formats import fbx, glb
from kinetix_core.motion import Motion
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.formats import rigs
from tests.formats.faces import face_of, with_face

FRAMES = 7
NAMES = ["smiling", "cross", "mouth", "lid of mine", "large"]
"""Of the targets of the character's body, by which nobody knows them."""


def model(change: Callable[[dict[str, Any], int, int], None]) -> bytes:
    """The character with a face under such names, and what `change` writes into its JSON, of the body's node and the teeth's."""
    document, binary = rigs.parts(rigs.character_with_a_face())
    document["meshes"][0]["extras"]["targetNames"] = NAMES
    document["meshes"][1]["extras"]["targetNames"] = ["A", "other"]
    body, teeth = (next(n for n, node in enumerate(document["nodes"]) if node.get("mesh") == mesh) for mesh in (0, 1))
    change(document, body, teeth)
    return rigs.join(document, binary)


def new_vrm(document: dict[str, Any], body: int, teeth: int) -> None:
    jaw = [{"node": body, "index": 2, "weight": 0.5}, {"node": teeth, "index": 0, "weight": 1.0}]
    preset = {
        "aa": {"morphTargetBinds": jaw},
        "blinkRight": {"morphTargetBinds": [{"node": body, "index": 3, "weight": 1.0}]},
        "happy": {"morphTargetBinds": [{"node": body, "index": 0, "weight": 1.0}]},
        "blinkLeft": {},
    }
    custom = {"mouthSmileLeft": {"morphTargetBinds": [{"node": body, "index": 0, "weight": 0.8}]}, "mine": {}}
    document["extensions"] = {"VRMC_vrm": {"expressions": {"preset": preset, "custom": custom}}}


def old_vrm(document: dict[str, Any], _body: int, _teeth: int) -> None:
    jaw = [{"mesh": 0, "index": 2, "weight": 50}, {"mesh": 1, "index": 0, "weight": 100}]
    groups = [
        {"name": "A", "presetName": "a", "binds": jaw},
        {"name": "Blink_R", "presetName": "blink_r", "binds": [{"mesh": 0, "index": 3, "weight": 100}]},
        {"name": "Joy", "presetName": "joy", "binds": [{"mesh": 0, "index": 0, "weight": 100}]},
        {"name": "MouthSmileLeft", "presetName": "unknown", "binds": [{"mesh": 0, "index": 0, "weight": 80}]},
    ]
    document["extensions"] = {"VRM": {"blendShapeMaster": {"blendShapeGroups": groups}}}


def talking(character: glb.Character) -> tuple[Motion, np.ndarray]:
    """Return a motion of the character, and the weights (F, 52) of its face."""
    names = ("jawOpen", "eyeBlinkRight", "mouthSmileLeft", "browInnerUp")
    shapes = {name: np.linspace(0.1 * number, 0.9, FRAMES) for number, name in enumerate(names)}
    motion = with_face(rigs.dance(character.skeleton, FRAMES), **shapes)
    return motion, face_of(motion)


def weights_in(data: bytes) -> dict[int, np.ndarray]:
    """The weights (F, targets) of each node that the file's clip moves, read without our reader."""
    maker = rigs.Maker(data)
    (clip,) = maker.document["animations"]
    return {
        channel["target"]["node"]: maker.floats(clip["samplers"][channel["sampler"]]["output"]).reshape(FRAMES, -1)
        for channel in clip["channels"]
        if channel["target"]["path"] == "weights"
    }


@pytest.mark.parametrize("vrm", [new_vrm, old_vrm])
def test_expressions_of_a_vrm_model_show_the_face(vrm: Callable[[dict[str, Any], int, int], None]) -> None:
    data = model(vrm)
    character = glb.read_character(data)
    motion, face = talking(character)
    jaw, blink, smile = (face[:, FACE_SHAPES.index(name)] for name in ("jawOpen", "eyeBlinkRight", "mouthSmileLeft"))
    still = np.zeros(FRAMES)
    written = glb.write_onto(character, [motion])
    body, teeth = (weights for _, weights in sorted(weights_in(written).items()))
    assert np.abs(body - np.stack([0.8 * smile, still, 0.5 * jaw, blink, still], 1)).max() < 1e-6
    assert np.abs(teeth - np.stack([jaw, still], 1)).max() < 1e-6
    read = face_of(glb.read_motion(written))
    told = [FACE_SHAPES.index(name) for name in ("jawOpen", "eyeBlinkRight", "mouthSmileLeft")]
    assert np.abs(read[:, told] - face[:, told]).max() < 1e-6
    assert not np.delete(read, told, axis=1).any()
    named = glb.read_character(rigs.character_with_a_face()).face
    assert list(character.face) == ["eyeBlinkRight", "jawOpen", "mouthSmileLeft"]
    count = (named["jawOpen"].rows < len(character.vertices) - 4).sum()
    shares = np.where(np.arange(len(named["jawOpen"].rows)) < count, 0.5, 1.0)[:, None]
    assert np.abs(character.face["jawOpen"].moves - shares * named["jawOpen"].moves).max() < 1e-6
    assert np.abs(character.face["mouthSmileLeft"].moves - 0.8 * named["mouthSmileLeft"].moves).max() < 1e-6
    assert fbx.write_figure(motion, character, "model").count(b"BlendShapeChannel") == 3


def test_targets_by_the_names_of_vroid_studio_show_the_face() -> None:
    def vroid(document: dict[str, Any], _body: int, _teeth: int) -> None:
        names = ["Fcl_MTH_Fun", "Fcl_BRW_Angry", "Face.M_F00_000_00_Fcl_MTH_A", "Fcl_EYE_Close_R", "Fcl_ALL_Fun"]
        document["meshes"][0]["extras"]["targetNames"] = names

    character = glb.read_character(model(vroid))
    motion, face = talking(character)
    jaw, blink, smile = (face[:, FACE_SHAPES.index(name)] for name in ("jawOpen", "eyeBlinkRight", "mouthSmileLeft"))
    written = glb.write_onto(character, [motion])
    (weights,) = weights_in(written).values()
    still = np.zeros(FRAMES)
    assert np.abs(weights - np.stack([0.5 * smile, still, jaw, blink, still], 1)).max() < 1e-6
    read = face_of(glb.read_motion(written))
    for name, truth in (("jawOpen", jaw), ("mouthSmileLeft", 0.5 * smile), ("mouthSmileRight", 0.5 * smile)):
        assert np.abs(read[:, FACE_SHAPES.index(name)] - truth).max() < 1e-6, name
    again = glb.read_motion(glb.write_onto(character, [motion.with_(face=read)]))
    assert np.abs(face_of(again) - read).max() < 1e-6


def test_a_shape_that_a_mesh_has_by_name_is_not_told_twice() -> None:
    def both(document: dict[str, Any], body: int, teeth: int) -> None:
        new_vrm(document, body, teeth)
        document["meshes"][0]["extras"]["targetNames"] = [*NAMES[:4], "jawOpen"]

    character = glb.read_character(model(both))
    motion, face = talking(character)
    body = max(weights_in(glb.write_onto(character, [motion])).values(), key=lambda weights: weights.shape[1])
    assert not body[:, 2].any()
    assert np.abs(body[:, 4] - face[:, FACE_SHAPES.index("jawOpen")]).max() < 1e-6
    assert np.abs(body[:, 3] - face[:, FACE_SHAPES.index("eyeBlinkRight")]).max() < 1e-6


@pytest.mark.parametrize(
    "extensions",
    [
        None,
        {"VRMC_vrm": {"expressions": [1]}},
        {"VRMC_vrm": {"expressions": {"preset": {"aa": {"morphTargetBinds": [None, {}, {"node": []}]}}}}},
        {"VRMC_vrm": {"expressions": {"preset": {"aa": {"morphTargetBinds": [{"node": 1e9, "index": -1}]}}}}},
        *(
            {"VRMC_vrm": {"expressions": {"custom": {"jawOpen": {"morphTargetBinds": [bind]}}}}}
            for bind in (
                {"node": 10**30, "index": 0, "weight": 1},
                {"node": 0, "index": 10**30, "weight": 1},
                {"node": 52, "index": 2, "weight": -(10**400)},
                {"node": 52, "index": 2, "weight": "1"},
                {"node": 52, "index": 99, "weight": 1},
            )
        ),
        {"VRM": {"blendShapeMaster": {"blendShapeGroups": {"a": 1}}}},
        {"VRM": {"blendShapeMaster": {"blendShapeGroups": [{"presetName": ["a"], "name": 5, "binds": [{}]}, 7]}}},
        {
            "VRM": {
                "blendShapeMaster": {"blendShapeGroups": [{"presetName": "a", "binds": [{"mesh": 99}, {"mesh": "0"}]}]}
            }
        },
    ],
)
def test_a_damaged_description_is_no_face(extensions: Any) -> None:
    character = glb.read_character(model(lambda document, _body, _teeth: document.update(extensions=extensions)))
    assert character.face == {}
    assert not weights_in(glb.write_onto(character, [talking(character)[0]]))


def test_a_weight_of_any_size_is_at_most_the_whole_target() -> None:
    def huge(document: dict[str, Any], body: int, _teeth: int) -> None:
        bind = {"node": body, "index": 2, "weight": 10**400}
        document["extensions"] = {"VRMC_vrm": {"expressions": {"preset": {"aa": {"morphTargetBinds": [bind]}}}}}

    named = glb.read_character(rigs.character_with_a_face()).face["jawOpen"]
    (shape,) = glb.read_character(model(huge)).face.values()
    assert np.abs(shape.moves - named.moves[: len(shape.rows)]).max() < 1e-6
