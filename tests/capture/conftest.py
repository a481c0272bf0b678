"""Shared parts of the capture's tests: one delivery of the sample clip, and one look at each clip."""

from __future__ import annotations

import dataclasses
import functools
import math
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinetix_bench.capture.clips import faces
from kinetix_capture import deliver, estimate, pipeline
from kinetix_capture.face.face_track import FaceFollower, FaceTrack, track_of
from kinetix_capture.interface import FILES, Avatar, CaptureRejected, CaptureRequest, Delivery, Progress
from kinetix_capture.networks import weights
from kinetix_core.formats import glb
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.support import tools
from tests.support.waiting import LIMIT_S

JAW, SMILES = FACE_SHAPES.index("jawOpen"), [FACE_SHAPES.index(f"mouthSmile{side}") for side in ("Left", "Right")]
SAMPLE = tools.ROOT / "samples" / "balance.mp4"
Look = Callable[[Path], pipeline.Observed]
Produce = Callable[..., Delivery]


@dataclass(frozen=True)
class Taken:
    """One delivery of the sample, also on a character of another make.

    Attributes:
        heard: what was told of its progress.
        first: the character, a GLB of an earlier fit of the same clip.
        captured: that earlier fit.
        cpu_s: processor time of the delivery, seconds.
    """

    delivery: Delivery
    heard: list[Progress]
    first: Path
    captured: estimate.Captured
    cpu_s: float


def silent(progress: object) -> None:
    """Nobody watches."""


def observe(clip: Path, **options: Any) -> pipeline.Observed:
    """Return what is seen in a clip, as `CaptureRequest(clip, **options)` asks."""
    request = CaptureRequest(clip, Path(), **options)
    return pipeline.look(request, *pipeline.prepare(request, silent))


def refusal(clip: Path, out: Path, **options: Any) -> CaptureRejected:
    """Return why the capture refuses a clip; nothing is left of it."""
    with pytest.raises(CaptureRejected) as caught:
        deliver.produce(CaptureRequest(clip, out, **options), silent, FILES)
    assert caught.value.next_step and not list(out.iterdir())
    return caught.value


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder beside the clips of a test."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def look() -> Look:
    """Return the observations of a whole clip before the fit; cached, and not to be changed."""

    return functools.cache(observe)


@pytest.fixture(scope="session")
def filmed() -> FaceTrack:
    """Somebody whose jaw opens about frame 13, and who smiles about frame 29, of 40."""
    follower = FaceFollower(weights.find(weights.FACE_LANDMARK))
    found = []
    for frame in range(40):
        shown = np.zeros(52)
        shown[JAW] = 0.8 * max(0.0, 1 - abs(frame - 13) / 5)
        shown[SMILES] = 0.8 * max(0.0, 1 - abs(frame - 29) / 6)
        sight = faces.Sight(110.0, yaw=0.1 * math.sin(frame / 9), roll=0.05 * math.cos(frame / 7))
        found.append(follower(faces.render(faces.Person(), shown, sight), faces.body_landmarks(sight)))
    return track_of(found, 1.0)


@pytest.fixture(scope="session")
def faced(look: Look, filmed: FaceTrack) -> pipeline.Observed:
    """The observations of the sample, had its person's face been that one."""
    seen = look(SAMPLE)
    face = np.full((len(seen.track.times), *filmed.shape[1:]), np.nan, np.float32)
    face[: len(filmed)] = filmed
    return dataclasses.replace(seen, track=dataclasses.replace(seen.track, face=face))


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory, look: Look) -> Taken:
    folder = tmp_path_factory.mktemp("take")
    heard: list[Progress] = []
    captured = pipeline.fit(look(SAMPLE), "first")
    character = folder / "character.glb"
    character.write_bytes(glb.write_emote(captured.motion, naming="legacy"))
    out = folder / "out"
    out.mkdir()
    request = CaptureRequest(SAMPLE, out, "balance", avatars=(Avatar("a-1", character, "Hero"),))
    begun = time.process_time()
    delivery = deliver.deliver(request, heard.append)
    return Taken(delivery, heard, character, captured, time.process_time() - begun)


@pytest.fixture
def produce(look: Look) -> Produce:
    """`deliver.produce` without the passes over the frames of shared clips, which are looked at once."""
    return functools.partial(deliver.produce, look=lambda request, *given: look(request.clip))


def run_capture(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `kinetix capture`, which succeeds."""
    done = subprocess.run(
        [tools.kinetix(), "capture", *arguments],
        capture_output=True,
        encoding="utf-8",  # not that of a Windows machine
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done
