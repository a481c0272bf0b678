"""Dragging emotes from the dock into scripts, characters, players and the scene tree."""

from __future__ import annotations

from typing import Any

import pytest

from tests.godot.editor import Editor

pytestmark = pytest.mark.xdist_group("godot-dock")

DROPS = "Engine.get_main_loop().get_nodes_in_group('kinetix_drops')"
MOVE = (
    "var move = func(place, by):\n"
    "\tvar motion = InputEventMouseMotion.new()\n"
    "\tmotion.button_mask = MOUSE_BUTTON_MASK_LEFT\n"
    "\tmotion.position = place\n"
    "\tmotion.relative = by\n"
    "\twindow.push_input(motion)\n"
    "var click = func(place, is_pressed):\n"
    "\tvar button = InputEventMouseButton.new()\n"
    "\tbutton.button_index = MOUSE_BUTTON_LEFT\n"
    "\tbutton.button_mask = MOUSE_BUTTON_MASK_LEFT if is_pressed else 0\n"
    "\tbutton.pressed = is_pressed\n"
    "\tbutton.position = place\n"
    "\twindow.push_input(button)\n"
)


def _drag(stage: Editor, name: str) -> None:
    """Start dragging an emote of the dock's list."""
    stage.run(f"plugin._show_dock()\ndock.show_tab('Library')\nlibrary.select(emote('{name}').id)")
    stage.until("not library.dragged().is_empty() and library._list.is_visible_in_tree()")
    begin = (
        f"var list = library._list\n"
        "list.ensure_current_is_visible()\n"
        "await frames(2)\n"
        "dock.ensure_control_visible(list)\n"
        "await frames(2)\n"
        "var window = list.get_window()\n"
        f"{MOVE}"
        "var item = list.get_item_rect(list.get_selected_items()[0]).position + Vector2(20, 20)\n"
        "var start = list.get_global_rect().position + item - Vector2(0, list.get_v_scroll_bar().value)\n"
        "click.call(start, true)\n"
        "for step in 4: move.call(start + Vector2.ONE * 6 * (step + 1), Vector2.ONE * 6)\n"
        "return [window.gui_is_dragging(), str(start), str(list.get_global_rect()), str(window.gui_get_hovered_control())]"
    )
    told = stage.run(begin)
    assert told[0], told


def _drop(stage: Editor, target: str, at: str) -> None:
    """Drop at `at` over the control that the expression `target` returns."""
    done = stage.run(
        f"var target = {target}\n"
        "var window = target.get_window()\n"
        f"{MOVE}"
        f"var stop = target.get_global_rect().position + {at}\n"
        "for step in 2: move.call(stop, Vector2.ONE)\n"
        "click.call(stop, false)\n"
        "return [window.gui_is_drag_successful(), str(stop), str(window.gui_get_hovered_control())]"
    )
    assert done[0], done


def test_an_emote_is_dragged_into_a_script_as_its_name(stage: Editor) -> None:
    """One undo reverts it, and no overlay remains."""
    stage.run(
        "var script = GDScript.new()\n"
        "script.source_code = 'extends Node\\n\\n\\nfunc wave(emotes):\\n\\temotes.play()\\n'\n"
        "ResourceSaver.save(script, 'res://waver.gd')\n"
        "EditorInterface.set_main_screen_editor('Script')\n"
        "EditorInterface.edit_script(load('res://waver.gd'))\n"
    )
    edit = "EditorInterface.get_script_editor().get_current_editor().get_base_editor()"
    stage.until(f"{edit}.text.contains('emotes.play()') and {edit}.size.x > 100")
    before = stage.get(f"{edit}.text")
    _drag(stage, "Wave")
    _drop(stage, edit, "target.size / 2")  # without a screen Godot does not tell where in a control
    dropped = stage.get(f"{edit}.text")
    assert dropped.count('"Wave"') == 1 and dropped.replace('"Wave"', "") == before
    assert stage.run(f"{edit}.undo()\nreturn {edit}.text") == before
    stage.until(f"{DROPS}.is_empty()")
    _drag(stage, "Wave")
    taken, line = stage.run(
        f"var edit = {edit}\n"
        f"var place = {DROPS}.filter(func(each): return each.get_parent() == edit)[0]\n"
        "var data = edit.get_viewport().gui_get_drag_data()\n"
        "var at = Vector2(edit.get_rect_at_line_column(4, 14).position) + Vector2(1, 4)\n"
        "var shift = InputEventKey.new()\n"
        "shift.keycode = KEY_SHIFT\n"
        "var taken = []\n"
        "for is_held in [true, false]:\n"
        "\tshift.pressed = is_held\n"
        "\tInput.parse_input_event(shift)\n"
        "\tInput.flush_buffered_events()\n"
        "\ttaken.append(place._can_drop_data(at, data))\n"
        "place._drop_data(at, data)\n"
        "edit.get_viewport().gui_cancel_drag()\n"
        "var line = edit.get_line(4)\n"
        "edit.undo()\n"
        "return [taken, line]"
    )
    assert taken == [False, True] and line == '\temotes.play("Wave")'
    assert stage.get(f"{edit}.text") == before


