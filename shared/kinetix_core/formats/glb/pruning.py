"""Takes the clips out of a glTF document together with their bytes, without renumbering what is left."""

from __future__ import annotations

from collections.abc import Iterator
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
    others = {
        item
        for key, value in document.items()
        if key not in ("accessors", "bufferViews", "buffers")
        for _, item, may_name in _members(key, value)
        if may_name and isinstance(item, int)
    }
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
    used = {
        item
        for key, value in document.items()
        if key != "bufferViews"
        for name, item, _ in _members(key, value)
        if name == "bufferView" and isinstance(item, int)
    }
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


def _members(key: str, value: Any) -> Iterator[tuple[str, Any, bool]]:
    """Yield the name of every value within a member, the value, and whether a number there may be an accessor."""
    waiting = [(key, value, False)]
    while waiting:
        name, item, may_name = waiting.pop()
        may_name = may_name or name in _NAMING
        yield name, item, may_name
        if isinstance(item, dict):
            waiting.extend((name, inner, may_name) for name, inner in item.items())
        elif isinstance(item, list):
            waiting.extend(("", inner, may_name) for inner in item)
