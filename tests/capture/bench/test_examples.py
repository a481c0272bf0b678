"""The page of good and bad clips shows the examples that are captured for it, and the true move faces as the emote does."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image

from kinetix_bench.capture import accuracy, good_clips
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture.video import decode
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from tests.capture import clips
from tests.support import tools

DOCS = tools.ROOT / "docs"


def test_the_page_shows_every_example() -> None:
    page = (DOCS / "good-clips.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\(pictures/examples/example-(.+?)\.webp\)", page) == list(good_clips.EXAMPLES)


def _short(source: Path, target: Path) -> None:
    """The first half second of a sample clip, which no emote can become of."""
    pictures = [picture.image for picture in decode.frames(source, end_s=0.5, longest_side=128)]
    clips.write(target, pictures)


def test_a_refusal_is_told_beside_the_frames_of_its_clip(tmp_path: Path) -> None:
    example = good_clips.Example("synthetic/walk_az20", remade=_short)
    (row,) = good_clips.written(example, tools.DATA, tmp_path / "short.webp")
    assert "an emote has at least 1 s" in row["refused"] and "choose a longer part" in row["refused"]
    with Image.open(tmp_path / "short.webp") as sheet:
        assert sheet.width > 10 * sheet.height


def _emote(move: Motion, turn_degrees: float) -> Motion:
    """The same move turned about up."""
    turn = quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(turn_degrees))
    rotations = move.rotations.copy()
    rotations[:, 0] = quat.multiply(turn, rotations[:, 0])
    return move.with_(rotations=rotations, root_positions=quat.rotate(turn, move.root_positions))


def test_the_true_move_is_that_of_the_clip_and_faces_as_the_emote_does() -> None:
    skeleton = mannequin.load("1k").skeleton
    rest = np.tile(skeleton.rest_rotations, (40, 1, 1)), np.tile(skeleton.rest_translations[0], (40, 1))
    still = Motion(skeleton, 30.0, *rest, extras={"cameraYawDegrees": 15.0})
    move = good_clips.true_move(still, "dance_a_az15", tools.DATA)
    assert move.extras == still.extras
    found = accuracy.compare(
        accuracy.delivered(glb.write_emote(move)), truth_of("synthetic", "dance_a_az15", tools.DATA)
    )
    assert found["paMm"] < 1 and found["limbDirectionDeg"] < 0.5 and found["rotationDeg"] < 0.5
    turned = _emote(move, 70.0)
    again = good_clips.true_move(turned, "dance_a_az15", tools.DATA)
    off = quat.multiply(quat.conjugate(again.rotations), turned.rotations)
    assert np.degrees(np.linalg.norm(quat.log(off), axis=-1)).max() < 0.5
