"""Emotes of the library in the dock, and their files in the project."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinetix_core.formats import glb
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.godot import emotes
from tests.godot.dock.stage import MENU, NAMES, Stage
from tests.godot.editor import bad_lines, godot
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-dock")


@pytest.mark.posix_only(reason="making a link needs a right that few have on Windows")
def test_what_lies_behind_a_link_stays_and_the_dock_says_why(stage: Stage) -> None:
    """Adds a target whose folder is a link, within one frame."""
    outside = stage.source.parent / "shared"
    outside.mkdir()
    for name, text in {".gdignore": "", "Far.glb": "precious", "Far.glb.import": 'kinetix/emote_id="far"\n'}.items():
        (outside / name).write_text(text, encoding="utf-8")
    (stage.project / "linked").symlink_to(outside)
    told = stage.editor.run(
        "var told = []\n"
        "var hear = func(level, title, next): told.append_array([level, title, next])\n"
        "var here = ProjectSettings.globalize_path('res://')\n"
        "plugin.link.emotes['far'] = plugin.link.Types.Emote.new({'id': 'far', 'name': 'Far'})\n"
        "plugin.link.targets['far'] = plugin.link.Types.SyncTarget.new({'project': here, 'folder': 'linked'})\n"
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


def test_what_is_over_before_its_item_is_chosen_does_nothing(stage: Stage) -> None:
    """The sync runs while the menu is open. For an empty path Godot would trash the whole project."""
    folder = stage.project / "leaves"
    folder.mkdir()
    for name, text in {".gdignore": "", "Left.glb": "", "Left.glb.import": 'kinetix/emote_id="left"\n'}.items():
        (folder / name).write_text(text, encoding="utf-8")
    told = stage.editor.run(
        "var told = []\n"
        "var hear = func(_level, title, _next): told.append(title)\n"
        "var here = ProjectSettings.globalize_path('res://')\n"
        "plugin.link.emotes['left'] = plugin.link.Types.Emote.new({'id': 'left', 'name': 'Left'})\n"
        "plugin.link.targets['left'] = plugin.link.Types.SyncTarget.new({'project': here, 'folder': 'leaves'})\n"
        "plugin.link.noticed.connect(hear)\n"
        f"{MENU}.fill('left')\n"
        f"var offered = {MENU}.get_item_index({MENU}.Item.DELETE_HERE) >= 0\n"
        "DirAccess.remove_absolute(here.path_join('leaves/Left.glb'))\n"
        f"{MENU}.choose({MENU}.Item.DELETE_HERE)\n"
        f"{MENU}.choose({MENU}.Item.BRING_BACK)\n"
        "plugin.link.noticed.disconnect(hear)\n"
        "plugin.link.targets.erase('left')\n"
        "plugin.link.emotes.erase('left')\n"
        "var files = load('res://addons/kinetix_emotes/editor/project/project_files.gd')\n"
        "return [offered, told, files.move_to_bin('')]"
    )
    assert told[:2] == [True, ["Left is no longer in this project.", "Left is no longer deleted here."]]
    assert told[2] == "Check that the file exists."
    assert (stage.project / "project.godot").exists()


def test_settings_that_are_written_twice_within_a_second_are_read_twice(stage: Stage) -> None:
    """The cache of import settings is bypassed within the same second."""
    folder = stage.project / "same"
    folder.mkdir()
    (folder / ".gdignore").touch()
    (folder / "Emote.glb").touch()
    found = stage.editor.run(
        "var files = load('res://addons/kinetix_emotes/editor/project/project_files.gd')\n"
        "var found = []\n"
        "for id in ['first', 'second']:\n"
        "\tvar settings = FileAccess.open('res://same/Emote.glb.import', FileAccess.WRITE)\n"
        "\tsettings.store_string('[params]\\n\\nkinetix/emote_id=\"%s\"\\n' % id)\n"
        "\tsettings.close()\n"
        "\tfound.append(files.find_all(PackedStringArray(['same'])).get(id, ''))\n"
        "return found"
    )
    assert found == ["res://same/Emote.glb"] * 2


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
    """Ordered from left to right, on the mannequin by default. One undo removes all."""
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


def test_of_a_corrected_take_one_version_is_of_the_group(stage: Stage) -> None:
    """The current one, or the one that is selected."""
    members: list[list[str]] = stage.editor.run(
        "var Group = load('res://addons/kinetix_emotes/editor/project/take_group.gd')\n"
        "var emotes = plugin.link.emotes.duplicate()\n"
        "var pair = emotes.values().filter(func(e): return e.name in ['Duet', 'Zwei'])\n"
        "var first = pair.filter(func(e): return e.name == 'Zwei')[0]\n"
        "var duet = pair.filter(func(e): return e.name == 'Duet')[0].id\n"
        "var version = {'id': 'corrected', 'name': 'Corrected', 'currentSince': '9999'}\n"
        "emotes['corrected'] = plugin.link.Types.Emote.new(version.merged(first.json))\n"
        "var names = func(id): return Group.of(emotes, id).map(func(m): return m.emote.name)\n"
        "return [names.call(duet), names.call('corrected'), names.call(first.id)]"
    )
    assert members == [["Corrected", "Duet"], ["Corrected", "Duet"], ["Zwei", "Duet"]]


def test_a_version_has_the_file_in_the_project_while_it_is_the_current_one(stage: Stage) -> None:
    """The emote's file has the current version; another one is shown from the library."""
    shown: dict[str, Any] = stage.editor.run(
        "var settings = plugin.dock.library_view._settings\n"
        "var emotes = plugin.link.emotes\n"
        "var first = emotes.values().filter(func(e): return e.name == 'Wave')[0]\n"
        "var version = {'id': 'corrected', 'versionOf': first.id, 'currentSince': '9999'}\n"
        "var before = first.current_since\n"
        "emotes['corrected'] = plugin.link.Types.Emote.new(version.merged(first.json))\n"
        "var files = func(): return [settings.project_file(first.id), settings.project_file('corrected')]\n"
        "plugin.dock.library_view._refresh()\n"
        "var names = plugin.dock.library_view.shown_names()\n"
        "var out = {'corrected': files.call(), 'names': Array(names)}\n"
        "settings.show_emote(first.id)\n"
        "out.said = settings._file.text\n"
        "var menu = plugin.dock.library_view.menu\n"
        "var words = func(id):\n"
        "\tmenu.fill(id)\n"
        "\treturn range(menu.item_count).map(func(i): return menu.get_item_text(i))\n"
        "out.offered = [words.call(first.id), words.call('corrected')]\n"
        "first.current_since = '99999'\n"
        "out.back = files.call()\n"
        "first.current_since = before\n"
        "emotes.erase('corrected')\n"
        "plugin.dock.library_view._refresh()\n"
        "out.alone = settings.project_file(first.id)\n"
        "return out"
    )
    assert shown["corrected"] == ["", "res://emotes/Wave.glb"]
    assert {"Wave", "Wave (former)"} <= set(shown["names"]) and "Take" in shown["names"]
    assert shown["said"] == "A former version. A right click makes it the current one."
    assert [("Use this version" in words, "Use in scene" in words) for words in shown["offered"]] == [
        (True, False),
        (False, True),
    ]
    assert shown["back"] == ["res://emotes/Wave.glb", ""] and shown["alone"] == "res://emotes/Wave.glb"


