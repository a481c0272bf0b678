"""The tool that drags joints in the clip's picture: what becomes a correction, and what of it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gpu as typed_gpu
import hub_answers
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT
from mathutils import Matrix

SIZE = (800, 600)
FRAMES = 20
_PLACES = {"leftShoulder": (0.55, 0.3), "rightShoulder": (0.45, 0.3), "leftElbow": (0.6, 0.4), "leftWrist": (0.62, 0.5)}
_TOWARDS = {"leftForearm": [frame < 10 for frame in range(FRAMES)], "leftUpperArm": [True] * FRAMES}
gpu: Any = typed_gpu  # the stubs know neither arguments nor results


def picture(camera: int = 0, aside: float = 0.0, **more: Any) -> Any:
    return {
        "camera": camera,
        "width": 640,
        "height": 480,
        "joints": {
            joint: [[x + aside, y + 0.005 * frame] for frame in range(FRAMES)] for joint, (x, y) in _PLACES.items()
        },
        "head": [[0.5, 0.2]] * FRAMES,
        "cameraMoved": False,
        "towards": _TOWARDS,
        "clip": f"/clips/{camera}.mp4",
        "clipStart": 1.5 + camera,
    } | more


def figure(*pictures: Any) -> Any:
    return rigs.addon("pointing.figure").Figure.of({"pictures": [*(pictures or [picture()])]})


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The tool at frame 4 of a take, over a clip all of whose pictures are one red one."""
    rigs.empty()
    CONTEXT.scene.frame_set(5)
    red = tmp_path / "red.png"
    red.write_bytes(hub_answers.png(64, 48, (200, 0, 0)))
    film = SimpleNamespace(side=1024, problem="", file=lambda _number: red, has=lambda _seconds: True)
    film.number_at = lambda seconds: 1 + round(seconds * 30)
    monkeypatch.setattr(rigs.addon("films"), "open_film", lambda clip, side: film)
    made = rigs.addon("pointing.tool").Pointing(rigs.addon("refining.takes").Take(), figure(), 4)
    made.lies_in(rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE)), 1.0)
    yield made


def found() -> Any:
    """The take on a rig in a scene of its own rate, from frame 1 on."""
    return SimpleNamespace(
        frames=FRAMES, take_frame=lambda scene_frame: scene_frame - 1, scene_frame=lambda frame: frame + 1
    )


def event(tool: Any, kind: str, value: str = "PRESS", at: Any = (400, 300), **held: Any) -> Any:
    region = SimpleNamespace(x=0, y=0)
    whole = rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE))
    use = SimpleNamespace(tool=tool, region=region, free=lambda: whole, redraw=lambda: None, show_cursor=str)
    use.follow = lambda found, scene: tool.look_at(found.take_frame(scene.frame_current))
    happens = SimpleNamespace(type=kind, value=value, mouse_x=at[0], mouse_y=at[1])
    for name in ("ctrl", "shift", "oskey"):
        setattr(happens, name, held.get(name, False))
    return rigs.addon("pointing.ops")._handle(use, happens, found(), CONTEXT.scene)


def drag(tool: Any, joint: str, dx: float, dy: float, **held: Any) -> None:
    x, y = tool.points()[joint]
    event(tool, "MOUSEMOVE", "NOTHING", (x, y))
    event(tool, "LEFTMOUSE", "PRESS", (x, y))
    for share in (0.5, 1.0):
        event(tool, "MOUSEMOVE", "NOTHING", (x + share * dx, y + share * dy), **held)
    event(tool, "LEFTMOUSE", "RELEASE", (x + dx, y + dy))


def hover(tool: Any, joint: str) -> None:
    event(tool, "MOUSEMOVE", "NOTHING", tool.points()[joint])
    assert tool.hovered == joint


def words(tool: Any) -> str:
    """The line above the picture."""
    return str(rigs.addon("pointing.drawing")._words_of(tool, tool.hovered))


def test_a_joint_that_is_dragged_becomes_a_correction(tool: Any) -> None:
    x, y = tool.points()["leftWrist"]
    drag(tool, "leftWrist", 30, -20)
    (said,) = tool.take.corrections.values()
    assert (said["id"], said["kind"], said["joint"], said["frame"]) == ("leftWrist-4", "point", "leftWrist", 4)
    assert tool.points()["leftWrist"] == pytest.approx((x + 30, y - 20), abs=0.1)
    assert said["x"] > 0.62 and said["y"] > 0.52
    drag(tool, "leftWrist", 10, 0)
    assert len(tool.take.corrections) == 1, "dragged again it is the same one"
    assert event(tool, "Z", ctrl=True) == {"RUNNING_MODAL"} and tool.take.corrections["leftWrist-4"] == said
    event(tool, "Z", ctrl=True)
    assert not tool.take.corrections and tool.points()["leftWrist"] == pytest.approx((x, y))
    event(tool, "Z", ctrl=True, shift=True)
    assert tool.take.corrections["leftWrist-4"] == said


