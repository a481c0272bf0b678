"""A character of the project: its bones get their map, and it shows an emote in the preview."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kinetix_core.formats import glb
from kinetix_core.motion.kinematics import forward
from tests.godot import emotes
from tests.godot.editor import Editor

pytestmark = pytest.mark.xdist_group("godot-editor")
# Names of Mixamo, Unreal, Unity, VRoid, Blender and Daz rigs, without names, in centimetres, lying; T-poses and A-poses.
RIGS = [
    "mixamo_t_pose", "unreal5", "unity_humanoid", "vrm1", "hair_and_bust", "rigify_deform", "daz_genesis8",
    "character_creator", "no_names", "four_spines", "centimetres", "lying_z_up", "mannequin",
]  # fmt: skip


MAP = "await load('res://addons/kinetix_emotes/editor/project/characters.gd').map_bones('{}', link, imports)"


def _add_character(stage: Editor, path: str, data: bytes) -> None:
    """Write a GLB of the project and wait for its import."""
    file = stage.project / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    stage.run("EditorInterface.get_resource_filesystem().scan()")
    stage.until(
        f"ResourceLoader.exists('res://{path}') and not EditorInterface.get_resource_filesystem().is_scanning()"
    )


def test_the_preview_on_a_character_of_the_project(stage: Editor) -> None:
    """Turned, brought closer, scrubbed, slower, once: on a scene of the project, straight from a file outside of it."""
    _add_character(stage, "cast/hero.glb", glb.write_emote(emotes.still()))
    stage.run(
        "var body = CharacterBody3D.new()\n"
        "body.name = 'Player'\n"
        "body.add_child(load('res://cast/hero.glb').instantiate())\n"
        "await open_scene(body)"
    )
    file = stage.root / "outside.glb"
    file.write_bytes(glb.write_emote(emotes.wave()))
    found: dict[str, Any] = stage.run(
        "library.character_row.use('res://player.tscn')\n"
        f"var shown = preview.show_file('{file}')\n"
        "var person = preview._stage.people[0]\n"
        "var out = {'shown': shown, 'figure': person._figure.get_class(), 'problem': preview._problem.text}\n"
        "var skeleton = person.skeleton\n"
        "var arm = skeleton.find_bone('LeftForeArm')\n"
        "preview._scrub.value = 0.7\n"
        "preview.player().advance(0)\n"
        "out.turned = skeleton.get_bone_pose_rotation(arm).angle_to(skeleton.get_bone_rest(arm).basis.get_rotation_quaternion())\n"
        "out.at = preview.player().current_animation_position\n"
        "out.plays = preview.player().is_playing()\n"
        "preview._speed.value = 0.5\n"
        "out.speed = preview.player().speed_scale\n"
        "preview._loops.button_pressed = false\n"
        "out.loop = preview.player().get_animation('together').loop_mode\n"
        "var from = preview._camera.position\n"
        "var drag = InputEventMouseMotion.new()\n"
        "drag.button_mask = MOUSE_BUTTON_MASK_LEFT\n"
        "drag.relative = Vector2(120, 0)\n"
        "preview._container.gui_input.emit(drag)\n"
        "out.orbit = preview._camera.position.distance_to(from)\n"
        "var wheel = InputEventMouseButton.new()\n"
        "wheel.button_index = MOUSE_BUTTON_WHEEL_UP\n"
        "wheel.pressed = true\n"
        "var far = preview._distance\n"
        "preview._container.gui_input.emit(wheel)\n"
        "out.closer = far - preview._distance\n"
        "out.listed = library.character_row.listed()\n"
        "library.character_row.use('')\n"
        "preview._loops.button_pressed = true\n"
        "preview._speed.value = 1.0\n"
        "return out"
    )
    assert found["shown"] and found["figure"] == "CharacterBody3D", found
    assert found["turned"] == pytest.approx(0.18, abs=0.03)  # as the emote has it there
    assert found["at"] == pytest.approx(0.7, abs=0.02) and not found["plays"]
    assert found["speed"] == 0.5 and found["loop"] == 0
    assert found["orbit"] > 0.5 and found["closer"] > 0.1
    assert "res://player.tscn" in found["listed"]


def test_the_scene_stops_warning_once_the_bones_are_mapped(stage: Editor) -> None:
    _add_character(stage, "warned/hero.glb", glb.write_emote(emotes.still()))
    before: list[str] = stage.run(
        "var root = Node3D.new()\n"
        "root.name = 'Warned'\n"
        "var player = EmotePlayer.new()\n"
        "player.libraries = [AnimationLibrary.new()] as Array[AnimationLibrary]\n"
        "player.name = 'EmotePlayer'\n"
        "root.add_child(load('res://warned/hero.glb').instantiate())\n"
        "root.add_child(player)\n"
        "await open_scene(root)\n"
        "await frames(3)\n"
        "return scene().get_node('EmotePlayer')._get_configuration_warnings()"
    )
    assert len(before) == 1
    # Godot renames the bones of the open scene's skeleton before those of its skin.
    with stage.expecting(r"Skin bind #\d+ contains named bind"):
        # On this signal the Scene dock reads a node's warnings again.
        after = stage.run(
            "var read = []\n"
            "var look = func(node):\n"
            "\tif node.name == &'EmotePlayer': read.append(Array(node._get_configuration_warnings()))\n"
            "Engine.get_main_loop().node_configuration_warning_changed.connect(look)\n"
            f"{MAP.format('res://warned/hero.glb')}\n"
            "await frames(10)\n"
            "Engine.get_main_loop().node_configuration_warning_changed.disconnect(look)\n"
            "return read.back()"
        )
    assert after == []


@pytest.fixture(scope="module")
def raised(stage: Editor) -> None:
    """`Raise`, the wave, in the project."""
    stage.export("Raise.glb", glb.write_emote(emotes.wave()))
    stage.imported("emotes/Raise.glb")


@pytest.mark.usefixtures("raised")
@pytest.mark.parametrize("kind", RIGS)
def test_every_kind_of_character_gets_its_map_and_plays(stage: Editor, kind: str) -> None:
    """The map is made by the core, the import by Godot; then the arm of the emote points where the mannequin's does."""
    path = f"rigs/{kind}.glb"
    _add_character(stage, path, glb.write_emote(emotes.still()) if kind == "mannequin" else emotes.rig_glb(kind))
    found: dict[str, Any] = stage.run(
        f"var told = {MAP.format(f'res://{path}')}\n"
        f"var figure = ResourceLoader.load('res://{path}', '', ResourceLoader.CACHE_MODE_REPLACE).instantiate()\n"
        "Engine.get_main_loop().root.add_child(figure)\n"
        "var player = AnimationPlayer.new()\n"
        "figure.add_child(player)\n"
        "player.add_animation_library('', load('res://emotes/Raise.glb'))\n"
        "player.play(player.get_animation_list()[0])\n"
        "player.seek(0.8, true)\n"
        "var skeleton = figure.find_children('*', 'Skeleton3D', true, false)[0]\n"
        "var out = {'told': told}\n"
        "for pair in [['LeftUpperArm', 'LeftLowerArm'], ['LeftLowerArm', 'LeftHand'], ['RightUpperArm', 'RightLowerArm']]:\n"
        "\tvar ends = pair.map(func(bone):\n"
        "\t\tvar at = skeleton.find_bone(bone)\n"
        "\t\treturn (skeleton.global_transform * skeleton.get_bone_global_pose(at)).origin if at >= 0 else Vector3.INF)\n"
        "\tvar way = ends[0].direction_to(ends[1])\n"
        "\tout[pair[0]] = [way.x, way.y, way.z]\n"
        "figure.free()\nreturn out"
    )
    assert found.pop("told") == ""
    motion = emotes.wave()
    places = forward(motion)[1][24]  # at 0.8 s
    for bone, (start, end) in {
        "LeftUpperArm": ("LeftArm", "LeftForeArm"),
        "LeftLowerArm": ("LeftForeArm", "LeftHand"),
        "RightUpperArm": ("RightArm", "RightForeArm"),
    }.items():
        wanted = places[motion.skeleton.index(end)] - places[motion.skeleton.index(start)]
        assert wanted @ found[bone] > math.cos(math.radians(12)) * np.linalg.norm(wanted), bone