def test_the_preview_shows_everybody_of_a_take_at_their_places_in_step(stage: Stage) -> None:
    """Either of the two shows both. Who begins later stands in the first pose until then."""
    view = "plugin.dock.library_view"
    stage.editor.until(f"{view}.shown_names().size() >= {len(NAMES)}")
    shown: dict[str, Any] = stage.editor.run(
        "var duet = plugin.link.emotes.values().filter(func(e): return e.name == 'Duet')[0].id\n"
        f"{view}.select(duet)\n"
        f"var preview = {view}.preview\n"
        "var stage = preview._stage\n"
        "var out = {'files': stage.people.map(func(p): return p.file), 'length': preview._scrub.max_value}\n"
        "out.places = stage.people.map(func(p): return [p.position.x, p.position.z, p.rotation_degrees.y])\n"
        "out.reach = stage.reach\n"
        "out.far = preview._camera.position.distance_to(preview._middle)\n"
        "var turned = func(p):\n"
        "\tvar arm = p.skeleton.find_bone('LeftForeArm')\n"
        "\treturn p.skeleton.get_bone_pose_rotation(arm).get_angle()\n"
        "out.arms = []\n"
        "for time in [0.0, 0.2, 0.7, 2.1]:\n"
        "\tpreview._scrub.value = time\n"
        "\tout.arms.append(stage.people.map(turned))\n"
        "var seen = func(p): return preview._camera.is_position_in_frustum(p.standing_at())\n"
        "out.seen = stage.people.map(seen)\n"
        f"{view}.select(plugin.link.emotes.values().filter(func(e): return e.name == 'Wave')[0].id)\n"
        "out.alone = preview._stage.people.size()\n"
        "out.near = preview._camera.position.distance_to(preview._middle)\n"
        "return out"
    )
    assert shown["files"] == ["res://emotes/Zwei.glb", "res://emotes/Duet.glb"]
    assert shown["places"][0] == pytest.approx([-0.6, 0.25, 90.0], abs=1e-4)
    assert shown["places"][1] == pytest.approx([0.6, 0.25, -90.0], abs=1e-4)
    assert shown["length"] == pytest.approx(0.5 + 1.6, abs=0.05)
    first, second = zip(*shown["arms"], strict=True)
    assert second[0] == pytest.approx(second[1], abs=1e-4), "it has not begun"
    assert second[2] == pytest.approx(first[1], abs=1e-3), "half a second later"
    assert abs(first[1] - first[0]) > 0.2
    assert 0.3 < shown["reach"] < 0.7 and shown["seen"] == [True, True]
    assert shown["alone"] == 1 and shown["near"] < shown["far"]


