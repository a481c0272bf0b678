"""What the dock does with the library, in one headless editor with the real add-on and a real hub: it names no command."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core import files
from kinetix_core.formats import glb
from kinetix_core.hub_protocol.info import read_info
from kinetix_core.identity import EmoteId
from kinetix_core.motion import Motion
from kinetix_hub.library.emote import Emote, write_sidecar
from kinetix_hub.library.verify import sha256_of
from tests.godot import emotes
from tests.godot.editor import Editor, bad_lines, editor, hub, imported_project
from tests.support import tools
from tests.support.hub_json import HubLink
from tests.support.long_take import take
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("godot-dock")

NAMES = ["Bow", "Duet", "Zwei", "Take", "Wave"]  # as the dock lists them: a group stands together
GROUP = "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11"
MENU = "plugin.dock.library_view.menu"


def _put(home: Path, motion: Motion, name: str) -> None:
    """An emote of the library as a backup brings it back; the hub takes it in when it starts."""
    folder = home / "library" / name
    files.write(folder / f"{name}.glb", glb.write_emote(motion.with_(name=name)))
    digest, now = sha256_of(folder / f"{name}.glb"), time.time()
    emote_id = EmoteId(str(uuid.uuid5(uuid.NAMESPACE_OID, name)))
    group = motion.extras.get("group", {}).get("id")
    write_sidecar(folder, Emote(emote_id, name, name, "local", "me", digest, 1, now, now, group=group))


def _person(number: int, x: float, yaw: float, start: float) -> Motion:
    """One of two people of a clip, as a capture delivers them."""
    place = {"id": GROUP, "of": 2, "person": number, "x": x, "z": 0.25, "yawDegrees": yaw, "startS": start, "size": 1.0}
    return emotes.wave().with_(extras={"group": place})


class Stage:
    def __init__(self, home: Path, project: Path, source: Path, found: Editor) -> None:
        self.project, self.source, self.editor = project, source, found
        self._link = HubLink(present(read_info(home / "hub/hub.json")))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._link.call(method, path, body, timeout_s=LIMIT_S)

    def choose(self, name: str, item: str) -> None:
        """As a right click on the emote of this name does."""
        found = f"plugin.link.emotes.values().filter(func(e): return e.name == '{name}')[0].id"
        self.editor.run(f"{MENU}.fill({found})\n{MENU}.choose({MENU}.Item.{item})\nreturn true")

    def follow(self, folder: str, source: str) -> str:
        """A further target of the project; its id."""
        body = {"project": str(self.project), "folder": folder, "source": source}
        return str(self.call("POST", "/v1/sync/targets", body)["id"])

    def press(self, button: str) -> None:
        found = f"plugin.dock.find_child('{button}', true, false)"
        self.editor.until(f"{found} != null and {found}.visible and not {found}.disabled")
        self.editor.run(f"{found}.pressed.emit()\nreturn true")

    def answer(self, dialog: str) -> str:
        """Says yes to the question, which has to be open; what it asks."""
        found = f"plugin.dock.find_child('{dialog}', true, false)"
        self.editor.until(f"{found}.visible")
        return str(self.editor.run(f"{found}.get_ok_button().pressed.emit()\nreturn {found}.dialog_text"))

    def settle(self) -> None:
        """Until nothing waits for Godot's importer."""
        self.editor.until(
            "not plugin.imports._is_busy and not plugin.imports._is_importing and plugin.imports._waiting.is_empty()"
        )

    def imported(self, file: str) -> None:
        """Until the add-on says that it imported the file, since the last time that it was waited for."""
        self.editor.until(f"'res://{file}' in plugin.get_meta('done', [])")
        self.editor.run(f"plugin.get_meta('done').erase('res://{file}')\nreturn true")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("dock")
    project, home = imported_project(tmp_path_factory, root), root / "home"
    _put(home, emotes.wave(), "Wave")
    _put(home, emotes.bow(), "Bow")
    _put(home, take(), "Take")
    _put(home, _person(2, 0.6, -90.0, 0.5), "Duet")
    _put(home, _person(1, -0.6, 90.0, 0.0), "Zwei")
    with (
        hub(home, root / "hub.log") as (more, _),
        editor(root, project, more | {"KINETIX_COMMAND": str(tools.kinetix())}) as found,
    ):
        found.until("plugin.link.is_up()")
        found.run(
            "plugin.set_meta('done', [])\n"
            "plugin.imports.imported.connect(func(paths): plugin.get_meta('done').append_array(Array(paths)))\n"
            "return true"
        )
        made = Stage(home, project, root / "exports", found)
        made.follow("emotes", "library")
        for name in NAMES:
            made.imported(f"emotes/{name}.glb")
        yield made
        assert not bad_lines(found.output()), bad_lines(found.output())


