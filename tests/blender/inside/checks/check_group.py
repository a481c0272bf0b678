"""The people of one clip come onto characters at their places to each other, in one step that can be undone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS
from mathutils import Matrix, Vector

GROUP = "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11"
PLACES = [
    {"x": -0.6, "z": 0.3, "yawDegrees": 90.0, "startS": 0.0, "size": 1.0},
    {"x": 0.6, "z": -0.3, "yawDegrees": -90.0, "startS": 0.5, "size": 1.0},
]


def emote(folder: Path, name: str, person: int, place: Any, **more: Any) -> dict[str, Any]:
    extras = {"group": {"id": GROUP, "person": person, "of": 2, **place}} if place else {}
    file = rigs.write_clip(rigs.clip().with_(extras=extras), folder, name)
    return {"id": name, "name": name, "files": {"glb": str(file)}, "group": GROUP if place else None, **more}


@pytest.fixture
def group(form: Any, tmp_path: Path) -> list[dict[str, Any]]:
    """Two emotes of one clip in the library, the second one selected, and one of another clip."""
    made = [emote(tmp_path, f"Duo {number}", number, place) for number, place in enumerate([*PLACES, None], 1)]
    form.link.state.emotes = {one["id"]: one for one in reversed(made)}
    rigs.addon("library.props").LIBRARY.selected = made[1]["id"]
    CONTEXT.scene.render.fps = 30
    return made


def played() -> dict[str, Any]:
    """The rigs by the emotes that they play."""
    return {rig.animation_data.action["kinetix_emote"]: rig for rig in rigs.armatures()}


def front(rig: Any, direction: Any = (0, -1, 0)) -> tuple[float, ...]:
    return tuple(rig.matrix_world.to_3x3() @ Vector(direction))


def test_everybody_stands_at_the_place_beside_the_others(group: list[dict[str, Any]]) -> None:
    own = rigs.mannequin()
    CONTEXT.scene.cursor.location = (2.0, 0.0, 5.0)
    assert OPS.kinetix.import_group() == {"FINISHED"}
    found = played()
    first, second = (found[one["id"]] for one in group[:2])
    assert len(found) == 2 and first == own, "the selected character is the first, a mannequin the second"
    assert tuple(first.location) == pytest.approx((1.4, -0.3, 0.0), abs=1e-5)
    assert tuple(second.location) == pytest.approx((2.6, 0.3, 0.0), abs=1e-5)
    # The front of a character is -y; turned by 90° about up it looks to the right, at the other.
    assert front(first) == pytest.approx((1, 0, 0), abs=1e-5) and front(second) == pytest.approx((-1, 0, 0), abs=1e-5)


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
    assert front(rig, (0, 0, 100)) == pytest.approx((1, 0, 0), abs=1e-4), "the first one looks at the other"


@pytest.mark.parametrize(("timing", "frames"), [("SECONDS", 12.5), ("RESAMPLE", 12), ("FRAMES", 15), ("SCENE", 15)])
def test_they_keep_step_in_a_scene_of_another_rate(group: list[dict[str, Any]], timing: str, frames: float) -> None:
    """Half a second at 25 frames a second, and at the emotes' own 30 where they bring their rate."""
    CONTEXT.scene.render.fps = 25
    rigs.addon("session").group("kinetix_import").timing = timing
    assert OPS.kinetix.import_group() == {"FINISHED"}
    first, second = (played()[one["id"]].animation_data.action.frame_start for one in group[:2])
    assert second - first == pytest.approx(frames)


def test_a_mirrored_group_is_mirrored_as_a_whole(group: list[dict[str, Any]]) -> None:
    rigs.addon("session").group("kinetix_import").mirrored = True
    assert OPS.kinetix.import_group() == {"FINISHED"}
    first, second = (played()[one["id"]] for one in group[:2])
    assert first.location.x == pytest.approx(0.6) and second.location.x == pytest.approx(-0.6)
    assert front(first) == pytest.approx((-1, 0, 0), abs=1e-5)


@pytest.mark.parametrize("selected", [None, 2])
def test_of_a_corrected_take_one_version_comes(
    group: list[dict[str, Any]], selected: int | None, tmp_path: Path
) -> None:
    """The current one, or the one that is selected; the other one of the group stays."""
    emotes = rigs.addon("hub.heartbeat").LINK.state.emotes
    for number in (2, 3):
        id = f"version-{number}"
        emotes[id] = emote(tmp_path, id, 1, PLACES[0], currentSince=f"203{number}-01-01")
    if selected is not None:
        rigs.addon("library.props").LIBRARY.selected = f"version-{selected}"
    assert OPS.kinetix.import_group() == {"FINISHED"}
    assert set(played()) == {f"version-{selected or 3}", group[1]["id"]}


def test_it_is_one_step_to_undo(group: list[dict[str, Any]]) -> None:
    own = rigs.mannequin()
    OPS.ed.undo_push(message="before")
    name = own.name
    assert OPS.kinetix.import_group("EXEC_DEFAULT", True) == {"FINISHED"}
    OPS.ed.undo()
    assert [rig.name for rig in rigs.armatures()] == [name]
    assert tuple(bpy.data.objects[name].location) == (0, 0, 0)
    assert not bpy.data.actions


def test_a_file_that_names_no_place_changes_nothing(group: list[dict[str, Any]], tmp_path: Path) -> None:
    group[1] |= emote(tmp_path, group[1]["id"], 2, PLACES[1] | {"x": 1e9})
    with pytest.raises(RuntimeError, match="is invalid"):
        OPS.kinetix.import_group()
    assert not bpy.data.objects and not bpy.data.actions
    rigs.addon("library.props").LIBRARY.selected = group[2]["id"]
    with pytest.raises(RuntimeError, match="part of a group"):
        OPS.kinetix.import_group()


def test_the_form_asks_who_and_the_cloud_knows_no_such_settings(form: Any) -> None:
    values, body = rigs.addon("session").group("kinetix_create"), rigs.addon("create.props").body
    assert body()["people"] is None
    values.people = "all"
    assert body()["people"] == "all" and body()["body"] == "whole"
    values.captured = "upper"
    assert body()["people"] is None and body()["body"] == "upper" and body()["face"] is False
    values.face = True
    assert body()["face"] is True
    form.link.state.profiles = [{"name": "cloud", "kind": "cloud", "active": True}]
    assert body()["people"] is None and body()["body"] == "whole" and body()["face"] is False
