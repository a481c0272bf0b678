"""The request sets the shortest clip, and a short one is delivered whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kinetix_capture import deliver
from kinetix_capture.interface import CaptureRejected, CaptureRequest
from kinetix_core.formats import glb
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.clip_length import ClipLength
from tests.capture.conftest import SAMPLE


def test_a_move_of_half_a_second_is_an_emote_where_it_may_be_so_short(tmp_path: Path) -> None:
    half = CaptureRequest(SAMPLE, tmp_path, hands=False, settings=CaptureSettings(trim_end=0.5))
    with pytest.raises(CaptureRejected, match="at least 1 s"):
        deliver.deliver(half, lambda progress: None)
    made = deliver.deliver(replace(half, length=ClipLength(shortest_s=0.3)), lambda progress: None)
    assert made.duration_s == pytest.approx(0.5, abs=0.05)
    assert len(glb.read_motion(tmp_path / made.files["animation-v2.glb"])) == 15
    assert sum(file.stat().st_size > 0 for file in map(tmp_path.joinpath, made.files.values())) == len(made.files)
