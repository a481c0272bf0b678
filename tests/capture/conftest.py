"""What several modules of the capture's tests share: one delivery of the sample clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kinetix_capture import deliver
from kinetix_capture.interface import Avatar, CaptureRequest, Delivery, Progress
from tests.support import tools

SAMPLE = tools.ROOT / "samples" / "balance.mp4"


@dataclass(frozen=True)
class Taken:
    """One delivery of the sample, also on a character of another make.

    Attributes:
        heard: what was told of its progress.
        first: the GLB of an earlier capture of the same clip; it was the character.
    """

    delivery: Delivery
    heard: list[Progress]
    first: Path


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    folder = tmp_path_factory.mktemp("take")
    heard: list[Progress] = []
    character = folder / "character.glb"
    first = deliver.produce(CaptureRequest(SAMPLE, folder, "first"), heard.append, ["animation.glb"])
    character.write_bytes(first.files["animation.glb"].read_bytes())
    out = folder / "out"
    out.mkdir()
    heard.clear()
    request = CaptureRequest(SAMPLE, out, "balance", avatars=(Avatar("a-1", character, "Hero"),))
    return Taken(deliver.deliver(request, heard.append), heard, first.files["animation.glb"])
