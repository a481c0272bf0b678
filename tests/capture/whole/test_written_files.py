"""`kinetix capture -o`: which file an ending stands for, read back with our own readers, and the endings that are not written."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from kinetix_capture import deliver, pipeline
from kinetix_capture.commands.capture import capture
from kinetix_capture.people import group_capture
from kinetix_core import formats
from kinetix_core.motion import kinematics
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import InputError
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.capture.conftest import SAMPLE, Taken

pytestmark = pytest.mark.xdist_group("capture_whole")

JAW, BLINK, SMILE = (FACE_SHAPES.index(name) for name in ("jawOpen", "eyeBlinkLeft", "mouthSmileLeft"))


def _run(*arguments: str | Path) -> list[Path]:
    """The files that the command says it wrote."""
    done = CliRunner(env={"OPENBLAS_NUM_THREADS": "1"}).invoke(
        capture, [str(SAMPLE), *map(str, arguments)], catch_exceptions=False
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


def test_a_vrm_animation_has_the_move_and_the_expressions(
    captured: Taken, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = captured.captured
    shown = np.zeros((len(body.motion), len(FACE_SHAPES)))
    shown[:, JAW] = np.linspace(0.0, 0.9, len(shown))
    shown[:, [BLINK, SMILE]] = np.linspace(0.5, 0.1, len(shown))[:, None]
    found = dataclasses.replace(body, motion=body.motion.with_(face=shown), face_seen=np.ones(len(shown), bool))
    monkeypatch.setattr(pipeline, "capture", lambda *given: found)
    target = tmp_path / "talk.VRMA"
    assert _run("--face", "-o", target, "--also", tmp_path / "talk.glb") == [target, tmp_path / "talk.glb"]
    animation, emote = formats.read_motion(target), formats.read_motion(tmp_path / "talk.glb")
    assert animation.face is not None and np.abs(animation.face - shown).max() < 1e-3
    assert (len(animation), animation.fps, animation.name) == (len(emote), emote.fps, "balance")
    assert np.abs(_limbs(animation) - _limbs(emote)).max() < 0.01


def test_everybody_of_a_clip_has_a_numbered_file(
    captured: Taken, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def of_two(*given: Any) -> list[Any]:
        body = captured.captured
        return [
            dataclasses.replace(
                body, motion=body.motion.with_(extras={**body.motion.extras, "group": {"person": number, "of": 2}})
            )
            for number in (1, 2)
        ]

    monkeypatch.setattr(group_capture, "capture", of_two)
    files = _run("--people", "all", "-o", tmp_path / "duo.vrma")
    assert files == [tmp_path / "duo-1.vrma", tmp_path / "duo-2.vrma"]
    motions = [formats.read_motion(file) for file in files]
    assert [motion.name for motion in motions] == ["balance 1", "balance 2"]
    assert [motion.extras["group"]["person"] for motion in motions] == [1, 2]


@pytest.mark.usefixtures("captured")
def test_a_folder_has_every_format_that_is_written(tmp_path: Path) -> None:
    endings = {file.suffix for file in _run("-o", tmp_path / "take")}
    assert endings > set(formats.WRITABLE) - {".usd"}  # not among the API's files


@pytest.mark.parametrize("wrong", [("-o", "dance.mp3"), ("-o", "dance.glb", "--also", "dance.vrm")])
def test_an_ending_that_is_not_written_is_refused_before_the_capture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    begun: list[Any] = []
    monkeypatch.setattr(deliver, "produce", lambda *given, **options: begun.append(given))
    with pytest.raises(InputError) as caught:
        _run(*wrong)
    assert all(ending in caught.value.next_step for ending in formats.WRITABLE if ending != ".usd")
    assert not begun and not list(tmp_path.iterdir())
