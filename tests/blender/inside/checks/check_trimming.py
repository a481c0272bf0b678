"""The tool that trims and crops in the picture: keys, undo, what the form keeps; drawn where Blender draws without a window."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gpu as typed_gpu
import hub_answers
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT, OPS
from mathutils import Matrix

SIZE = (800, 600)
gpu: Any = typed_gpu  # the stubs know neither arguments nor results


@pytest.fixture
def tool(form: Any, tmp_path: Path) -> Any:
    """The tool over a clip of 4 s and 25 frames a second, all of whose pictures are one red one."""
    form.clip(seconds=4.0, fps=25.0)
    picture = tmp_path / "red.png"
    picture.write_bytes(hub_answers.png(64, 48, (200, 0, 0)))
    film = rigs.addon("create.frames").film()
    film.ready, film.file, film.number_at = 100, lambda _number: picture, lambda seconds: 1 + int(seconds * 25)
    found = rigs.addon("trimming.tool").Trimming(film)
    found.lies_in(rigs.addon("trimming.geometry").Rect(0.0, 0.0, *map(float, SIZE)), 1.0)
    return found


def cut() -> Any:
    values = rigs.addon("clip_form").FORM
    return round(values.start, 3), round(values.end, 3), values.crop, round(values.crop_left, 1)


def press(tool: Any, kind: str, **held: Any) -> Any:
    region = SimpleNamespace(x=0, y=0, width=SIZE[0], height=SIZE[1])
    use = SimpleNamespace(tool=tool, region=region, free=lambda: tool._free, redraw=lambda: None, show_cursor=str)
    event = SimpleNamespace(type=kind, value="PRESS", mouse_x=400, mouse_y=400)
    for name in ("ctrl", "shift", "oskey"):
        setattr(event, name, held.get(name, False))
    return rigs.addon("trimming.ops")._handle(use, event)


def drag(tool: Any, first: Any, last: Any, **held: Any) -> None:
    tool.press(*first)
    tool.move(*((one + other) / 2 for one, other in zip(first, last, strict=True)), **held)
    tool.move(*last, **held)


def test_keys_cut_at_the_moment_that_is_looked_at(tool: Any) -> None:
    tool.look_at(1.0)
    press(tool, "I")
    tool.look_at(3.0)
    press(tool, "O")
    assert cut() == (1.0, 3.0, False, 0.0)
    press(tool, "RIGHT_ARROW")
    assert tool.shown_s == pytest.approx(3.04)
    press(tool, "Z", ctrl=True)
    assert cut() == (1.0, 0.0, False, 0.0)
    press(tool, "Z", ctrl=True, shift=True)
    press(tool, "BACK_SPACE")
    assert cut() == (0.0, 0.0, False, 0.0)
    values = CONTEXT.window_manager.kinetix_create
    assert values.end == pytest.approx(4.0), "the form shows the clip's own end"
    values.end = 4.0
    assert cut()[1] == 0.0
    press(tool, "Z", ctrl=True)
    assert cut() == (1.0, 3.0, False, 0.0), "Backspace can be taken back as well"
    assert press(tool, "N") == {"RUNNING_MODAL"} and cut() == (1.0, 3.0, False, 0.0), "another key does nothing here"


def test_the_part_plays_in_a_circle_and_a_press_stops_it(tool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [50.0]
    monkeypatch.setattr(rigs.addon("trimming.tool").time, "monotonic", lambda: now[0])
    values = CONTEXT.window_manager.kinetix_create
    values.start, values.end = 1.0, 3.0
    press(tool, "SPACE")
    for later, shown in ((50.5, 1.5), (51.9, 2.9), (52.5, 1.5)):
        now[0] = later
        assert tool.tick() and tool.shown_s == pytest.approx(shown)
    tool.press(*[400.0, 400.0])
    assert not tool.playing


def test_shift_moves_a_tenth_as_far(tool: Any) -> None:
    picture = tool.places().picture
    drag(tool, (picture.left, picture.bottom), (picture.right, picture.top))
    tool.release()
    assert cut()[2] is False, "all of the picture is no crop"
    middle = (picture.left + picture.right) / 2, (picture.bottom + picture.top) / 2
    drag(tool, middle, (picture.right, picture.top))
    tool.release()
    assert cut()[2:] == (True, 50.0)
    drag(tool, (middle[0], middle[1] + 20), (middle[0] - picture.width / 4, middle[1] + 20), precise=True)
    tool.release()
    assert cut()[3] == pytest.approx(47.5, abs=0.1)


def test_a_click_beside_the_crop_leaves_it(tool: Any) -> None:
    values = CONTEXT.window_manager.kinetix_create
    values.crop, values.crop_left = True, 50.0
    picture = tool.places().picture
    tool.press(picture.left + 20, picture.bottom + 20)
    tool.move(picture.left + 22, picture.bottom + 21)
    tool.release()
    assert cut() == (0.0, 0.0, True, 50.0)
    tool.undo()
    assert cut() == (0.0, 0.0, True, 50.0), "there is nothing to take back"


def test_its_button_asks_for_a_clip(tool: Any) -> None:
    assert OPS.kinetix.trim_and_crop.poll()
    CONTEXT.window_manager.kinetix_create.clip = ""
    assert not OPS.kinetix.trim_and_crop.poll()


@pytest.mark.posix_only(reason="Wine has no graphics here: Blender ends at its first drawing call")
def test_it_is_drawn(tool: Any) -> None:
    if not hasattr(gpu, "init"):
        return  # before 5.1 there is no drawing without a window; test_story.py has one
    gpu.init()
    values = CONTEXT.window_manager.kinetix_create
    values.crop, values.crop_left = True, 50.0
    while tool.tick():
        continue
    rect = rigs.addon("trimming.geometry")
    whole = rect.Rect(0.0, 0.0, *map(float, SIZE))
    off = gpu.types.GPUOffScreen(*SIZE)
    with off.bind(), gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
        gpu.matrix.load_identity()
        pixels_to_screen = ((2 / SIZE[0], 0, 0, -1), (0, 2 / SIZE[1], 0, -1), (0, 0, 1, 0), (0, 0, 0, 1))
        gpu.matrix.load_projection_matrix(Matrix(pixels_to_screen))
        rigs.addon("trimming.drawing").draw(tool, whole, whole, 1.0)
        read = gpu.state.active_framebuffer_get().read_color(0, 0, *SIZE, 4, 0, "FLOAT")
    read.dimensions = SIZE[0] * SIZE[1] * 4
    pixels = np.array(read.to_list() if hasattr(read, "to_list") else read).reshape(SIZE[1], SIZE[0], 4)
    picture, strip = tool.places().picture, tool.places().strip

    def at(rect: Any, across: float, up: float) -> Any:
        return pixels[int(rect.bottom + up * rect.height), int(rect.left + across * rect.width), :3]

    assert at(picture, 0.75, 0.3)[0] > 0.7 and at(picture, 0.75, 0.3)[1] < 0.05, "the person's half"
    assert at(picture, 0.25, 0.3)[0] < 0.4, "what is cut away is dark"
    assert at(strip, 0.5, 0.5)[0] > 0.7 and at(strip, 0.003, 0.1)[1] > 0.5, "the strip's pictures, and a handle"
    off.free()
