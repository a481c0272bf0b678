"""Tracks of people who were followed each for himself, made to agree: a body is one person's, and the nearer one hides the other."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
from scipy.ndimage import binary_dilation

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.tracking import shown_body
from kinetix_capture.tracking.survey import PersonPath
from kinetix_capture.tracking.track import Track

_JOINTS = [11, 12, 13, 14, 23, 24, 25, 26, 27, 28]
# Two tracks whose joints are so near to each other in the mean, in heights of the body, show one body.
_ONE_BODY = 0.12
# Frames: the body changes hands over one or two of them, and is neither's then.
_AROUND, _BRIDGED = 1, 3


def set_apart(tracks: Sequence[Track], people: Sequence[PersonPath]) -> list[Track]:
    """The tracks, of the same frames, without the frames in which each one shows somebody else; `people` says where each one is."""
    lost = [np.zeros(len(track.times), bool) for track in tracks]
    for first, second in itertools.combinations(range(len(tracks)), 2):
        for start, end in _shared(tracks[first], tracks[second]):
            frames = slice(start, end)
            away = [_away(tracks[number], people[number], frames) for number in (first, second)]
            loser = first if away[0] > away[1] else second
            lost[loser][max(start - _AROUND, 0) : end + _AROUND] = True
    return [_without(track, gone) if gone.any() else track for track, gone in zip(tracks, lost, strict=True)]


def _shared(a: Track, b: Track) -> list[tuple[int, int]]:
    """First frame and the one after the last of each run in which both show one body."""
    apart = np.linalg.norm(a.points[:, _JOINTS] - b.points[:, _JOINTS], axis=-1).mean(1)
    height = np.maximum(*(np.ptp(track.points[:, _JOINTS], axis=1).max(1) for track in (a, b)))
    with np.errstate(invalid="ignore"):
        frames = np.flatnonzero(apart < _ONE_BODY * height)  # not found is nan, and never near
    runs: list[tuple[int, int]] = []
    for frame in frames.tolist():
        if runs and frame - runs[-1][1] <= _BRIDGED:
            runs[-1] = (runs[-1][0], frame + 1)
        else:
            runs.append((frame, frame + 1))
    return runs


def _away(track: Track, person: PersonPath, frames: slice) -> float:
    """Return the mean distance of the body from the person's path, in radii of the circle around the person."""
    middles = track.points[frames, 23:25].mean(1)
    return float(np.nanmean(np.linalg.norm(middles - person.at(track.times[frames]), axis=1))) / person.radius


def _without(track: Track, gone: Flags) -> Track:
    def emptied(name: str, values: Array) -> Array:
        if name == "times":
            return values
        values = values.copy()
        values[gone] = 0.0 if name in ("visibility", "clear") else np.nan
        return values

    return track.changed(emptied)


def hide(tracks: Sequence[Track]) -> list[Track]:
    """The tracks with the landmarks that lie behind a nearer person's body as not visible, and bridged over time.

    There the network guesses, or takes the other's hand for a foot.
    """
    scales = []  # pixels a metre
    for track in tracks:
        seen, metres = (values - values.mean(1, keepdims=True) for values in (track.points, track.world[..., :2]))
        scales.append(float(np.sqrt(np.nansum(seen**2) / max(np.nansum(metres**2), 1e-9))))
    hidden = [np.zeros(track.visibility.shape, bool) for track in tracks]
    for behind, front in itertools.permutations(range(len(tracks)), 2):
        if scales[front] > scales[behind]:
            hidden[behind] |= shown_body.inside_body(tracks[behind].points, tracks[front].points)
    return [
        _bridged(track, binary_dilation(gone, np.ones((3, 1)))) if gone.any() else track
        for track, gone in zip(tracks, hidden, strict=True)
    ]


def _bridged(track: Track, gone: Flags) -> Track:
    """Interpolate missing landmarks (N, L) and mark them as not trusted."""
    points, world = track.points.copy(), track.world.copy()
    for landmark in np.flatnonzero(gone.any(0)):
        known, lost = (np.flatnonzero(track.found & flags) for flags in (~gone[:, landmark], gone[:, landmark]))
        if not len(known):
            continue
        for values in (points, world):
            for axis in range(values.shape[2]):
                values[lost, landmark, axis] = np.interp(
                    track.times[lost], track.times[known], values[known, landmark, axis]
                )
    return dataclasses.replace(track, points=points, world=world, visibility=np.where(gone, 0.0, track.visibility))
