"""An emote that lands in the project: imported once, soon, and again when it changes."""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import Any

import pytest

from kinetix_core.formats import glb
from tests.godot import emotes
from tests.godot.editor import bad_lines
from tests.godot.headless.stage import Stage
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_an_emote_appears_as_a_library_with_humanoid_tracks(stage: Stage) -> None:
    stage.export("Wave.glb", glb.write_emote(emotes.wave()))
    until(lambda: stage.imported("emotes/Wave.glb"))
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
    folder = "EditorInterface.get_resource_filesystem().get_filesystem_path('res://assets/')"
    counts = f"range({folder}.get_subdir_count()).map(func(n): return {folder}.get_subdir(n).get_file_count())"
    assert stage.editor.run(f"return {counts}") == [200] * 10, "the editor knows them"
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
    """The sync removes the file between check and load."""
    folder = stage.project / "leaving"
    folder.mkdir()
    (folder / ".gdignore").touch()  # the editor itself does not look at it
    (folder / "Gone.glb").touch()
    settings = '[remap]\nimporter="scene"\ntype="AnimationLibrary"\npath="res://project.godot"\n'
    (folder / "Gone.glb.import").write_text(settings, encoding="utf-8")
    grouped = "load('res://addons/kinetix_emotes/editor/project/grouped_library.gd')"
    assert stage.editor.run(f"return {grouped}.build('res://leaving')") == ""
    assert stage.editor.run("return Engine.print_error_messages") is True
    assert not bad_lines(stage.editor.output())


def test_an_import_sets_off_no_other(stage: Stage) -> None:
    stage.editor.run(
        "plugin.set_meta('count', 0)\n"
        "var count = func(paths):\n"
        "\tif paths.has('res://emotes/Once.glb'): plugin.set_meta('count', plugin.get_meta('count') + 1)\n"
        "EditorInterface.get_resource_filesystem().resources_reimported.connect(count)\nreturn true"
    )
    stage.export("Once.glb", emotes.wave_glb(40))
    until(lambda: stage.imported("emotes/Once.glb"))
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
    until(lambda: stage.imported("emotes/Docked.glb"))
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
    until(lambda: stage.imported("emotes/Looped.glb"))
    assert stage.editor.run(
        "plugin.imports.change_options('res://emotes/Looped.glb', {'kinetix/loop': 2})\n"
        "plugin.imports.change_options('res://emotes/Looped.glb', {'kinetix/in_place': true})\n"
        "return await plugin.imports.finish_file('res://emotes/Looped.glb')"
    )
    mode = "load('res://emotes/Looped.glb').get_animation('{}').loop_mode"
    assert stage.editor.run(f"return {mode.format('wave50')}") == 1
    stage.editor.run("plugin.set_meta('done', [])\nreturn true")
    stage.export("Looped.glb", glb.write_emote(emotes.walk()))
    until(lambda: stage.imported("emotes/Looped.glb"))
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
    until(lambda: "Broken.glb" in str(stage.editor.run("return plugin.link.own_targets().map(func(t): return t.json)")))
    assert not (stage.project / "emotes/Broken.glb").exists()
    stage.export("Sticky.glb", emotes.wave_glb(60))
    until(lambda: stage.imported("emotes/Sticky.glb"))
    stage.editor.run(  # what an import that failed once leaves behind
        "var config = ConfigFile.new()\n"
        "config.load('res://emotes/Sticky.glb.import')\n"
        "config.set_value('remap', 'valid', false)\n"
        "config.save('res://emotes/Sticky.glb.import')\n"
        "plugin.set_meta('done', [])\nreturn true"
    )
    stage.export("Sticky.glb", emotes.wave_glb(61))
    until(lambda: stage.imported("emotes/Sticky.glb"))
    assert "valid=false" not in (stage.project / "emotes/Sticky.glb.import").read_text(encoding="utf-8")