def test_the_preview_moves_the_face_of_the_mannequin(stage: Stage, tmp_path: Path) -> None:
    face = np.zeros((len(emotes.wave()), len(FACE_SHAPES)))
    face[:, FACE_SHAPES.index("jawOpen")] = np.linspace(0.0, 1.0, len(face))
    (tmp_path / "talk.glb").write_bytes(glb.write_emote(emotes.wave().with_(face=face)))
    weights = stage.editor.run(
        "var preview = plugin.dock.library_view.preview\n"
        f"preview.show_file('{tmp_path}/talk.glb')\n"
        "var meshes = preview._stage.find_children('*', 'MeshInstance3D', true, false)\n"
        "var mesh = meshes.filter(func(m): return m.find_blend_shape_by_name('jawOpen') >= 0)[0]\n"
        "var weights = []\n"
        "for time in [0.4, 1.2]:\n"
        "\tpreview._scrub.value = time\n"
        "\tweights.append(mesh.get_blend_shape_value(mesh.find_blend_shape_by_name('jawOpen')))\n"
        "preview.clear()\n"
        "return weights"
    )
    assert weights == pytest.approx([0.25, 0.75], abs=0.02)


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
        "var player = group.get_child(0).get_node('Emote')\n"
        "var length = player.get_animation(player.autoplay).length\n"
        "return [group.get_children().map(func(n): return n.name), player.autoplay, length]"
    )
    assert names == ["Wave"] and autoplay.startswith("Wave/") and clip == pytest.approx(1.6, abs=0.05)
    left = stage.editor.run(
        f"var root = {root}\nvar undo = plugin.get_undo_redo()\n"
        "undo.get_history_undo_redo(undo.get_object_history_id(root)).undo()\nreturn root.get_child_count()"
    )
    assert left == 0


