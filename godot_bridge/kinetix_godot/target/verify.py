"""Lets a GLB into a project only when everything that Godot's importer will follow in it is sound.

The first emote of a figure is read in full by `glb.check`, whose words a person gets when it is refused. What the next ones have in
common with it, by every byte, needs no second look: in them only the clip is looked at. Whatever is unusual is read in full.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import lt
from typing import Any, Generic, TypeVar

from kinetix_core.io.glb_chunks import chunks_of
from kinetix_core.values.errors import FormatError
from kinetix_godot.target.documents import Documents

__all__ = ["verify"]

Json = dict[str, Any]
Found = TypeVar("Found")
# Raised by contents that are not as usual: then the whole reader decides.
_UNUSUAL = (
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    struct.error,
    RecursionError,
    FormatError,
)
_COMPONENT = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_WIDTH = {
    (kind, shape): size * count
    for kind, size in _COMPONENT.items()
    for shape, count in {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}.items()
}
_TIME = (5126, "SCALAR")
_MOVES = {"translation": (5126, "VEC3"), "rotation": (5126, "VEC4"), "scale": (5126, "VEC3")}
_IN_DOCUMENT = {
    "asset",
    "scene",
    "scenes",
    "nodes",
    "meshes",
    "skins",
    "animations",
    "accessors",
    "bufferViews",
    "buffers",
    "materials",
}
_IN_CLIP = {"name", "samplers", "channels", "extras"}
# Larger files are read in full: what is looked at here then stays within what is read there.
_LARGEST, _LARGEST_TEXT, _MOST_NUMBERS, _MOST_POSES = 32 << 20, 1 << 20, 8_000_000, 800_000
_LARGEST_MESH = 4 << 20
_MOST_PAIRS = 12
# Of a float's four bytes the last holds its sign and nearly all of its exponent: these are the numbers below half a milliard, above
# which none can be meant. Infinity and what is no number have the highest exponent.
_SANE = bytes(byte for byte in range(256) if byte & 0x7F < 0x4E)

# Per accessor: count, offset in the binary part, (component type, shape), bytes from one value to the next.
Span = tuple[int, int, tuple[int, str], int]
# Per channel: the accessors of its times and values, and what the values have to be.
Track = tuple[int, int, tuple[int, str]]
# Per accessor of times: count and offset; then from where to where all that moves lies.
Values = tuple[list[tuple[int, int]], int, int]


class _Latest(Generic[Found]):
    """What was found in the last few pairs of parts that documents share (`Common`); a pair that is shared is the same object."""

    def __init__(self) -> None:
        self._known: list[tuple[Any, Any, Found]] = []

    def get(self, one: Any, other: Any, find: Callable[[], Found]) -> Found:
        for known_one, known_other, found in self._known:
            if known_one is one and known_other is other:
                return found
        found = find()
        self._known = [(one, other, found), *self._known[: _MOST_PAIRS - 1]]
        return found


@dataclass(frozen=True, slots=True)
class _Figure:
    """What the first emote of a figure holds besides its clip, found sound.

    Attributes:
        scene: which scene is shown.
        accessors: those of meshes and skins, by number.
        spans: where their values lie.
        start, mesh: and these values.
        joints: the nodes that skins use.
        layouts: accessors, bufferViews → all spans, and where the last view ends.
        tracks: samplers, channels → tracks.
        values: spans, tracks → where their values lie.
    """

    scene: Any
    accessors: dict[int, Json]
    spans: dict[int, Span]
    start: int
    mesh: bytes
    joints: frozenset[int]
    layouts: _Latest[tuple[list[Span], int]] = field(default_factory=_Latest)
    tracks: _Latest[list[Track]] = field(default_factory=_Latest)
    values: _Latest[Values] = field(default_factory=_Latest)


_documents = Documents()


def verify(data: bytes) -> Json | None:
    """Raises FormatError for contents that must not enter a project.

    Returns the document when it was read on the way; emotes share parts of theirs, so it is for reading only.
    """
    with contextlib.suppress(*_UNUSUAL):
        if (document := _of_known_figure(data)) is not None:
            return document
    from kinetix_core.formats import glb  # comes with the first GLB, not with the hub's start

    glb.check(data)
    with contextlib.suppress(*_UNUSUAL):
        return _learn(data)
    return None


def _parts(data: bytes) -> tuple[str, int]:
    """The text of the document, and where the binary part begins. Raises ValueError for other chunks than these two."""
    found = chunks_of(data)
    start, end = found.text
    if found.binary is None or found.binary[1] != len(data) or found.binary[0] != end + 8 or end % 4:
        raise ValueError(found)
    if len(data) > _LARGEST or end - start > _LARGEST_TEXT:
        raise ValueError(found)
    return data[start:end].decode("utf-8"), found.binary[0]


def _of_known_figure(data: bytes) -> Json | None:
    """The document, if its figure is known and its clip is sound."""
    text, place = _parts(data)
    if (found := _documents.read(text)) is None:
        return None
    document, common = found
    figure: _Figure = common.findings
    if not document.keys() <= _IN_DOCUMENT or document["asset"]["version"] != "2.0":
        return None
    if repr(document.get("scene")) != repr(figure.scene):
        return None
    (clip,) = document["animations"]
    if not clip.keys() <= _IN_CLIP:
        return None
    accessors, views = document["accessors"], document["bufferViews"]
    spans, end = figure.layouts.get(accessors, views, lambda: _layout(accessors, views, figure))
    if end > _size(document, len(data) - place) or not data.startswith(figure.mesh, place + figure.start):
        return None
    samplers, channels = clip["samplers"], clip["channels"]
    nodes = len(document["nodes"])
    tracks = figure.tracks.get(samplers, channels, lambda: _tracks(samplers, channels, nodes, figure.joints))
    values = figure.values.get(spans, tracks, lambda: _values(spans, tracks))
    poses = _seconds(values, data, place) * _rate(clip) * nodes
    return document if poses < _MOST_POSES else None


def _rate(clip: Json) -> float:
    """How many frames a second the clip says to have; the most there may be when it does not say."""
    said: Any = ((clip.get("extras") or {}).get("kinetix") or {}).get("fps")
    return said if type(said) in (int, float) and 0 < said <= 1000 else 1000.0


def _layout(accessors: list[Json], views: list[Json], figure: _Figure) -> tuple[list[Span], int]:
    """Raises ValueError when what belongs to the figure lies elsewhere than in its first emote."""
    spans, end = _spans(accessors, views)
    for number, span in figure.spans.items():
        if spans[number] != span or accessors[number] != figure.accessors[number]:
            raise ValueError(number)
    return spans, end


def _learn(data: bytes) -> Json:
    """Keeps what other emotes will have in common with this one, which `glb.check` has accepted. Returns its document."""
    text, place = _parts(data)
    document: Json = json.loads(text)
    (clip,) = document["animations"]
    spans, end_of_views = _spans(document["accessors"], document["bufferViews"])
    if end_of_views > _size(document, len(data) - place):
        return document
    joints = frozenset(joint for skin in document["skins"] for joint in skin["joints"])
    _tracks(clip["samplers"], clip["channels"], len(document["nodes"]), joints)
    used = [skin["inverseBindMatrices"] for skin in document["skins"] if "inverseBindMatrices" in skin]
    for mesh in document.get("meshes", ()):
        for part in mesh["primitives"]:
            if "targets" in part or "extensions" in part:
                return document
            used += [*part["attributes"].values(), part["indices"]]
    start = min((spans[number][1] for number in used), default=0)
    end = max((spans[number][1] + _length(spans[number]) for number in used), default=0)
    if end - start <= _LARGEST_MESH and not any("extensions" in node for node in document["nodes"]):
        figure = _Figure(
            document.get("scene"),
            {number: document["accessors"][number] for number in used},
            {number: spans[number] for number in used},
            start,
            data[place + start : place + end],
            joints,
        )
        _documents.remember(text, document, figure)
    return document


def _length(span: Span) -> int:
    count, _, kind, step = span
    return (count - 1) * step + _WIDTH[kind]


def _index(value: Any, count: int) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise ValueError(value)
    return value


def _tracks(samplers: list[Json], channels: list[Json], nodes: int, joints: frozenset[int]) -> list[Track]:
    """What the channels move. Raises ValueError or KeyError for what is unusual."""
    moved: set[tuple[int, str]] = set()
    tracks: list[Track] = []
    for channel in channels:
        sampler = samplers[_index(channel["sampler"], len(samplers))]
        node, path = _index(channel["target"]["node"], nodes), channel["target"]["path"]
        if sampler.get("interpolation", "LINEAR") not in ("LINEAR", "STEP") or (node, path) in moved:
            raise ValueError(channel)
        moved.add((node, path))
        tracks.append((_index(sampler["input"], 1 << 31), _index(sampler["output"], 1 << 31), _MOVES[path]))
    if not any(node in joints and path != "scale" for node, path in moved):
        raise ValueError("no joint moves")
    return tracks


def _size(document: Json, binary: int) -> int:
    """The length of the one buffer, which is the binary part. Raises ValueError for any other."""
    (buffer,) = document["buffers"]
    size = buffer["byteLength"]
    if "uri" in buffer or type(size) is not int or not 0 <= size <= binary:
        raise ValueError(buffer)
    return size


def _spans(accessors: list[Json], buffer_views: list[Json]) -> tuple[list[Span], int]:
    """Where the values of every accessor lie, and where the last view ends.

    Raises ValueError when they do not lie within their view, or not on their own boundary.
    """
    views: list[tuple[int, int, int]] = []
    last = 0
    for view in buffer_views:
        start, size, step = view.get("byteOffset", 0), view["byteLength"], view.get("byteStride", 0)
        if type(start) is not int or type(size) is not int or type(step) is not int or "extensions" in view:
            raise ValueError(view)
        if start < 0 or size < 0 or step < 0 or _index(view["buffer"], 1):
            raise ValueError(view)
        if start + size > last:
            last = start + size
        views.append((start, size, step))
    spans: list[Span] = []
    numbers = 0
    for accessor in accessors:
        number, count, component = accessor["bufferView"], accessor["count"], accessor["componentType"]
        offset = accessor.get("byteOffset", 0)
        if type(number) is not int or type(count) is not int or type(offset) is not int or type(component) is not int:
            raise ValueError(accessor)
        if number < 0 or count < 1 or offset < 0 or "sparse" in accessor or "extensions" in accessor:
            raise ValueError(accessor)
        start, size, step = views[number]
        kind = (component, accessor["type"])
        width = _WIDTH[kind]
        numbers += count * width
        if not step:
            step = width
        if step < width or offset + (count - 1) * step + width > size or (start + offset) % _COMPONENT[component]:
            raise ValueError(accessor)
        spans.append((count, start + offset, kind, step))
    if numbers > _MOST_NUMBERS:
        raise ValueError(numbers)
    return spans, last


def _values(spans: list[Span], tracks: list[Track]) -> Values:
    """Where the values of a clip lie that has as many as it has times. Raises ValueError for any other."""
    times: dict[int, tuple[int, int]] = {}
    low, high = 1 << 62, 0
    for number, output, wanted in tracks:
        if number not in times:
            count, start, kind, step = spans[number]
            if kind != _TIME or step != 4:
                raise ValueError(number)
            times[number] = count, start
        count, start, kind, step = spans[output]
        if count != times[number][0] or kind != wanted or step != _WIDTH[kind]:
            raise ValueError(output)
        low, high = min(low, start), max(high, start + count * step)
    if low % 4:
        raise ValueError(low)
    return list(times.values()), low, high


def _seconds(values: Values, data: bytes, place: int) -> float:
    """How long a clip is whose times rise and whose values are numbers. Raises ValueError for any other.

    By the means of the language alone: for one emote now and then, numpy's code would first have to come into the processor's
    cache, which takes longer than the look.
    """
    times, low, high = values
    first, last = 1e6, 0.0
    for count, start in times:
        found = struct.unpack_from(f"<{count}f", data, place + start)
        # A number that is none is neither above nor below another.
        if not (found[0] >= 0 and found[-1] <= 1e6 and all(map(lt, found, found[1:]))):
            raise ValueError(start)
        first, last = min(first, found[0]), max(last, found[-1])
    # One look at everything from the first to the last value; what else lies between is at worst read in full.
    if data[place + low + 3 : place + high : 4].translate(None, _SANE):
        raise ValueError(low)
    return last - first
