"""The shapes of a face as morph targets of a mesh, and their weights as a track of its node.

Only the vertices that a shape moves are in the file (sparse accessors), so that all 52 of the mannequin take some forty kilobytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.glb.binary import Binary

__all__ = ["add_track", "targets"]

Array = NDArray[np.float64]
_STILL_M = 1e-6
_FLOAT, _SHORT = 5126, 5123


def targets(binary: Binary, shapes: Array) -> list[dict[str, int]]:
    """The targets of a mesh's primitive for shapes (S, V, 3) in metres, V below 65536; their data is put into `binary`."""
    # a sparse accessor replaces one value at least, so a shape that moves nothing has a vertex that stays
    rows = [np.flatnonzero(np.abs(shape).max(axis=1) > _STILL_M) for shape in shapes]
    rows = [own if len(own) else np.zeros(1, np.int64) for own in rows]
    moves = [shape[own].astype("<f4") for shape, own in zip(shapes, rows, strict=True)]
    indices = binary.view(np.concatenate(rows).astype("<u2").tobytes())
    values = binary.view(np.concatenate(moves).tobytes())
    first = len(binary.accessors)
    place = 0
    for own, moved in zip(rows, moves, strict=True):
        lowest, highest = (moved.min(0), moved.max(0)) if len(own) == shapes.shape[1] else _with_rest(moved)
        binary.accessors.append(
            {
                "componentType": _FLOAT,
                "count": shapes.shape[1],
                "type": "VEC3",
                "min": lowest.tolist(),
                "max": highest.tolist(),
                "sparse": {
                    "count": len(own),
                    "indices": {"bufferView": indices, "byteOffset": 2 * place, "componentType": _SHORT},
                    "values": {"bufferView": values, "byteOffset": 12 * place},
                },
            }
        )
        place += len(own)
    return [{"POSITION": accessor} for accessor in range(first, len(binary.accessors))]


def _with_rest(moved: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bounds of moves (R, 3) and of the vertices that stay."""
    nothing = np.float32(0)
    return np.minimum(moved.min(0), nothing), np.maximum(moved.max(0), nothing)


def add_track(binary: Binary, animation: dict[str, Any], node: int, weights: Array, fps: float) -> None:
    """Adds to an animation the weights (F, S) of a node's mesh, one row a frame."""
    times = binary.put((np.arange(len(weights)) / fps).astype("<f4"), "SCALAR", bounds=True)
    values = binary.put(weights.astype("<f4").ravel(), "SCALAR")
    animation["samplers"].append({"input": times, "output": values, "interpolation": "LINEAR"})
    sampler = len(animation["samplers"]) - 1
    animation["channels"].append({"sampler": sampler, "target": {"node": node, "path": "weights"}})
