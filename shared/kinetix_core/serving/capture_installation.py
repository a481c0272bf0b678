"""Check whether this installation can capture: interpreter and models."""

from __future__ import annotations

import importlib.util

from kinetix_core.io import paths
from kinetix_core.values.errors import KinetixError


def capture_problem() -> KinetixError | None:
    """Return what keeps this installation from capturing clips."""
    if importlib.util.find_spec("ai_edge_litert") is None:
        return KinetixError(
            "The interpreter of the capture's networks, LiteRT, is not installed: no clip can be captured on this machine.",
            code="interpreterMissing",
            next_step="Macs with an Intel processor have no package of it: capture on another machine, or use a profile with a key.",
        )
    if not any(paths.weights().glob("*.tflite")):
        return KinetixError(
            "The capture models are not on this machine.",
            code="modelsMissing",
            next_step="Install the complete add-on file, which brings them. In a checkout of the sources: make setup.",
            command="uv tool install 'kinetix-bridge[local]'",
        )
    return None