def test_a_joint_that_is_only_touched_is_not_moved_and_shift_moves_a_tenth_as_far(tool: Any) -> None:
    drag(tool, "leftWrist", 2, 1)
    assert not tool.take.corrections
    x, y = tool.points()["leftWrist"]
    drag(tool, "leftWrist", 100, 0, shift=True)
    assert tool.points()["leftWrist"] == pytest.approx((x + 10, y), abs=0.1)
    drag(tool, "rightShoulder", 0, 25)
    event(tool, "MOUSEMOVE", "NOTHING", tool.points()["leftWrist"])
    event(tool, "X")
    assert list(tool.take.corrections) == ["rightShoulder-4"], "X takes back what is under the mouse"


def test_f_says_that_a_forearm_is_on_the_other_side_and_again_that_nothing_need_be_said(tool: Any) -> None:
    hover(tool, "leftWrist")
    assert words(tool) == "Left Wrist · forearm: towards the camera · F: the other way" and not tool.is_said(
        "leftWrist"
    )
    event(tool, "F")
    said = {"id": "leftForearm-4", "kind": "depth", "frame": 4, "part": "leftForearm", "towards": False}
    assert tool.take.corrections == {"leftForearm-4": said}
    assert "forearm: away from the camera" in words(tool) and tool.is_said("leftWrist")
    assert not tool.is_said("leftElbow"), "that is another part"
    event(tool, "F")
    assert not tool.take.corrections and "forearm: towards the camera" in words(tool), "so the capture has it"
    event(tool, "Z", ctrl=True)
    assert tool.take.corrections == {"leftForearm-4": said}
    event(tool, "Z", ctrl=True)
    assert not tool.take.corrections
    for _ in range(2):
        event(tool, "Z", ctrl=True, shift=True)
    assert not tool.take.corrections
    event(tool, "Z", ctrl=True)
    assert tool.take.corrections == {"leftForearm-4": said} and event(tool, "ESC") == {"CANCELLED"}
    assert not tool.take.corrections, "Esc leaves all as it was"


def test_a_side_is_said_for_the_frame_that_is_shown(tool: Any) -> None:
    hover(tool, "leftElbow")
    event(tool, "F")
    tool.look_at(12)
    assert not tool.is_said("leftElbow") and "upper arm: towards the camera" in words(tool)
    hover(tool, "leftWrist")
    assert "forearm: away from the camera" in words(tool)
    event(tool, "F")
    assert {name: one["towards"] for name, one in tool.take.corrections.items()} == {
        "leftUpperArm-4": False,
        "leftForearm-12": True,
    }


def test_a_joint_in_which_no_known_part_ends_has_no_side(tool: Any) -> None:
    hover(tool, "leftShoulder")
    event(tool, "F")
    assert words(tool) == "Left Shoulder" and not tool.take.corrections
    keys = rigs.addon("pointing.drawing")._keys
    assert "F: towards the camera or away" in keys(tool)
    event(tool, "MOUSEMOVE", "NOTHING", (3, 3))
    event(tool, "F")
    assert tool.hovered is None and not tool.take.corrections
    told = {name: value for name, value in picture().items() if name != "towards"}  # by an older service
    older = rigs.addon("pointing.tool").Pointing(tool.take, figure(told), 4)
    older.lies_in(rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE)), 1.0)
    hover(older, "leftWrist")
    event(older, "F")
    assert older.picture.towards == {} and words(older) == "Left Wrist" and not tool.take.corrections
    assert "F:" not in keys(older), "a key that does nothing is not offered"
    tool.take.corrections["mine"] = {"id": "mine", "kind": "depth", "part": "leftForearm", "frame": 4, "towards": False}
    event(older, "F")
    assert tool.take.corrections["mine"]["towards"], "what the capture has is not known, so it is not taken back"
    for part in ("leftForearm", "leftUpperArm"):
        assert figure().pictures[0].towards[part] == _TOWARDS[part]


