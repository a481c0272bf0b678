"""glTF read by the letter of its specification, one number at a time and without our reader: what the reader is judged by."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.formats import rigs

_COMPONENTS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}


class Scene:
    """A GLB with plain accessors; `world` gives the matrix of every node by its name."""

    def __init__(self, data: bytes) -> None:
        self.document, self.binary = rigs.parts(data)
        self.nodes: list[dict[str, Any]] = self.document["nodes"]
        self.parent = {child: node for node, item in enumerate(self.nodes) for child in item.get("children", [])}

    def world(self, clip: str, second: float) -> dict[str, np.ndarray]:
        """Node → (4, 4) at this second of a clip."""
        moved = self._channels(clip, second)
        return {item["name"]: self._world(node, moved) for node, item in enumerate(self.nodes)}

    def _world(self, node: int, moved: dict[tuple[int, str], np.ndarray]) -> np.ndarray:
        item = self.nodes[node]
        if "matrix" in item:
            local = np.array(item["matrix"], float).reshape(4, 4).T
        else:
            local = np.eye(4)
            local[:3, :3] = _matrix(moved.get((node, "rotation"), np.array(item.get("rotation", [0, 0, 0, 1]), float)))
            local[:3, :3] *= np.array(item.get("scale", [1, 1, 1]), float)
            local[:3, 3] = moved.get((node, "translation"), np.array(item.get("translation", [0, 0, 0]), float))
        return self._world(self.parent[node], moved) @ local if node in self.parent else local

    def _channels(self, clip: str, second: float) -> dict[tuple[int, str], np.ndarray]:
        animation = next(item for item in self.document["animations"] if item["name"] == clip)
        out = {}
        for channel in animation["channels"]:
            sampler, path = animation["samplers"][channel["sampler"]], channel["target"]["path"]
            times, values = self.values(sampler["input"])[:, 0], self.values(sampler["output"])
            key = int(np.argmin(np.abs(times - second)))
            assert abs(times[key] - second) < 1e-5, "only seconds of keys"
            out[channel["target"]["node"], path] = values[key]
        return out

    def values(self, number: int) -> np.ndarray:
        """Accessor → (count, components)."""
        accessor = self.document["accessors"][number]
        view, kind = self.document["bufferViews"][accessor["bufferView"]], np.dtype(_TYPES[accessor["componentType"]])
        width = _COMPONENTS[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = view.get("byteStride", width * kind.itemsize)
        rows = [np.frombuffer(self.binary, kind, width, start + row * stride) for row in range(accessor["count"])]
        return np.array(rows, float)


def _matrix(q: np.ndarray) -> np.ndarray:
    x, y, z, w = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
