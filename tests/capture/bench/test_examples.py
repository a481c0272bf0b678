"""The page of good and bad clips: it is that of the list, tells what a refused clip is told, and its pictures are small."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinetix_bench.capture import accuracy, true_moves
from kinetix_bench.capture.clips import dark_clips
from kinetix_bench.capture.gallery import example_sheets, examples
from kinetix_bench.capture.gallery.example_captures import Shot
from kinetix_bench.capture.gallery.example_sheets import Film
from kinetix_bench.capture.gallery.examples import Example, Verdict
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture.video import decode
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import KinetixError
from tests.capture import clips
from tests.support import tools

DOCS = tools.ROOT / "docs"


def test_every_picture_is_there_and_small() -> None:
    named = {example.picture for example in examples.EXAMPLES}
    kept = {f"pictures/{file.name}": file.stat().st_size for file in (DOCS / "pictures").glob("example-*.webp")}
    page = (DOCS / "good-clips.md").read_text(encoding="utf-8")
    assert kept.keys() == named == set(re.findall(r"\]\((pictures/[^)]+)\)", page))
    assert max(kept.values()) <= 60_000


def _short(source: Path, target: Path) -> None:
    """The first half second of a sample clip, which no emote can become of."""
    pictures = [picture.image for picture in decode.frames(source, end_s=0.5, longest_side=128)]
    clips.write(target, pictures)


def test_what_is_told_of_a_refusal_comes_onto_the_page(tmp_path: Path) -> None:
    shot = Shot("synthetic/walk_az20", remade=_short)
    example = Example("short", Verdict.REFUSED, "Too short", "Half a second.", shot)
    lines = list(examples.section(example, tools.DATA, tmp_path))
    assert lines[0] == "### Too short" and "Half a second." in lines
    (told,) = (line for line in lines if line.startswith("> "))
    assert "an emote has at least 1 s" in told and "choose a longer part" in told
    with Image.open(tmp_path / example.picture) as sheet:
        assert sheet.width > 10 * sheet.height


def test_an_example_that_turned_out_otherwise_is_told(tmp_path: Path) -> None:
    example = Example("short", Verdict.GOOD, "Too short", "Half a second.", Shot("synthetic/walk_az20", remade=_short))
    with pytest.raises(KinetixError, match="is not “Good” any more"):
        list(examples.section(example, tools.DATA, tmp_path))
    assert not list(tmp_path.rglob("*.webp"))


def test_the_part_that_is_shown_follows_the_body() -> None:
    pictures = [np.zeros((90, 160, 3), np.uint8) for _ in range(example_sheets.MOMENTS)]
    middles = np.array([[20, 20], [60, 45], [110, 45], [150, 80], [80, 40], [80, 40]])
    for picture, (x, y) in zip(pictures, middles, strict=True):
        picture[max(y - 8, 0) : y + 8, max(x - 4, 0) : x + 4] = 255
    corners = np.array([[-4, -8], [3, -8], [-4, 7], [3, 7]])
    points = (middles[:, None] + corners).clip(0, [159, 89]) * 2.0
    shown = example_sheets.about(Film(tuple(pictures), 2.0), points)
    assert {picture.shape for picture in shown.pictures} == {shown.pictures[0].shape}
    assert shown.pictures[0].shape[0] < 30
    for picture, whole in zip(shown.pictures, pictures, strict=True):
        assert picture.sum() == whole.sum()


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
    move = true_moves.beside(still, "dance_a_az15", tools.DATA)
    assert move.extras == still.extras
    found = accuracy.compare(
        accuracy.delivered(glb.write_emote(move)), truth_of("synthetic", "dance_a_az15", tools.DATA)
    )
    assert found["paMm"] < 1 and found["limbDirectionDeg"] < 0.5 and found["rotationDeg"] < 0.5
    turned = _emote(move, 70.0)
    again = true_moves.beside(turned, "dance_a_az15", tools.DATA)
    off = quat.multiply(quat.conjugate(again.rotations), turned.rotations)
    assert np.degrees(np.linalg.norm(quat.log(off), axis=-1)).max() < 0.5


def test_a_sheet_with_much_in_it_is_kept_small(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    busy = Film(
        tuple(random.integers(0, 256, (23, 23, 3)).astype(np.uint8) for _ in range(example_sheets.MOMENTS)), 1.0
    )
    times = np.linspace(0, 1, example_sheets.MOMENTS)
    example_sheets.sheet([busy], [], times).save(tmp_path / "best.webp", quality=70, method=6)
    example_sheets.write([busy], [], times, tmp_path / "sheet.webp")
    assert (tmp_path / "best.webp").stat().st_size > 60_000 >= (tmp_path / "sheet.webp").stat().st_size


def test_a_dark_clip_has_so_much_less_light_and_is_the_same_each_time(tmp_path: Path) -> None:
    source = clips.write(tmp_path / "light.mp4", [np.full((64, 64, 3), 200, np.uint8)] * 6)
    for name in ("one.mp4", "two.mp4"):
        dark_clips.darkened(source, tmp_path / name, 2.0)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    light, dark = (
        np.stack([picture.image for picture in decode.frames(tmp_path / name)]) for name in ("light.mp4", "one.mp4")
    )
    assert len(dark) == 6
    assert dark.mean() == pytest.approx(255 * ((light.mean() / 255) ** 2.2 / 4) ** (1 / 2.2), abs=3)
    assert dark.std() > light.std() + 0.5
