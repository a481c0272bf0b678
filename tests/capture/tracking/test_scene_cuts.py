"""A cut that the frames alone show is refused before any network looks at a frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture.tracking import scene_cuts
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.people import People
from tests.capture import clips
from tests.capture.conftest import refusal

COUNT = 40


@pytest.mark.parametrize("people", [None, People.ALL])
@pytest.mark.parametrize(("cut_at", "told"), [(49, "1.6 s"), (60, "1.9 s")])
def test_a_loop_and_a_scene_cut_are_refused_before_any_network_runs(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: People | None, cut_at: int, told: str
) -> None:
    sample = clips.sample(320)[:49]
    frames = sample * 3 if cut_at == len(sample) else [*sample, *sample[10:21], *(255 - frame for frame in sample)]
    monkeypatch.setenv("KINETIX_WEIGHTS", str(tmp_path))  # a network would not be found
    clip = clips.write(tmp_path / "clip.mp4", frames)
    error = refusal(clip, out, settings=CaptureSettings(people=people), length=ClipLength(longest_s=30.0))
    assert error.code == "sceneCut" and told in error.title


def _cells(places: NDArray[np.float64], light: NDArray[np.float64] | float = 0.0) -> list[NDArray[np.float64]]:
    """A bright body three cells wide before a dark wall, (N, 16, 16, 3)."""
    columns = np.arange(16)
    shown = 60 + 150 * np.clip(2 - np.abs(columns - places[:, None]), 0, 1) + np.reshape(light, (-1, 1))
    return list(np.repeat(np.repeat(shown[:, None], 16, 1)[..., None], 3, 3))


_THERE = 8 + 2 * np.sin(np.arange(COUNT) / 9)


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (_cells(np.tile(_THERE, 2)), COUNT),
        (_cells(np.r_[_THERE, _THERE[::-1], _THERE]), None),
        (_cells(np.r_[_THERE, _THERE[:8]]), None),
        (_cells(np.r_[_THERE, 3 + _THERE / 2]), None),
        (_cells(np.full(3 * COUNT, 6.0), np.repeat([0.0, 60.0, 0.0], COUNT)), None),
        (_cells(np.linspace(4, 12, 3 * COUNT), np.repeat([0.0, 60.0, 0.0], COUNT)), None),
    ],
    ids=[
        "loop",
        "to and fro",
        "too short to tell",
        "a jump elsewhere",
        "a lamp",
        "a lamp and a walk",
    ],
)
def test_a_loop_repeats_with_a_jump(frames: list[NDArray[np.float64]], found: int | None) -> None:
    assert scene_cuts.loop_at(list(range(len(frames))), frames) == found
