"""The size that the hub reads from a clip's header is the one that the capture sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_capture.video import decode
from kinetix_core.values.errors import InputError
from kinetix_hub.jobs.picture_size import picture_size
from tests.capture import clips
from tests.support import tools


@pytest.mark.parametrize("ending", ["mp4", "mov"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_it_is_the_upright_picture(tmp_path: Path, rotation: int, ending: str) -> None:
    clip = clips.write(tmp_path / f"clip.{ending}", clips.numbered(3, (96, 64)), rotation=rotation, sound_s=0.1)
    seen = decode.probe(clip)
    assert picture_size(clip) == (seen.width, seen.height) == ((64, 96) if rotation in (90, 270) else (96, 64))


def test_a_header_at_either_end(tmp_path: Path) -> None:
    assert picture_size(tools.ROOT / "samples" / "balance.mp4")[0] > 100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"\0\0\0\x08moov",
        b"\0\0\0\x10moov\0\0\0\x08trak",
        b"\0\0\0\x01moov" + b"\xff" * 8,
        b"\0\0\0\0moov" * 1000,
        b"\0\0\0\x1cmoov\0\0\0\x14trak\0\0\0\x0ctkhd\1\0\0\0",
    ],
)
def test_what_says_no_size_is_refused(tmp_path: Path, data: bytes) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(data)
    with pytest.raises(InputError, match="cannot be cropped"):
        picture_size(clip)
