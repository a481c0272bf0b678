"""The part of a clip that shows its person, and what is to be said about the rest: who films alone walks in and out."""

from __future__ import annotations

import numpy as np

from kinetix_capture.tracking.track import Track
from kinetix_capture.video.decode import FPS
from kinetix_core.values.clip_length import MIN_SECONDS
from kinetix_core.values.wording import worded

_AWAY_S = 0.3
_UNREAD_S = 0.25


def visible(seen: Track) -> Track:
    """Without the frames at both ends in which nobody is found, if there are many: a pose there would be made up.

    What remains is as long as most services want an emote; else all is kept.
    """
    rows = np.flatnonzero(seen.found)
    if not len(rows):
        return seen
    first, last = int(rows[0]), int(rows[-1])
    first = first if seen.times[first] - seen.times[0] >= _AWAY_S else 0
    last = last if seen.times[-1] - seen.times[last] >= _AWAY_S else len(seen.times) - 1
    if seen.times[last] - seen.times[first] < MIN_SECONDS:
        return seen
    return seen.changed(lambda name, values: values[first : last + 1])


def describe_absence(seen: Track, kept: Track, end_s: float) -> tuple[str, ...]:
    """One sentence for each stretch of the chosen part, which should end at `end_s`, that does not show the person.

    `seen` is the whole track, `kept` what `visible` left of it.
    """
    sentences = []
    if kept.times[0] > seen.times[0]:
        sentences.append(
            worded(
                "The person is in the picture from {seconds} s of the clip on; the move begins there.",
                seconds=f"{kept.times[0]:.1f}",
            )
        )
    times = kept.times[kept.found]
    for gone in np.flatnonzero(np.diff(times) >= _AWAY_S):
        sentences.append(
            worded(
                "The person is not seen from {start} to {end} s of the clip; the move is guessed there.",
                start=f"{times[gone]:.1f}",
                end=f"{times[gone + 1]:.1f}",
            )
        )
    if kept.times[-1] < seen.times[-1]:
        sentences.append(
            worded(
                "The person is in the picture until {seconds} s of the clip; the move ends there.",
                seconds=f"{kept.times[-1]:.1f}",
            )
        )
    unread = end_s - (seen.times[-1] + 1 / FPS)
    if np.isfinite(unread) and unread > _UNREAD_S:
        sentences.append(
            worded(
                "The last {seconds} s have no picture that can be read; the move ends before them.",
                seconds=f"{unread:.1f}",
            )
        )
    return tuple(sentences)
