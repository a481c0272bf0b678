"""A character of the project: its bones get their map, and it shows an emote in the preview."""

from __future__ import annotations

import math
from typing import Any

import pytest

from kinetix_core.formats import glb
from kinetix_core.motion import Motion
from kinetix_core.motion.kinematics import forward
from tests.godot import emotes
from tests.godot.headless.stage import Stage
from tests.motion import rigs
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-editor")
# Names of Mixamo, Unreal, Unity, VRoid, Blender and Daz rigs, without names, in centimetres, lying; T-poses and A-poses.
RIGS = [
    "mixamo_t_pose", "unreal5", "unity_humanoid", "vrm1", "hair_and_bust", "rigify_deform", "daz_genesis8",
    "character_creator", "no_names", "four_spines", "centimetres", "lying_z_up",
]  # fmt: skip


def test_the_preview_on_a_character_of_the_project(stage: Stage) -> None:
    """Turned, brought closer, scrubbed, slower, once: on a scene of the project, straight from a file outside of it."""
    stage.add_character("cast/hero.glb", glb.write_emote(emotes.still()))
    stage.editor.run(
        "var body = CharacterBody3D.new()\n"
        "body.name = 'Player'\n"
        "var hero = load('res://cast/hero.glb').instantiate()\n"
        "body.add_child(hero)\n"
        "hero.owner = body\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(body)\n"
        "ResourceSaver.save(scene, 'res://cast/player.tscn')\n"
        "body.free()\nreturn true"
    )
    file = stage.root / "outside.glb"
    file.write_bytes(glb.write_emote(emotes.wave()))
    found: dict[str, Any] = stage.editor.run(
        "var view = plugin.dock.library_view\n"
        "var preview = view.preview\n"
        "view.character_row.use('res://cast/player.tscn')\n"
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
        "out.listed = view.character_row.listed()\n"
        "view.character_row.use('')\n"
        "preview._loops.button_pressed = true\n"
        "preview._speed.value = 1.0\n"
        "return out"
    )
    assert found["shown"] and found["figure"] == "CharacterBody3D", found
    assert found["turned"] == pytest.approx(0.18, abs=0.03)  # as the emote has it there
    assert found["at"] == pytest.approx(0.7, abs=0.02) and not found["plays"]
    assert found["speed"] == 0.5 and found["loop"] == 0
    assert found["orbit"] > 0.5 and found["closer"] > 0.1
    assert "res://cast/player.tscn" in found["listed"]


def test_the_scene_stops_warning_once_the_bones_are_mapped(stage: Stage) -> None:
    stage.add_character("warned/hero.glb", glb.write_emote(emotes.still()))
    before: list[str] = stage.editor.run(
        "var root = Node3D.new()\n"
        "root.name = 'Root'\n"
        "var player = EmotePlayer.new()\n"
        "player.libraries = [AnimationLibrary.new()] as Array[AnimationLibrary]\n"
        "for node in [load('res://warned/hero.glb').instantiate(), player]:\n"
        "\troot.add_child(node)\n"
        "\tnode.owner = root\n"
        "player.name = 'EmotePlayer'\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(root)\n"
        "ResourceSaver.save(scene, 'res://warned/warned.tscn')\n"
        "root.free()\n"
        "EditorInterface.open_scene_from_path('res://warned/warned.tscn')\n"
        "for frame in 3: await Engine.get_main_loop().process_frame\n"
        "return EditorInterface.get_edited_scene_root().get_node('EmotePlayer')._get_configuration_warnings()"
    )
    assert len(before) == 1
    # Godot renames the bones of the open scene's skeleton before those of its skin.
    with stage.editor.expecting(r"Skin bind #\d+ contains named bind"):
        # On this signal the Scene dock reads a node's warnings again.
        after = stage.editor.run(
            "var read = []\n"
            "var look = func(node):\n"
            "\tif node.name == &'EmotePlayer': read.append(Array(node._get_configuration_warnings()))\n"
            "Engine.get_main_loop().node_configuration_warning_changed.connect(look)\n"
            "var characters = load('res://addons/kinetix_emotes/editor/project/characters.gd')\n"
            "await characters.map_bones('res://warned/hero.glb', plugin.link, plugin.imports)\n"
            "for frame in 10: await Engine.get_main_loop().process_frame\n"
            "Engine.get_main_loop().node_configuration_warning_changed.disconnect(look)\n"
            "return read.back()"
        )
    assert after == []