def test_what_is_brought_back_is_told_when_it_can_be_loaded(stage: Stage) -> None:
    stage.choose("Wave", "DELETE_HERE")
    stage.editor.until(f"{MENU}._deleted_here().size() == 2")
    stage.choose("Wave", "BRING_BACK")
    stage.imported("emotes/Wave.glb")
    assert stage.editor.run("return load('res://emotes/Wave.glb') is AnimationLibrary")


@pytest.mark.posix_only(reason="making a link needs a right that few have on Windows")
def test_what_lies_behind_a_link_stays_and_the_dock_says_why(stage: Stage) -> None:
    """For the menu alone there is a target whose folder is a link; nothing waits in between, so no other part meets it."""
    outside = stage.source.parent / "shared"
    outside.mkdir()
    for name, text in {".gdignore": "", "Far.glb": "precious", "Far.glb.import": 'kinetix/emote_id="far"\n'}.items():
        (outside / name).write_text(text, encoding="utf-8")
    (stage.project / "linked").symlink_to(outside)
    told = stage.editor.run(
        "var told = []\n"
        "var hear = func(level, title, next): told.append_array([level, title, next])\n"
        "var here = ProjectSettings.globalize_path('res://')\n"
        "plugin.link.emotes['far'] = {'id': 'far', 'name': 'Far'}\n"
        "plugin.link.targets['far'] = {'id': 'far', 'project': here, 'folder': 'linked'}\n"
        "plugin.link.noticed.connect(hear)\n"
        f"{MENU}.fill('far')\n{MENU}.choose({MENU}.Item.DELETE_HERE)\n"
        "plugin.link.noticed.disconnect(hear)\n"
        "plugin.link.targets.erase('far')\n"
        "plugin.link.emotes.erase('far')\n"
        "return told"
    )
    (stage.project / "linked").unlink()
    assert (outside / "Far.glb").read_text(encoding="utf-8") == "precious"
    assert told[:2] == [
        "warning",
        "res://linked/Far.glb stays: a link leads there, and other projects may use the file.",
    ]
    assert "Show" in told[2]


def test_a_file_that_comes_while_godot_prepares_an_import_of_its_own_is_imported_after_it(stage: Stage) -> None:
    """Godot refuses that import, but has not said yet that it imports: its progress dialog lets frames go by before."""
    data = glb.write_emote(emotes.wave())
    for name in ("Own", "Meanwhile"):
        (stage.project / f"{name}.glb").write_bytes(data)
    told = stage.editor.run(
        "var files = EditorInterface.get_resource_filesystem()\n"
        "var failed = []\n"
        "plugin.set_meta('failed', failed)\n"
        "plugin.imports.failed.connect(func(path, _next): failed.append(path))\n"
        "var at_once = func(_paths):\n"
        "\tplugin.imports._is_importing = false\n"
        "\tplugin.imports.enqueue(PackedStringArray(['Meanwhile.glb']))\n"
        "\tplugin.imports._process(0.0)\n"
        "\tplugin.imports._is_importing = true\n"
        "files.resources_reimporting.connect(at_once, CONNECT_ONE_SHOT)\n"
        "for file in ['res://Own.glb', 'res://Meanwhile.glb']: files.update_file(file)\n"
        "files.reimport_files(PackedStringArray(['res://Own.glb']))\n"
        "return 'res://Meanwhile.glb' in plugin.get_meta('done')"
    )
    assert not told, "nothing has been imported yet"
    stage.imported("Meanwhile.glb")
    assert stage.editor.run("return plugin.get_meta('failed')") == []


