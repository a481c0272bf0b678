"""Shared parts of the capture's tests: one delivery of the sample clip, and one look at each clip."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kinetix_capture import deliver, estimate, pipeline
from kinetix_capture.interface import Avatar, CaptureRequest, Delivery, Progress
from tests.support import tools

SAMPLE = tools.ROOT / "samples" / "balance.mp4"
Look = Callable[[Path], pipeline.Observed]


@dataclass(frozen=True)
class Taken:
    """One delivery of the sample, also on a character of another make.

    Attributes:
        heard: what was told of its progress.
        first: the GLB of an earlier capture of the same clip; it was the character.
        captured: what that earlier capture gave, before files were made of it.
        cpu_s: processor time of the delivery, seconds.
    """

    delivery: Delivery
    heard: list[Progress]
    first: Path
    captured: estimate.Captured
    cpu_s: float


@pytest.fixture(scope="session")
def look() -> Look:
    """Return the observations of a whole clip before the fit; cached, and not to be changed."""

    @functools.cache
    def at(clip: Path) -> pipeline.Observed:
        request = CaptureRequest(clip, Path())
        return pipeline.look(request, *pipeline.prepare(request, lambda progress: None))

    return at


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory, look: Look) -> Taken:
    folder = tmp_path_factory.mktemp("take")
    seen = look(SAMPLE)
    heard: list[Progress] = []
    character = folder / "character.glb"
    kept: list[estimate.Captured] = []
    with pytest.MonkeyPatch.context() as patch:
        capture = pipeline.capture

        def keeping(*given: Any) -> estimate.Captured:
            kept.append(capture(*given))
            return kept[0]

        patch.setattr(pipeline, "capture", keeping)
        patch.setattr(pipeline, "look", lambda *given: seen)
        first = deliver.produce(CaptureRequest(SAMPLE, folder, "first"), heard.append, ["animation.glb"])
    character.write_bytes(first.files["animation.glb"].read_bytes())
    out = folder / "out"
    out.mkdir()
    heard.clear()
    request = CaptureRequest(SAMPLE, out, "balance", avatars=(Avatar("a-1", character, "Hero"),))
    begun = time.process_time()
    delivery = deliver.deliver(request, heard.append)
    return Taken(delivery, heard, first.files["animation.glb"], kept[0], time.process_time() - begun)


@pytest.fixture
def captured(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> Taken:
    """For tests of what follows: the sample is not captured another time, its capture is at hand."""
    monkeypatch.setattr(pipeline, "capture", lambda *given: taken.captured)
    return taken