def test_x_takes_back_the_place_of_a_joint_and_then_the_side_of_its_part(tool: Any) -> None:
    hover(tool, "leftWrist")
    event(tool, "F")
    drag(tool, "leftWrist", 30, -20)
    assert list(tool.take.corrections) == ["leftForearm-4", "leftWrist-4"]
    hover(tool, "leftWrist")
    event(tool, "X")
    assert list(tool.take.corrections) == ["leftForearm-4"]
    hover(tool, "leftWrist")
    event(tool, "X")
    assert not tool.take.corrections
    event(tool, "X")
    event(tool, "Z", ctrl=True)
    assert list(tool.take.corrections) == ["leftForearm-4"]


def test_what_a_figure_follows_already_is_said_again_and_not_taken_away(tool: Any) -> None:
    """Without it the capture would turn the forearm back."""
    followed = {"id": "mine", "kind": "depth", "part": "leftForearm", "frame": 4, "towards": True}
    take = tool.take
    take.corrections["mine"] = followed
    solved = rigs.addon("pointing.tool").Pointing(take, figure(), 4, [followed])
    solved.lies_in(rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE)), 1.0)
    hover(solved, "leftWrist")
    event(solved, "F")
    assert take.corrections == {"mine": followed | {"towards": False}}
    event(solved, "F")
    assert take.corrections == {"mine": followed}
    event(solved, "X")
    event(solved, "F")
    event(solved, "F")
    assert [one["towards"] for one in take.corrections.values()] == [True]


def test_the_tool_knows_what_its_figure_was_solved_with(tool: Any) -> None:
    followed = {"id": "mine", "kind": "depth", "part": "leftForearm", "frame": 4, "towards": True}
    tool.take.versions = [{"emote": "one", "number": 2, "corrections": [followed]}]
    whole = rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE))
    use = SimpleNamespace(tool=None, take=tool.take, _figure=figure(), free=lambda: whole, scale=1.0)
    playing = SimpleNamespace(emote="one", frames=FRAMES, take_frame=lambda scene_frame: scene_frame - 1)
    assert rigs.addon("pointing.ops")._Use.follow(use, playing, CONTEXT.scene)
    assert use.tool.frame == 4 and use.tool._solved_with == [followed]


def test_esc_in_a_drag_gives_up_the_drag_and_then_everything(tool: Any) -> None:
    kept = {"id": "mine", "kind": "point", "joint": "leftElbow", "frame": 4, "x": 0.5, "y": 0.5}
    tool.take.corrections["mine"] = kept
    drag(tool, "leftElbow", 20, 0)
    changed = tool.take.corrections["mine"]
    assert list(tool.take.corrections) == ["mine"] and changed != kept, "one that a file gave keeps its id"
    x, y = tool.points()["leftWrist"]
    event(tool, "LEFTMOUSE", "PRESS", (x, y))
    event(tool, "MOUSEMOVE", "NOTHING", (x + 50, y))
    assert event(tool, "ESC", at=(x + 50, y)) == {"RUNNING_MODAL"} and not tool.dragging
    event(tool, "LEFTMOUSE", "RELEASE", (x + 50, y))
    assert list(tool.take.corrections.values()) == [changed]
    contact = {"id": "left-1", "kind": "foot", "first": 2, "last": 9, "side": "left", "stands": True}
    tool.take.corrections["left-1"] = contact  # by the panel, meanwhile
    assert event(tool, "ESC") == {"CANCELLED"}
    assert list(tool.take.corrections.values()) == [kept, contact]


def test_of_several_cameras_each_ones_picture_is_corrected_in(tool: Any) -> None:
    take = tool.take
    several = rigs.addon("pointing.tool").Pointing(take, figure(picture(1), picture(3, aside=-0.1)), 4)
    several.lies_in(rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE)), 1.0)
    kept = {"id": "mine", "kind": "point", "joint": "leftElbow", "frame": 4, "x": 0.5, "y": 0.5, "camera": 1}
    take.corrections["mine"] = kept
    assert several.said("leftElbow") is kept, "the first one that was used may be named, or not"
    drag(several, "leftWrist", 30, 0)
    assert "camera" not in take.corrections["leftWrist-4"]
    event(several, "C")
    assert several.picture.clip == "/clips/3.mp4" and several.seconds == pytest.approx(4.5 + 4 / 30)
    assert several.said("leftWrist") is several.said("leftElbow") is None, "that is of the other picture"
    drag(several, "leftWrist", 0, 30)
    assert take.corrections["leftWrist-4-camera-3"]["camera"] == 3 and len(take.corrections) == 3
    event(several, "C")
    assert several.picture.clip == "/clips/1.mp4" and several.said("leftWrist") is take.corrections["leftWrist-4"]