def test_the_bin_of_the_library_brings_an_emote_back(stage: Stage) -> None:
    stage.choose("Bow", "DELETE")
    assert "bin beside the search" in stage.editor.run(f"return {MENU}._delete_dialog.dialog_text")
    stage.editor.run(f"{MENU}._delete_dialog.get_ok_button().pressed.emit()\nreturn true")
    until(lambda: not (stage.project / "emotes/Bow.glb").exists(), "the sync")
    stage.press("OpenBin")
    stage.press("BringBack")
    until((stage.project / "emotes/Bow.glb").exists, "the emote's return")
    stage.imported("emotes/Bow.glb")
    stage.editor.run("plugin.dock.find_child('Bin', true, false).hide()\nreturn true")


def test_a_group_is_listed_together_and_comes_into_the_scene_as_one(stage: Stage) -> None:
    """Who stands left comes first; without a character of one's own the mannequin stands in. One undo takes all away."""
    view = "plugin.dock.library_view"
    stage.editor.until(f"{view}.shown_names().size() >= {len(NAMES)}")
    assert [name for name in stage.editor.run(f"return {view}.shown_names()") if name in NAMES] == NAMES
    found: dict[str, Any] = stage.editor.run(
        "var root = Node3D.new()\n"
        "root.name = 'Stage'\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(root)\n"
        "ResourceSaver.save(scene, 'res://stage.tscn')\n"
        "root.free()\n"
        "EditorInterface.open_scene_from_path('res://stage.tscn')\n"
        "await Engine.get_main_loop().process_frame\n"
        "var zwei = plugin.link.emotes.values().filter(func(e): return e.name == 'Zwei')[0].id\n"
        f"{view}.select(zwei)\n"
        f"var row = {view}.find_child('Group', true, false)\n"
        "var out = {'shown': row.visible, 'who': row.find_child('Who', true, false).text}\n"
        "await row.use()\n"
        "root = EditorInterface.get_edited_scene_root()\n"
        "var group = root.get_child(0)\n"
        "out.names = group.get_children().map(func(n): return n.name)\n"
        "out.places = group.get_children().filter(func(n): return n is Node3D).map(\n"
        "\tfunc(n): return [n.position.x, n.position.z, n.rotation_degrees.y])\n"
        "var player = group.get_node('Together')\n"
        "var line = player.get_animation('together')\n"
        "out.starts = range(line.get_track_count()).map(func(t): return line.track_get_key_time(t, 0))\n"
        "player.play('together')\n"
        "player.seek(0.9, true)\n"
        "var skeleton = group.get_child(0).find_children('*', 'Skeleton3D', true, false)[0]\n"
        "var arm = skeleton.find_bone('LeftLowerArm')\n"
        "out.turned = skeleton.get_bone_pose_rotation(arm).angle_to(skeleton.get_bone_rest(arm).basis.get_rotation_quaternion())\n"
        "player.stop()\n"
        "var packed = PackedScene.new()\n"
        "packed.pack(root)\n"
        "ResourceSaver.save(packed, 'res://saved.tscn')\n"
        "out.saved = FileAccess.get_file_as_string('res://saved.tscn')\n"
        "var undo = plugin.get_undo_redo()\n"
        "undo.get_history_undo_redo(undo.get_object_history_id(root)).undo()\n"
        "out.left = root.get_child_count()\n"
        "return out"
    )
    assert found["shown"] and found["who"] == "Filmed together: Zwei, Duet."
    assert found["names"] == ["Zwei", "Duet", "Together"]
    assert found["places"][0] == pytest.approx([-0.6, 0.25, 90.0], abs=1e-4)
    assert found["places"][1] == pytest.approx([0.6, 0.25, -90.0], abs=1e-4)
    assert found["starts"] == [0.0, 0.5] and found["turned"] > 0.1
    assert 'path="res://emotes/Zwei.glb"' in found["saved"] and "res://characters/mannequin.glb" in found["saved"]
    assert found["left"] == 0


