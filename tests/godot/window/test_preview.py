"""The preview is drawn and moves, on the stand-in and on a character of the project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kinetix_core.formats import glb
from tests.godot import emotes
from tests.godot.editor import Editor
from tests.support import tools
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-gui")


@pytest.fixture(autouse=True)
def _library(stage: Editor) -> None:
    stage.tab("Library")


@contextmanager
def _repeating(stage: Editor) -> Iterator[None]:
    """Let the preview repeat in this block."""
    stage.run("preview._loops.button_pressed = true\nif preview.player(): preview._play.button_pressed = true")
    yield
    stage.run("preview._loops.button_pressed = false")


def test_the_preview_is_drawn_and_moves(stage: Editor) -> None:
    stage.until("lists(['First'])")
    stage.run("library.select(emote('First').id)")
    stage.until("not preview.shown_file.is_empty()")
    with _repeating(stage):
        _see_it_move(stage)
        stage.frames(30)
        stage.shot(tools.ARTEFACTS / "godot-library.png")
        playing = "preview.player().is_playing()"
        assert stage.get(playing)
        stage.click("preview._play", lambda: not stage.get(playing), "the pause")
    drawn = "var before = Engine.get_frames_drawn()\nawait frames(10)\nreturn Engine.get_frames_drawn() - before"
    until(lambda: stage.run(drawn) == 0, "a preview that stands still costs nothing")


def _see_it_move(stage: Editor) -> None:
    """Until much of the preview's picture is another than at first: after a time by the clock it may be the same again."""
    grab = (
        "await RenderingServer.frame_post_draw\n"
        "var picture = preview._viewport.get_texture().get_image()\n"
        "picture.resize(64, 64)\n"
        "return Array(picture.get_data())"
    )
    first = stage.run(grab)
    assert len(set(first)) > 20, "nothing is drawn"

    def moved() -> int:
        return sum(abs(a - b) > 12 for a, b in zip(first, stage.run(grab), strict=True))

    until(lambda: moved() > 12, "the preview stands still")


def test_a_character_is_mapped_by_a_click_and_plays_in_the_preview(stage: Editor) -> None:
    (stage.project / "cast").mkdir()
    (stage.project / "cast/hero.glb").write_bytes(emotes.rig_glb("unreal5"))
    wave = stage.root / "wave.glb"
    wave.write_bytes(glb.write_emote(emotes.wave()))
    stage.run("EditorInterface.get_resource_filesystem().scan()")
    stage.until("ResourceLoader.exists('res://cast/hero.glb')")
    stage.run(f"preview.show_file('{wave}')\nlibrary.character_row.use('res://cast/hero.glb')")
    assert "Map bones" in stage.get("preview._problem.text")
    plays = "preview._problem.text == '' and preview._stage.people[0].skeleton.find_bone('LeftUpperArm') >= 0"
    with _repeating(stage):
        stage.click("part('MapBones')", lambda: stage.get(plays), "the bone map")
        _see_it_move(stage)
        x, y, yaw, distance = stage.run(
            "var middle = part('View').get_global_rect().get_center()\n"
            "return [middle.x, middle.y, preview._yaw, preview._distance]"
        )
        drag = "sleep 0.2 mousedown 1 sleep 0.1 mousemove_relative 60 0 sleep 0.2 mouseup 1 sleep 0.1 click 4"
        stage.point(x, y, *drag.split())
        stage.until(f"preview._distance < {distance}")  # the wheel comes last
        assert abs(stage.get("preview._yaw") - yaw) > 0.3, "a drag turns"
        stage.shot(tools.ARTEFACTS / "godot-character.png")
        stage.run("library.character_row.use('')")


def test_the_previews_camera_goes_along(stage: Editor) -> None:
    walk = stage.root / "walk.glb"
    walk.write_bytes(glb.write_emote(emotes.walk(seconds=2.0, metres=6.0)))
    assert stage.get(f"preview.show_file('{walk}')")
    stage.run("preview._scrub.value = 1.9")
    moved = "preview._stage.people[0].skeleton"
    body = f"({moved}.global_transform * {moved}.get_bone_global_pose(0).origin)"
    over_the_floor = "(({}) * Vector3(1, 0, 1)).length()"
    stage.until(f"{over_the_floor.format(f'{body} - preview._middle')} < 0.5")
    assert stage.get(over_the_floor.format("preview._middle")) > 4


def test_everybody_of_a_take_is_drawn_whole(stage: Editor) -> None:
    """Each of two people covers a part of the picture, and the camera cuts nobody off."""
    for number, motion in enumerate((emotes.wave(), emotes.bow())):
        (stage.root / f"duet{number}.glb").write_bytes(glb.write_emote(motion))
    stage.run(
        "const Person = preload('res://addons/kinetix_emotes/editor/preview/preview_person.gd')\n"
        "var people: Array[Person] = []\n"
        "for number in 2:\n"
        "\tvar side = -1.0 if number == 0 else 1.0\n"
        "\tvar place = Transform3D(Basis(Vector3.UP, -side * PI / 2.0), Vector3(side * 1.2, 0, 0))\n"
        f"\tpeople.append(Person.new('{stage.root}/duet%d.glb' % number, place, 0.0))\n"
        "preview.show_people(people)\n"
        "preview._scrub.value = 1.0\n"
        # What the camera would come to by and by: a step of its between two pictures changes edges.
        "preview._middle = preview._standing_at()\n"
        "preview._place_camera()\n"
        "await frames(3)"
    )
    stage.shot(tools.ARTEFACTS / "godot-preview-group.png")
    boxes = stage.run(
        "var boxes = []\n"
        "var grab = func():\n"
        "\tawait frames(3)\n"
        "\tRenderingServer.force_draw()\n"  # the editor draws nothing by itself while nothing moves
        "\treturn preview._viewport.get_texture().get_image()\n"
        "var all = await grab.call()\n"
        "for person in preview._stage.people:\n"
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
