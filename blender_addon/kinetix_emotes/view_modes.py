# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary uses of a 3D view: the preview of an emote, and a clip to trim. A feature that needs the view ends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpy.types import Context, UILayout


class ViewMode:
    """One of them. At most one is on of each kind, and its feature says how it is taken away."""

    def __init__(self) -> None:
        self._close: Callable[[], None] | None = None
        self._draw: Callable[[Any, str], None] | None = None

    @property
    def is_on(self) -> bool:
        return self._close is not None

    def begin(self, close: Callable[[], None], draw: Callable[[Any, str], None] | None = None) -> None:
        """Turn it on.

        Args:
            close: takes it away and puts everything back.
            draw: draws its controls into the layout of a job or an emote, of which it gets the id.
        """
        self._close, self._draw = close, draw

    def draw(self, layout: UILayout, shown: str) -> None:
        """Draw its controls into the layout of a job or an emote, if it is on for that one."""
        if self.is_on and self._draw is not None:
            self._draw(layout, shown)

    def end(self) -> None:
        """Take it away, if it is on."""
        close, self._close = self._close, None
        if close is not None:
            close()


PREVIEW = ViewMode()
"""An emote plays on a character."""
TRIMMING = ViewMode()
"""The chosen clip lies over the view, to be trimmed and cropped."""


def view_of(context: Context) -> Any:
    """Return the 3D view that the button stands in, else the largest one of the window."""
    if context.area is not None and context.area.type == "VIEW_3D":
        return context.area
    views = [area for area in context.screen.areas if area.type == "VIEW_3D"] if context.screen else []
    return max(views, key=lambda area: area.width * area.height, default=None)