def test_a_right_click_puts_an_emote_into_the_scene_on_a_figure(stage: Stage) -> None:
    """One of somebody who was filmed alone: the figure plays it by itself once the scene runs, and one undo takes all away."""
    stage.editor.run(
        "var root = Node3D.new()\n"
        "root.name = 'Alone'\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(root)\n"
        "ResourceSaver.save(scene, 'res://alone.tscn')\n"
        "root.free()\n"
        "EditorInterface.open_scene_from_path('res://alone.tscn')\n"
        "return true"
    )
    root = "EditorInterface.get_edited_scene_root()"
    stage.editor.until(f"{root} != null and {root}.name == 'Alone'")
    stage.choose("Wave", "USE")
    stage.editor.until(f"{root}.get_child_count() == 1")
    names, autoplay, clip = stage.editor.run(
        f"var group = {root}.get_child(0)\n"
        "var player = group.get_node('Together')\n"
        "var line = player.get_animation('together')\n"
        "return [group.get_children().map(func(n): return n.name), player.autoplay, line.length]"
    )
    assert names == ["Wave", "Together"] and autoplay == "together" and clip == pytest.approx(1.6, abs=0.05)
    left = stage.editor.run(
        f"var root = {root}\nvar undo = plugin.get_undo_redo()\n"
        "undo.get_history_undo_redo(undo.get_object_history_id(root)).undo()\nreturn root.get_child_count()"
    )
    assert left == 0


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


def _drag(stage: Stage, name: str) -> None:
    """Takes an emote out of the dock's list with the pointer."""
    view = "plugin.dock.library_view"
    emote = f"plugin.link.emotes.values().filter(func(e): return e.name == '{name}')[0].id"
    stage.editor.run(f"plugin._show_dock()\nplugin.dock.show_tab('Library')\n{view}.select({emote})\nreturn true")
    stage.editor.until(f"not {view}.dragged().is_empty() and {view}._list.is_visible_in_tree()")
    begin = (
        f"var list = {view}._list\n"
        "list.ensure_current_is_visible()\n"
        "for frame in 2: await Engine.get_main_loop().process_frame\n"
        "plugin.dock.ensure_control_visible(list)\n"
        "for frame in 2: await Engine.get_main_loop().process_frame\n"
        "var window = list.get_window()\n"
        f"{MOVE}"
        "var item = list.get_item_rect(list.get_selected_items()[0]).position + Vector2(20, 20)\n"
        "var start = list.get_global_rect().position + item - Vector2(0, list.get_v_scroll_bar().value)\n"
        "click.call(start, true)\n"
        "for step in 4: move.call(start + Vector2.ONE * 6 * (step + 1), Vector2.ONE * 6)\n"
        "return [window.gui_is_dragging(), str(start), str(list.get_global_rect()), str(window.gui_get_hovered_control())]"
    )
    told = stage.editor.run(begin)
    assert told[0], told


def _drop(stage: Stage, target: str, at: str) -> None:
    """Lets go of it over the place `at` of the control that the expression `target` finds."""
    done = stage.editor.run(
        f"var target = {target}\n"
        "var window = target.get_window()\n"
        f"{MOVE}"
        f"var stop = target.get_global_rect().position + {at}\n"
        "for step in 2: move.call(stop, Vector2.ONE)\n"
        "click.call(stop, false)\n"
        "return [window.gui_is_drag_successful(), str(stop), str(window.gui_get_hovered_control())]"
    )
    assert done[0], done


