"""Captured body parts and root motion. Standard library only."""

from __future__ import annotations

from enum import StrEnum

METADATA = "body"
"""Its name in a clip's metadata (`Motion.extras`) and in a quality report; what does not have it shows a whole body."""


class CapturedBody(StrEnum):
    """The value is what travels."""

    WHOLE = "whole"
    """From head to feet; a clip that shows less is refused."""
    UPPER = "upper"
    """Trunk, head, arms and hands, over legs that stand at rest."""


class RootMode(StrEnum):
    """Root motion: kept as a path, or removed."""

    PATH = "path"
    IN_PLACE = "inPlace"
