"""Video file to upright RGB pictures at no more than 30 a second, chosen by their time stamps (FFmpeg through PyAV)."""

from __future__ import annotations

import functools
import itertools
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from numpy.typing import NDArray

from kinetix_capture import rejection
from kinetix_capture.interface import CaptureRejected
from kinetix_capture.video import hdr, timeline, written_lens
from kinetix_core.io import movie_boxes

FPS = 30.0
CELLS = 16
"""Rows and columns of the cells whose mean colours are a glance at a frame."""
LONGEST_SIDE = 1920
MAX_PIXELS = 8192 * 4608
# Playlists, texts and single pictures, which FFmpeg also opens; those of pipes besides.
_NOT_A_CLIP = frozenset({"concat", "hls", "dash", "image2", "lrc", "srt", "ass", "tty", "webvtt", "ffmetadata"})
_BROKEN_PACKETS_IN_A_ROW = 100
_WORTH_A_SEEK_S = 2.0
_MATRIX = struct.Struct("=9i")
_PLAIN = (1, 0, 0, 1)
_WIDEST_PIXEL = 4.0
# A seek may land behind its aim: the next one aims this much earlier.
_STEPS_BACK_S = (0.0, 1.0, 3.0, math.inf)

Crop = tuple[float, float, float, float]
Tick = Callable[[float], None]
"""Called with the time of each finished frame; raises to stop the work on a part."""


@dataclass(frozen=True)
class Clip:
    """Metadata of the container. Width and height are those of the upright frame, in pixels.

    `duration_s` is that of its pictures, 0 when it says nothing; they begin at `begins_s` of what a player plays, after some sound.
    `focal_mm` is the focal length that the phone wrote, as on 35 mm film.
    """

    path: Path
    width: int
    height: int
    duration_s: float
    rate: float
    codec: str
    begins_s: float = 0.0
    focal_mm: float | None = None

    @property
    def ends_s(self) -> float:
        """Infinite where the container does not say it."""
        return self.begins_s + self.duration_s if self.duration_s else math.inf


@dataclass(frozen=True)
class Picture:
    """One frame: seconds since the start of the clip, (H, W, 3) uint8 RGB, and the pixels of the source per pixel here."""

    time_s: float
    image: NDArray[np.uint8]
    scale: float


@dataclass(frozen=True)
class Part:
    """A clip from `start_s` until before `end_s`, seen through `crop`."""

    path: Path
    start_s: float
    end_s: float
    crop: Crop | None = None

    def frames(self, **options: Any) -> Iterator[Picture]:
        """`frames` of the part; `options` are those of all frames."""
        return frames(self.path, self.start_s, self.end_s, crop=self.crop, **options)


def _open(path: Path) -> Any:
    if not path.is_file():
        raise rejection.no_such_file(path)
    try:
        # Only local demuxing: a playlist inside the file must not open addresses or other files.
        container = av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise _unreadable(path, error) from error
    form = container.format.name
    if not container.streams.video or form in _NOT_A_CLIP or form.endswith("_pipe"):
        container.close()
        raise rejection.not_a_video("It has no moving picture.")
    if container.streams.video[0].codec_context is None:
        container.close()
        raise rejection.not_a_video("Its pictures are in a form that cannot be decoded.")
    container.streams.video[0].thread_type = "SLICE"
    container.streams.video[0].codec_context.thread_count = 1
    return container


def _unreadable(path: Path, error: BaseException) -> CaptureRejected:
    if not path.stat().st_size:
        return rejection.not_a_video("It is empty.")
    with path.open("rb") as file:  # phones write `moov`, the index, last
        names = [box.name for box in movie_boxes.children(file, 0, path.stat().st_size)]
    if names[:1] == [b"ftyp"] and b"moov" not in names:
        return rejection.unfinished()
    if isinstance(error, OSError) and not isinstance(error, av.error.FFmpegError):
        return rejection.not_a_video(f"{error.strerror or type(error).__name__}.")
    return rejection.not_a_video("It is damaged, or of another kind than its name says.")


