# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours of what the add-on draws itself, over the 3D view and onto the time line. Panels have those of the theme.

Red, green, blue and opacity, 0 to 1, as the screen shows them. None depends on the theme: words stand on `BEHIND`, and marks
have an edge.
"""

from __future__ import annotations

Colour = tuple[float, float, float, float]

# Trim and Crop.
BEHIND: Colour = (0.07, 0.07, 0.07, 1.0)
EMPTY: Colour = (0.16, 0.16, 0.16, 1.0)
CUT_AWAY: Colour = (0.0, 0.0, 0.0, 0.68)
CROP: Colour = (1.0, 1.0, 1.0, 0.9)
THIRDS: Colour = (1.0, 1.0, 1.0, 0.22)
HANDLE: Colour = (0.95, 0.72, 0.18, 1.0)
HANDLE_HOVERED: Colour = (1.0, 0.86, 0.45, 1.0)
HANDLE_MARK: Colour = (0.15, 0.1, 0.0, 1.0)
NOW: Colour = (1.0, 1.0, 1.0, 1.0)
WORDS: Colour = (0.92, 0.92, 0.92, 1.0)
KEYS: Colour = (0.62, 0.62, 0.62, 1.0)
WRONG: Colour = (1.0, 0.55, 0.3, 1.0)

# The time line: a mark and, around it, what parts it from a time line of any grey.
UNSURE: Colour = (1.0, 0.75, 0.1, 1.0)
VERY_UNSURE: Colour = (1.0, 0.48, 0.4, 1.0)
MARK_EDGE: Colour = (0.0, 0.0, 0.0, 1.0)