def test_a_characters_bones_are_mapped_by_themselves(stage: Stage) -> None:
    stage.add_character("hero/hero.glb", glb.write_emote(emotes.still()))
    told = stage.editor.run(
        "var characters = load('res://addons/kinetix_emotes/editor/project/characters.gd')\n"
        "return await characters.map_bones('res://hero/hero.glb', plugin.link, plugin.imports)"
    )
    assert told == ""
    names = stage.editor.run(
        "var scene = ResourceLoader.load('res://hero/hero.glb', '', ResourceLoader.CACHE_MODE_REPLACE).instantiate()\n"
        "var skeleton = scene.find_children('*', 'Skeleton3D', true, false)[0]\n"
        "var names = []\n"
        "for bone in skeleton.get_bone_count(): names.append(skeleton.get_bone_name(bone))\n"
        "scene.free()\nreturn names"
    )
    assert {"Hips", "LeftUpperArm", "RightFoot"} <= set(names)


@pytest.mark.parametrize("kind", RIGS)
def test_every_kind_of_character_gets_its_map_and_plays(stage: Stage, kind: str) -> None:
    """The map is made by the core, the import by Godot; then the arm of the emote points where the mannequin's does."""
    skeleton = rigs.build(kind).skeleton
    rest = Motion(skeleton, 30.0, skeleton.rest_rotations[None].copy(), skeleton.rest_translations[:1].copy(), "rest")
    stage.export("Raise.glb", glb.write_emote(emotes.wave()))
    until(lambda: stage.imported("emotes/Raise.glb"))
    stage.add_character(f"rigs/{kind}.glb", glb.write_motion(rest))
    path = f"res://rigs/{kind}.glb"
    found: dict[str, Any] = stage.editor.run(
        "var characters = load('res://addons/kinetix_emotes/editor/project/characters.gd')\n"
        f"var told = await characters.map_bones('{path}', plugin.link, plugin.imports)\n"
        f"var scene = ResourceLoader.load('{path}', '', ResourceLoader.CACHE_MODE_REPLACE).instantiate()\n"
        "Engine.get_main_loop().root.add_child(scene)\n"
        "var player = AnimationPlayer.new()\n"
        "scene.add_child(player)\n"
        "player.add_animation_library('', load('res://emotes/Raise.glb'))\n"
        "player.play(player.get_animation_list()[0])\n"
        "player.seek(0.8, true)\n"
        "var skeleton = scene.find_children('*', 'Skeleton3D', true, false)[0]\n"
        "var out = {'told': told}\n"
        "for pair in [['LeftUpperArm', 'LeftLowerArm'], ['LeftLowerArm', 'LeftHand'], ['RightUpperArm', 'RightLowerArm']]:\n"
        "\tvar ends = pair.map(func(bone):\n"
        "\t\tvar at = skeleton.find_bone(bone)\n"
        "\t\treturn (skeleton.global_transform * skeleton.get_bone_global_pose(at)).origin if at >= 0 else Vector3.INF)\n"
        "\tvar way = ends[0].direction_to(ends[1])\n"
        "\tout[pair[0]] = [way.x, way.y, way.z]\n"
        "scene.free()\nreturn out"
    )
    assert found.pop("told") == ""
    motion = emotes.wave()
    frame = 24  # 0.8 s
    _, places = forward(motion)
    for bone, (start, end) in {
        "LeftUpperArm": ("LeftArm", "LeftForeArm"),
        "LeftLowerArm": ("LeftForeArm", "LeftHand"),
        "RightUpperArm": ("RightArm", "RightForeArm"),
    }.items():
        direction = places[frame][motion.skeleton.index(end)] - places[frame][motion.skeleton.index(start)]
        angle = math.degrees(
            math.acos(min(1.0, float(direction @ found[bone]) / float((direction @ direction) ** 0.5)))
        )
        assert angle < 12, (bone, angle)
