"""A picture of the library is what its name says, and of a sane size when it is unpacked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kinetix_hub.library.verify import is_picture

pytestmark = pytest.mark.quick

# Kind → its ending, how it is saved, and where its width is: from and to, and what makes it larger than anything shown.
KINDS: dict[str, tuple[str, dict[str, Any], int, bytes]] = {
    "png": ("png", {"format": "PNG"}, 16, b"\0\0\xff\xff"),
    "gif": ("gif", {"format": "GIF"}, 6, b"\xff\xff"),
    "lossy": ("webp", {"format": "WEBP"}, 26, b"\xff\x3f"),
    "lossless": ("webp", {"format": "WEBP", "lossless": True}, 21, b"\xff\xff\xff\xff"),
    "with metadata": ("webp", {"format": "WEBP", "xmp": b"<x/>"}, 24, b"\xff\xff\xff"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (320, 240), (4096, 3)])
def test_a_picture_is_known_by_its_beginning_and_size(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    extension, how, at, huge = KINDS[kind]
    file = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(file, **how)
    data, path = file.getvalue(), tmp_path / f"thumbnail.{extension}"
    path.write_bytes(data)
    assert is_picture(path, extension)
    path.write_bytes(data[:at] + huge + data[at + len(huge) :])
    assert not is_picture(path, extension), "few bytes, and gigabytes in an editor"
    for cut in (0, 4, 12, 20):
        path.write_bytes(data[:cut])
        assert not is_picture(path, extension)


@pytest.mark.parametrize(
    ("extension", "data"), [("png", b"GIF89a" + bytes(40)), ("webp", b"RIFF" + bytes(40)), ("exe", b"MZ")]
)
def test_another_kind_is_none(tmp_path: Path, extension: str, data: bytes) -> None:
    path = tmp_path / f"thumbnail.{extension}"
    path.write_bytes(data)
    assert not is_picture(path, extension)
