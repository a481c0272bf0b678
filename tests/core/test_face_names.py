"""Which targets of a model show which shapes of a face, by whatever names tools give them."""

from __future__ import annotations

import pytest

from kinetix_core.values.face_names import STAND_INS, shown_by
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.support import tools

VROID = [
    *("Fcl_ALL_Joy", "Fcl_BRW_Angry", "Fcl_BRW_Joy", "Fcl_BRW_Sorrow", "Fcl_BRW_Surprised", "Fcl_EYE_Close"),
    *("Fcl_EYE_Close_R", "Fcl_EYE_Close_L", "Fcl_EYE_Joy", "Fcl_EYE_Spread", "Fcl_MTH_Angry", "Fcl_MTH_Fun"),
    *("Fcl_MTH_A", "Fcl_MTH_I", "Fcl_MTH_U", "Fcl_MTH_E", "Fcl_MTH_O"),
]


def of(*names: str) -> dict[str, dict[str, float]]:
    return shown_by((name, name) for name in names)


def test_every_row_is_about_shapes_that_there_are_and_is_whole_with_all_of_them() -> None:
    for row in STAND_INS:
        assert set(row.shapes) <= set(FACE_SHAPES)
        assert sum(row.shapes.values()) == 1.0
    names = [name for row in STAND_INS for name in row.names]
    assert len(set(names)) == len(names)
    page = (tools.ROOT / "docs" / "how-to" / "face.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in page] == []


def test_a_model_of_vroid_studio() -> None:
    shown = of(*VROID)
    assert shown["eyeBlinkLeft"] == {"Fcl_EYE_Close_L": 1.0} and shown["eyeBlinkRight"] == {"Fcl_EYE_Close_R": 1.0}
    assert shown["jawOpen"] == {"Fcl_MTH_A": 1.0} and shown["mouthPucker"] == {"Fcl_MTH_U": 1.0}
    assert shown["mouthSmileLeft"] == shown["mouthSmileRight"] == {"Fcl_MTH_Fun": 0.5}
    assert shown["browInnerUp"] == {"Fcl_BRW_Sorrow": 1.0}
    moved = {target for parts in shown.values() for target in parts}
    assert not moved & {"Fcl_ALL_Joy", "Fcl_BRW_Joy", "Fcl_EYE_Joy", "Fcl_EYE_Close"}
    assert of(*(f"Face.M_F00_000_00_{name}" for name in VROID)).keys() == shown.keys()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("eyeBlinkLeft", "eyeBlinkLeft"),
        ("EyeBlinkLeft", "eyeBlinkLeft"),
        ("eyeBlink_L", "eyeBlinkLeft"),
        ("Blink_L", "eyeBlinkLeft"),
        ("blinkLeft", "eyeBlinkLeft"),
        ("aa", "jawOpen"),
        ("Jaw Open", "jawOpen"),
        ("Joy", None),
        ("happy", None),
        ("A", None),
        ("", None),
        ("Fcl_", None),
    ],
)
def test_other_names(name: str, shape: str | None) -> None:
    assert of(name) == ({shape: {name: 1.0}} if shape else {})


def test_letters_are_a_mouth_when_all_vowels_are_there() -> None:
    assert of("A", "B", "O") == {}
    assert of("A", "I", "U", "E", "O") == {"jawOpen": {"A": 1.0}, "mouthPucker": {"U": 1.0}, "mouthFunnel": {"O": 1.0}}


def test_both_lids_together_for_lack_of_each() -> None:
    assert of("Blink") == {"eyeBlinkLeft": {"Blink": 0.5}, "eyeBlinkRight": {"Blink": 0.5}}
    assert of("Blink", "Blink_R") == {"eyeBlinkRight": {"Blink_R": 1.0}}


def test_nothing_is_told_twice() -> None:
    assert of("jawOpen", "Fcl_MTH_A", "aa") == {"jawOpen": {"jawOpen": 1.0}}
    assert of("Fcl_MTH_A", "aa") == {"jawOpen": {"aa": 1.0}}
    expressions = [
        ("jawOpen", {"lower": 0.5}),
        ("aa", {"Fcl_MTH_A": 1.0}),
        ("blink_l", {"wink": 0.8, "lash": 1.0}),
        ("ou", {}),
        ("joy", {"Fcl_ALL_Joy": 1.0}),
    ]
    targets = [(name, name) for name in ("lower", "wink", "lash", "Fcl_MTH_A", "Fcl_EYE_Close_L", "Fcl_MTH_U")]
    assert shown_by(targets, expressions) == {
        "jawOpen": {"lower": 0.5},
        "eyeBlinkLeft": {"wink": 0.8, "lash": 1.0},
        "mouthPucker": {"Fcl_MTH_U": 1.0},
    }


def test_meshes_that_have_the_same_name_move_together() -> None:
    targets = [("Fcl_EYE_Close_L", ("face", 3)), ("Fcl_EYE_Close_L", ("lashes", 0))]
    assert shown_by(targets) == {"eyeBlinkLeft": {("face", 3): 1.0, ("lashes", 0): 1.0}}
