"""Pictures come by their time stamps, upright, at 30 a second, from every container and codec that people film with."""

from __future__ import annotations

import gc
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kinetix_capture.interface import CaptureRejected
from kinetix_capture.video import decode
from kinetix_core.values.errors import InputError
from tests.capture import clips

FORMATS = [
    ("clip.mp4", "libx264", "yuv420p"),
    ("clip.mkv", "libx264", "yuv420p10le"),
    ("clip.mp4", "libx265", "yuv420p10le"),
    ("clip.webm", "libvpx-vp9", "yuv420p"),
    ("clip.mp4", "libsvtav1", "yuv420p10le"),
    ("clip.mov", "prores_ks", "yuv422p10le"),
    ("clip.avi", "mpeg4", "yuv420p"),
]


@pytest.mark.parametrize(("name", "codec", "pixels"), FORMATS, ids=lambda value: str(value))
def test_every_format_gives_the_same_frames(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    clip = clips.write(tmp_path / name, clips.numbered(12, (128, 96)), codec=codec, pixels=pixels)
    probed = decode.probe(clip)
    assert (probed.width, probed.height) == (128, 96)
    found = list(decode.frames(clip))
    assert len(found) == 12
    assert np.allclose([picture.time_s for picture in found], np.arange(12) / 30, atol=0.002)
    grey = [float(picture.image[60:90, 60:100].mean()) for picture in found]
    assert np.allclose(grey, 20 + 180 * np.arange(12) / 11, atol=8)


@pytest.mark.parametrize("rate", [24, 25, 30, 50, 60, 120])
def test_at_most_thirty_a_second_and_the_nearest_ones(tmp_path: Path, rate: int) -> None:
    clip = clips.write(tmp_path / "clip.mp4", clips.numbered(rate, (64, 64)), rate=rate)
    times = np.array([picture.time_s for picture in decode.frames(clip)])
    assert len(times) == min(rate, 30)
    assert (np.diff(times) > 0).all()
    beats = np.arange(len(times)) / min(rate, 30)
    assert np.abs(times - beats).max() <= 0.5 / 30 + 1e-6


def test_a_variable_rate_keeps_its_own_times(tmp_path: Path) -> None:
    given = np.cumsum([0, 0.033, 0.033, 0.1, 0.2, 0.033, 0.034, 0.066, 0.05])
    clip = clips.write(tmp_path / "clip.mkv", clips.numbered(len(given)), times=list(given))
    times = np.array([picture.time_s for picture in decode.frames(clip)])
    assert set(np.round(times, 3)) <= set(np.round(given, 3))
    assert len(times) >= len(given) - 1


@pytest.mark.parametrize("mirrored", [False, True], ids=["back", "front"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_phone_gives_upright_pictures_however_it_is_held(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    """A front camera mirrors by the same matrix that turns: the angle alone would leave some of them upside down."""
    clip = clips.write(tmp_path / "clip.mp4", clips.numbered(3, (96, 64)), rotation=rotation, mirrored=mirrored)
    turned = rotation in (90, 270)
    probed = decode.probe(clip)
    assert (probed.width, probed.height) == ((64, 96) if turned else (96, 64))
    image = next(decode.frames(clip)).image
    corners = {
        "upper left": image[:12, :12],
        "upper right": image[:12, -12:],
        "lower right": image[-12:, -12:],
        "lower left": image[-12:, :12],
    }
    bright = max(corners, key=lambda corner: float(corners[corner].mean()))
    expected = {0: "upper left", 90: "upper right", 180: "lower right", 270: "lower left"}[rotation]
    other_side = {"left": "right", "right": "left"}
    height, side = expected.split()
    assert bright == (f"{height} {other_side[side]}" if mirrored else expected)


def test_no_picture_is_held_longer_than_it_is_needed(tmp_path: Path) -> None:
    """A 4K frame has 12 to 25 MB and must not wait for the cycle collector."""
    clip = clips.write(tmp_path / "clip.mp4", clips.numbered(60, (96, 64)), rotation=90)
    gc.collect()
    gc.disable()
    try:
        assert len(list(decode.frames(clip))) == 60
        assert sum(isinstance(one, av.VideoFrame) for one in gc.get_objects()) < 5
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.mov"])
def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, name: str) -> None:
    clip = clips.write(tmp_path / name, clips.numbered(3, (48, 96)), pixel_aspect=Fraction(4, 3))
    probed = decode.probe(clip)
    assert (probed.width, probed.height) == (64, 96)
    assert next(decode.frames(clip)).image.shape == (96, 64, 3)
    small = next(decode.frames(clip, longest_side=48))
    assert small.image.shape == (48, 32, 3)
    assert small.scale == pytest.approx(2.0)


@pytest.mark.parametrize("name", ["clip.avi", "clip.mkv", "clip.mp4", "clip.ts"])
def test_pictures_out_of_order_in_the_file_come_in_order(tmp_path: Path, name: str) -> None:
    """An avi counts its pictures as they are stored, and so begins late."""
    clip = clips.write(tmp_path / name, clips.numbered(60), reordered=True)
    found = list(decode.frames(clip))
    assert np.allclose([picture.time_s for picture in found], np.arange(60) / 30, atol=0.002)
    assert (np.diff([float(picture.image[24:, 32:].mean()) for picture in found]) > 0).all()


def test_a_stream_that_was_cut_before_its_first_picture_has_one_clock(tmp_path: Path) -> None:
    """Its first key frame comes late; entering it in the middle must give the times of reading it from the start."""
    whole = clips.write(tmp_path / "whole.ts", clips.numbered(180), codec="mpeg2video")
    clip = tmp_path / "clip.ts"
    with av.open(str(whole)) as source, av.open(str(clip), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(source.streams.video[0])):
            if number > 2 and packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    whole_times = [picture.time_s for picture in decode.frames(clip)]
    assert whole_times[0] == 0.0
    late = [picture.time_s for picture in decode.frames(clip, 3.0)]
    assert late == [time for time in whole_times if time > 3.0 - 1e-3]


def test_a_sound_longer_than_the_pictures_does_not_count(tmp_path: Path) -> None:
    clip = clips.write(tmp_path / "clip.mkv", clips.numbered(60), sound_s=5.0)
    assert decode.probe(clip).duration_s == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mov", "clip.mp4", "clip.ts"])
def test_times_are_those_of_a_player(tmp_path: Path, name: str) -> None:
    """Many phones begin the sound first. A part is chosen by what a player shows, so the sound before the pictures counts."""
    times = [0.6 + number / 30 for number in range(150)]
    clip = clips.write(tmp_path / name, clips.numbered(150), times=times, sound_s=6.0)
    probed = decode.probe(clip)
    assert probed.begins_s == pytest.approx(0.6, abs=0.03)
    assert probed.duration_s == pytest.approx(5.0, abs=0.03)
    greys = {round(picture.time_s, 2): picture.image[24:, 32:].mean() for picture in decode.frames(clip)}
    assert min(greys) == pytest.approx(0.6, abs=0.03)
    assert max(greys) == pytest.approx(times[-1], abs=0.03)
    for start in (1.0, 4.0):  # the second one is entered in the middle of the file
        picture = next(decode.frames(clip, start))
        number = round((start - probed.begins_s) * 30)
        assert picture.time_s == pytest.approx(start, abs=0.02)
        assert picture.image[24:, 32:].mean() == pytest.approx(20 + 180 * number / 149, abs=3)


def test_a_part_that_was_cut_out_in_the_phone_is_the_clip(tmp_path: Path) -> None:
    """Cutting only notes which part is shown (an edit list); the rest stays in the file."""
    clip = clips.write(tmp_path / "clip.mp4", clips.numbered(150))
    data = bytearray(clip.read_bytes())
    seconds, scale = data.index(b"elst") + 12, data.index(b"mdhd") + 16
    struct.pack_into(">II", data, seconds, 2000, round(1.2 * struct.unpack_from(">I", data, scale)[0]))
    clip.write_bytes(data)
    assert decode.probe(clip).duration_s == pytest.approx(2.0)
    found = list(decode.frames(clip))
    assert len(found) == 60
    assert found[0].time_s == 0.0
    greys = [float(picture.image[24:, 32:].mean()) for picture in (found[0], found[-1])]
    assert greys == pytest.approx([20 + 180 * number / 149 for number in (36, 95)], abs=3)


def test_the_torn_last_picture_of_a_cut_off_file_is_left_out(tmp_path: Path) -> None:
    """Its missing part would be whatever lay in memory: another frame at each run."""
    frames = [np.random.default_rng(number).integers(0, 255, (96, 128, 3), np.uint8) for number in range(12)]
    clip = clips.write(tmp_path / "clip.avi", frames, codec="mjpeg", pixels="yuvj420p")
    with av.open(str(clip)) as container:
        last = [packet for packet in container.demux(video=0) if packet.size][-1]
        assert last.pos is not None
        end = last.pos + last.size // 2
    clip.write_bytes(clip.read_bytes()[:end])
    assert len(list(decode.frames(clip))) == 11


def test_a_part_and_a_crop(tmp_path: Path) -> None:
    clip = clips.write(tmp_path / "clip.mp4", clips.numbered(90, (64, 48)))
    found = list(decode.frames(clip, 1.0, 2.0, crop=(0.5, 0.25, 0.5, 0.5)))
    assert len(found) == 30
    assert found[0].time_s == pytest.approx(1.0, abs=0.002)
    assert found[-1].time_s == pytest.approx(59 / 30, abs=0.002)
    assert found[0].image.shape == (24, 32, 3)


@pytest.mark.parametrize(
    "given",
    [
        [number * number / 300 for number in range(30)],
        [3.0 * (1 - 0.9**number) for number in range(40)],
        [0, 0, 0.04, 0.04, 0.9, 0.94, 0.95, 1.4, 1.4, 2.6, 2.61, 2.99],
    ],
    ids=["slower", "faster", "uneven"],
)
@pytest.mark.parametrize("fps", [6.0, 30.0])
def test_parts_side_by_side_share_no_frame(tmp_path: Path, given: list[float], fps: float) -> None:
    clip = clips.write(tmp_path / "clip.mkv", clips.numbered(len(given)), times=given)
    for middle in np.linspace(0.1, 3.5, 35):
        parts = [decode.frames(clip, 0.0, middle, fps=fps), decode.frames(clip, middle, 4.0, fps=fps)]
        times = np.array([picture.time_s for part in parts for picture in part])
        assert (np.diff(times) > 0).all(), f"divided at {middle}"
        assert len(times) >= len([*decode.frames(clip, fps=fps)]) - 1


@pytest.mark.parametrize("reordered", [False, True], ids=["", "reordered"])
@pytest.mark.parametrize("name", ["clip.avi", "clip.mkv", "clip.mov", "clip.mp4", "clip.ts"])
def test_a_seek_gives_the_same_frames_as_reading_on(tmp_path: Path, name: str, reordered: bool) -> None:
    clip = clips.write(tmp_path / name, clips.numbered(150), reordered=reordered)
    whole = {picture.time_s: picture.image.mean() for picture in decode.frames(clip)}
    late = {picture.time_s: picture.image.mean() for picture in decode.frames(clip, 3.0)}
    assert late == {time: grey for time, grey in whole.items() if time > 3.0 - 1e-3}
    assert len(late) == 60


def _told(path: Path) -> str:
    with pytest.raises(CaptureRejected) as caught:
        decode.probe(path)
    assert caught.value.reason.status == 415 and caught.value.next_step
    return f"{caught.value.code} {caught.value.title} {caught.value.detail}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\0\0\0\1ftyp" + b"\xff" * 600, ""),
        (b"", "empty"),
        (b"hello, I am no video\n" * 50, "another kind"),
        (b"\0" * 4096, ""),
        (b"\x00\x00\x00\x18ftypmp42" + b"\0" * 600, ""),
    ],
)
def test_what_is_no_video_is_said_to_be_none(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert why in _told(path)


def test_it_is_said_why_a_file_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    Image.new("RGB", (64, 48)).save(path, "PNG")
    assert "no moving picture" in _told(path)
    whole = clips.write(path, clips.numbered(30)).read_bytes()
    path.write_bytes(whole[: whole.index(b"moov") - 40])
    assert _told(path).startswith("damagedVideo") and "its end was never written" in _told(path), (
        "a phone writes the index last"
    )
    path.write_bytes(whole.replace(b"mdia", b"free"))
    assert "its end was never written" not in _told(path), "what is damaged otherwise has its end"


def test_a_playlist_opens_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    clips.write(secret, clips.numbered(3))
    path = tmp_path / "clip.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n", encoding="utf-8")
    with pytest.raises(CaptureRejected):
        decode.probe(path)


