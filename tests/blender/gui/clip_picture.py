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


def drag(first: Any, last: Any, **how: Any) -> Iterator[Any]:
    yield from d.drag(on_screen(*first), on_screen(*last), **how)


def key(name: str, **held: Any) -> Iterator[Any]:
    d.key(name, *d.middle(), **held)
    yield 0.2


def drag_handle(name: str, seconds: float) -> Iterator[Any]:
    """A handle by so many seconds."""
    strip, grip = tool().strip(), d.module("trimming.geometry").StripGrip[name]
    rect = strip.handle_of(grip, tool().choice().part)
    x, y = (rect.left + rect.right) / 2, (rect.bottom + rect.top) / 2
    yield from drag((x, y), (x + strip.x_of(seconds) - strip.x_of(0.0), y))


def at(across: float, up: float) -> Any:
    """A place in the picture, by shares."""
    picture = tool().places().picture
    return picture.left + across * picture.width, picture.bottom + up * picture.height