def test_an_emote_is_dragged_onto_a_character_and_onto_its_player(stage: Editor) -> None:
    """The first emote adds an AnimationPlayer, the next is added to it; each undo reverts one."""
    stage.run(
        "var hero = Node3D.new()\n"
        "hero.name = 'Hero'\n"
        "var skeleton = Skeleton3D.new()\n"
        "for bone in ['Hips', 'LeftLowerArm']: skeleton.add_bone(bone)\n"
        "skeleton.name = 'GeneralSkeleton'\n"
        "skeleton.unique_name_in_owner = true\n"
        "hero.add_child(skeleton)\n"
        "await open_scene(hero)\n"
        "var root = Node3D.new()\n"
        "root.name = 'Drop'\n"
        "for name in ['Hero', 'Rival']:\n"
        "\tvar one = load('res://hero.tscn').instantiate(PackedScene.GEN_EDIT_STATE_INSTANCE)\n"
        "\tone.name = name\n"
        "\troot.add_child(one)\n"
        "await open_scene(root)"
    )
    places = "EditorInterface.get_inspector().find_children('EmoteDrop*', 'PanelContainer', true, false)"
    hero, player = "scene().get_node('Hero')", "scene().get_node('Hero/AnimationPlayer')"

    def look_at(node: str) -> None:
        stage.run(f"EditorInterface.edit_node({node})")
        stage.until(f"EditorInterface.get_inspector().get_edited_object() == {node}")

    def put(name: str, node: str) -> None:
        look_at(node)
        _drag(stage, name)
        stage.run(
            "var page = EditorInterface.get_inspector()\n"
            "while not page.get_parent() is TabContainer: page = page.get_parent()\n"
            "page.get_parent().current_tab = page.get_parent().get_tab_idx_from_control(page)\n"
        )
        stage.until(f"{places}.size() == 1 and {places}[0].is_visible_in_tree() and {places}[0].size.y > 10")
        _drop(stage, f"{places}[0]", "target.size / 2")

    def held() -> Any:
        return stage.get(f"{player}.get_animation_library_list()")

    look_at("scene()")
    stage.until(f"{places}.is_empty()")  # two characters are below it
    put("Wave", hero)
    assert held() == ["Wave"]
    turned = stage.run(
        f"var player = {player}\n"
        "player.play('Wave/Wave')\n"
        "player.seek(0.9, true)\n"
        f"var skeleton = {hero}.get_node('GeneralSkeleton')\n"
        "var turned = skeleton.get_bone_pose_rotation(1).get_angle()\n"
        "player.stop()\n"
        f"return [turned, str(player.root_node), player.owner == scene()]"
    )
    assert turned[0] > 0.1 and turned[1:] == ["..", True]
    put("Bow", hero)
    put("Take", player)
    assert sorted(held()) == ["Bow", "Take", "Wave"]
    stage.run("undo()")
    assert sorted(held()) == ["Bow", "Wave"]
    stage.run("undo()")
    assert held() == ["Wave"]
    stage.run("undo()")
    assert stage.get(f"{hero}.get_child_count()") == 1
    stage.until(f"{DROPS}.is_empty()")
    _drag(stage, "Wave")
    place = f"{DROPS}.filter(func(each): return each.get_parent() is Tree)[0]"
    stage.until(f"{place}.get_parent().get_root().get_first_child().get_next_visible().get_text(0) == 'Rival'")
    taken = stage.run(
        f"var place = {place}\n"
        "var tree = place.get_parent()\n"
        "var data = tree.get_viewport().gui_get_drag_data()\n"
        "var taken = []\n"
        "var item = tree.get_root()\n"
        "while item:\n"
        "\tvar at = tree.get_item_area_rect(item).position + Vector2(30, 6) - tree.get_scroll()\n"
        "\ttaken.append([item.get_text(0), place._can_drop_data(at, data)])\n"
        "\tif item.get_text(0) == 'Hero': place._drop_data(at, data)\n"
        "\titem = item.get_next_visible()\n"
        "tree.get_viewport().gui_cancel_drag()\n"
        "return taken"
    )
    assert taken == [["Drop", False], ["Hero", True], ["Rival", True]]
    assert held() == ["Wave"]
    stage.run("undo()")
    assert stage.get(f"{hero}.get_child_count()") == 1
    stage.until(f"{DROPS}.is_empty()")
