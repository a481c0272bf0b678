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
from tests.godot.editor import Editor, bad_lines, export_pack, godot
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-dock")


def _pretend_here(stage: Editor, folder: Path, body: str) -> Any:
    """Run lines while the emote `made` is in a folder of the project, where Godot does not look; return the notices and the result."""
    for name, text in {".gdignore": "", "Made.glb": "precious", "Made.glb.import": 'kinetix/emote_id="made"\n'}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return stage.pretend(
        "var told = []\n"
        "var hear = func(level, title, next): told.append([level, title, next])\n"
        "link.emotes['made'] = link.Types.Emote.new({'id': 'made', 'name': 'Made'})\n"
        "link.targets['made'] = link.Types.SyncTarget.new({'project': link.project(), 'folder': 'made'})\n"
        "link.noticed.connect(hear)\n"
        "menu.fill('made')\n"
        f"{body}\n"
        "link.noticed.disconnect(hear)\n"
        "return told"
    )


@pytest.mark.posix_only(reason="making a link needs a right that few have on Windows")
def test_what_lies_behind_a_link_stays_and_the_dock_says_why(stage: Editor) -> None:
    outside = stage.root / "shared"
    outside.mkdir()
    (stage.project / "made").symlink_to(outside)
    ((level, title, next_step),) = _pretend_here(stage, outside, "menu.choose(menu.Item.DELETE_HERE)")
    (stage.project / "made").unlink()
    assert (outside / "Made.glb").read_text(encoding="utf-8") == "precious"
    assert level == "warning" and "Show" in next_step
    assert title == "res://made/Made.glb stays: a link leads there, and other projects may use the file."


def test_what_is_over_before_its_item_is_chosen_does_nothing(stage: Editor) -> None:
    """The sync runs while the menu is open. For an empty path Godot would trash the whole project."""
    (stage.project / "made").mkdir()
    told = _pretend_here(
        stage,
        stage.project / "made",
        "told.append(menu.get_item_index(menu.Item.DELETE_HERE) >= 0)\n"
        "DirAccess.remove_absolute(link.project().path_join('made/Made.glb'))\n"
        "menu.choose(menu.Item.DELETE_HERE)\n"
        "menu.choose(menu.Item.BRING_BACK)\n"
        "told.append(load('res://addons/kinetix_emotes/editor/project/project_files.gd').move_to_bin(''))",
    )
    assert told[0] is True
    assert [title for _, title, _ in told[1:3]] == [
        "Made is no longer in this project.",
        "Made is no longer deleted here.",
    ]
    assert told[3] == "Check that the file exists."
    assert (stage.project / "project.godot").exists()


