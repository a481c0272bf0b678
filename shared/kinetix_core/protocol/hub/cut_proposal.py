"""Proposed cuts of a take. A module of its own, as Kinetix Local answers with it too."""

from __future__ import annotations

from kinetix_core.protocol.hub.base_models import Model
from kinetix_core.values.take_parts import PartKind


class TakePart(Model):
    """Seconds of the emote from which to which an emote of its own can be made."""

    start_s: float
    end_s: float
    why: PartKind


class CutProposal(Model):
    """The parts in order, the first is number 1; a single one where the emote cannot be cut."""

    parts: list[TakePart]
