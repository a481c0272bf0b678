"""Takes that two cameras filmed at once: each clip alone and both together, against the truth of the first, and what it costs.

The second camera of the rendered clip NAME is `views/NAME.mp4` in the data folder; the real clips are there anyway.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture import deliver
from kinetix_capture.interface import CaptureRequest

_FIGURES = (
    "paMm",
    "limbDirectionDeg",
    "rotationDeg",
    "upDeg",
    "footSpeed",
    "meanDriftPercent",
    "endDriftPercent",
)

Row = dict[str, Any]


def measure_views(data: Path, only: str | None = None) -> list[Row]:
    """Figures of the first clip alone and of both, with the angle between the cameras, and processor time as a share of both alone."""
    rows = []
    for kind, name, clip, further in pairs(data):
        truth = truth_of(kind, name, data)
        alone, seconds, _ = _captured(clip)
        _, other_seconds, _ = _captured(further)
        both, together, quality = _captured(clip, further)
        view = quality["views"][1]
        found = {"one": alone, "both": both} if view["used"] else {"one": alone}
        for cameras, content in found.items():
            figures = accuracy.compare(accuracy.delivered(content), truth)
            row = {"clip": name, "cameras": cameras, **accuracy.rounded({key: figures[key] for key in _FIGURES})}
            rows.append(row | {"degrees": None, "reason": None, "cost": None})
        cost = round(together / (seconds + other_seconds), 2)
        rows[-1] |= {"degrees": view["degrees"], "reason": view["reason"], "cost": cost}
    return rows


def pairs(data: Path) -> Iterator[tuple[str, str, Path, Path]]:
    """Kind, name, and the paths of both clips."""
    yield "real", "cam01", data / "real" / "cam01.mp4", data / "real" / "cam02.mp4"
    for further in sorted((data / "views").glob("*.mp4")):
        yield "synthetic", further.stem, data / "synthetic" / further.name, further


def _captured(clip: Path, *further: Path) -> tuple[bytes, float, dict[str, Any]]:
    """The GLB, seconds of processor time, and the quality report."""
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
        request = CaptureRequest(clip, Path(scratch), clip.stem, views=further)
        used = time.process_time()
        delivery = deliver.produce(request, lambda progress: None, ["animation-v2.glb", "quality.json"])
        seconds = time.process_time() - used
        return delivery.files["animation-v2.glb"].read_bytes(), seconds, dict(delivery.quality)
