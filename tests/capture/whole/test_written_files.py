"""`kinetix capture -o`: which file an ending stands for, read back with our own readers, and the endings that are not written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from kinetix_capture import deliver, pipeline
from kinetix_capture.commands.capture import capture
from kinetix_capture.interface import VRM_ANIMATION, CaptureRequest
from kinetix_core import formats
from kinetix_core.motion import kinematics
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.errors import InputError
from tests.capture.conftest import JAW, SAMPLE

pytestmark = pytest.mark.xdist_group("capture_whole")


def _run(*arguments: str | Path, clip: Path = SAMPLE) -> list[Path]:
    """The files that the command says it wrote."""
    done = CliRunner(env={"OPENBLAS_NUM_THREADS": "1"}).invoke(
        capture, [str(clip), *map(str, arguments)], catch_exceptions=False
    )
    assert done.exit_code == 0
    return [Path(line) for line in done.stdout.splitlines()]


def _limbs(motion: Motion) -> NDArray[np.float64]:
    """From shoulders to hands and hips to feet, metres (F, 4, 3): the shoulders of VRM's T-pose are held otherwise."""
    bones = map_bones(motion.skeleton)
    ends = [("UpperArm", "Hand"), ("UpperLeg", "Foot")]
    pairs = [[bones.index(f"{side}{bone}") for bone in limb] for side in ("Left", "Right") for limb in ends]
    places = kinematics.forward(motion)[1][:, pairs]
    return places[:, :, 1] - places[:, :, 0]


def test_a_vrm_animation_has_the_move_and_the_expressions(faced: pipeline.Observed, tmp_path: Path) -> None:
    shown = pipeline.fit(faced, "talk").motion.face
    assert shown is not None and shown[13, JAW] > 0.5
    request = CaptureRequest(SAMPLE, tmp_path, "talk", CaptureSettings(face=True))
    wanted = (VRM_ANIMATION, "animation-v2.glb")
    files = deliver.produce(request, lambda progress: None, wanted, look=lambda *given: faced).files
    animation, emote = (formats.read_motion(files[name]) for name in wanted)
    assert animation.face is not None and np.abs(animation.face - shown).max() < 1e-3
    assert (len(animation), animation.fps, animation.name) == (len(emote), emote.fps, "talk")
    assert np.abs(_limbs(animation) - _limbs(emote)).max() < 0.01


def test_a_folder_has_every_format_that_is_written(tmp_path: Path) -> None:
    endings = {file.suffix for file in _run("-o", tmp_path / "take", "--face", "--no-hands", "--end", "1.1")}
    assert endings > set(formats.WRITABLE) - {".usd"}  # not among the API's files


@pytest.mark.parametrize("wrong", [("-o", "dance.mp3"), ("-o", "dance.glb", "--also", "dance.vrm")])
def test_an_ending_that_is_not_written_is_refused_before_the_capture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    """Here there would be no clip to capture."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        _run(*wrong, clip=tmp_path / "none.mp4")
    assert all(ending in caught.value.next_step for ending in formats.WRITABLE if ending != ".usd")
