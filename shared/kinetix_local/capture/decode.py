"""Video file to upright RGB pictures at no more than 30 a second, chosen by their time stamps (FFmpeg through PyAV)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from kinetix_local.capture import hdr, rejection

__all__ = ["FPS", "Clip", "Picture", "frames", "probe"]

FPS = 30.0
LONGEST_SIDE = 1920
MAX_PIXELS = 8192 * 4608
_BROKEN_PACKETS_IN_A_ROW = 100

Crop = tuple[float, float, float, float]


@dataclass(frozen=True)
class Clip:
    """What the container says. Width and height of the upright picture in pixels; `duration_s` 0 when it says nothing."""

    path: Path
    width: int
    height: int
    duration_s: float
    rate: float
    codec: str


@dataclass(frozen=True)
class Picture:
    """One frame: seconds since the first frame of the clip, (H, W, 3) uint8 RGB, and the pixels of the source per pixel here."""

    time_s: float
    image: NDArray[np.uint8]
    scale: float


def _open(path: Path) -> Any:
    if not path.is_file():
        raise rejection.no_such_file(path)
    try:
        # Only local demuxing: a playlist inside the file must not open addresses or other files.
        container = av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise rejection.not_a_video(_reason(error)) from error
    if not container.streams.video or container.format.name in _NOT_A_CLIP:
        container.close()
        raise rejection.not_a_video("It has no moving picture.")
    if container.streams.video[0].codec_context is None:
        container.close()
        raise rejection.not_a_video("Its pictures are in a form that cannot be decoded.")
    return container


_NOT_A_CLIP = frozenset({"concat", "hls", "dash", "image2", "lrc", "srt", "ass", "tty", "webvtt", "ffmetadata"})


def _reason(error: BaseException) -> str:
    return (str(getattr(error, "strerror", "")) or type(error).__name__)[:200]


def probe(path: Path) -> Clip:
    """Reads the header and the first frame. Raises CaptureRejected when the file is no usable video."""
    with _open(path) as container:
        stream = container.streams.video[0]
        for frame in _decoded(container, stream):
            turned = round(frame.rotation / 90) % 2 == 1
            width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
            if width * height > MAX_PIXELS:
                raise rejection.picture_too_large(width, height)
            duration = 0.0
            if stream.duration and stream.time_base:
                duration = float(stream.duration * stream.time_base)
            elif container.duration:
                duration = container.duration / av.time_base
            rate = float(stream.average_rate or 0)
            return Clip(path, width, height, max(duration, 0.0), rate, stream.codec_context.name)
    raise rejection.not_a_video("No frame of it can be decoded.")


def _decoded(container: Any, stream: Any, start_s: float = 0.0) -> Iterator[Any]:
    """Frames in order of display; broken packets are passed over, a file that is only broken ends."""
    stream.thread_type = "SLICE"
    stream.codec_context.thread_count = 1
    bad = 0
    if start_s > 2.0 and stream.time_base:
        try:
            container.seek(int(start_s / stream.time_base) + (stream.start_time or 0), stream=stream)
        except av.error.FFmpegError:
            container.seek(0)
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, ValueError):
            bad += 1
            if bad > _BROKEN_PACKETS_IN_A_ROW:
                return
            continue
        try:
            decoded = packet.decode()
        except (av.error.FFmpegError, ValueError):
            bad += 1
            if bad > _BROKEN_PACKETS_IN_A_ROW:
                return
            continue
        for frame in decoded:
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
) -> Iterator[Picture]:
    """Pictures from `start_s` until before `end_s`, at most one per 1/fps seconds: the one nearest to each beat of the grid.

    Args:
        crop: left, top, width, height as fractions of the upright picture; outside of it the picture is cut away.
        longest_side: larger pictures are scaled down while they are decoded.

    Raises:
        CaptureRejected: the file is no video.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        beat = math.ceil(start_s * fps - 1e-6)
        held: tuple[float, Any] | None = None
        sent = -math.inf
        for time_s, frame in _timed(container, stream, start_s):
            if held is None and sent < 0 and time_s > start_s + 0.5 / fps:
                beat = max(beat, math.floor(time_s * fps + 0.5))
            due = beat / fps
            if time_s < due - 1e-6:
                held = (time_s, frame)
                continue
            if due >= end_s - 1e-6:
                return
            best = (time_s, frame)
            if held is not None and due - held[0] < time_s - due and held[0] >= due - 0.5 / fps:
                best = held
            sent = best[0]
            yield _picture(*best, crop, longest_side)
            held = (time_s, frame) if best[1] is not frame else None
            beat = max(beat + 1, math.ceil(best[0] * fps + 0.5 - 1e-6))
            if held is not None and time_s >= beat / fps - 1e-6:
                if beat / fps >= end_s - 1e-6:
                    return
                sent = time_s
                yield _picture(time_s, frame, crop, longest_side)
                held = None
                beat += 1
        # the clip ends a little before its next beat
        if held is not None and beat / fps < end_s - 1e-6 and held[0] - sent > 0.9 / fps:
            yield _picture(*held, crop, longest_side)


def _timed(container: Any, stream: Any, start_s: float) -> Iterator[tuple[float, Any]]:
    """Frames with rising seconds since the first frame of the stream; a missing time stamp is taken from the rate."""
    base = float(stream.time_base) if stream.time_base else 0.0
    step = 1.0 / float(stream.average_rate or FPS)
    first = (stream.start_time or 0) * base
    last = -math.inf
    count = 0
    for frame in _decoded(container, stream, start_s):
        now = frame.pts * base - first if frame.pts is not None and base else max(last, -step) + step
        if not math.isfinite(now):
            now = count * step
        if count == 0 and start_s <= 2.0 and now > 0.5:
            first += now  # the stream says it starts earlier than its first picture
            now = 0.0
        count += 1
        if now <= last:
            continue
        last = now
        yield now, frame


def _picture(time_s: float, frame: Any, crop: Crop | None, longest_side: int) -> Picture:
    shrink = max(frame.width, frame.height) / longest_side
    width, height = frame.width, frame.height
    if shrink > 1:
        width, height = max(round(width / shrink), 2), max(round(height / shrink), 2)
        image = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    else:
        shrink = 1.0
        image = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / 90) % 4
    if turns:
        image = np.rot90(image, turns)
    if crop is not None:
        left, top, wide, high = crop
        rows, columns = image.shape[:2]
        x, y = int(left * columns), int(top * rows)
        image = image[y : max(y + round(high * rows), y + 2), x : max(x + round(wide * columns), x + 2)]
    curve = hdr.curve_of(frame.color_trc)
    if curve is not None:
        image = hdr.to_standard(image, curve)
    return Picture(time_s, np.ascontiguousarray(image), shrink)
