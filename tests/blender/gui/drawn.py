"""Every state of the panels (inside/states.py) in a real window, with all panels open: what the console says is kept for each.

At the end one of them in Blender's usual windows.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "inside"))

import bpy
import driving as d
from states import States

LOG = d.SCRATCH / "blender.log"
THEMES = {"dark": "", "light": "Blender_Light.xml"}
PICTURES = os.environ["KB_PICTURES"]  # "all", or the names of states with commas between
WIDER = int(os.environ.get("KB_WIDER", "80"))  # pixels that the sidebar is dragged; below 0 it is made narrower


def said(since: Any) -> Any:
    """Return the output after this many bytes, and its new length."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(None).fflush(None)
    data = LOG.read_bytes()
    return data[since:].decode(errors="replace"), len(data)


def alone(area: Any) -> None:
    """The view over the whole window: as much of the sidebar as there is."""
    with d.CONTEXT.temp_override(window=d.window(), area=area, region=area.regions[-1]):
        d.OPS.screen.screen_full_area(use_hide_panels=True)


def story() -> Iterator[Any]:
    d.record_costs()
    d.link().pump = lambda: None  # nobody answers: the states are made up
    made = States(d.module, d.SCRATCH)
    theme = os.environ["KB_THEME"]
    if THEMES[theme]:
        folder = bpy.utils.preset_paths("interface_theme")[0]
        d.OPS.script.execute_preset(
            filepath=str(Path(folder) / THEMES[theme]), menu_idname="USERPREF_MT_interface_theme_presets"
        )
    alone(d.view())
    yield 0.5
    d.unfold(*d.panels())
    yield from d.open_tab()
    if language := os.environ.get("KB_LANGUAGE"):
        d.CONTEXT.preferences.view.language = language
        yield 0.3
    x, y = d.sidebar().x, d.sidebar().y + d.sidebar().height // 2
    yield from d.drag((x, y), (x - WIDER, y))
    _, at = said(0)
    d.RESULT["console"] = {}
    d.RESULT["states"] = 0
    for name, make in made.all():
        with made.made(make):
            yield from d.redrawn()
            yield from d.redrawn()
            d.RESULT["states"] += 1
            if PICTURES == "all" or name in PICTURES.split(","):
                yield from d.shot(name)
        text, at = said(at)
        if text:
            d.RESULT["console"][name] = text
    yield from without_scrolling(made)


def without_scrolling(made: States) -> Iterator[Any]:
    """In Blender's usual windows the emote of a chosen clip can be created, though the library is full and jobs have ended."""
    alone(d.view())  # as it was before
    yield 0.5
    yield from d.open_tab()
    with made.made(made.first_hour):
        yield from d.redrawn()
        yield from d.redrawn()
        yield from d.find("kinetix.create")
        if PICTURES:
            yield from d.shot("created without scrolling")


d.run(story)