def probe(path: Path) -> Clip:
    """Read the header and the first frame. Raises CaptureRejected when the file is no usable video."""
    with _open(path) as container:
        stream = container.streams.video[0]
        for frame in _decoded(container, stream):
            width, height = _shown_size(stream, frame)
            if _is_sideways(frame):
                width, height = height, width
            if width * height > MAX_PIXELS:
                raise rejection.picture_too_large(width, height)
            rate = float(stream.average_rate or 0)
            duration, begins = timeline.duration_s(container, stream), timeline.lead_s(container, stream, frame)
            codec = stream.codec_context.name
            return Clip(path, width, height, duration, rate, codec, begins, written_lens.focal_mm(path))
    raise rejection.not_a_video("No frame of it can be decoded.")


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Frames in order of display; broken packets are passed over, a file that is only broken ends.

    So are the pictures of packets that are not whole: what is missing of them is whatever lay in memory.
    """
    bad = 0
    torn: set[int] = set()
    packets = container.demux(stream)
    while bad <= _BROKEN_PACKETS_IN_A_ROW:
        try:
            packet = next(packets)
            if packet.is_corrupt and packet.pts is not None:
                torn.add(packet.pts)
            decoded = packet.decode()
        except StopIteration:
            return
        except (av.error.FFmpegError, ValueError):
            bad += 1
            continue
        for frame in decoded:
            if frame.is_corrupt or frame.pts in torn:
                continue
            bad = 0
            yield frame


def frames(
    path: Path,
    start_s: float = 0.0,
    end_s: float = math.inf,
    *,
    fps: float = FPS,
    crop: Crop | None = None,
    longest_side: int = LONGEST_SIDE,
    glance: Callable[[float, NDArray[np.uint8]], None] | None = None,
) -> Iterator[Picture]:
    """Pictures from `start_s` until before `end_s`, at most one per 1/fps seconds: the one nearest to each beat of the grid.

    Args:
        crop: left, top, width, height as fractions of the upright picture; outside of it the picture is cut away.
        longest_side: larger pictures are scaled down while they are decoded.
        glance: receives the mean colours (16, 16, 3) of each decoded frame and its time, `FPS` times a second at most.

    Raises:
        CaptureRejected: the file is no video.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        picture = functools.partial(_picture, stream, crop, longest_side)
        tick = begins = math.ceil(start_s * fps - 1e-6)
        held: tuple[float, Any] | None = None
        sent = -math.inf
        glanced = math.ceil(start_s * FPS - 1e-6)

        def beat(time_s: float) -> int:
            return math.floor(time_s * fps + 0.5)

        def is_inside(time_s: float) -> bool:
            """By the nearest beat, so that only one of two adjacent parts has the frame."""
            return beat(time_s) >= begins and beat(time_s) / fps < end_s - 1e-6

        for time_s, frame in _timed(container, stream, start_s):
            if held is None and sent < 0 and time_s > start_s + 0.5 / fps:
                tick = max(tick, beat(time_s))
            if glance is not None and time_s < end_s - 1e-6 and math.floor(time_s * FPS + 0.5) >= glanced:
                glance(time_s, frame.to_ndarray(format="rgb24", width=CELLS, height=CELLS, interpolation="AREA"))
                glanced = math.floor(time_s * FPS + 0.5) + 1
            due = tick / fps
            if time_s < due - 1e-6:
                held = (time_s, frame)
                continue
            if due >= end_s - 1e-6:
                return
            best = (time_s, frame)
            if held is not None and due - held[0] < time_s - due and beat(held[0]) >= tick:
                best = held
            if not is_inside(best[0]):
                return
            sent = best[0]
            yield picture(*best)
            held = (time_s, frame) if best[1] is not frame else None
            tick = max(tick + 1, math.ceil(best[0] * fps + 0.5 - 1e-6))
            if held is not None and time_s >= tick / fps - 1e-6:
                if not is_inside(time_s):
                    return
                sent = time_s
                yield picture(time_s, frame)
                held = None
                tick += 1
        # the clip ends a little before its next beat
        if held is not None and is_inside(held[0]) and held[0] - sent > 0.9 / fps:
            yield picture(*held)