def test_an_open_scene_keeps_an_emote_that_is_renamed(stage: Stage, tmp_path: Path) -> None:
    scene = stage.project / "keeper.tscn"
    stage.editor.run(
        "var root = Node3D.new()\n"
        "root.name = 'Keeper'\n"
        "var player = AnimationPlayer.new()\n"
        "player.add_animation_library('wave', load('res://emotes/Wave.glb'))\n"
        "root.add_child(player)\n"
        "player.owner = root\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(root)\n"
        "ResourceSaver.save(scene, 'res://keeper.tscn')\n"
        "root.free()\n"
        "EditorInterface.open_scene_from_path('res://keeper.tscn')\n"
        "return true"
    )
    root = "EditorInterface.get_edited_scene_root()"
    stage.editor.until(f"{root} != null and {root}.name == 'Keeper'")

    def reference() -> str:
        (line,) = [line for line in scene.read_text(encoding="utf-8").splitlines() if line.startswith("[ext_resource")]
        return re.sub(r' id="[^"]*"', "", line)

    before = reference()
    assert 'path="res://emotes/Wave.glb"' in before and "uid=" in before
    for name, former in (("Waving", "Wave"), ("Wave", "Waving")):
        stage.editor.run(f"plugin.get_meta('done').erase('res://emotes/{name}.glb')\nreturn true")
        emote = f"plugin.link.emotes.values().filter(func(e): return e.name == '{former}')[0].id"
        stage.editor.run(f"{MENU}.fill({emote})\n{MENU}._name.text = '{name}'\n{MENU}._on_renamed()\nreturn true")
        stage.imported(f"emotes/{name}.glb")
        stage.editor.run("EditorInterface.save_scene_as('res://keeper.tscn', false)\nreturn true")
        assert reference() == before.replace("Wave.glb", f"{name}.glb")
        if name == "Waving":
            _export_and_run(Path(shutil.copytree(stage.project, tmp_path / "project")))

    stage.choose("Wave", "DELETE_HERE")
    asked = stage.editor.run(f"return [{MENU}._delete_dialog.visible, {MENU}._delete_dialog.dialog_text]")
    assert asked[0] and "res://keeper.tscn" in asked[1] and "stage.tscn" not in asked[1]
    stage.editor.run(f"{MENU}._delete_dialog.hide()\nreturn true")
    assert (stage.project / "emotes/Wave.glb").exists()


def _export_and_run(project: Path) -> None:
    (project / "export_presets.cfg").write_text(
        '[preset.0]\n\nname="Pack"\nplatform="Linux"\nrunnable=true\nexport_filter="all_resources"\ninclude_filter=""\n'
        'exclude_filter=""\nexport_path=""\n\n[preset.0.options]\n\nbinary_format/embed_pck=false\n',
        encoding="utf-8",
    )
    pack = project.parent / "game.pck"
    code, output = godot(project.parent, project, "--export-pack", "Pack", str(pack))
    assert code == 0 and not bad_lines(output), output
    code, output = godot(project.parent, None, "--main-pack", str(pack), "res://keeper.tscn", "--quit-after", "5")
    assert code == 0 and not bad_lines(output), output


def test_the_library_page_is_opened_on_an_emote(stage: Stage) -> None:
    stage.editor.until("plugin.link.connection.kind == 'local'")
    stage.call("POST", "/v1/library-page")  # starts the service, which may take longer than the dock waits
    stage.editor.run(f"plugin.set_meta('url', '')\n{MENU}.browse = func(url): plugin.set_meta('url', url)\nreturn true")
    stage.choose("Wave", "WATCH")
    stage.editor.until("plugin.get_meta('url') != ''")
    url = stage.editor.run("return plugin.get_meta('url')")
    assert url.startswith("http://127.0.0.1:") and url.endswith(f"#{uuid.uuid5(uuid.NAMESPACE_OID, 'Wave')}")


