"""The focal length that a phone wrote into its film."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from kinetix_capture import pipeline
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.video import decode, written_lens
from tests.support import tools

pytestmark = pytest.mark.quick

NAME = b"com.apple.quicktime.camera.focal_length.35mm_equivalent"
SAMPLE = tools.ROOT / "samples" / "balance.mp4"


def _box(name: bytes, holds: bytes) -> bytes:
    return struct.pack(">I4s", len(holds) + 8, name) + holds


def _meta(kind: int, value: bytes, *, version: bool = False) -> bytes:
    """Return metadata as an iPhone writes it: the lens is the second entry."""
    names = (b"com.apple.quicktime.camera.lens_model", NAME)
    keys = struct.pack(">II", 0, len(names)) + b"".join(_box(b"mdta", name) for name in names)
    told = ((1, b"iPhone back camera"), (kind, value))
    values = b"".join(
        _box(struct.pack(">I", number), _box(b"data", struct.pack(">II", kind, 0) + value))
        for number, (kind, value) in enumerate(told, 1)
    )
    handler = _box(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    return _box(b"meta", bytes(4 * version) + handler + _box(b"keys", keys) + _box(b"ilst", values))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film as a phone writes it: what is told of the pictures comes behind them, so nothing moves when more is told."""
    path = tmp_path_factory.mktemp("plain") / "plain.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(45):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((240, 320, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode())
    data = path.read_bytes()
    assert data.index(b"moov") > data.index(b"mdat")
    return data


Film = Callable[..., Path]


@pytest.fixture
def film(plain: bytes, tmp_path: Path) -> Film:
    """The clip with `meta` beside the track of its pictures, or beside all tracks."""

    def written(meta: bytes, *, in_track: bool = True) -> Path:
        data = bytearray(plain)
        whole = data.index(b"moov") - 4
        track = data.index(b"trak", whole) - 4
        inside = track if in_track else whole
        end = inside + int.from_bytes(data[inside : inside + 4], "big")
        data[end:end] = meta
        for at in {inside, whole}:
            data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(meta)).to_bytes(4, "big")
        path = tmp_path / "film.mov"
        path.write_bytes(data)
        return path

    return written


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (1, b"27.00mm", 27.0),
        (1, b"13", 13.0),
        (21, b"\x4d", 77.0),
        (22, struct.pack(">H", 77), 77.0),
        (23, struct.pack(">f", 25.5), 25.5),
        (65, b"\x1b", 27.0),
        (77, struct.pack(">I", 27), 27.0),
        (65, b"\xf3", None),
        (1, b"0", None),
        (1, b"wide", None),
        (1, b"99999999", None),
        (23, struct.pack(">f", float("nan")), None),
        (23, b"\x41", None),
        (4711, b"27", None),
        (1, b"", None),
    ],
)
def test_it_is_read_whatever_its_type(film: Film, kind: int, value: bytes, told: float | None) -> None:
    assert written_lens.focal_mm(film(_meta(kind, value))) == told


@pytest.mark.parametrize("in_track", [True, False])
@pytest.mark.parametrize("version", [True, False])
def test_it_is_read_wherever_it_stands(film: Film, version: bool, in_track: bool) -> None:
    path = film(_meta(1, b"13.00mm", version=version), in_track=in_track)
    assert decode.probe(path).focal_mm == 13.0


def test_a_film_without_it_tells_nothing() -> None:
    assert decode.probe(SAMPLE).focal_mm is None


def test_damaged_boxes_tell_nothing(film: Film, tmp_path: Path) -> None:
    """Cut off, and with every byte of the told part changed in turn: no error, and no lens that is none."""
    meta = _meta(1, b"27.00mm")
    whole = film(meta).read_bytes()
    at = whole.index(meta)
    path = tmp_path / "damaged.mov"
    for cut in range(at, at + len(meta), 7):
        path.write_bytes(whole[:cut])
        assert written_lens.focal_mm(path) in (None, 27.0)
    for byte in range(at, at + len(meta)):
        path.write_bytes(whole[:byte] + b"\xff" + whole[byte + 1 :])
        told = written_lens.focal_mm(path)
        assert told is None or 8.0 <= told <= 250.0


def test_the_capture_assumes_the_lens_that_was_written(film: Film, tmp_path: Path) -> None:
    """A wide lens of half the usual length, and none."""

    def assumed(path: Path) -> float:
        request = CaptureRequest(path, tmp_path, "film")
        return pipeline.Film(request, *pipeline.prepare(request, lambda progress: None)).camera.focal

    assert assumed(film(_meta(1, b"13.00mm"))) == pytest.approx(assumed(SAMPLE) / 2)


@pytest.mark.parametrize(("before", "told"), [(15, 27.0), (16, None)])
def test_only_the_first_boxes_of_metadata_are_read(film: Film, before: int, told: float | None) -> None:
    """A phone writes one for the film and one for each track; a hostile file may have any number."""
    assert written_lens.focal_mm(film(_box(b"meta", bytes(8)) * before + _meta(1, b"27.00mm"))) == told
