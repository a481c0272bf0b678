"""An emote that lands in the project: imported once, soon, and again when it changes."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest

from kinetix_core.formats import glb
from tests.godot import emotes
from tests.godot.editor import Editor, bad_lines
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_an_emote_appears_as_a_library_with_humanoid_tracks(stage: Editor) -> None:
    stage.export("Wave.glb", glb.write_emote(emotes.wave()))
    stage.imported("emotes/Wave.glb")
    found: dict[str, Any] = stage.run(
        "var library = load('res://emotes/Wave.glb')\n"
        "var clip = library.get_animation(library.get_animation_list()[0])\n"
        "var paths = range(clip.get_track_count()).map(clip.track_get_path)\n"
        "var keys = range(clip.get_track_count()).map(clip.track_get_key_count)\n"
        "var name = clip.get_meta(&'kinetix_name')\n"
        "return {'name': name, 'type': library.get_class(), 'paths': paths, 'length': clip.length, 'keys': keys}"
    )
    assert found["type"] == "AnimationLibrary"
    assert found["name"] == "Wave", "the emote's own name goes into the game"
    assert found["length"] == pytest.approx(1.6, abs=0.01)
    assert len(found["paths"]) > 50
    assert min(found["keys"]) > 10, "Godot's removal of keys is off: it moves joints"
    assert all(path.startswith("%GeneralSkeleton:") for path in found["paths"])


def test_an_emote_in_a_project_of_2000_resources_needs_no_scan_of_them(stage: Editor) -> None:
    folder = "EditorInterface.get_resource_filesystem().get_filesystem_path('res://assets/')"
    counts = f"range({folder}.get_subdir_count()).map(func(n): return {folder}.get_subdir(n).get_file_count())"
    assert stage.get(counts) == [200] * 10, "the editor knows them"
    stage.run(
        "plugin.set_meta('times', {})\n"
        "plugin.set_meta('scans', [])\n"
        "var files = EditorInterface.get_resource_filesystem()\n"
        "Engine.get_main_loop().process_frame.connect(func():\n"
        "\tif files.is_scanning(): plugin.get_meta('scans').append(true)\n"
        ")\n"
        "imports.imported.connect(func(paths):\n"
        "\tvar times = plugin.get_meta('times')\n"
        "\tfor path in paths:\n"
        "\t\tif load(path) is AnimationLibrary: times[path] = Time.get_unix_time_from_system()\n"
        ")"
    )
    sent: dict[str, float] = {}
    for number in range(12):
        path = f"res://emotes/Late{number}.glb"
        sent[path] = time.time()
        stage.export(f"Late{number}.glb", emotes.wave_glb(number))
        stage.until(f"'{path}' in plugin.get_meta('times')")
    times = stage.get("plugin.get_meta('times')")
    taken = sorted((times[path] - sent[path]) * 1000 for path in sent)
    print(f"file lands -> AnimationLibrary loaded: p50 {statistics.median(taken):.0f} ms, worst {taken[-1]:.0f} ms")
    assert stage.get("plugin.get_meta('scans')") == [], "2,000 resources were looked through for one"


def test_a_burst_is_imported_in_batches(stage: Editor) -> None:
    for number in range(30):
        stage.export(f"Burst{number}.glb", emotes.wave_glb(number))
    count = "Array({}).filter(func(name): return 'Burst' in name).size() == {}"
    stage.until(count.format("plugin.get_meta('done')", 30))
    group = "load('res://emotes/emotes.res').get_animation_list()"
    stage.until(count.format(group, 30))
    for number in range(10):
        (stage.source / f"Burst{number}.glb").unlink()
    stage.until(count.format(group, 20))


def test_an_emote_that_leaves_while_it_is_grouped_is_no_error(stage: Editor) -> None:
    """The sync removes the file between check and load."""
    folder = stage.project / "leaving"
    folder.mkdir()
    (folder / ".gdignore").touch()  # the editor itself does not look at it
    (folder / "Gone.glb").touch()
    settings = '[remap]\nimporter="scene"\ntype="AnimationLibrary"\npath="res://project.godot"\n'
    (folder / "Gone.glb.import").write_text(settings, encoding="utf-8")
    grouped = "load('res://addons/kinetix_emotes/editor/project/grouped_library.gd')"
    assert stage.get(f"{grouped}.build('res://leaving')") == ""
    assert stage.get("Engine.print_error_messages") is True
    assert not bad_lines(stage.output())


def test_an_import_sets_off_no_other(stage: Editor) -> None:
    stage.run(
        "plugin.set_meta('heard', [])\n"
        "var hear = func(paths): plugin.get_meta('heard').append_array(Array(paths))\n"
        "EditorInterface.get_resource_filesystem().resources_reimported.connect(hear)"
    )
    stage.export("Once.glb", emotes.wave_glb(40))
    stage.imported("emotes/Once.glb")
    stage.frames(200)
    assert stage.get("plugin.get_meta('heard').count('res://emotes/Once.glb')") == 1


def test_the_file_dock_is_drawn_once_and_nobody_waits_for_it(stage: Editor) -> None:
    stage.run(
        "var tree = EditorInterface.get_file_system_dock().find_children('*', 'Tree', true, false)[0]\n"
        "var seen = []\n"
        "plugin.set_meta('seen', seen)\n"
        "var note = func(what):\n"
        "\tif seen.is_empty() or seen[-1][1] != tree.get_root().get_instance_id():\n"
        "\t\tseen.append([what, tree.get_root().get_instance_id()])\n"
        "note.call('before')\n"
        "imports.imported.connect(func(_paths): note.call('told'))\n"
        "Engine.get_main_loop().process_frame.connect(func(): note.call('frame'))\n"
    )
    stage.export("Docked.glb", emotes.wave_glb(70))
    stage.imported("emotes/Docked.glb")
    found = stage.run(
        "await frames(10)\n"
        "var file_dock = EditorInterface.get_file_system_dock()\n"
        "var tree = file_dock.find_children('*', 'Tree', true, false)[0]\n"
        "var names = []\n"
        "var item = tree.get_root()\n"
        "while item:\n"
        "\tnames.append(item.get_text(0))\n"
        "\titem = item.get_next_in_tree()\n"
        "var changed = EditorInterface.get_resource_filesystem().filesystem_changed\n"
        "var listens = changed.get_connections().filter(func(c): return c.callable.get_object() == file_dock).size()\n"
        "var seen = plugin.get_meta('seen').map(func(row): return row[0])\n"
        "return [seen, 'Docked.glb' in names, listens]"
    )
    assert found == [["before", "frame"], True, 1]


def test_a_loop_setting_survives_a_new_version(stage: Editor) -> None:
    stage.export("Looped.glb", emotes.wave_glb(50))
    stage.imported("emotes/Looped.glb")
    assert stage.run(
        "imports.change_options('res://emotes/Looped.glb', {'kinetix/loop': 2})\n"
        "imports.change_options('res://emotes/Looped.glb', {'kinetix/in_place': true})\n"
        "return await imports.finish_file('res://emotes/Looped.glb')"
    )
    mode = "load('res://emotes/Looped.glb').get_animation('{}').loop_mode"
    assert stage.get(mode.format("wave50")) == 1
    with stage.importing("emotes/Looped.glb"):
        stage.export("Looped.glb", glb.write_emote(emotes.walk()))
    assert stage.get(mode.format("walk")) == 1
    result = stage.run(
        "var clip = load('res://emotes/Looped.glb').get_animation('walk')\n"
        "var track = range(clip.get_track_count()).filter(\n"
        "\tfunc(t): return clip.track_get_type(t) == Animation.TYPE_POSITION_3D)[0]\n"
        "return clip.position_track_interpolate(track, clip.length).z - clip.position_track_interpolate(track, 0).z"
    )
    assert abs(result) < 0.01, "in place survives as well"


def test_a_broken_file_never_enters_and_a_failed_import_is_tried_again(stage: Editor) -> None:
    stage.export("Broken.glb", b"glTF\x02\0\0\0\x10\0\0\0nope")
    until(lambda: "Broken.glb" in str(stage.get("link.own_targets().map(func(t): return t.json)")))
    assert not (stage.project / "emotes/Broken.glb").exists()
    stage.export("Sticky.glb", emotes.wave_glb(60))
    stage.imported("emotes/Sticky.glb")
    stage.run(  # what an import that failed once leaves behind
        "var config = ConfigFile.new()\n"
        "config.load('res://emotes/Sticky.glb.import')\n"
        "config.set_value('remap', 'valid', false)\n"
        "config.save('res://emotes/Sticky.glb.import')"
    )
    stage.export("Sticky.glb", emotes.wave_glb(61))
    stage.imported("emotes/Sticky.glb")
    assert "valid=false" not in (stage.project / "emotes/Sticky.glb.import").read_text(encoding="utf-8")
