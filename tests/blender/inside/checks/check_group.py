"""The people of one clip come onto characters at their places to each other, in one step that can be undone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
import rigs
import states
from blender_api import CONTEXT, OPS
from mathutils import Matrix, Vector

GROUP = "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11"
PLACES = [
    {"x": -0.6, "z": 0.3, "yawDegrees": 90.0, "startS": 0.0, "size": 1.0},
    {"x": 0.6, "z": -0.3, "yawDegrees": -90.0, "startS": 0.5, "size": 1.0},
]


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Two emotes of one clip in the library, the second one selected, and one of another clip."""
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()
    made: list[dict[str, Any]] = []
    for number, place in enumerate([*PLACES, None]):
        folder = tmp_path / str(number)
        folder.mkdir()
        extras = {} if place is None else {"group": {"id": GROUP, "person": number + 1, "of": 2, **place}}
        file = rigs.write_clip(rigs.clip().with_(extras=extras), folder)
        made.append(
            {
                "id": f"0a1b2c3d-0000-4000-8000-00000000000{number}",
                "name": f"Duo {number + 1}",
                "files": {"glb": str(file)},
                "group": None if place is None else GROUP,
            }
        )
    rigs.addon("hub.heartbeat").LINK.state.emotes = {one["id"]: one for one in reversed(made)}
    rigs.addon("library.props").LIBRARY.selected = made[1]["id"]
    CONTEXT.scene.render.fps = 30
    yield made
    rigs.addon("hub.heartbeat").LINK.state.emotes = {}
    states.reset(rigs.addon)


def _armatures() -> list[Any]:
    return [rig for rig in bpy.data.objects if rig.type == "ARMATURE"]


def test_everybody_stands_at_the_place_beside_the_others(group: list[dict[str, Any]]) -> None:
    own = rigs.mannequin()
    CONTEXT.scene.cursor.location = (2.0, 0.0, 5.0)
    assert OPS.kinetix.import_group() == {"FINISHED"}
    found: dict[str, Any] = {}
    for rig in _armatures():
        found[rig.animation_data.action["kinetix_emote"]] = rig
    first, second = (found[one["id"]] for one in group[:2])
    assert len(found) == 2 and first == own, "the selected character is the first, a mannequin the second"
    assert tuple(first.location) == pytest.approx((1.4, -0.3, 0.0), abs=1e-5)
    assert tuple(second.location) == pytest.approx((2.6, 0.3, 0.0), abs=1e-5)
    # The front of a character is -y; turned by 90° about up it looks to the right, at the other.
    assert tuple(first.matrix_world.to_3x3() @ Vector((0, -1, 0))) == pytest.approx((1, 0, 0), abs=1e-5)
    assert tuple(second.matrix_world.to_3x3() @ Vector((0, -1, 0))) == pytest.approx((-1, 0, 0), abs=1e-5)
    starts = [rig.animation_data.action.frame_start for rig in (first, second)]
    assert starts[1] - starts[0] == pytest.approx(15.0)


def test_a_character_that_lies_in_its_own_space_stands(group: list[dict[str, Any]]) -> None:
    """Import onto a rig like one from FBX: rotated and scaled by its object."""
    rig = rigs.mannequin()
    rig.data.transform(Matrix.Rotation(-math.pi / 2, 4, "X") @ Matrix.Scale(100.0, 4))
    rig.rotation_euler, rig.scale = (math.pi / 2, 0.0, 0.0), (0.01, 0.01, 0.01)
    CONTEXT.view_layer.update()
    assert OPS.kinetix.import_group() == {"FINISHED"}
    CONTEXT.view_layer.update()
    hips, head = (rig.matrix_world @ rig.pose.bones[bone].head for bone in ("Hips", "Head"))
    assert head.z - hips.z > 0.3 and hips.z > 0.5
    assert tuple(rig.matrix_world.to_scale()) == pytest.approx((0.01, 0.01, 0.01), abs=1e-6)
    front = rig.matrix_world.to_3x3() @ Vector((0, 0, 100))
    assert tuple(front) == pytest.approx((1, 0, 0), abs=1e-4), "the first one looks at the other"


