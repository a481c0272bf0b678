"""The preview is drawn and moves, on the stand-in and on a character of the project."""

from __future__ import annotations

import os
import subprocess

import pytest

from kinetix_core.formats import glb
from kinetix_core.motion import Motion
from tests.godot import emotes
from tests.godot.window.stage import Stage
from tests.motion import rigs
from tests.support import tools
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("godot-gui")


def test_the_preview_is_drawn_and_moves(stage: Stage) -> None:
    stage.tab("Library")
    stage.editor.until("plugin.dock.library_view.shown_names().has('First')")
    first_emote = "plugin.link.emotes.values().filter(func(e): return e.name == 'First')[0].id"
    stage.editor.run(f"plugin.dock.library_view.select({first_emote})\nreturn true")
    stage.editor.until("not plugin.dock.library_view.preview.shown_file.is_empty()")
    stage.loop(on=True)
    _see_it_move(stage)
    stage.frames(30)
    stage.editor.shot(tools.ARTEFACTS / "godot-library.png")
    playing = "return plugin.dock.library_view.preview.player().is_playing()"
    assert stage.editor.run(playing)
    play = "plugin.dock.library_view.preview.find_child('Play', true, false)"
    stage.press(play, lambda: not stage.editor.run(playing), "the pause")
    stage.loop(on=False)
    drawn = (
        "var before = Engine.get_frames_drawn()\n"
        "for frame in 10: await Engine.get_main_loop().process_frame\n"
        "return Engine.get_frames_drawn() - before"
    )
    until(lambda: stage.editor.run(drawn) == 0, "a preview that stands still costs nothing")


def _see_it_move(stage: Stage) -> None:
    """Until much of the preview's picture is another than at first: after a time by the clock it may be the same again."""
    grab = (
        "await RenderingServer.frame_post_draw\n"
        "var picture = plugin.dock.library_view.preview.picture()\n"
        "picture.resize(64, 64)\n"
        "return Array(picture.get_data())"
    )
    first = stage.editor.run(grab)
    assert len(set(first)) > 20, "nothing is drawn"

    def moved() -> int:
        return sum(abs(a - b) > 12 for a, b in zip(first, stage.editor.run(grab), strict=True))

    until(lambda: moved() > 12, "the preview stands still")


def test_a_character_is_mapped_by_a_click_and_plays_in_the_preview(stage: Stage) -> None:
    stage.tab("Library")
    skeleton = rigs.build("unreal5").skeleton
    rest = Motion(skeleton, 30.0, skeleton.rest_rotations[None].copy(), skeleton.rest_translations[:1].copy(), "rest")
    (stage.project / "cast").mkdir()
    (stage.project / "cast/hero.glb").write_bytes(glb.write_motion(rest))
    wave = stage.root / "wave.glb"
    wave.write_bytes(glb.write_emote(emotes.wave()))
    stage.editor.run("EditorInterface.get_resource_filesystem().scan()\nreturn true")
    stage.editor.until("ResourceLoader.exists('res://cast/hero.glb')")
    view = "plugin.dock.library_view"
    stage.editor.run(
        f"{view}.preview.show_file('{wave}')\n{view}.character_row.use('res://cast/hero.glb')\nreturn true"
    )
    assert "Map bones" in stage.editor.run(f"return {view}.preview._problem.text")
    moved = f"{view}.preview._stage.people[0].skeleton"
    plays = f"return {view}.preview._problem.text == '' and {moved}.find_bone('LeftUpperArm') >= 0"
    stage.loop(on=True)
    stage.press(stage.find("MapBones"), lambda: stage.editor.run(plays), "the bone map")
    _see_it_move(stage)
    before = stage.editor.run(f"return [{view}.preview._yaw, {view}.preview._distance]")
    x, y = stage.editor.run(
        f"var box = {stage.find('View')}.get_global_rect()\nreturn [box.get_center().x, box.get_center().y]"
    )
    drag = ["mousemove", f"{x:.0f}", f"{y:.0f}", "sleep", "0.2", "mousedown", "1", "sleep", "0.1"]
    drag += ["mousemove_relative", "60", "0", "sleep", "0.2", "mouseup", "1", "sleep", "0.1", "click", "4"]
    subprocess.run(["xdotool", *drag], env={**os.environ, "DISPLAY": stage.editor.display}, check=True, timeout=LIMIT_S)
    stage.editor.until(f"{view}.preview._distance < {before[1]}")  # the wheel comes last
    after = stage.editor.run(f"return [{view}.preview._yaw, {view}.preview._distance]")
    assert abs(after[0] - before[0]) > 0.3, "a drag turns"
    stage.editor.shot(tools.ARTEFACTS / "godot-character.png")
    stage.editor.run(f"{view}.character_row.use('')\nreturn true")
    stage.loop(on=False)