def test_to_which_side_a_part_points_is_said_in_each_cameras_picture(tool: Any) -> None:
    take, away = tool.take, {"leftForearm": [False] * FRAMES}
    several = rigs.addon("pointing.tool").Pointing(take, figure(picture(1), picture(3, towards=away)), 4)
    several.lies_in(rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE)), 1.0)
    hover(several, "leftWrist")
    event(several, "F")
    assert "camera" not in take.corrections["leftForearm-4"] and "away from" in words(several)
    event(several, "C")
    hover(several, "leftWrist")
    assert not several.is_said("leftWrist") and "away from" in words(several), "as it was solved"
    event(several, "F")
    said = take.corrections["leftForearm-4-camera-3"]
    assert (said["camera"], said["towards"], len(take.corrections)) == (3, True, 2)
    take.corrections["mine"] = {"id": "mine", "kind": "depth", "part": "leftUpperArm", "frame": 4, "towards": False} | {
        "camera": 1
    }
    assert not several.is_said("leftElbow")
    event(several, "C")
    assert several.is_said("leftElbow"), "the first one that was used may be named, or not"


def test_only_pictures_of_cameras_that_stood_are_shown() -> None:
    moved = figure(picture(1, cameraMoved=True), picture(2), picture(3, cameraMoved=True), picture(4))
    assert [one.camera for one in moved.pictures] == [2, 4] and moved.first_camera == 1
    assert [one.camera for one in figure(picture(1), picture(2, cameraMoved=True)).pictures] == [None]
    assert not figure(picture(cameraMoved=True), picture(1, cameraMoved=True)).pictures


def test_arrows_go_through_the_frames_of_the_scene_and_the_picture_follows(tool: Any) -> None:
    scene = CONTEXT.scene
    assert tool.look_at(4) and not tool.look_at(4), "read once"
    event(tool, "RIGHT_ARROW")
    assert (scene.frame_current, tool.frame) == (6, 5) and tool.seconds == pytest.approx(1.5 + 5 / 30)
    for _ in range(FRAMES):
        event(tool, "RIGHT_ARROW")
    assert scene.frame_current == FRAMES, "no further than the emote plays"
    event(tool, "LEFT_ARROW")
    assert tool.frame == FRAMES - 2
    assert event(tool, "SPACE") == {"PASS_THROUGH"} and event(tool, "RET") == {"FINISHED"}
    assert event(tool, "A", at=(900, 300)) == {"PASS_THROUGH"}, "beside the picture Blender is as always"
    assert event(None, "A") == {"PASS_THROUGH"}, "and while the figure is not known yet"


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ({"data": {"pictures": [picture(cameraMoved=True)]}}, "The camera moved"),
        ({"error": hub_answers.ERROR}, "The clip has a cut"),
    ],
    ids=["camera moved", "refused"],
)
def test_why_it_cannot_be_used_is_told(told: Any, title: str) -> None:
    use = SimpleNamespace(error=None, _figure=None)
    answer = SimpleNamespace(**{"data": None, "error": None} | told)
    rigs.addon("pointing.ops")._Use._told(use, answer)
    assert use.error["title"].startswith(title)


