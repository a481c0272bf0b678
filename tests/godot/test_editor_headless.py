"""One long-lived headless editor with the real add-on and a real hub."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.formats import glb
from kinetix_core.hub_protocol.info import read_info
from kinetix_core.motion import Motion
from kinetix_core.motion.kinematics import forward
from tests.godot import emotes
from tests.godot.editor import (
    Editor,
    bad_lines,
    editor,
    godot,
    hub,
    make_project,
)
from tests.motion import rigs
from tests.support import tools
from tests.support.hub_json import HubLink
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

sys.path.insert(0, str(tools.ROOT / "packaging"))


# Names of Mixamo, Unreal, Unity, VRoid, Blender and Daz rigs, without names, in centimetres, lying; T-poses and A-poses.
RIGS = [
    "mixamo_t_pose", "unreal5", "unity_humanoid", "vrm1", "hair_and_bust", "rigify_deform", "daz_genesis8",
    "character_creator", "no_names", "four_spines", "centimetres", "lying_z_up",
]  # fmt: skip

pytestmark = pytest.mark.xdist_group("godot-editor")


class Stage:
    def __init__(
        self, root: Path, project: Path, source: Path, target: str, found: Editor, hub: subprocess.Popen[bytes]
    ) -> None:
        self.hub = hub
        self.root, self.project, self.source, self.target, self.editor = root, project, source, target, found

    def export(self, name: str, data: bytes) -> None:
        temporary = self.root / f".{name}"
        temporary.write_bytes(data)
        temporary.rename(self.source / name)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("editor")
    project = make_project(root, channel=True, resources=2000)
    source = root / "source"
    source.mkdir()
    code, output = godot(root, project, "--import")
    assert code == 0 and not bad_lines(output), bad_lines(output)
    with hub(root / "home", root / "hub.log") as (more, process):
        link = _link(root / "home")
        body = {"project": str(project), "folder": "emotes", "source": str(source), "preset": {"library": "grouped"}}
        target = link.call("POST", "/v1/sync/targets", body)["id"]
        with editor(root, project, more) as found:
            found.until("plugin.link.is_up()")
            found.run(
                "plugin.imports.imported.connect(func(paths):\n"
                "\tplugin.set_meta('done', Array(plugin.get_meta('done', [])) + Array(paths)))\n"
                "return true"
            )
            yield Stage(root, project, source, target, found, process)
            assert not bad_lines(found.output()), bad_lines(found.output())


def _link(home: Path) -> HubLink:
    return HubLink(present(read_info(home / "hub/hub.json")))


def _imported(stage: Stage, path: str) -> bool:
    return bool(stage.editor.run(f"return 'res://{path}' in plugin.get_meta('done', [])"))


def test_an_emote_appears_as_a_library_with_humanoid_tracks(stage: Stage) -> None:
    stage.export("Wave.glb", glb.write_emote(emotes.wave()))
    until(lambda: _imported(stage, "emotes/Wave.glb"))
    found: dict[str, Any] = stage.editor.run(
        "var library = load('res://emotes/Wave.glb')\n"
        "var clip = library.get_animation(library.get_animation_list()[0])\n"
        "var paths = []\n"
        "for track in clip.get_track_count(): paths.append(str(clip.track_get_path(track)))\n"
        "var keys = range(clip.get_track_count()).map(func(track): return clip.track_get_key_count(track))\n"
        "var name = clip.get_meta(&'kinetix_name')\n"
        "return {'name': name, 'type': library.get_class(), 'paths': paths, 'length': clip.length, 'keys': keys}"
    )
    assert found["type"] == "AnimationLibrary"
    assert found["name"] == "Wave", "the emote's own name goes into the game"
    assert found["length"] == pytest.approx(1.6, abs=0.01)
    assert len(found["paths"]) > 50
    assert min(found["keys"]) > 10, "Godot's removal of keys is off: it moves joints"
    assert all(path.startswith("%GeneralSkeleton:") for path in found["paths"])


def test_an_emote_in_a_project_of_2000_resources_needs_no_scan_of_them(stage: Stage) -> None:
    stage.editor.run(
        "plugin.set_meta('times', {})\n"
        "var scans = []\n"
        "plugin.set_meta('scans', scans)\n"
        "var files = EditorInterface.get_resource_filesystem()\n"
        "Engine.get_main_loop().process_frame.connect(func():\n"
        "\tif files.is_scanning(): scans.append(true)\n"
        ")\n"
        "plugin.imports.imported.connect(func(paths):\n"
        "\tvar times = plugin.get_meta('times')\n"
        "\tfor path in paths:\n"
        "\t\tif load(path) is AnimationLibrary: times[path] = Time.get_unix_time_from_system()\n"
        ")\nreturn true"
    )
    sent: dict[str, float] = {}

    def seen(path: str) -> bool:
        return path in stage.editor.run("return plugin.get_meta('times')")

    for number in range(12):
        path = f"res://emotes/Late{number}.glb"
        sent[path] = time.time()
        stage.export(f"Late{number}.glb", emotes.wave_glb(number))
        until(partial(seen, path), pause_s=0.2)
    times = stage.editor.run("return plugin.get_meta('times')")
    taken = sorted((times[path] - sent[path]) * 1000 for path in sent)
    print(f"file lands -> AnimationLibrary loaded: p50 {statistics.median(taken):.0f} ms, worst {taken[-1]:.0f} ms")
    assert stage.editor.run("return plugin.get_meta('scans')") == [], "2,000 resources were looked through for one"


def test_a_burst_is_imported_in_batches(stage: Stage) -> None:
    for number in range(30):
        stage.export(f"Burst{number}.glb", emotes.wave_glb(number))
    until(
        lambda: (
            stage.editor.run("return plugin.get_meta('done', []).filter(func(p): return 'Burst' in p).size()") >= 30
        ),
    )
    group = "load('res://emotes/emotes.res').get_animation_list()"
    stage.editor.until(f"Array({group}).filter(func(n): return 'Burst' in n).size() == 30")
    for number in range(10):
        (stage.source / f"Burst{number}.glb").unlink()
    stage.editor.until(f"Array({group}).filter(func(n): return 'Burst' in n).size() == 20")


def test_an_emote_that_leaves_while_it_is_grouped_is_no_error(stage: Stage) -> None:
    """As the sync may take it away between the look and the loading."""
    folder = stage.project / "leaving"
    folder.mkdir()
    (folder / ".gdignore").touch()  # the editor itself does not look at it
    (folder / "Gone.glb").touch()
    settings = '[remap]\nimporter="scene"\ntype="AnimationLibrary"\npath="res://project.godot"\n'
    (folder / "Gone.glb.import").write_text(settings, encoding="utf-8")
    grouped = "load('res://addons/kinetix_emotes/editor/grouped_library.gd')"
    assert stage.editor.run(f"return {grouped}.build('res://leaving')") == ""
    assert stage.editor.run("return Engine.print_error_messages") is True
    assert not bad_lines(stage.editor.output())


def test_an_import_sets_off_no_other(stage: Stage) -> None:
    stage.editor.run(
        "plugin.set_meta('count', 0)\n"
        "var count = func(_paths): plugin.set_meta('count', plugin.get_meta('count') + 1)\n"
        "EditorInterface.get_resource_filesystem().resources_reimported.connect(count)\nreturn true"
    )
    stage.export("Once.glb", emotes.wave_glb(40))
    until(lambda: _imported(stage, "emotes/Once.glb"))
    stage.editor.run("for frame in 200: await Engine.get_main_loop().process_frame\nreturn true")
    assert stage.editor.run("return plugin.get_meta('count')") == 1


def test_the_file_dock_is_drawn_once_and_nobody_waits_for_it(stage: Stage) -> None:
    stage.editor.run(
        "var tree = EditorInterface.get_file_system_dock().find_children('*', 'Tree', true, false)[0]\n"
        "var seen = []\n"
        "plugin.set_meta('seen', seen)\n"
        "var note = func(what):\n"
        "\tif seen.is_empty() or seen[-1][1] != tree.get_root().get_instance_id():\n"
        "\t\tseen.append([what, tree.get_root().get_instance_id()])\n"
        "note.call('before')\n"
        "plugin.imports.imported.connect(func(_paths): note.call('told'))\n"
        "Engine.get_main_loop().process_frame.connect(func(): note.call('frame'))\n"
        "return true"
    )
    stage.export("Docked.glb", emotes.wave_glb(70))
    until(lambda: _imported(stage, "emotes/Docked.glb"))
    found = stage.editor.run(
        "for frame in 10: await Engine.get_main_loop().process_frame\n"
        "var dock = EditorInterface.get_file_system_dock()\n"
        "var tree = dock.find_children('*', 'Tree', true, false)[0]\n"
        "var names = []\n"
        "var item = tree.get_root()\n"
        "while item:\n"
        "\tnames.append(item.get_text(0))\n"
        "\titem = item.get_next_in_tree()\n"
        "var changed = EditorInterface.get_resource_filesystem().filesystem_changed\n"
        "var listens = changed.get_connections().filter(func(c): return c.callable.get_object() == dock).size()\n"
        "var seen = plugin.get_meta('seen').map(func(row): return row[0])\n"
        "return [seen, 'Docked.glb' in names, listens]"
    )
    assert found == [["before", "frame"], True, 1]


def test_a_loop_setting_survives_a_new_version(stage: Stage) -> None:
    stage.export("Looped.glb", emotes.wave_glb(50))
    until(lambda: _imported(stage, "emotes/Looped.glb"))
    assert stage.editor.run(
        "plugin.imports.change_options('res://emotes/Looped.glb', {'kinetix/loop': 2})\n"
        "plugin.imports.change_options('res://emotes/Looped.glb', {'kinetix/in_place': true})\n"
        "return await plugin.imports.settled('res://emotes/Looped.glb')"
    )
    mode = "load('res://emotes/Looped.glb').get_animation('{}').loop_mode"
    assert stage.editor.run(f"return {mode.format('wave50')}") == 1
    stage.editor.run("plugin.set_meta('done', [])\nreturn true")
    stage.export("Looped.glb", glb.write_emote(emotes.walk()))
    until(lambda: _imported(stage, "emotes/Looped.glb"))
    assert stage.editor.run(f"return {mode.format('walk')}") == 1
    result = stage.editor.run(
        "var clip = load('res://emotes/Looped.glb').get_animation('walk')\n"
        "var track = range(clip.get_track_count()).filter(\n"
        "\tfunc(t): return clip.track_get_type(t) == Animation.TYPE_POSITION_3D)[0]\n"
        "return clip.position_track_interpolate(track, clip.length).z - clip.position_track_interpolate(track, 0).z"
    )
    assert abs(result) < 0.01, "in place survives as well"


def test_a_broken_file_never_enters_and_a_failed_import_is_tried_again(stage: Stage) -> None:
    stage.export("Broken.glb", b"glTF\x02\0\0\0\x10\0\0\0nope")
    until(lambda: "Broken.glb" in str(stage.editor.run("return plugin.link.own_targets()")))
    assert not (stage.project / "emotes/Broken.glb").exists()
    stage.export("Sticky.glb", emotes.wave_glb(60))
    until(lambda: _imported(stage, "emotes/Sticky.glb"))
    stage.editor.run(  # what an import that failed once leaves behind
        "var config = ConfigFile.new()\n"
        "config.load('res://emotes/Sticky.glb.import')\n"
        "config.set_value('remap', 'valid', false)\n"
        "config.save('res://emotes/Sticky.glb.import')\n"
        "plugin.set_meta('done', [])\nreturn true"
    )
    stage.export("Sticky.glb", emotes.wave_glb(61))
    until(lambda: _imported(stage, "emotes/Sticky.glb"))
    assert "valid=false" not in (stage.project / "emotes/Sticky.glb.import").read_text(encoding="utf-8")


def test_a_conflict_is_shown_and_the_button_settles_it(stage: Stage) -> None:
    stage.export("Fight.glb", emotes.wave_glb(70))
    until(lambda: _imported(stage, "emotes/Fight.glb"))
    (stage.project / "emotes/Fight.glb").write_bytes(emotes.wave_glb(71))
    stage.export("Fight.glb", emotes.wave_glb(72))
    until(
        lambda: stage.editor.run(
            "return plugin.dock.conflicts_view.find_child('theirs_Fight_glb', true, false) != null"
        )
    )
    stage.editor.run(
        "plugin.dock.conflicts_view.find_child('theirs_Fight_glb', true, false).pressed.emit()\nreturn true"
    )
    until(lambda: (stage.project / "emotes/Fight.glb").read_bytes() == emotes.wave_glb(72))
    until(
        lambda: (
            not stage.editor.run(
                "return plugin.dock.conflicts_view.find_child('theirs_Fight_glb', true, false) != null"
            )
        )
    )


def test_the_preview_on_a_character_of_the_project(stage: Stage) -> None:
    """Turned, brought closer, scrubbed, slower, once: on a scene of the project, straight from a file outside of it."""
    (stage.project / "cast").mkdir()
    (stage.project / "cast/hero.glb").write_bytes(glb.write_emote(emotes.still()))
    stage.editor.run("EditorInterface.get_resource_filesystem().scan()\nreturn true")
    stage.editor.until(
        "ResourceLoader.exists('res://cast/hero.glb') and not EditorInterface.get_resource_filesystem().is_scanning()"
    )
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
        "var out = {'shown': shown, 'figure': preview._figure.get_class(), 'problem': preview._problem.text}\n"
        "var skeleton = preview._figure.find_children('*', 'Skeleton3D', true, false)[0]\n"
        "var arm = skeleton.find_bone('LeftForeArm')\n"
        "preview._scrub.value = 0.7\n"
        "preview.player().advance(0)\n"
        "out.turned = skeleton.get_bone_pose_rotation(arm).angle_to(skeleton.get_bone_rest(arm).basis.get_rotation_quaternion())\n"
        "out.at = preview.player().current_animation_position\n"
        "out.plays = preview.player().is_playing()\n"
        "preview._speed.value = 0.5\n"
        "out.speed = preview.player().speed_scale\n"
        "preview._loops.button_pressed = false\n"
        "out.loop = preview.player().get_animation(preview._clip).loop_mode\n"
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


def test_the_list_is_searched(stage: Stage) -> None:
    names = stage.editor.run(
        "var view = plugin.dock.library_view\n"
        "var was = plugin.link.emotes\n"
        "var some: Dictionary[String, Dictionary] = {'1': {'id': '1', 'name': 'Wave'}, '2': {'id': '2', 'name': 'Bow'}}\n"
        "plugin.link.emotes = some\n"
        "view._search.text = 'wA'\n"
        "view._search.text_changed.emit('wA')\n"
        "var found = view.shown_names()\n"
        "view._search.text = ''\n"
        "plugin.link.emotes = was\n"
        "view._search.text_changed.emit('')\n"
        "return found"
    )
    assert names == ["Wave"]


def test_a_characters_bones_are_mapped_by_themselves(stage: Stage) -> None:
    (stage.project / "hero").mkdir()
    (stage.project / "hero/hero.glb").write_bytes(glb.write_emote(emotes.still()))
    stage.editor.run("EditorInterface.get_resource_filesystem().scan()\nreturn true")
    stage.editor.until(
        "ResourceLoader.exists('res://hero/hero.glb') and not EditorInterface.get_resource_filesystem().is_scanning()"
    )
    told = stage.editor.run(
        "var characters = load('res://addons/kinetix_emotes/editor/characters.gd')\n"
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
    (stage.project / "rigs").mkdir(exist_ok=True)
    (stage.project / f"rigs/{kind}.glb").write_bytes(glb.write_motion(rest))
    stage.export("Raise.glb", glb.write_emote(emotes.wave()))
    until(lambda: _imported(stage, "emotes/Raise.glb"))
    stage.editor.run("EditorInterface.get_resource_filesystem().scan()\nreturn true")
    path = f"res://rigs/{kind}.glb"
    stage.editor.until(
        f"ResourceLoader.exists('{path}') and not EditorInterface.get_resource_filesystem().is_scanning()"
    )
    found: dict[str, Any] = stage.editor.run(
        "var characters = load('res://addons/kinetix_emotes/editor/characters.gd')\n"
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


def test_add_to_an_animation_player_can_be_undone(stage: Stage) -> None:
    stage.export("Added.glb", emotes.wave_glb(90))
    until(lambda: _imported(stage, "emotes/Added.glb"))
    counts: list[Any] = stage.editor.run(
        "var root = Node3D.new()\n"
        "var player = AnimationPlayer.new()\n"
        "root.name = 'Root'\n"
        "player.name = 'Player'\n"
        "root.add_child(player)\n"
        "player.owner = root\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(root)\n"
        "ResourceSaver.save(scene, 'res://undo.tscn')\n"
        "root.free()\n"
        "EditorInterface.open_scene_from_path('res://undo.tscn')\n"
        "await Engine.get_main_loop().process_frame\n"
        "var edited = EditorInterface.get_edited_scene_root().get_child(0)\n"
        "EditorInterface.get_selection().clear()\n"
        "EditorInterface.get_selection().add_node(edited)\n"
        "var adder = load('res://addons/kinetix_emotes/editor/animation_adder.gd')\n"
        "var undo = plugin.get_undo_redo()\n"
        "var problem = adder.add('res://emotes/Added.glb', undo)\n"
        "var after = edited.get_animation_list().size()\n"
        "var history = undo.get_history_undo_redo(undo.get_object_history_id(edited))\n"
        "history.undo()\n"
        "var undone = edited.get_animation_list().size()\n"
        "history.redo()\n"
        "var packed = PackedScene.new()\n"
        "packed.pack(EditorInterface.get_edited_scene_root())\n"
        "ResourceSaver.save(packed, 'res://undo.tscn')\n"
        "var saved = FileAccess.get_file_as_string('res://undo.tscn')\n"
        "return [problem, after, undone, edited.get_animation_list().size(), saved]"
    )
    *counts, saved = counts
    assert counts == ["", 1, 0, 1]
    # The scene refers to the file: a copy would stay behind when the emote gets a new version.
    assert "res://emotes/Added.glb" in saved and "tracks/0" not in saved


def test_a_large_library_does_not_hold_the_editor_up(stage: Stage, tmp_path: Path) -> None:
    """A thousand emotes, each with a thumbnail: the list is there at once, the pictures come by and by."""
    picture = (tools.ROOT / "godot_bridge/example_project/sample_emotes/wave.png").read_bytes()
    for number in range(1000):
        (tmp_path / f"{number}.png").write_bytes(picture)
    listed, left, slices, last = stage.editor.run(
        "var view = plugin.dock.library_view\n"
        "var was = plugin.link.emotes\n"
        "var many: Dictionary[String, Dictionary] = {}\n"
        "for number in 1000:\n"
        f"\tvar files = {{'thumbnail': '{tmp_path}/%d.png' % number, 'glb': ''}}\n"
        "\tmany[str(number)] = {'id': str(number), 'name': 'Emote %d' % number, 'sha256': str(number), 'files': files}\n"
        "plugin.link.emotes = many\n"
        "view._refresh()\n"
        "var listed = view._unread.size()\n"
        "var last = view.shown_names()[999]\n"
        "view._read_thumbnails()\n"
        "var left = view._unread.size()\n"
        "var slices = 1\n"
        "while not view._unread.is_empty():\n"
        "\tview._read_thumbnails()\n"
        "\tslices += 1\n"
        "var first = view._list.get_item_icon(0)\n"
        "plugin.link.emotes = was\n"
        "view._refresh()\n"
        "return [listed, left, slices, last if first else 'no picture']"
    )
    assert last == "Emote 999"
    assert listed == 1000, "the list comes before any picture is read"
    assert 0 < left < 1000 and slices > 1, "a frame reads some of the pictures, not all"


def test_the_nodes_warn_in_the_editor_and_change_nothing_in_the_scene(stage: Stage) -> None:
    """Godot asks tool scripts only. What the nodes find by themselves must not be saved with the scene."""
    told: dict[str, Any] = stage.editor.run(
        "var root = CharacterBody3D.new()\n"
        "root.name = 'Root'\n"
        "for kind in [EmotePlayer, EmoteSync, EmoteWheel]:\n"
        "\tvar node = kind.new()\n"
        "\tnode.name = node.get_script().get_global_name()\n"
        "\troot.add_child(node)\n"
        "\tnode.owner = root\n"
        "var scene = PackedScene.new()\n"
        "scene.pack(root)\n"
        "ResourceSaver.save(scene, 'res://warns.tscn')\n"
        "root.free()\n"
        "EditorInterface.open_scene_from_path('res://warns.tscn')\n"
        "for frame in 3: await Engine.get_main_loop().process_frame\n"
        "root = EditorInterface.get_edited_scene_root()\n"
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


def test_the_hub_may_come_and_go(stage: Stage) -> None:
    _link(stage.root / "home").call("POST", "/v1/shutdown", {})
    stage.editor.until("not plugin.link.is_up() and not plugin.link.cure.is_empty()")
    stage.hub.wait(LIMIT_S)
    with hub(stage.root / "home", stage.root / "hub.log"):
        stage.editor.until("plugin.link.is_up()")
        stage.export("Again.glb", emotes.wave_glb(80))
        until(lambda: _imported(stage, "emotes/Again.glb"))


def test_disabling_removes_every_part(stage: Stage) -> None:
    """Last: the add-on is switched off and on again."""
    # Nodes of the runtime in a scene that is open are the user's.
    ours = "func(n): return n.get_script() != null and 'kinetix_emotes/editor' in n.get_script().resource_path"
    count = f"EditorInterface.get_base_control().find_children('*', '', true, false).filter({ours}).size()"
    found = stage.editor.run(
        f"var before = {count}\n"
        "plugin.dock.create_view._on_browse()\n"  # a dialog that is open, and a question that is on its way
        "plugin.link.request(HTTPClient.METHOD_GET, '/v1/snapshot')\n"
        "plugin.imports.enqueue(PackedStringArray(['emotes/Wave.glb']))\n"
        "EditorInterface.set_plugin_enabled('kinetix_emotes', false)\n"
        "for frame in 5: await Engine.get_main_loop().process_frame\n"
        f"var off = {count}\n"
        "var dialogs = EditorInterface.get_base_control().find_children('*', 'EditorFileDialog', true, false)\n"
        "for dialog in dialogs:\n"
        "\tfor told in dialog.get_signal_connection_list('file_selected'):\n"
        "\t\tvar who = told.callable.get_object()\n"
        "\t\tif who and who.get_script() and 'kinetix_emotes' in who.get_script().resource_path: off += 1\n"
        "var meta = Engine.has_meta(&'kinetix_emotes')\n"
        "var files = EditorInterface.get_resource_filesystem()\n"
        "var heard = 0\n"
        "for told in files.get_signal_list():\n"
        "\tfor to in files.get_signal_connection_list(told.name):\n"
        "\t\tvar who = to.callable.get_object()\n"
        "\t\tif who and who.get_script() and 'kinetix_emotes' in who.get_script().resource_path: heard += 1\n"
        "EditorInterface.set_plugin_enabled('kinetix_emotes', true)\n"
        "for frame in 5: await Engine.get_main_loop().process_frame\n"
        f"return [before, off, meta, heard, {count}]"
    )
    assert found[0] > 0 and found[4] == found[0]
    assert found[1:4] == [0, False, 0]