def test_a_long_take_is_cut_by_what_is_chosen_on_its_time_line(stage: Stage) -> None:
    """A click on the line and a tick beside it are one choice; a border is dragged, the others stay as the hub proposes them."""
    view = "plugin.dock.library_view"
    take_id = "plugin.link.emotes.values().filter(func(e): return e.name == 'Take')[0].id"
    stage.editor.run(f"{view}.select({take_id})\nreturn true")
    stage.editor.until(f"{view}._cut.visible")
    assert stage.editor.run(f"return {view}._cut.text") == "Cut into emotes (3)"
    stage.press("Cut")
    stage.editor.until(f"{view}._cut._dialog.visible and {view}._cut._line.size.x > 100")
    shown = stage.editor.run(
        f"var cut = {view}._cut\n"
        "var press = InputEventMouseButton.new()\n"
        "press.button_index = MOUSE_BUTTON_LEFT\n"
        "press.pressed = true\n"
        "press.position = cut._line._box(1).get_center()\n"
        "cut._line._gui_input(press)\n"
        "var parts = cut._parts()\n"
        "press.position.x = cut._line._box(0).end.x\n"
        "cut._line._gui_input(press)\n"
        "var drag = InputEventMouseMotion.new()\n"
        "drag.position.x = cut._line._box(0).get_center().x\n"
        "cut._line._gui_input(drag)\n"
        "press.pressed = false\n"
        "cut._line._gui_input(press)\n"
        "var said = cut._ticks.get_children().map(func(tick): return [tick.text.get_slice(':', 0), tick.button_pressed])\n"
        "var half_s = parts[0].end_s / 2.0\n"
        f"var shown_s = {view}.preview._scrub.value - half_s\n"
        "cut._dialog.get_ok_button().pressed.emit()\n"
        "return [said, shown_s, half_s, parts[1].end_s, parts[2].end_s]"
    )
    assert shown[0] == [["Take 1", True], ["Take 2", False], ["Take 3", True]]
    half_s, second_s, end_s = shown[2:]
    assert shown[1] == pytest.approx(0.0, abs=0.02), "the preview shows the border"
    stage.editor.until(f"Array({view}.shown_names()).has('Take 3')")
    assert not stage.editor.run(f"return Array({view}.shown_names()).has('Take 2')")
    lengths = stage.editor.run(
        "var all = plugin.link.emotes.values()\n"
        "return ['Take 1', 'Take 3'].map(func(name): return all.filter(func(e): return e.name == name)[0].duration_s)"
    )
    assert lengths == pytest.approx([half_s, end_s - second_s], abs=0.05)
    until((stage.project / "emotes/Take 3.glb").exists, "the sync")
    stage.imported("emotes/Take 3.glb")


def test_an_emote_that_is_not_in_the_project_looks_different(stage: Stage) -> None:
    shown: dict[str, list[Any]] = stage.editor.run(
        "var view = plugin.dock.library_view\n"
        "plugin.link._take_event('emote.changed', {'id': 'away', 'name': 'Away'})\n"
        "view._refresh()\n"
        "var look = func(name):\n"
        "\tvar at = Array(view.shown_names()).find(name)\n"
        "\treturn [view._list.get_item_icon_modulate(at).a < 1.0, view._list.get_item_tooltip(at)]\n"
        "var out = {'away': look.call('Away'), 'wave': look.call('Wave')}\n"
        "plugin.link.emotes.erase('away')\n"
        "view._refresh()\n"
        "return out"
    )
    assert shown["away"][0] and shown["away"][1].endswith("Not in this project")
    assert not shown["wave"][0] and "Not in" not in shown["wave"][1]


def test_a_watched_folder_is_added_and_removed_in_the_dock(stage: Stage) -> None:
    source = stage.source.parent / "moves"
    source.mkdir()
    (source / "Jump.glb").write_bytes(glb.write_emote(emotes.wave()))
    view, folders = "plugin.dock.library_view", "plugin.dock.find_child('Folders', true, false)"
    stage.press("OpenFolders")
    stage.editor.run(f"{folders}.watch('{source}')\nreturn true")
    stage.imported("moves/Jump.glb")
    stage.editor.until(f"Array({view}.shown_names()).has('Jump')")
    shown = stage.editor.run(
        f"{view}.select('res://moves/Jump.glb')\n{MENU}.fill('res://moves/Jump.glb')\n"
        f"return [{view}.preview.shown_file, {view}.dragged().files, {MENU}.get_item_index({MENU}.Item.RENAME)]"
    )
    assert shown == ["res://moves/Jump.glb", ["res://moves/Jump.glb"], -1]
    stage.press("RemoveFolder")
    stage.editor.until(f"not Array({view}.shown_names()).has('Jump')")
    assert (stage.project / "moves/Jump.glb").exists()
    stage.editor.run(f"{folders}.hide()\nreturn true")


