"""Channels of a glTF animation: which property of which node they move, and their keys, every time line read once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.budget import Cost
from kinetix_core.formats.glb import accessors
from kinetix_core.formats.glb.container import Document
from kinetix_core.formats.glb.sampling import MODES, Track
from kinetix_core.values.errors import UnreadableFile

Array = NDArray[np.float64]
_PATHS = ("rotation", "translation", "weights")
_TRACKS_A_CLIP = 40
"""The fixed cost of reading a clip, counted in tracks."""


class Channels:
    """The channels of one animation."""

    def __init__(self, document: Document, animation: dict[str, Any]) -> None:
        self._document = document
        self._channels = source.sequence(animation.get("channels"), "An animation's channels")
        self._samplers = source.sequence(animation.get("samplers"), "An animation's samplers")
        self._times: dict[int, Array] = {}

    def spend_tracks(self) -> None:
        """Take every track and its time line off the document's budget, before any of them is decoded.

        Raises:
            FormatError: more than the budget has, or a channel is damaged.
        """
        asked = [channel for channel, _, _ in self.of(_PATHS, len(self._document.all("nodes")))]
        time_lines = {self._time_line(self._sampler(channel)) for channel in asked}
        self._document.budget.spend(Cost.TRACKS, _TRACKS_A_CLIP + len(asked) + len(time_lines))

    def of(self, paths: Collection[str], count: int) -> Iterator[tuple[dict[str, Any], str, int]]:
        """Those that move one of these properties of one of `count` nodes: the channel, its property and its node.

        Raises:
            FormatError: a channel is damaged.
        """
        for item in self._channels:
            channel = source.members(item, "A channel")
            target = source.members(channel.get("target"), "A channel's target")
            path = target.get("path")
            if isinstance(path, str) and path in paths and target.get("node") is not None:
                yield channel, path, source.index(target["node"], count, "A channel's node")

    def track(self, channel: dict[str, Any], node: int, kind: str, what: str, *, width: int = 1) -> Track:
        """Its keys, decoded.

        Args:
            kind: of its values, as "VEC4".
            what: names the values in an error.
            width: values a key; a track of more than one has them as its columns.

        Raises:
            FormatError: damaged, or more than the document's budget has.
        """
        sampler = self._sampler(channel)
        mode = sampler.get("interpolation", "LINEAR")
        if mode not in MODES:
            raise UnreadableFile(f"A channel has the unknown interpolation {str(mode)[:20]}")
        key = self._time_line(sampler)
        if key not in self._times:
            self._times[key] = _rising(accessors.decode(self._document, key, ("SCALAR",), "A channel's times")[:, 0])
        times = self._times[key]
        values = accessors.decode(self._document, sampler.get("output"), (kind,), what)
        if len(values) != len(times) * width * (3 if mode == "CUBICSPLINE" else 1):
            raise UnreadableFile("A channel has different numbers of values and times")
        return Track(node, times, values if width == 1 else values.reshape(-1, width), mode)

    def _sampler(self, channel: dict[str, Any]) -> dict[str, Any]:
        place = source.index(channel.get("sampler"), len(self._samplers), "A channel's sampler")
        return source.members(self._samplers[place], "A sampler")

    @staticmethod
    def _time_line(sampler: dict[str, Any]) -> int:
        return source.index(sampler.get("input"), 1 << 31, "A channel's times")


def _rising(times: Array) -> Array:
    if not len(times):
        raise UnreadableFile("A channel has no key")
    if (np.diff(times) < 0).any() or abs(times).max() > 1e6:
        raise UnreadableFile("The times of a channel do not rise")
    return times