@pytest.mark.parametrize("what", ["its button", "an error", "another emote", "its view", "nothing"])
def test_the_tool_ends_with_what_it_is_about(tool: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """As Blender calls it, with each event that happens."""
    ops, told = rigs.addon("pointing.ops"), []
    mode = rigs.addon("view_modes").POINTING
    drag(tool, "leftWrist", 30, 0)
    use = SimpleNamespace(tool=tool, emote="one", error=None, is_there=lambda _context: what != "its view")
    use.follow, use.close = (lambda *_arguments: False), lambda: told.append("closed")
    playing = SimpleNamespace(emote="another" if what == "another emote" else "one")
    monkeypatch.setattr(ops, "playing", lambda _context: playing)
    monkeypatch.setattr(ops, "_current", use)
    mode.begin(ops._close)
    if what == "its button":
        mode.end()
    if what == "an error":
        use.error = hub_answers.ERROR
    operator = SimpleNamespace(report=lambda kind, text: told.append(text))
    event = SimpleNamespace(type="TIMER", value="NOTHING", mouse_x=0, mouse_y=0)
    use.region = SimpleNamespace(x=0, y=0)
    answer = ops.KINETIX_OT_drag_joints.modal(operator, SimpleNamespace(scene=CONTEXT.scene), event)
    if what == "nothing":
        assert answer == {"PASS_THROUGH"} and mode.is_on and not told
        mode.end()
        return
    assert not mode.is_on and ops._current is None and told[-1] == "closed"
    assert answer == {"CANCELLED" if what == "an error" else "FINISHED"}
    assert list(tool.take.corrections) == ([] if what == "an error" else ["leftWrist-4"])
    assert (what == "an error") == told[0].startswith("The clip has a cut")


def test_without_its_clip_the_figure_is_alone(tool: Any) -> None:
    fault = rigs.addon("pointing.drawing")._fault
    assert fault(tool) == ""
    tool.film.has = lambda _seconds: False
    assert "being read" in fault(tool)
    take = rigs.addon("refining.takes").Take()
    alone = rigs.addon("pointing.tool").Pointing(take, figure(picture(clip=None)), 4)
    assert "not kept" in fault(alone) and alone.pictures is None and alone.look_at(5)


def drawn_pixels() -> Any:
    read = gpu.state.active_framebuffer_get().read_color(0, 0, *SIZE, 4, 0, "FLOAT")
    read.dimensions = SIZE[0] * SIZE[1] * 4
    return np.array(read.to_list() if hasattr(read, "to_list") else read).reshape(SIZE[1], SIZE[0], 4)


@pytest.mark.posix_only(reason="Wine has no graphics here: Blender ends at its first drawing call")
def test_it_is_drawn(tool: Any) -> None:
    if not hasattr(gpu, "init"):
        return  # before 5.1 there is no drawing without a window; test_refine_story.py has one
    gpu.init()
    tool.look_at(4)
    hover(tool, "leftElbow")
    event(tool, "F")
    drag(tool, "leftWrist", 30, 0)  # and its words stand above the picture
    whole = rigs.addon("clip_view.rect").Rect(0.0, 0.0, *map(float, SIZE))
    draw = rigs.addon("pointing.drawing").draw
    off = gpu.types.GPUOffScreen(*SIZE)
    with off.bind(), gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
        gpu.matrix.load_identity()
        pixels_to_screen = ((2 / SIZE[0], 0, 0, -1), (0, 2 / SIZE[1], 0, -1), (0, 0, 1, 0), (0, 0, 0, 1))
        gpu.matrix.load_projection_matrix(Matrix(pixels_to_screen))
        gpu.state.active_framebuffer_get().clear(color=(0.0, 1.0, 0.0, 1.0))
        draw(None, whole, whole, 1.0)
        waiting = drawn_pixels()
        draw(tool, whole, whole, 1.0)
        pixels = drawn_pixels()
    assert max(waiting[SIZE[1] // 2, 3, :3]) < 0.1 < 0.9 < waiting[3, 3, 1], "a band of words, and the view"

    def at(point: Any, dx: float = 0.0) -> Any:
        return pixels[int(point[1]), int(point[0] + dx), :3]

    points, colours = tool.points(), rigs.addon("colours")
    assert at(points["leftWrist"]) == pytest.approx(colours.LEFT[:3], abs=0.02)
    assert at(points["rightShoulder"]) == pytest.approx(colours.RIGHT[:3], abs=0.02)
    assert min(at(points["leftWrist"], 8)) > 0.9, "what was said has a white ring"
    assert min(at(points["leftElbow"], 6)) > 0.9, "also where a side was said"
    corner = tool.sheet.rect.left + 5, tool.sheet.rect.bottom + 5
    assert at(corner)[0] > 0.7 and at(corner)[1] < 0.05, "the clip's picture"
    assert max(at((3, 300))) < 0.1, "and the view behind it is covered"
    off.free()


def test_the_half_of_a_limb_that_is_nearer_to_the_camera_is_thicker(tool: Any) -> None:
    bone, (near, far) = rigs.addon("pointing.drawing")._bone, ("rightElbow", "rightWrist")
    points = {near: (0.0, 0.0), far: (10.0, 0.0), "leftHip": (0.0, 5.0), "rightHip": (4.0, 5.0)}
    tool.picture.towards["rightForearm"] = [True] * tool.picture.frames
    first, second = bone(tool, points, near, far)
    assert first[1] == second[0] == (5.0, 0.0) and first[3] < 0 < second[3]
    tool.picture.towards["rightForearm"] = [False] * tool.picture.frames
    first, second = bone(tool, points, near, far)
    assert first[3] > 0 > second[3]
    (whole,) = bone(tool, points, "leftHip", "rightHip")
    assert whole[3] == 0