def _timed(container: Any, stream: Any, start_s: float) -> Iterator[tuple[float, Any]]:
    """Frames with rising seconds on a player's time line; a missing time stamp is taken from the rate."""
    stamp = timeline.stamp(container)
    base = float(stream.time_base or 0)
    step = 1.0 / float(stream.average_rate or FPS)
    pictures = _decoded(container, stream)
    first_frame = next(pictures, None)
    if first_frame is None:
        return
    first = stamp(first_frame)
    lead = timeline.lead_s(container, stream, first_frame)
    following: Iterator[Any] = itertools.chain([first_frame], pictures)
    if first is not None and base and start_s - lead > _WORTH_A_SEEK_S:
        following = _entered(container, stream, first, start_s - lead) or following
    last = -math.inf
    for frame in following:
        place = stamp(frame)
        now = max(last, -step) + step if place is None or first is None or not base else (place - first) * base + lead
        if now > last:
            last = now
            yield now, frame


def _entered(container: Any, stream: Any, first: int, start_s: float) -> Iterator[Any] | None:
    """Frames from a key frame on that is no later than `start_s` after the first; None where the file cannot be entered there."""
    for back_s in _STEPS_BACK_S:
        stamp = first + int(max(start_s - back_s, 0.0) / stream.time_base)
        try:
            container.seek(stamp, stream=stream)
        except av.error.FFmpegError:
            return None
        pictures = _decoded(container, stream)
        frame = next(pictures, None)
        found = None if frame is None else timeline.stamp(container)(frame)
        if found is not None and (found <= first + start_s / stream.time_base or not math.isfinite(back_s)):
            return itertools.chain([frame], pictures)
    return None


def _picture(stream: Any, crop: Crop | None, longest_side: int, time_s: float, frame: Any) -> Picture:
    width, height = _shown_size(stream, frame)
    shrink = max(max(width, height) / longest_side, 1.0)
    if shrink > 1 or width != frame.width:
        width, height = max(round(width / shrink), 2), max(round(height / shrink), 2)
        image = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    else:
        image = frame.to_ndarray(format="rgb24")
    image = _turned(image, frame)
    if crop is not None:
        left, top, wide, high = crop
        rows, columns = image.shape[:2]
        x, y = int(left * columns), int(top * rows)
        image = image[y : max(y + round(high * rows), y + 2), x : max(x + round(wide * columns), x + 2)]
    return Picture(time_s, np.ascontiguousarray(hdr.to_standard(image, frame.color_trc)), shrink)


def _shown_size(stream: Any, frame: Any) -> tuple[int, int]:
    """Width and height of a frame as it lies in the stream (not yet turned) once its pixels are square, as players show it."""
    aspect = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    if not 1 / _WIDEST_PIXEL <= aspect <= _WIDEST_PIXEL:
        aspect = 1.0
    return max(round(frame.width * aspect), 1), frame.height


def _is_sideways(frame: Any) -> bool:
    across, down, *_ = _matrix(frame)
    return abs(down) > abs(across)


def _turned(image: NDArray[np.uint8], frame: Any) -> NDArray[np.uint8]:
    """(H, W, 3) as it is shown. Front cameras mirror by the same matrix by which phones turn, so the angle alone is not enough."""
    a, b, c, d = _matrix(frame)
    if _is_sideways(frame):
        image = image.transpose(1, 0, 2)
        flip_x, flip_y = c < 0, b < 0
    else:
        flip_x, flip_y = a < 0, d < 0
    return image[:: -1 if flip_y else 1, :: -1 if flip_x else 1]


def _matrix(frame: Any) -> tuple[int, int, int, int]:
    """a, b, c, d of the display matrix: the pixel (x, y), y down, is shown at (a·x + c·y, b·x + d·y)."""
    # Not by `frame.side_data`: frame and data would hold each other, and 4K frames lie about until they are collected.
    data = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg]
    if data is None or data.buffer_size < _MATRIX.size:
        return _PLAIN
    a, b, _, c, d, *_ = _MATRIX.unpack(bytes(data)[: _MATRIX.size])
    return (a, b, c, d) if a * d - b * c else _PLAIN