def test_settings_that_are_written_twice_within_a_second_are_read_twice(stage: Editor) -> None:
    """The cache of import settings is bypassed within the same second."""
    folder = stage.project / "same"
    folder.mkdir()
    (folder / ".gdignore").touch()
    (folder / "Emote.glb").touch()
    found = stage.run(
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


def test_a_file_that_comes_while_godot_prepares_an_import_of_its_own_is_imported_after_it(stage: Editor) -> None:
    """Godot refuses that import, but has not said yet that it imports: its progress dialog lets frames go by before."""
    data = glb.write_emote(emotes.wave())
    for name in ("Own", "Meanwhile"):
        (stage.project / f"{name}.glb").write_bytes(data)
    told = stage.run(
        "var files = EditorInterface.get_resource_filesystem()\n"
        "var failed = []\n"
        "plugin.set_meta('failed', failed)\n"
        "imports.failed.connect(func(path, _next): failed.append(path))\n"
        "var at_once = func(_paths):\n"
        "\timports._is_importing = false\n"
        "\timports.enqueue(PackedStringArray(['Meanwhile.glb']))\n"
        "\timports._process(0.0)\n"
        "\timports._is_importing = true\n"
        "files.resources_reimporting.connect(at_once, CONNECT_ONE_SHOT)\n"
        "for file in ['res://Own.glb', 'res://Meanwhile.glb']: files.update_file(file)\n"
        "files.reimport_files(PackedStringArray(['res://Own.glb']))\n"
        "return 'res://Meanwhile.glb' in plugin.get_meta('done')"
    )
    assert not told, "nothing has been imported yet"
    stage.imported("Meanwhile.glb")
    assert stage.get("plugin.get_meta('failed')") == []


def test_the_bin_of_the_library_brings_an_emote_back(stage: Editor) -> None:
    stage.choose("Bow", "DELETE")
    assert "bin beside the search" in stage.get("menu._delete_dialog.dialog_text")
    stage.run("menu._delete_dialog.get_ok_button().pressed.emit()")
    until(lambda: not (stage.project / "emotes/Bow.glb").exists(), "the sync")
    stage.press("OpenBin")
    stage.press("BringBack")
    until((stage.project / "emotes/Bow.glb").exists, "the emote's return")
    stage.imported("emotes/Bow.glb")
    stage.run("part('Bin').hide()")


def test_a_group_is_listed_together_and_comes_into_the_scene_as_one(stage: Editor) -> None:
    """Ordered from left to right, on the mannequin by default. One undo removes all."""
    names = ["Bow", "Duet", "Zwei", "Take", "Wave"]
    stage.until(f"lists({names})")
    assert [name for name in stage.get("library._names") if name in names] == names
    found: dict[str, Any] = stage.run(
        "var root = Node3D.new()\n"
        "root.name = 'Stage'\n"
        "await open_scene(root)\n"
        "library.select(emote('Zwei').id)\n"
        "var row = library.find_child('Group', true, false)\n"
        "var out = {'shown': row.visible, 'who': row.find_child('Who', true, false).text}\n"
        "await row.use()\n"
        "var group = scene().get_child(0)\n"
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
        "packed.pack(scene())\n"
        "ResourceSaver.save(packed, 'res://saved.tscn')\n"
        "out.saved = FileAccess.get_file_as_string('res://saved.tscn')\n"
        "undo()\n"
        "out.left = scene().get_child_count()\n"
        "return out"
    )
    assert found["shown"] and found["who"] == "Filmed together: Zwei, Duet."
    assert found["names"] == ["Zwei", "Duet", "Together"]
    assert found["places"][0] == pytest.approx([-0.6, 0.25, 90.0], abs=1e-4)
    assert found["places"][1] == pytest.approx([0.6, 0.25, -90.0], abs=1e-4)
    assert found["starts"] == [0.0, 0.5] and found["turned"] > 0.1
    assert 'path="res://emotes/Zwei.glb"' in found["saved"] and "res://characters/mannequin.glb" in found["saved"]
    assert found["left"] == 0


def test_of_a_corrected_take_one_version_is_of_the_group(stage: Editor) -> None:
    """The current one, or the one that is selected."""
    members: list[list[str]] = stage.run(
        "var Group = load('res://addons/kinetix_emotes/editor/project/take_group.gd')\n"
        "var emotes = link.emotes.duplicate()\n"
        "var first = emote('Zwei')\n"
        "var version = {'id': 'corrected', 'name': 'Corrected', 'currentSince': '9999'}\n"
        "emotes['corrected'] = link.Types.Emote.new(version.merged(first.json))\n"
        "var names = func(id): return Group.of(emotes, id).map(func(m): return m.emote.name)\n"
        "return [names.call(emote('Duet').id), names.call('corrected'), names.call(first.id)]"
    )
    assert members == [["Corrected", "Duet"], ["Corrected", "Duet"], ["Zwei", "Duet"]]


def test_a_version_has_the_file_in_the_project_while_it_is_the_current_one(stage: Editor) -> None:
    """The emote's file has the current version; another one is shown from the library."""
    shown: dict[str, Any] = stage.pretend(
        "var settings = library._settings\n"
        "var first = emote('Wave')\n"
        "var version = {'id': 'corrected', 'versionOf': first.id, 'currentSince': '9999'}\n"
        "link.emotes['corrected'] = link.Types.Emote.new(version.merged(first.json))\n"
        "var files = func(): return [settings.project_file(first.id), settings.project_file('corrected')]\n"
        "library._refresh()\n"
        "var out = {'corrected': files.call(), 'listed': lists(['Wave', 'Wave (former)', 'Take'])}\n"
        "settings.show_emote(first.id)\n"
        "out.said = settings._file.text\n"
        "var words = func(id):\n"
        "\tmenu.fill(id)\n"
        "\treturn range(menu.item_count).map(func(i): return menu.get_item_text(i))\n"
        "out.offered = [words.call(first.id), words.call('corrected')]\n"
        "first.current_since = '99999'\n"
        "out.back = files.call()\n"
        "link.emotes.erase('corrected')\n"
        "out.alone = settings.project_file(first.id)\n"
        "return out"
    )
    assert shown["corrected"] == ["", "res://emotes/Wave.glb"] and shown["listed"]
    assert shown["said"] == "A former version. A right click makes it the current one."
    former, current = shown["offered"]
    assert "Use this version" in former and "Use in scene" not in former
    assert "Use this version" not in current and "Use in scene" in current
    assert shown["back"] == ["res://emotes/Wave.glb", ""] and shown["alone"] == "res://emotes/Wave.glb"


def test_the_preview_shows_everybody_of_a_take_at_their_places_in_step(stage: Editor) -> None:
    """Either of the two shows both. Who begins later stands in the first pose until then."""
    stage.until("lists(['Duet', 'Zwei', 'Wave'])")
    shown: dict[str, Any] = stage.run(
        "library.select(emote('Duet').id)\n"
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
        "library.select(emote('Wave').id)\n"
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


def test_the_preview_moves_the_face_of_the_mannequin(stage: Editor, tmp_path: Path) -> None:
    face = np.zeros((len(emotes.wave()), len(FACE_SHAPES)))
    face[:, FACE_SHAPES.index("jawOpen")] = np.linspace(0.0, 1.0, len(face))
    (tmp_path / "talk.glb").write_bytes(glb.write_emote(emotes.wave().with_(face=face)))
    weights = stage.run(
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


def test_a_right_click_puts_an_emote_into_the_scene_on_a_figure(stage: Editor) -> None:
    """One of somebody who was filmed alone: the figure plays it by itself once the scene runs, and one undo takes all away."""
    stage.run("var root = Node3D.new()\nroot.name = 'Alone'\nawait open_scene(root)")
    stage.choose("Wave", "USE")
    stage.until("scene().get_child_count() == 1")
    names, autoplay, clip, left = stage.run(
        "var names = scene().get_child(0).get_children().map(func(n): return n.name)\n"
        "var player = scene().get_child(0).get_child(0).get_node('Emote')\n"
        "var found = [names, player.autoplay, player.get_animation(player.autoplay).length]\n"
        "undo()\n"
        "return found + [scene().get_child_count()]"
    )
    assert names == ["Wave"] and autoplay.startswith("Wave/") and clip == pytest.approx(1.6, abs=0.05)
    assert left == 0


def test_an_open_scene_keeps_an_emote_that_is_renamed(stage: Editor, tmp_path: Path) -> None:
    scene = stage.project / "keeper.tscn"
    stage.run(
        "var root = Node3D.new()\n"
        "root.name = 'Keeper'\n"
        "var player = AnimationPlayer.new()\n"
        "player.add_animation_library('wave', load('res://emotes/Wave.glb'))\n"
        "root.add_child(player)\n"
        "await open_scene(root)"
    )

    def reference() -> str:
        (line,) = [line for line in scene.read_text(encoding="utf-8").splitlines() if line.startswith("[ext_resource")]
        return re.sub(r' id="[^"]*"', "", line)

    before = reference()
    assert 'path="res://emotes/Wave.glb"' in before and "uid=" in before
    for name, former in (("Waving", "Wave"), ("Wave", "Waving")):
        with stage.importing(f"emotes/{name}.glb"):
            stage.run(f"menu.fill(emote('{former}').id)\nmenu._name.text = '{name}'\nmenu._on_renamed()")
        stage.run("EditorInterface.save_scene_as('res://keeper.tscn', false)")
        assert reference() == before.replace("Wave.glb", f"{name}.glb")
        if name == "Waving":
            pack = tmp_path / "game.pck"
            export_pack(Path(shutil.copytree(stage.project, tmp_path / "project")), pack)
            code, output = godot(tmp_path, None, "--main-pack", str(pack), "res://keeper.tscn", "--quit-after", "5")
            assert code == 0 and not bad_lines(output), output

    stage.choose("Wave", "DELETE_HERE")
    asked = stage.get("[menu._delete_dialog.visible, menu._delete_dialog.dialog_text]")
    assert asked[0] and "res://keeper.tscn" in asked[1] and "stage.tscn" not in asked[1]
    stage.run("menu._delete_dialog.hide()")
    assert (stage.project / "emotes/Wave.glb").exists()


def test_the_library_page_is_opened_on_an_emote(stage: Editor) -> None:
    stage.until("link.connection.kind == 'local'")
    stage.call("POST", "/v1/library-page")  # starts the service, which may take longer than the dock waits
    stage.run("plugin.set_meta('url', '')\nmenu.browse = func(url): plugin.set_meta('url', url)")
    stage.choose("Wave", "WATCH")
    stage.until("plugin.get_meta('url') != ''")
    url = stage.get("plugin.get_meta('url')")
    assert url.startswith("http://127.0.0.1:") and url.endswith(f"#{uuid.uuid5(uuid.NAMESPACE_OID, 'Wave')}")


def test_a_long_take_is_cut_by_what_is_chosen_on_its_time_line(stage: Editor) -> None:
    """A click on the line and a tick beside it are one choice; a border is dragged, the others stay as the hub proposes them."""
    stage.run("library.select(emote('Take').id)")
    stage.until("library._cut.visible")
    assert stage.get("library._cut.text") == "Cut into emotes (3)"
    stage.press("Cut")
    stage.until("library._cut._dialog.visible and library._cut._line.size.x > 100")
    shown = stage.run(
        "var cut = library._cut\n"
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
        "var shown_s = preview._scrub.value - half_s\n"
        "cut._dialog.get_ok_button().pressed.emit()\n"
        "return [said, shown_s, half_s, parts[1].end_s, parts[2].end_s]"
    )
    assert shown[0] == [["Take 1", True], ["Take 2", False], ["Take 3", True]]
    half_s, second_s, end_s = shown[2:]
    assert shown[1] == pytest.approx(0.0, abs=0.02), "the preview shows the border"
    stage.until("library._names.has('Take 3')")
    assert not stage.get("library._names.has('Take 2')")
    lengths = stage.get("['Take 1', 'Take 3'].map(func(name): return emote(name).duration_s)")
    assert lengths == pytest.approx([half_s, end_s - second_s], abs=0.05)
    until((stage.project / "emotes/Take 3.glb").exists, "the sync")
    stage.imported("emotes/Take 3.glb")


def test_an_emote_that_is_not_in_the_project_looks_different(stage: Editor) -> None:
    away, wave = stage.pretend(
        "link._take_event('emote.changed', {'id': 'away', 'name': 'Away'})\n"
        "library._refresh()\n"
        "var look = func(name):\n"
        "\tvar at = library._names.find(name)\n"
        "\treturn [library._list.get_item_icon_modulate(at).a < 1.0, library._list.get_item_tooltip(at)]\n"
        "return [look.call('Away'), look.call('Wave')]"
    )
    assert away[0] and away[1].endswith("Not in this project")
    assert not wave[0] and "Not in" not in wave[1]


def test_a_watched_folder_is_added_and_removed_in_the_dock(stage: Editor) -> None:
    source = stage.root / "moves"
    source.mkdir()
    (source / "Jump.glb").write_bytes(glb.write_emote(emotes.wave()))
    stage.press("OpenFolders")
    stage.run(f"part('Folders').watch('{source}')")
    stage.imported("moves/Jump.glb")
    stage.until("lists(['Jump'])")
    shown = stage.run(
        "library.select('res://moves/Jump.glb')\nmenu.fill('res://moves/Jump.glb')\n"
        "return [preview.shown_file, library.dragged().files, menu.get_item_index(menu.Item.RENAME)]"
    )
    assert shown == ["res://moves/Jump.glb", ["res://moves/Jump.glb"], -1]
    stage.press("RemoveFolder")
    stage.until("not library._names.has('Jump')")
    assert (stage.project / "moves/Jump.glb").exists()
    stage.run("part('Folders').hide()")


def test_a_burst_is_imported_once_and_told_once(stage: Editor) -> None:
    """The window gets the focus back while files come in, and Godot looks for changes by itself."""
    folder = stage.project / "burst"
    folder.mkdir()
    names = [f"Burst{number}.glb" for number in range(20)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(emotes.wave_glb(number))
    paths = [f"burst/{name}" for name in names]
    imported = stage.run(
        "var imported = []\n"
        "var told = []\n"
        "var count = func(paths): imported.append_array(Array(paths).map(func(p): return p.get_file()))\n"
        "var files = EditorInterface.get_resource_filesystem()\n"
        "files.resources_reimported.connect(count)\n"
        "imports.finished.connect(func(paths): told.append(paths.size()), CONNECT_ONE_SHOT)\n"
        f"imports.enqueue(PackedStringArray({paths}))\n"
        "Engine.get_main_loop().root.propagate_notification(Node.NOTIFICATION_APPLICATION_FOCUS_IN)\n"
        "await files.resources_reimported\n"
        f"imports.enqueue(PackedStringArray({paths[:9]}))\n"
        "while told.is_empty(): await frames(1)\n"
        "files.resources_reimported.disconnect(count)\n"
        "return imported"
    )
    assert sorted(imported) == sorted(names + names[:9]), "what is wanted again is imported again"


def test_long_names_keep_both_ends_and_the_newest_come_first(stage: Editor) -> None:
    long = "two_people_of_a_very_long_batch_of_clips_{}_take_{}"
    names = [long.format(letter, number) for letter in "ab" for number in (1, 2)]
    rows = [{"id": name, "name": name, "createdAt": f"202{at}"} for at, name in enumerate(names)]
    listed, tips, texts, newest = stage.pretend(
        "link.emotes.clear()\n"
        f"for row in {rows}: link._take_event('emote.changed', row)\n"
        "library._refresh()\n"
        "library._list.size.x = 250\n"
        "library._fit_names()\n"
        "var found = [library._names.duplicate()]\n"
        "found.append(range(4).map(library._list.get_item_tooltip))\n"
        "found.append(range(4).map(library._list.get_item_text))\n"
        "part('NewestFirst').button_pressed = true\n"
        "found.append(library._names.duplicate())\n"
        "part('NewestFirst').button_pressed = false\n"
        "return found"
    )
    assert listed == names and newest == names[::-1]
    assert len(set(texts)) == 4 and all("…" in text for text in texts), texts
    assert all(tip.startswith(name) for tip, name in zip(tips, names, strict=True))


def test_videos_are_chosen_where_the_last_one_was(stage: Editor) -> None:
    """A path that is typed counts, whatever is selected; the further cameras begin in the same folder."""
    films = stage.root / "films"
    films.mkdir()
    for name in ("front.mp4", "side.mp4"):
        (films / name).write_bytes(b"no video")
    stage.press("Browse")
    chosen = stage.run(
        f"create._dialog.get_line_edit().text = '{films}/front.mp4'\n"
        "create._dialog.get_ok_button().pressed.emit()\n"
        "return [create._clip.text, create._dialog.visible, create._clip.caret_column]"
    )
    assert chosen == [f"{films}/front.mp4", False, len(f"{films}/front.mp4")]
    found = stage.run(
        "var cameras = create._cameras\n"
        "cameras._on_add()\n"
        "var out = [cameras._dialog.current_dir.trim_suffix('/')]\n"
        f"cameras._dialog.files_selected.emit(PackedStringArray(['{stage.project}/addons', '{films}/side.mp4']))\n"
        "out.append(Array(cameras.paths()))\n"
        "cameras._dialog.hide()\n"
        "create.choose(PackedStringArray(['']))\n"
        "cameras.reset()\n"
        "return out"
    )
    assert found == [str(films), [f"{films}/side.mp4"]]


def test_the_previews_character_is_remembered(stage: Editor) -> None:
    (stage.project / "characters").mkdir(exist_ok=True)
    found = stage.run(
        "var figure = Node3D.new()\n"
        "figure.name = 'Figure'\n"
        "await open_scene(figure)\n"
        "var row = library.character_row\n"
        "var remembered = func():\n"
        "\tvar again = row.duplicate()\n"
        "\tagain.link = link\n"
        "\tagain.imports = imports\n"
        "\trow.add_sibling(again)\n"
        "\tvar chosen = again.chosen()\n"
        "\tagain.free()\n"
        "\treturn chosen\n"
        "row.use('res://figure.tscn')\n"
        "var out = [remembered.call()]\n"
        "row.use('res://characters/mannequin.glb')\n"
        "row.use('')\n"
        "out.append(row.listed().has('res://characters/mannequin.glb'))\n"
        "return out + [remembered.call()]"
    )
    assert found == ["res://figure.tscn", False, ""]


def test_jobs_keep_their_order_and_show_what_came_of_them(stage: Editor) -> None:
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
    rows, bars, is_shown = stage.pretend(
        "link.jobs.clear()\n"
        "var wave = emote('Wave').id\n"
        f"for job in {json.dumps(jobs)}: link._take_event('job.changed', job.merged({{'emoteId': wave}}))\n"
        "var rows = dock.jobs_view._list.get_children().filter(func(row): return row.name.begins_with('Job_'))\n"
        "var bars = rows.filter(func(row): return row.has_node('Bar') and row.get_node('Bar').visible)\n"
        "var names = func(of): return of.map(func(row): return row.name)\n"
        "library._list.deselect_all()\n"
        "part('Job_2').find_child('Show', true, false).pressed.emit()\n"
        "return [names.call(rows), names.call(bars), library._selected_id() == wave]"
    )
    assert rows == ["Job_4", "Job_3", "Job_2", "Job_1"]
    assert bars == ["Job_1"], "what waits has no percentage"
    assert is_shown