def test_a_missing_file_is_another_error() -> None:
    with pytest.raises(InputError) as caught:
        decode.probe(Path("nowhere.mp4"))
    assert caught.value.code == "clipNotFound"


# Codes of one light in both: a grey card (26 cd/m²), skin, a white shirt (203 cd/m²), as ITU-R BT.2408 lists them in per cent.
HDR_GREYS = {16: (38, 50, 58), 18: (38, 60, 75)}


@pytest.mark.parametrize("transfer", HDR_GREYS, ids=["pq", "hlg"])
def test_hdr_pictures_get_the_contrast_of_usual_ones(tmp_path: Path, transfer: int) -> None:
    codes = [round(share * 255 / 100) for share in HDR_GREYS[transfer]]
    frames = [np.full((48, 64, 3), code, np.uint8) for code in codes]
    clip = clips.write(tmp_path / "clip.mp4", frames, codec="libx265", pixels="yuv420p10le", transfer=transfer)
    card, skin, shirt = (float(picture.image.mean()) for picture in decode.frames(clip))
    assert card == pytest.approx(100, abs=8)  # 18 % of the light, on a usual screen
    assert 150 < skin < 210
    assert 235 < shirt <= 255
    assert shirt - card > 1.4 * (codes[2] - codes[0])


def test_usual_pictures_are_left_as_they_are(tmp_path: Path) -> None:
    frames = [np.full((48, 64, 3), code, np.uint8) for code in (97, 148, 191)]
    clip = clips.write(tmp_path / "clip.mp4", frames, transfer=1)
    assert [float(picture.image.mean()) for picture in decode.frames(clip)] == pytest.approx([97, 148, 191], abs=4)