def test_an_emote_is_dragged_into_a_script_as_its_name(stage: Stage) -> None:
    """One undo takes it back, and nothing lies over the script afterwards."""
    stage.editor.run(
        "var script = GDScript.new()\n"
        "script.source_code = 'extends Node\\n\\n\\nfunc wave(emotes):\\n\\temotes.play()\\n'\n"
        "ResourceSaver.save(script, 'res://waver.gd')\n"
        "EditorInterface.set_main_screen_editor('Script')\n"
        "EditorInterface.edit_script(load('res://waver.gd'))\n"
        "return true"
    )
    edit = "EditorInterface.get_script_editor().get_current_editor().get_base_editor()"
    stage.editor.until(f"{edit}.text.contains('emotes.play()') and {edit}.size.x > 100")
    before = stage.editor.run(f"return {edit}.text")
    _drag(stage, "Wave")
    _drop(stage, edit, "target.size / 2")  # without a screen Godot does not tell where in a control
    dropped = stage.editor.run(f"return {edit}.text")
    assert dropped.count('"Wave"') == 1 and dropped.replace('"Wave"', "") == before
    assert stage.editor.run(f"{edit}.undo()\nreturn {edit}.text") == before
    stage.editor.until(f"{DROPS}.is_empty()")
    _drag(stage, "Wave")
    taken, line = stage.editor.run(
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
    assert stage.editor.run(f"return {edit}.text") == before


def test_an_emote_is_dragged_onto_a_character_and_onto_its_player(stage: Stage) -> None:
    """Its first emote brings a character an AnimationPlayer, which takes the next; each undo takes one of them back."""
    stage.editor.run(
        "var hero = Node3D.new()\n"
        "hero.name = 'Hero'\n"
        "var skeleton = Skeleton3D.new()\n"
        "for bone in ['Hips', 'LeftLowerArm']: skeleton.add_bone(bone)\n"
        "skeleton.name = 'GeneralSkeleton'\n"
        "hero.add_child(skeleton)\n"
        "skeleton.owner = hero\n"
        "skeleton.unique_name_in_owner = true\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(hero)\n"
        "ResourceSaver.save(scene, 'res://hero.tscn')\n"
        "hero.free()\n"
        "var root = Node3D.new()\n"
        "root.name = 'Drop'\n"
        "for name in ['Hero', 'Rival']:\n"
        "\tvar one = load('res://hero.tscn').instantiate(PackedScene.GEN_EDIT_STATE_INSTANCE)\n"
        "\tone.name = name\n"
        "\troot.add_child(one)\n"
        "\tone.owner = root\n"
        "scene = PackedScene.new()\n"
        "scene.pack(root)\n"
        "ResourceSaver.save(scene, 'res://drop.tscn')\n"
        "root.free()\n"
        "EditorInterface.open_scene_from_path('res://drop.tscn')\n"
        "return true"
    )
    root = "EditorInterface.get_edited_scene_root()"
    stage.editor.until(f"{root} != null and {root}.name == 'Drop'")
    places = "EditorInterface.get_inspector().find_children('EmoteDrop*', 'PanelContainer', true, false)"
    hero, player = f"{root}.get_node('Hero')", f"{root}.get_node('Hero/AnimationPlayer')"

    def look_at(node: str) -> None:
        stage.editor.run(f"EditorInterface.edit_node({node})\nreturn true")
        stage.editor.until(f"EditorInterface.get_inspector().get_edited_object() == {node}")

    def put(name: str, node: str) -> None:
        look_at(node)
        _drag(stage, name)
        stage.editor.run(
            "var page = EditorInterface.get_inspector()\n"
            "while not page.get_parent() is TabContainer: page = page.get_parent()\n"
            "page.get_parent().current_tab = page.get_parent().get_tab_idx_from_control(page)\n"
            "return true"
        )
        stage.editor.until(f"{places}.size() == 1 and {places}[0].is_visible_in_tree() and {places}[0].size.y > 10")
        _drop(stage, f"{places}[0]", "target.size / 2")

    def undo() -> None:
        stage.editor.run(
            "var undo = plugin.get_undo_redo()\n"
            f"undo.get_history_undo_redo(undo.get_object_history_id({root})).undo()\nreturn true"
        )

    def held() -> Any:
        return stage.editor.run(f"return {player}.get_animation_library_list()")

    look_at(root)
    stage.editor.until(f"{places}.is_empty()")  # two characters are below it
    put("Wave", hero)
    assert held() == ["Wave"]
    turned = stage.editor.run(
        f"var player = {player}\n"
        "player.play('Wave/Wave')\n"
        "player.seek(0.9, true)\n"
        f"var skeleton = {hero}.get_node('GeneralSkeleton')\n"
        "var turned = skeleton.get_bone_pose_rotation(1).get_angle()\n"
        "player.stop()\n"
        f"return [turned, str(player.root_node), player.owner == {root}]"
    )
    assert turned[0] > 0.1 and turned[1:] == ["..", True]
    put("Bow", hero)
    put("Take", player)
    assert sorted(held()) == ["Bow", "Take", "Wave"]
    undo()
    assert sorted(held()) == ["Bow", "Wave"]
    undo()
    assert held() == ["Wave"]
    undo()
    assert stage.editor.run(f"return {hero}.get_child_count()") == 1
    stage.editor.until(f"{DROPS}.is_empty()")
    _drag(stage, "Wave")
    place = f"{DROPS}.filter(func(each): return each.get_parent() is Tree)[0]"
    stage.editor.until(f"{place}.get_parent().get_root().get_first_child().get_next_visible().get_text(0) == 'Rival'")
    taken = stage.editor.run(
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
    undo()
    assert stage.editor.run(f"return {hero}.get_child_count()") == 1
    stage.editor.until(f"{DROPS}.is_empty()")


def test_the_library_page_is_opened_on_an_emote(stage: Stage) -> None:
    stage.editor.until("plugin.link.connection.get('kind') == 'local'")
    stage.call("POST", "/v1/library-page")  # starts the service, which may take longer than the dock waits
    stage.editor.run(f"plugin.set_meta('url', '')\n{MENU}.browse = func(url): plugin.set_meta('url', url)\nreturn true")
    stage.choose("Wave", "WATCH")
    stage.editor.until("plugin.get_meta('url') != ''")
    url = stage.editor.run("return plugin.get_meta('url')")
    assert url.startswith("http://127.0.0.1:") and url.endswith(f"#{uuid.uuid5(uuid.NAMESPACE_OID, 'Wave')}")


def test_a_key_is_entered_checked_and_removed_in_the_dock(stage: Stage) -> None:
    """Against Kinetix Local by its address, as against any service. No file of the project or of Godot ever has the key."""
    stage.call("POST", "/v1/library-page")  # starts the service
    home = stage.source.parent / "home"
    service = json.loads((home / "local/serve.json").read_text(encoding="utf-8"))
    stage.call("PUT", "/v1/profiles/own", {"kind": "custom", "url": service["url"]})
    dialog = "plugin.dock.find_child('ProfileDialog', true, false)"
    result, kept = (f"plugin.dock.find_child('{name}', true, false).text" for name in ("KeyResult", "KeySource"))
    settled = f"not {dialog}._is_busy and not {dialog}._profiles.is_empty()"

    def choose(profile: str) -> None:
        stage.editor.run(f"{dialog}.open()\nreturn true")
        stage.editor.until(settled)
        at = stage.editor.run(f"return {dialog}._profiles.map(func(p): return p.name).find('{profile}')")
        stage.editor.run(f"{dialog}._where.select({at})\n{dialog}._where.item_selected.emit({at})\nreturn true")
        stage.editor.until(settled)

    def save(key: str) -> None:
        stage.editor.run(f"{dialog}._key.text = '{key}'\n{dialog}._key.text_changed.emit('')\nreturn true")
        stage.press("SaveKey")
        stage.editor.until(f"{settled} and {dialog}._key.text.is_empty()")

    try:
        choose("own")
        assert stage.editor.run(f"return {kept}").startswith("No key yet.")
        stage.editor.until("plugin.dock.find_child('EnterKey', true, false).visible")
        save("0" * 32)
        assert "key" in stage.editor.run(f"return {result}") and "answers" not in stage.editor.run(f"return {result}")
        stage.editor.until("plugin.dock.find_child('EnterKey', true, false).visible")
        save(service["apiKey"])
        assert stage.editor.run(f"return {result}") == "Own address (own) answers."
        assert "only you can read" in stage.editor.run(f"return {kept}"), "the tests' system has no keyring"
        stage.editor.until("plugin.dock.find_child('State', true, false).text == 'Connected (own)'")
        held = [path for path in stage.source.parent.rglob("*") if path.is_file() and home not in path.parents]
        assert not [path for path in held if service["apiKey"].encode() in path.read_bytes()]
        assert service["apiKey"] not in (home / "hub/profiles.json").read_text(encoding="utf-8")
        stage.press("RemoveKey")
        assert "Own address (own)" in stage.answer("RemoveKeyQuestion")
        stage.editor.until(f"{settled} and {kept}.begins_with('No key yet.') and {result}.is_empty()")
    finally:
        stage.call("POST", "/v1/profiles/local/activate")
        stage.call("DELETE", "/v1/profiles/own/key")
        stage.call("DELETE", "/v1/profiles/own")
    stage.editor.run(f"{dialog}.hide()\nreturn true")
    stage.editor.until("plugin.link.connection.get('kind') == 'local'")


def test_a_hub_that_does_not_come_up_is_looked_into_without_a_terminal(stage: Stage) -> None:
    link, view = "plugin.link", "plugin.dock.connection_view"
    shown = stage.editor.run(
        f"var before = [{link}.state, {link}.reason, {link}.cure]\n"
        f"{link}._set_state({link}.State.STARTING, 'Kinetix did not start; trying again.', 'Look into it.')\n"
        f"var shown = {view}._doctor.visible\n{view}._doctor.pressed.emit()\n"
        f"{link}._set_state(before[0], before[1], before[2])\n"
        f"return [shown, {view}._doctor.visible]"
    )
    assert shown == [True, False]
    said = "plugin.dock.find_child('Said', true, false).text"
    stage.editor.until(f"not {said} in ['', 'Looking …']")
    stage.editor.run("plugin.dock.find_child('Doctor', true, false).hide()\nreturn true")


@pytest.mark.parametrize(
    ("state", "is_offered"),
    [("ready", False), ("starting", False), ("offline", True), ("error", True), ("noKey", True)],
)
def test_what_is_wrong_is_offered_where_no_emote_can_be_made(stage: Stage, state: str, is_offered: bool) -> None:
    """What helps may be a command there; the button says more. The state is made up, and gone before anything else sees it."""
    link = "plugin.link"
    shown = stage.editor.run(
        f"var before = {link}.connection\n"
        f"{link}.connection = {{'profile': 'local', 'state': '{state}', 'message': 'A reason.', 'nextStep': 'Do this.'}}\n"
        f"{link}.changed.emit(&'connection')\n"
        "var shown = plugin.dock.connection_view._doctor.visible\n"
        f"{link}.connection = before\n{link}.changed.emit(&'connection')\n"
        "return shown"
    )
    assert shown is is_offered


def test_what_is_wrong_with_the_library_is_repaired_by_a_button(stage: Stage) -> None:
    sidecar = stage.source.parent / "home/library/Take/emote.json"
    sidecar.unlink()
    doctor, said, repair = (
        f"plugin.dock.find_child('{name}', true, false)" for name in ("Doctor", "Said", "Remedy_fix")
    )
    stage.editor.run(f"{doctor}.open()\nreturn true")
    stage.editor.until(f"{repair}.visible")
    words = stage.editor.run(f"return {said}.text")
    assert "Let them be repaired." in words and "Take: " in words and "doctor --fix" not in words
    stage.editor.run(f"{repair}.pressed.emit()\nreturn true")
    stage.editor.until(f"not {repair}.visible and {said}.text != 'Working …'")
    assert sidecar.exists() and "Take: " not in stage.editor.run(f"return {said}.text")
    stage.editor.run(f"{doctor}.hide()\nreturn true")


def test_a_folder_that_is_gone_comes_back_by_a_button(stage: Stage) -> None:
    stage.settle()
    (stage.project / "emotes").rename(stage.source.with_name("gone"))
    said = "plugin.dock.find_child('Cure', true, false).text"
    stage.editor.until(f"'Bring the emotes back' in {said}")
    stage.press("SyncCure")
    assert "res://emotes" in stage.answer("Question")
    for name in ("Bow", "Take", "Wave"):
        until((stage.project / f"emotes/{name}.glb").exists, name)
    stage.editor.until("not plugin.dock.find_child('SyncCure', true, false).visible")


def test_a_source_that_was_emptied_is_followed_by_a_button(stage: Stage) -> None:
    """The files go into the system's bin: their source is gone, so they may be the last copies."""
    stage.source.mkdir()
    exported = [stage.source / f"Export{number}.glb" for number in range(3)]
    for number, path in enumerate(exported):
        path.write_bytes(emotes.wave_glb(number))
    target = stage.follow("exports", str(stage.source))
    here = [stage.project / "exports" / path.name for path in exported]
    until(lambda: all(path.exists() for path in here), "the emotes of the folder")
    away = stage.source.with_name("away")
    stage.source.rename(away)
    stage.source.mkdir()
    said = "plugin.dock.find_child('Cure', true, false).text"
    stage.editor.until(f"'I emptied the folder' in {said}")
    stage.press("SyncCure")
    assert stage.answer("Question").startswith("3 emotes leave res://exports")
    until(lambda: not any(path.exists() for path in here), "the sync")
    bin_folder = stage.editor.root / "data/Trash/files"
    assert sorted(path.name for path in bin_folder.glob("Export*.glb")) == [path.name for path in exported]
    stage.editor.until("not plugin.dock.find_child('SyncCure', true, false).visible")
    stage.call("DELETE", f"/v1/sync/targets/{target}")


def test_a_long_take_is_cut_by_what_is_chosen_on_its_time_line(stage: Stage) -> None:
    """A click on the line and a tick beside it are one choice; the parts come as the hub proposes them."""
    view = "plugin.dock.library_view"
    take_id = "plugin.link.emotes.values().filter(func(e): return e.name == 'Take')[0].id"
    stage.editor.run(f"{view}.select({take_id})\nreturn true")
    stage.editor.until(f"{view}._cut.visible")
    assert stage.editor.run(f"return {view}._cut.text") == "Cut into Emotes (3)"
    stage.press("Cut")
    stage.editor.until(f"{view}._cut._dialog.visible and {view}._cut._line.size.x > 100")
    shown = stage.editor.run(
        f"var cut = {view}._cut\n"
        "var press = InputEventMouseButton.new()\n"
        "press.button_index = MOUSE_BUTTON_LEFT\n"
        "press.pressed = true\n"
        "press.position = cut._line._box(1).get_center()\n"
        "cut._line._gui_input(press)\n"
        "var said = cut._ticks.get_children().map(func(tick): return [tick.text.left(2), tick.button_pressed])\n"
        "cut._dialog.get_ok_button().pressed.emit()\n"
        "return said"
    )
    assert shown == [["1:", True], ["2:", False], ["3:", True]]
    stage.editor.until(f"Array({view}.shown_names()).has('Take 3')")
    assert not stage.editor.run(f"return Array({view}.shown_names()).has('Take 2')")
    until((stage.project / "emotes/Take 3.glb").exists, "the sync")
    stage.imported("emotes/Take 3.glb")
