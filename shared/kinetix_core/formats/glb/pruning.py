"""Takes the clips out of a glTF document together with their bytes, without renumbering what is left."""

from __future__ import annotations

from typing import Any

from kinetix_core.formats import source
from kinetix_core.formats.glb.container import CLIP_CAMERA
from kinetix_core.values.errors import UnreadableFile

_NAMING = ("attributes", "indices", "targets", "inverseBindMatrices", "extensions", "extras")
"""Members whose numbers may be accessors. Others, a skin's joints above all, only look like them."""


def drop_clips(document: dict[str, Any]) -> None:
    """Remove the animations with their clip's camera in place, and empty the accessors that only they used.

    Indices stay valid, since unknown extensions may use them; only trailing items are removed.
    """
    accessors = source.sequence(document.get("accessors"), "“accessors”")
    used_by_clips = set()
    for animation in source.sequence(document.pop("animations", None), "“animations”"):
        for item in source.sequence(source.members(animation, "A clip").get("samplers"), "A clip's samplers"):
            sampler = source.members(item, "A sampler")
            used_by_clips |= {
                source.index(sampler[key], len(accessors), "A sampler") for key in ("input", "output") if key in sampler
            }
    others: set[int] = set()
    for key, value in document.items():
        if key not in ("accessors", "bufferViews", "buffers"):
            _named(key, value, others)
    for number in used_by_clips - others:
        accessors[number] = {"componentType": 5126, "type": "SCALAR", "count": 1}
    if isinstance(extras := document["asset"].get("extras"), dict):
        document["asset"] = document["asset"] | {"extras": {k: v for k, v in extras.items() if k != CLIP_CAMERA}}
    while accessors and len(accessors) - 1 in used_by_clips - others:
        accessors.pop()
        used_by_clips.discard(len(accessors))


def packed(document: dict[str, Any], buffers: list[memoryview]) -> bytes:
    """The bytes of all buffers as one, without those of views that nothing refers to; views are moved in place."""
    views = source.sequence(document.get("bufferViews"), "“bufferViews”")
    used: set[int] = set()
    for key, value in document.items():
        if key != "bufferViews":
            _views(value, used)
    while views and len(views) - 1 not in used:
        views.pop()
    parts: list[bytes | memoryview] = []
    size = 0
    for number, item in enumerate(views):
        view = source.members(item, "A buffer view")
        buffer = buffers[source.index(view.get("buffer"), len(buffers), "A buffer view")]
        start = source.index(view.get("byteOffset", 0), len(buffer), "A buffer view's start")
        length = source.index(view.get("byteLength"), len(buffer) - start + 1, "A buffer view's length")
        data = buffer[start : start + length]
        if number not in used:
            data = data[:1]
            view.pop("byteStride", None)
            view.pop("target", None)
        view["buffer"], view["byteOffset"], view["byteLength"] = 0, size, len(data)
        padding = -len(data) % 4
        parts += [data, b"\0" * padding]
        size += len(data) + padding
        if size > source.MAX_BYTES:
            raise UnreadableFile("The views of the GLB's buffers overlap too often")
    return b"".join(parts)


def _named(key: str, value: Any, found: set[int]) -> None:
    """Every accessor that a member of the document names: by the members of glTF that do, and what extensions may mean by a number."""
    waiting = [(key, value)]
    while waiting:
        name, item = waiting.pop()
        if name in _NAMING:
            _numbers(item, found)
        elif isinstance(item, dict):
            waiting.extend(item.items())
        elif isinstance(item, list):
            waiting.extend(("", one) for one in item)


def _numbers(value: Any, found: set[int]) -> None:
    """Every whole number anywhere in `value`: any of them may be an accessor."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, int):
            found.add(item)


def _views(value: Any, found: set[int]) -> None:
    """Every buffer view that is named anywhere in `value`."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if isinstance(item.get("bufferView"), int):
                found.add(item["bufferView"])
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
