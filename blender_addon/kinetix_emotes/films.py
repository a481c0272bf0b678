# SPDX-License-Identifier: GPL-3.0-or-later
"""Films as small pictures, read by a background Blender: for the frame preview of the trim and for the comparison."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path

from . import background
from .hub import heartbeat

SMALL = 512
"""Pixels of a picture's longer side."""
LARGE = 1024
"""Pixels of the longer side where a place in the picture has to be exact."""
_MOST = 900  # pictures of one film
_RATE = 30.0  # pictures a second
_KEPT = 4  # films whose pictures stay
_FRAMES_PER_SLICE = 40

UNREADABLE = "The clip cannot be read. Choose another one, or convert it to MP4."
NOT_SHOWN = "The clip has no preview. It can still be sent."


class Film:
    """The frames of a clip that are extracted so far. `refresh` looks for more.

    Attributes:
        fps, frames: of the film; 0 until they are known.
        side: of a picture the longer side's pixels, at most.
        ready: pictures that are there, numbered from 1.
        problem: why there are none, or "".
        stopped: whether another film interrupted the reading.
    """

    def __init__(self, clip: str, folder: Path, stale: list[Path], side: int = SMALL) -> None:
        self.clip, self.folder, self.side = clip, folder, side
        self.fps, self.frames, self._step, self.ready, self.problem = 0.0, 0, 1, 0, ""
        self.stopped = False
        order = {"clip": clip, "side": side, "most": _MOST, "rate": _RATE, "stale": [str(one) for one in stale]}
        self._task: background.Task | None = None
        try:
            self._task = background.Task("film", folder, order)
        except OSError:  # no space, or no process may be started
            self.problem = NOT_SHOWN

    @property
    def seconds(self) -> float:
        return self.frames / self.fps if self.fps else 0.0

    @property
    def reading(self) -> bool:
        return self._task is not None

    @property
    def share(self) -> float:
        """Fraction of the clip that is extracted, 0 to 1."""
        return min(1.0, self.ready * self._step / self.frames) if self.frames else 0.0

    def refresh(self) -> bool:
        """Look what the background has written. True when something is new."""
        if self._task is None:
            return False
        before = self.ready, self.frames, self.reading
        ended = self._task.ended()
        if not self.frames:
            self._read_info()
        for _ in range(_FRAMES_PER_SLICE):
            if not self.file(self.ready + 1).is_file():
                break
            self.ready += 1
        else:
            return True  # more of them in the next slice
        if ended:
            if not self.ready:
                self.problem = UNREADABLE
            self._task = None
        return before != (self.ready, self.frames, self.reading)

    def number_at(self, seconds: float) -> int:
        """Number of the picture of this moment, as far as it is read; 0 when there is none at all."""
        if not self.ready:
            return 0
        return min(max(1, int(seconds * self.fps / self._step + 0.5) + 1), self.ready)

    def has(self, seconds: float) -> bool:
        """Return whether the frame at this time is extracted, or never will be."""
        return not self.reading or int(seconds * self.fps / self._step + 0.5) + 1 <= self.ready

    def file(self, number: int) -> Path:
        return self.folder / f"{number:05d}.jpg"

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task, self.stopped = None, True

    def _read_info(self) -> None:
        try:
            info = json.loads((self.folder / "info.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        self.fps, self.frames, self._step = float(info["fps"]), int(info["frames"]), int(info["step"])


_films: OrderedDict[tuple[str, int, int, int], Film] = OrderedDict()
_counter = 0


def open_film(clip: str, side: int = SMALL) -> Film | None:
    """Open a clip and start to extract its frames, once per clip. Return None if the file is missing."""
    global _counter
    try:
        info = Path(clip).stat()
    except OSError:
        return None
    key = clip, info.st_size, info.st_mtime_ns, side
    if key in _films and not _films[key].folder.is_dir():
        del _films[key]
    if key not in _films:
        stale = _drop_unfinished()
        while len(_films) >= _KEPT:
            stale.append(_films.popitem(last=False)[1].folder)
        _counter += 1
        _films[key] = Film(clip, background.scratch(f"film-{_counter}"), stale, side)
    _films.move_to_end(key)
    return _films[key]


def resumed(film: Film) -> Film:
    """Return the film, read again from its beginning if another one interrupted it and none is being read now."""
    if not film.stopped or any(one.reading for one in _films.values()):
        return film
    return open_film(film.clip, film.side) or film


def _drop_unfinished() -> list[Path]:
    """Stop what is being read, for it is read from the beginning when it is wanted again; gives the folders that are left over."""
    unfinished = {name: film for name, film in _films.items() if film.reading}
    for name, film in unfinished.items():
        film.stop()
        del _films[name]
    return [film.folder for film in unfinished.values()]


def close() -> None:
    """Stop every extraction, when the add-on is disabled."""
    _drop_unfinished()


def tick() -> float | None:
    """Part of the timer: follows the film that is being read."""
    film = next((one for one in _films.values() if one.reading), None)
    if film is None:
        return None
    if film.refresh():
        heartbeat.redraw()
    return 0.1
