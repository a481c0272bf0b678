"""Lets a GLB into a project only when everything that Godot's importer will follow in it is sound.

The usual emote is accepted by a short look at the places that matter; whatever is unusual is read in full by `glb.check`, whose
words a person gets when it is refused.
"""

from __future__ import annotations

import contextlib
import json
import struct
from typing import Any

__all__ = ["verify"]

Json = dict[str, Any]
# Raised by contents that are not as usual: then the whole reader decides.
_UNUSUAL = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, struct.error, RecursionError)
_HEAD = struct.Struct("<4sIIII")
_COMPONENT = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_COUNT = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_USUAL = {
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


def verify(data: bytes) -> Json | None:
    """Raises FormatError for contents that must not enter a project. Returns the document when it was read on the way."""
    with contextlib.suppress(*_UNUSUAL):
        if (document := _sound(data)) is not None:
            return document
    from kinetix_core.formats import glb

    glb.check(data)
    return None


def _sound(data: bytes) -> Json | None:
    magic, version, length, json_length, kind = _HEAD.unpack_from(data)
    place = 20 + json_length
    if magic != b"glTF" or version != 2 or length != len(data) or kind != 0x4E4F534A or json_length % 4:
        return None
    bin_length, bin_kind = struct.unpack_from("<II", data, place)
    if bin_kind != 0x004E4942 or place + 8 + bin_length != length:
        return None
    document: Json = json.loads(data[20:place])
    if not document.keys() <= _USUAL or len(document["buffers"]) != 1 or "uri" in document["buffers"][0]:
        return None
    if document["asset"]["version"] != "2.0" or not 0 <= document["buffers"][0]["byteLength"] <= bin_length:
        return None
    is_sound = _tree(document) and _tables(document, memoryview(data)[place + 8 :])
    return document if is_sound else None


def _index(value: Any, count: int) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise ValueError(value)
    return value


def _tree(document: Json) -> bool:
    """Every node has one parent at most and there is no circle; every number in it points somewhere."""
    nodes = document["nodes"]
    count = len(nodes)
    parents = [-1] * count
    for number, node in enumerate(nodes):
        if "matrix" in node or "camera" in node or "extensions" in node:
            return False
        for child in node.get("children", ()):
            if parents[_index(child, count)] != -1 or child == number:
                return False
            parents[child] = number
        for key, size in (("translation", 3), ("rotation", 4), ("scale", 3)):
            value = node.get(key)
            if value is not None and (len(value) != size or not all(-1e6 < part < 1e6 for part in value)):
                return False
        if "mesh" in node:
            _index(node["mesh"], len(document.get("meshes", ())))
        if "skin" in node:
            _index(node["skin"], len(document["skins"]))
    depth = [-1] * count
    for start in range(count):
        path = []
        at = start
        while at != -1 and depth[at] == -1:
            path.append(at)
            if len(path) > count:
                return False
            at = parents[at]
        for at in path:
            depth[at] = 1
    for scene in document.get("scenes", ()):
        for root in scene.get("nodes", ()):
            _index(root, count)
    return bool(document["skins"] and document["animations"])


def _tables(document: Json, binary: memoryview) -> bool:
    views, accessors, nodes = document["bufferViews"], document["accessors"], document["nodes"]
    limit = document["buffers"][0]["byteLength"]
    spans: list[tuple[int, int, str, int]] = []  # per accessor: count, offset, type, component type
    for accessor in accessors:
        if "sparse" in accessor or "extensions" in accessor:
            return False
        view = views[_index(accessor["bufferView"], len(views))]
        width = _COMPONENT[accessor["componentType"]] * _COUNT[accessor["type"]]
        stride = view.get("byteStride", width)
        offset, count = accessor.get("byteOffset", 0), accessor["count"]
        start, size = view.get("byteOffset", 0), view["byteLength"]
        if (
            type(count) is not int
            or count < 1
            or min(offset, start, size) < 0
            or stride < width
            or start + size > limit
        ):
            return False
        if offset + (count - 1) * stride + width > size or (start + offset) % _COMPONENT[accessor["componentType"]]:
            return False
        spans.append((count, start + offset, accessor["type"], accessor["componentType"] if stride == width else 0))
    total = len(spans)
    for skin in document["skins"]:
        joints = skin["joints"]
        if not joints or len(set(joints)) != len(joints):
            return False
        for joint in joints:
            _index(joint, len(nodes))
        if "inverseBindMatrices" in skin:
            count, _, shape, _ = spans[_index(skin["inverseBindMatrices"], total)]
            if shape != "MAT4" or count < len(joints):
                return False
    for mesh in document.get("meshes", ()):
        for part in mesh["primitives"]:
            if "targets" in part or "extensions" in part or part.get("mode", 4) != 4:
                return False
            vertices = spans[_index(part["attributes"]["POSITION"], total)][0]
            if any(spans[_index(number, total)][0] != vertices for number in part["attributes"].values()):
                return False
            if not _faces(spans[_index(part["indices"], total)], binary, vertices):
                return False
    return _clips(document, spans, binary)


def _faces(span: tuple[int, int, str, int], binary: memoryview, vertices: int) -> bool:
    import numpy as np  # comes with the first GLB, not with the hub's start

    count, offset, shape, component = span
    kind = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32}[component]
    return shape == "SCALAR" and int(np.frombuffer(binary, kind, count, offset).max()) < vertices


def _clips(document: Json, spans: list[tuple[int, int, str, int]], binary: memoryview) -> bool:
    """Times rise, values are numbers, and both have the same length."""
    import numpy as np

    usual = {"translation": "VEC3", "rotation": "VEC4", "scale": "VEC3"}
    times: set[int] = set()
    low, high = len(binary), 0
    for clip in document["animations"]:
        samplers = clip["samplers"]
        for channel in clip["channels"]:
            sampler = samplers[_index(channel["sampler"], len(samplers))]
            _index(channel["target"]["node"], len(document["nodes"]))
            inputs, outputs = sampler["input"], spans[_index(sampler["output"], len(spans))]
            count, _, shape, component = spans[_index(inputs, len(spans))]
            if sampler.get("interpolation", "LINEAR") == "CUBICSPLINE" or shape != "SCALAR" or component != 5126:
                return False
            if outputs[0] != count or outputs[2] != usual[channel["target"]["path"]] or outputs[3] != 5126:
                return False
            times.add(inputs)
            low, high = min(low, outputs[1]), max(high, outputs[1] + count * 4 * _COUNT[outputs[2]])
        if not clip["channels"]:
            return False
    for number in times:
        count, offset, _, _ = spans[number]
        found = np.frombuffer(binary, "<f4", count, offset)
        if not (np.isfinite(found).all() and (np.diff(found) > 0).all() and found[0] >= 0):
            return False
    # One look at everything from the first to the last value; what else lies between is at worst read in full.
    return low % 4 == 0 and bool(np.isfinite(np.frombuffer(binary, "<f4", (high - low) // 4, low)).all())
