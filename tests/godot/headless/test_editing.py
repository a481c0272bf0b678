"""Scenes that are edited: an emote is added with an undo, and the nodes warn."""

from __future__ import annotations

from typing import Any

import pytest

from tests.godot import emotes
from tests.godot.editor import Editor

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_add_to_an_animation_player_can_be_undone(stage: Editor) -> None:
    stage.export("Added.glb", emotes.wave_glb(90))
    stage.imported("emotes/Added.glb")
    *counts, saved = stage.run(
        "var root = Node3D.new()\n"
        "root.name = 'Undone'\n"
        "root.add_child(AnimationPlayer.new())\n"
        "await open_scene(root)\n"
        "var edited = scene().get_child(0)\n"
        "EditorInterface.get_selection().clear()\n"
        "EditorInterface.get_selection().add_node(edited)\n"
        "var adder = load('res://addons/kinetix_emotes/editor/project/animation_adder.gd')\n"
        "var found = [adder.add('res://emotes/Added.glb'), edited.get_animation_list().size()]\n"
        "undo()\n"
        "found.append(edited.get_animation_list().size())\n"
        "history().redo()\n"
        "var packed = PackedScene.new()\n"
        "packed.pack(scene())\n"
        "ResourceSaver.save(packed, 'res://undone.tscn')\n"
        "return found + [edited.get_animation_list().size(), FileAccess.get_file_as_string('res://undone.tscn')]"
    )
    assert counts == ["", 1, 0, 1]
    # The scene refers to the file: a copy would stay behind when the emote gets a new version.
    assert "res://emotes/Added.glb" in saved and "tracks/0" not in saved


def test_the_nodes_warn_in_the_editor_and_change_nothing_in_the_scene(stage: Editor) -> None:
    """Godot asks tool scripts only. What the nodes find by themselves must not be saved with the scene."""
    told: dict[str, Any] = stage.run(
        "var root = CharacterBody3D.new()\n"
        "root.name = 'Warns'\n"
        "for kind in [EmotePlayer, EmoteSync, EmoteWheel]:\n"
        "\tvar node = kind.new()\n"
        "\tnode.name = node.get_script().get_global_name()\n"
        "\troot.add_child(node)\n"
        "await open_scene(root)\n"
        "await frames(3)\n"
        "root = scene()\n"
        "var player = root.get_node('EmotePlayer')\n"
        "player.root_motion = 2\n"
        "var found = {'lone': player._get_configuration_warnings()}\n"
        "var skeleton = Skeleton3D.new()\n"
        "root.add_child(skeleton)\n"
        "found.placed = player._get_configuration_warnings()\n"
        "found.kept = [player.skeleton == null, player.body == null, player.process_priority]\n"
        "found.sync = root.get_node('EmoteSync')._get_configuration_warnings()\n"
        "found.wheel = root.get_node('EmoteWheel')._get_configuration_warnings()\n"
        "found.shown = root.get_node('EmoteWheel').visible\n"
        "player.free()\n"
        "found.alone = root.get_node('EmoteSync')._get_configuration_warnings()\n"
        "skeleton.free()\n"
        "return found"
    )
    assert len(told["lone"]) == 1 and "Skeleton" in told["lone"][0], told
    assert told["placed"] == [] and told["sync"] == []
    assert told["kept"] == [True, True, 0]
    assert any("slots" in warning for warning in told["wheel"]) and told["shown"]
    assert len(told["alone"]) == 1 and "EmotePlayer" in told["alone"][0]
