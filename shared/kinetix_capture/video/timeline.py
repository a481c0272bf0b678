"""When pictures are shown: seconds on the time line of a player, which begins with whatever begins first, sound or picture."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import av

_NOTED_DURATION = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d+)?)")


def stamp(container: Any) -> Callable[[Any], int | None]:
    """The time stamp of a frame. An avi only counts its pictures as they are stored; their order is not the one of display."""
    return operator.attrgetter("dts" if container.format.name == "avi" else "pts")


def lead_s(container: Any, stream: Any, first: Any) -> float:
    """Return seconds of sound before the first frame that can be decoded.

    What the file says of the pictures' own start does not count: streams that were cut begin before their first whole picture. Sound
    before zero does not count either: it is not played, it only sets up its decoder.
    """
    place = stamp(container)(first)
    if place is None or not stream.time_base or container.format.name == "avi":
        return 0.0
    shown = float(place * stream.time_base)
    begun = [
        float(sound.start_time * sound.time_base) for sound in container.streams.audio if sound.start_time is not None
    ]
    return max(shown - max(min(begun, default=shown), 0.0), 0.0)


def duration_s(container: Any, stream: Any) -> float:
    """Return seconds of the pictures, which may end before the sound does; 0 when the file does not say."""
    if stream.duration and stream.time_base:
        return max(float(stream.duration * stream.time_base), 0.0)
    noted = _NOTED_DURATION.fullmatch(stream.metadata.get("DURATION", ""))  # of one track, in Matroska
    if noted:
        hours, minutes, seconds = noted.groups()
        end = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
        return max(end - float((stream.start_time or 0) * (stream.time_base or 0)), 0.0)
    return max((container.duration or 0) / av.time_base, 0.0)