def test_the_previews_camera_goes_along(stage: Stage) -> None:
    stage.tab("Library")
    walk = stage.root / "walk.glb"
    walk.write_bytes(glb.write_emote(emotes.walk(seconds=2.0, metres=6.0)))
    preview = "plugin.dock.library_view.preview"
    assert stage.editor.run(f"return {preview}.show_file('{walk}')")

    def left_to_go() -> float:
        moved = f"{preview}._stage.people[0].skeleton"
        body = f"{moved}.global_transform * {moved}.get_bone_global_pose(0).origin"
        look = f"{preview}._middle"
        return float(stage.editor.run(f"var way = ({body}) - ({look})\nway.y = 0\nreturn way.length()"))

    stage.editor.run(f"{preview}._scrub.value = 1.9\nreturn true")
    until(lambda: left_to_go() < 0.5, "the camera")
    far = f"var at = {preview}._middle\nat.y = 0\nreturn at.length()"
    assert stage.editor.run(far) > 4


def test_everybody_of_a_take_is_drawn_whole(stage: Stage) -> None:
    """Each of two people covers a part of the picture, and the camera cuts nobody off."""
    stage.tab("Library")
    preview = "plugin.dock.library_view.preview"
    for number, motion in enumerate((emotes.wave(), emotes.bow())):
        (stage.root / f"duet{number}.glb").write_bytes(glb.write_emote(motion))
    stage.editor.run(
        "const Person = preload('res://addons/kinetix_emotes/editor/preview/preview_person.gd')\n"
        "var people: Array[Person] = []\n"
        "for number in 2:\n"
        "\tvar side = -1.0 if number == 0 else 1.0\n"
        "\tvar place = Transform3D(Basis(Vector3.UP, -side * PI / 2.0), Vector3(side * 1.2, 0, 0))\n"
        f"\tpeople.append(Person.new('{stage.root}/duet%d.glb' % number, place, 0.0))\n"
        f"{preview}.show_people(people)\n"
        f"{preview}._scrub.value = 1.0\n"
        # What the camera would come to by and by: a step of its between two pictures changes edges.
        f"{preview}._middle = {preview}._standing_at()\n"
        f"{preview}._place_camera()\n"
        "return true"
    )
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-preview-group.png")
    boxes = stage.editor.run(
        "var boxes = []\n"
        "var grab = func():\n"
        "\tfor frame in 3: await Engine.get_main_loop().process_frame\n"
        "\tRenderingServer.force_draw()\n"  # the editor draws nothing by itself while nothing moves
        f"\treturn {preview}.picture()\n"
        "var all = await grab.call()\n"
        f"for person in {preview}._stage.people:\n"
        "\tperson.hide()\n"
        "\tvar without = await grab.call()\n"
        "\tperson.show()\n"
        "\tvar box = Rect2i()\n"
        "\tfor x in all.get_width():\n"
        "\t\tfor y in all.get_height():\n"
        "\t\t\tvar change = all.get_pixel(x, y) - without.get_pixel(x, y)\n"
        "\t\t\tif absf(change.g) < 0.1: continue\n"
        "\t\t\tvar pixel = Rect2i(x, y, 1, 1)\n"
        "\t\t\tbox = box.merge(pixel) if box.has_area() else pixel\n"
        "\tboxes.append([box.position.x, box.position.y, box.end.x, box.end.y])\n"
        "return [[all.get_width(), all.get_height()], boxes]"
    )
    (wide, high), found = boxes
    for left, top, right, bottom in found:
        assert 0 < left < right < wide and 0 < top < bottom < high and bottom - top > high / 4
    assert found[0][2] < found[1][0] + (found[1][2] - found[1][0]) / 2, "one stands beside the other"
