"""The clip over the 3D view, as a driver uses it: where its handles are, and how something in it is dragged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import driving as d


def tool() -> Any:
    return d.module("trimming.ops")._current.tool


def on_screen(x: float, y: float) -> Any:
    region = d.module("trimming.ops")._current.region
    return region.x + x, region.y + y


def middle() -> Any:
    region = next(region for region in d.view().regions if region.type == "WINDOW")
    return region.x + region.width // 3, region.y + region.height // 2


def drag(first: Any, last: Any, *, release: bool = True) -> Iterator[Any]:
    d.event(*on_screen(*first))
    yield 0.15
    d.event(*on_screen(*first), "LEFTMOUSE", "PRESS")
    yield 0.1
    for share in (0.3, 0.7, 1.0):
        d.event(*on_screen(*(one + (other - one) * share for one, other in zip(first, last, strict=True))))
        yield 0.1
    if release:
        d.event(*on_screen(*last), "LEFTMOUSE", "RELEASE")
        yield 0.2


def key(name: str, **held: Any) -> Iterator[Any]:
    x, y = middle()
    for value in ("PRESS", "RELEASE"):
        d.window().event_simulate(type=name, value=value, x=int(x), y=int(y), **held)
    yield 0.2


def handle(grip: str) -> Any:
    module = d.module("trimming.geometry")
    rect = tool().strip().handle_of(module.StripGrip[grip], tool().choice().part)
    return (rect.left + rect.right) / 2, (rect.bottom + rect.top) / 2


def drag_handle(grip: str, seconds: float) -> Iterator[Any]:
    """A handle by so many seconds."""
    x, y = handle(grip)
    yield from drag((x, y), (x + tool().strip().x_of(seconds) - tool().strip().x_of(0.0), y))


def at(across: float, up: float) -> Any:
    """A place in the picture, by shares."""
    picture = tool().places().picture
    return picture.left + across * picture.width, picture.bottom + up * picture.height
