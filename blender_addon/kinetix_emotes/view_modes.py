# SPDX-License-Identifier: GPL-3.0-or-later
"""What a 3D view shows for a while: the preview of an emote, a clip to trim or to drag joints in. Whoever needs the view ends them."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["POINTING", "PREVIEW", "TRIMMING", "ViewMode"]


class ViewMode:
    """One of them. At most one is on of each kind, and its feature says how it is taken away."""

    def __init__(self) -> None:
        self._close: Callable[[], None] | None = None

    @property
    def is_on(self) -> bool:
        return self._close is not None

    def begin(self, close: Callable[[], None]) -> None:
        """It is on from now on; `close` takes it away and puts everything back."""
        self._close = close

    def end(self) -> None:
        """Takes it away, if it is on."""
        close, self._close = self._close, None
        if close is not None:
            close()


PREVIEW = ViewMode()
"""An emote plays on a character."""
TRIMMING = ViewMode()
"""The chosen clip lies over the view, to be trimmed and cropped."""
POINTING = ViewMode()
"""The clip of a take lies over the view, with the figure over it, to drag its joints."""