@pytest.mark.parametrize(("timing", "frames"), [("SECONDS", 12.5), ("RESAMPLE", 12), ("FRAMES", 15), ("SCENE", 15)])
def test_they_keep_step_in_a_scene_of_another_rate(group: list[dict[str, Any]], timing: str, frames: float) -> None:
    """Half a second at 25 frames a second, and at the emotes' own 30 where they bring their rate."""
    CONTEXT.scene.render.fps = 25
    rigs.addon("session").group("kinetix_import").timing = timing
    assert OPS.kinetix.import_group() == {"FINISHED"}
    actions = {rig.animation_data.action["kinetix_emote"]: rig.animation_data.action for rig in _armatures()}
    first, second = (actions[one["id"]].frame_start for one in group[:2])
    assert second - first == pytest.approx(frames)


def test_a_mirrored_group_is_mirrored_as_a_whole(group: list[dict[str, Any]]) -> None:
    rigs.addon("session").group("kinetix_import").mirrored = True
    assert OPS.kinetix.import_group() == {"FINISHED"}
    found = {rig.animation_data.action["kinetix_emote"]: rig for rig in _armatures()}
    first, second = (found[one["id"]] for one in group[:2])
    assert first.location.x == pytest.approx(0.6) and second.location.x == pytest.approx(-0.6)
    assert tuple(first.matrix_world.to_3x3() @ Vector((0, -1, 0))) == pytest.approx((-1, 0, 0), abs=1e-5)


@pytest.mark.parametrize("selected", [None, 2])
def test_of_a_corrected_take_one_version_comes(
    group: list[dict[str, Any]], selected: int | None, tmp_path: Path
) -> None:
    """The current one, or the one that is selected; the other one of the group stays."""
    emotes = rigs.addon("hub.heartbeat").LINK.state.emotes
    for number in (2, 3):
        extras = {"group": {"id": GROUP, "person": 1, "of": 2, **PLACES[0]}}
        folder = tmp_path / f"version-{number}"
        folder.mkdir()
        file = rigs.write_clip(rigs.clip().with_(extras=extras), folder)
        id = f"version-{number}"
        emotes[id] = {
            "id": id,
            "name": id,
            "files": {"glb": str(file)},
            "group": GROUP,
            "currentSince": f"203{number}-01-01",
        }
    if selected is not None:
        rigs.addon("library.props").LIBRARY.selected = f"version-{selected}"
    assert OPS.kinetix.import_group() == {"FINISHED"}
    played = {rig.animation_data.action["kinetix_emote"] for rig in _armatures()}
    assert played == {f"version-{selected or 3}", group[1]["id"]}


def test_it_is_one_step_to_undo(group: list[dict[str, Any]]) -> None:
    own = rigs.mannequin()
    OPS.ed.undo_push(message="before")
    name = own.name
    assert OPS.kinetix.import_group("EXEC_DEFAULT", True) == {"FINISHED"}
    OPS.ed.undo()
    assert [rig.name for rig in _armatures()] == [name]
    assert tuple(bpy.data.objects[name].location) == (0, 0, 0)
    assert not bpy.data.actions


def test_a_file_that_names_no_place_changes_nothing(group: list[dict[str, Any]], tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    nonsense = {"id": GROUP, "person": 2, "x": 1e9, "z": 0.0, "yawDegrees": 0.0, "startS": 0.0}
    group[1]["files"]["glb"] = str(rigs.write_clip(rigs.clip().with_(extras={"group": nonsense}), broken))
    with pytest.raises(RuntimeError, match="is invalid"):
        OPS.kinetix.import_group()
    assert not bpy.data.objects and not bpy.data.actions
    rigs.addon("library.props").LIBRARY.selected = group[2]["id"]
    with pytest.raises(RuntimeError, match="part of a group"):
        OPS.kinetix.import_group()


def test_the_form_asks_who_and_the_library_offers_the_group(group: list[dict[str, Any]]) -> None:
    link = rigs.addon("hub.heartbeat").LINK
    link.state.profiles = [{"name": "local", "kind": "local", "active": True}]
    body = rigs.addon("create.props").body
    assert body()["people"] is None
    rigs.addon("session").group("kinetix_create").people = "all"
    assert body()["people"] == "all" and body()["body"] == "whole"
    rigs.addon("session").group("kinetix_create").captured = "upper"
    assert body()["people"] is None and body()["body"] == "upper" and body()["face"] is False
    rigs.addon("session").group("kinetix_create").face = True
    assert body()["face"] is True
    link.state.profiles = [{"name": "cloud", "kind": "cloud", "active": True}]
    assert body()["people"] is None and body()["body"] == "whole", "the cloud knows no such settings"
    assert body()["face"] is False
    link.state.profiles = []