def test_a_burst_is_imported_once_and_told_once(stage: Stage) -> None:
    """The window gets the focus back while files come in, and Godot looks for changes by itself."""
    folder = stage.project / "burst"
    folder.mkdir()
    names = [f"Burst{number}.glb" for number in range(20)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(emotes.wave_glb(number))
    paths = [f"burst/{name}" for name in names]
    stage.editor.run(
        "var root = Engine.get_main_loop().root\n"
        "var found = {'imported': [], 'told': []}\n"
        "plugin.set_meta('found', found)\n"
        "var count = func(paths): found.imported.append_array(Array(paths).map(func(p): return p.get_file()))\n"
        "var files = EditorInterface.get_resource_filesystem()\n"
        "files.resources_reimported.connect(count)\n"
        "plugin.set_meta('count', count)\n"
        "plugin.imports.finished.connect(func(paths): found.told.append(paths.size()), CONNECT_ONE_SHOT)\n"
        f"plugin.imports.enqueue(PackedStringArray({paths}))\n"
        "root.propagate_notification(Node.NOTIFICATION_APPLICATION_FOCUS_IN)\n"
        "await files.resources_reimported\n"
        f"plugin.imports.enqueue(PackedStringArray({paths[:9]}))\n"
        "await plugin.imports.imported\n"
        "return true"
    )
    stage.editor.until("not plugin.get_meta('found').told.is_empty()")
    found = stage.editor.run(
        "EditorInterface.get_resource_filesystem().resources_reimported.disconnect(plugin.get_meta('count'))\n"
        "return plugin.get_meta('found')"
    )
    assert sorted(found["imported"]) == sorted(names + names[:9]), "what is wanted again is imported again"


def test_long_names_keep_both_ends_and_the_newest_come_first(stage: Stage) -> None:
    long = "two_people_of_a_very_long_batch_of_clips_{}_take_{}"
    names = [long.format(letter, number) for letter in "ab" for number in (1, 2)]
    rows = [{"id": name, "name": name, "createdAt": f"202{at}"} for at, name in enumerate(names)]
    found: dict[str, Any] = stage.editor.run(
        "var view = plugin.dock.library_view\n"
        "var was = plugin.link.emotes.duplicate()\n"
        "plugin.link.emotes.clear()\n"
        f"for row in {rows}: plugin.link._take_event('emote.changed', row)\n"
        "view._refresh()\n"
        "view._list.size.x = 250\n"
        "view._fit_names()\n"
        "var out = {'names': view.shown_names(), 'tips': [], 'texts': []}\n"
        "for at in 4:\n"
        "\tout.texts.append(view._list.get_item_text(at))\n"
        "\tout.tips.append(view._list.get_item_tooltip(at))\n"
        "var newest = view.find_child('NewestFirst', true, false)\n"
        "newest.button_pressed = true\n"
        "out.newest = view.shown_names()\n"
        "newest.button_pressed = false\n"
        "plugin.link.emotes.assign(was)\n"
        "view._refresh()\n"
        "return out"
    )
    assert found["names"] == names and found["newest"] == names[::-1]
    assert len(set(found["texts"])) == 4 and all("…" in text for text in found["texts"]), found
    assert all(tip.startswith(name) for tip, name in zip(found["tips"], names, strict=True))


def test_videos_are_chosen_where_the_last_one_was(stage: Stage) -> None:
    """A path that is typed counts, whatever is selected; the further cameras begin in the same folder."""
    films = stage.source.parent / "films"
    films.mkdir()
    for name in ("front.mp4", "side.mp4"):
        (films / name).write_bytes(b"no video")
    view = "plugin.dock.create_view"
    stage.press("Browse")
    stage.editor.run(
        f"{view}._dialog.get_line_edit().text = '{films}/front.mp4'\n"
        f"{view}._dialog.get_ok_button().pressed.emit()\nreturn true"
    )
    chosen = stage.editor.run(f"return [{view}._clip.text, {view}._dialog.visible, {view}._clip.caret_column]")
    assert chosen == [f"{films}/front.mp4", False, len(f"{films}/front.mp4")]
    cameras = f"{view}._cameras"
    found = stage.editor.run(
        f"{cameras}._on_add()\n"
        f"var out = [{cameras}._dialog.current_dir.trim_suffix('/')]\n"
        f"{cameras}._dialog.files_selected.emit(PackedStringArray(['{stage.project}/addons', '{films}/side.mp4']))\n"
        f"out.append(Array({cameras}.paths()))\n"
        f"{cameras}._dialog.hide()\n"
        f"{view}.choose(PackedStringArray(['']))\n{cameras}.reset()\n"
        "return out"
    )
    assert found == [str(films), [f"{films}/side.mp4"]]


def test_the_previews_character_is_remembered(stage: Stage) -> None:
    folder = stage.project / "characters"
    folder.mkdir(exist_ok=True)
    found = stage.editor.run(
        "var scene = PackedScene.new()\n"
        "var figure = Node3D.new()\n"
        "figure.name = 'Hero'\n"
        "scene.pack(figure)\n"
        "figure.free()\n"
        "ResourceSaver.save(scene, 'res://hero.tscn')\n"
        "var row = plugin.dock.library_view.character_row\n"
        "row.use('res://hero.tscn')\n"
        "var again = row.duplicate()\n"
        "again.link = plugin.link\nagain.imports = plugin.imports\n"
        "row.add_sibling(again)\n"
        "var out = [again.chosen()]\n"
        "again.free()\n"
        "row.use('res://characters/mannequin.glb')\n"
        "row.use('')\n"
        "out.append(row.listed().has('res://characters/mannequin.glb'))\n"
        "again = row.duplicate()\n"
        "again.link = plugin.link\nagain.imports = plugin.imports\n"
        "row.add_sibling(again)\n"
        "out.append(again.chosen())\n"
        "again.free()\n"
        "return out"
    )
    assert found == ["res://hero.tscn", False, ""]


def test_jobs_keep_their_order_and_show_what_came_of_them(stage: Stage) -> None:
    """Newest first, whatever the order of events."""
    jobs = [
        {"id": str(at), "name": f"Job {at}", "state": state, "percent": percent, "createdAt": f"202{at}"}
        for at, state, percent in (
            (4, "submitted", None),
            (3, "queued", None),
            (2, "delivered", 100.0),
            (1, "processing", 40.0),
        )
    ]
    found: dict[str, Any] = stage.editor.run(
        "var link = plugin.link\n"
        "var was = link.jobs.duplicate()\n"
        "link.jobs.clear()\n"
        "var wave = link.emotes.values().filter(func(e): return e.name == 'Wave')[0].id\n"
        f"for job in {json.dumps(jobs)}: link._take_event('job.changed', job.merged({{'emoteId': wave}}))\n"
        "var view = plugin.dock.jobs_view\n"
        "var rows = view._list.get_children().map(func(r): return str(r.name))\n"
        "var out = {'rows': rows.filter(func(n): return n.begins_with('Job_'))}\n"
        "out.bars = rows.filter(func(n): return view._list.has_node(n + '/Bar') and view._list.get_node(n + '/Bar').visible)\n"
        "plugin.dock.library_view._list.deselect_all()\n"
        "view.find_child('Job_2', true, false).find_child('Show', true, false).pressed.emit()\n"
        "out.shown = plugin.dock.library_view._selected_id() == wave\n"
        "link.jobs.assign(was)\n"
        "link.jobs_changed.emit()\n"
        "return out"
    )
    assert found["rows"] == ["Job_4", "Job_3", "Job_2", "Job_1"]
    assert found["bars"] == ["Job_1"], "what waits has no percentage"
    assert found["shown"]
