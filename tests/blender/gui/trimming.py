"""A clip is trimmed and cropped in its picture by the mouse and the keys, taken, given up, and taken away by what may come between."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import addon_utils
import bpy
import driving as d
from clip_picture import at, drag, drag_handle, key, on_screen, tool


def is_on() -> bool:
    return bool(d.module("view_modes").TRIMMING.is_on)


def form() -> Any:
    values = d.module("clip_form").FORM
    sides = [round(getattr(values, f"crop_{side}"), 1) for side in ("left", "right", "top", "bottom")]
    return [round(values.start, 2), round(values.end, 2), values.crop, *sides]


def opened() -> Iterator[Any]:
    d.run_operator("trim_and_crop", "INVOKE_DEFAULT", kind="WINDOW")
    assert is_on()
    yield from d.until(lambda: tool().pictures.shown() is not None, "the clip's picture")


def drawn() -> Any:
    return d.RESULT["drawn"]


def count_drawing() -> None:
    d.RESULT["drawn"] = 0
    overlay = d.module("trimming.overlay")
    draw = overlay.draw

    def counted(*arguments: Any) -> None:
        d.RESULT["drawn"] += 1
        draw(*arguments)

    overlay.draw = counted


def is_left(what: str, redrawn: Any = d.redrawn) -> Iterator[Any]:
    """Nothing of the tool is drawn any more, and the file has nothing of it."""
    yield from d.until(lambda: not is_on(), f"the tool ends: {what}")
    before = drawn()
    for area in d.window().screen.areas:
        area.tag_redraw()
    yield from redrawn()
    d.RESULT["left"][what] = [drawn() - before, len(bpy.data.images), len(bpy.data.objects)]


def story() -> Iterator[Any]:
    link = d.link()
    link.pump, link.request, link.phase = (lambda: None), (lambda *_arguments: None), "live"
    d.record_costs()
    count_drawing()
    d.RESULT["left"] = {}
    yield from d.open_tab()
    d.CONTEXT.window_manager.kinetix_create.clip = os.environ["KB_CLIP"]
    film = d.module("create.frames").film()
    yield from d.until(lambda: film.seconds > 0 and not film.reading, "the clip is read")
    d.RESULT["seconds"], d.RESULT["before"] = film.seconds, [len(bpy.data.images), len(bpy.data.objects)]
    yield from d.press("kinetix.trim_and_crop", then=is_on, what="the clip in its picture")
    yield from d.until(lambda: len(tool().pictures.along()) == tool().pictures.count, "the pictures along the strip")
    yield from d.shot("trimming 1 opened")
    yield from drag_handle("FROM", 0.4)
    yield from drag_handle("TO", -0.2)
    d.RESULT["trimmed"] = form()
    yield from drag(at(0.2, 0.1), at(0.7, 0.9))
    d.RESULT["cropped"] = form()
    yield from d.shot("trimming 2 cropped")
    yield from drag(at(0.45, 0.5), at(0.55, 0.5))
    d.RESULT["moved"] = form()
    yield from key("Z", ctrl=True)
    d.RESULT["undone"] = form()
    yield from key("Z", ctrl=True, shift=True)
    d.RESULT["redone"] = form()
    yield from drag(at(0.55, 0.5), at(0.4, 0.5), release=False)
    yield from key("ESC")
    d.RESULT["drag given up"] = [form(), is_on()]
    d.event(*on_screen(*at(0.5, 0.5)), "LEFTMOUSE", "RELEASE")
    d.CONTEXT.window_manager.kinetix_create.start = 0.3
    d.RESULT["typed"] = round(tool().choice().part.start, 2)
    shown = tool().shown_s
    yield from key("SPACE")
    yield from d.until(lambda: tool().playing and tool().shown_s != shown, "the part plays")
    yield from key("SPACE")
    x, y = tool().strip().x_of(0.45), tool().strip().rect.bottom + 10
    yield from drag((x - 20, y), (x, y))
    yield from key("I")
    d.RESULT["from here"] = form()
    d.CONTEXT.scene.name = "Renamed"  # what Blender undoes is of the file alone
    yield from key("ESC")
    yield from is_left("given up")
    d.RESULT["given up"] = form()

    yield from opened()
    yield from drag(at(0.3, 0.2), at(0.8, 1.0))
    yield from key("RET")
    yield from is_left("taken")
    d.RESULT["taken"] = form()

    yield from opened()
    area = d.view()
    area.type = "OUTLINER"
    d.event(*(edge + 5 for edge in (area.x, area.y)))
    yield from d.until(lambda: not is_on(), "the tool ends with its view")
    area.type = "VIEW_3D"
    yield from d.open_tab()
    yield from is_left("another editor")

    d.OPS.wm.window_new()
    other = d.CONTEXT.window_manager.windows[-1]
    area = max(other.screen.areas, key=lambda one: one.width * one.height)
    area.type = "VIEW_3D"
    with d.CONTEXT.temp_override(window=other, area=area, region=area.regions[-1]):
        d.OPS.kinetix.trim_and_crop("INVOKE_DEFAULT")
        assert is_on()
        d.OPS.wm.window_close()
    yield from is_left("its window")

    yield from opened()
    d.OPS.wm.read_homefile(use_splash=False)
    yield 0.3
    yield from d.open_tab()
    yield from is_left("another file")
    yield from opened()
    yield from d.shot("trimming 3 after another file")
    addon_utils.disable(d.ADDON)
    yield from is_left("add-on off", lambda: [0.5])  # no panel is drawn any more that could be waited for


d.run(story)
