"""How much of a person is captured, and whether the person travels. Standard library only."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["METADATA", "CapturedBody", "RootMode"]

METADATA = "body"
"""Its name in a clip's metadata (`Motion.extras`) and in a quality report; what does not have it shows a whole body."""


class CapturedBody(StrEnum):
    """The value is what travels."""

    WHOLE = "whole"
    """From head to feet; a clip that shows less is refused."""
    UPPER = "upper"
    """Trunk, head, arms and hands, over legs that stand at rest."""


class RootMode(StrEnum):
    """Whether the captured person travels through the scene."""

    PATH = "path"
    IN_PLACE = "inPlace"
