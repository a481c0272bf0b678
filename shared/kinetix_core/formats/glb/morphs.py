"""The shapes of a face as morph targets of a mesh, and their weights as a track of its node (`face_targets` says which are which).

Sparse accessors hold moved vertices only: the mannequin's 52 shapes take about 40 kB.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.budget import Budget, Cost
from kinetix_core.formats.glb.binary import Binary
from kinetix_core.formats.glb.channels import Channels
from kinetix_core.formats.glb.container import Document
from kinetix_core.formats.glb.face_targets import face_targets
from kinetix_core.formats.glb.sampling import Sampler
from kinetix_core.mannequin.figure import FaceMoves
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
_FLOAT, _SHORT = 5126, 5123
_NUMBERS_A_POSE = 4


def targets(binary: Binary, face: FaceMoves, vertices: int) -> list[dict[str, int]]:
    """Put the shapes of a face into `binary` and return the targets of its primitive, of fewer than 65536 vertices."""
    first = len(binary.accessors)
    for shape in face.values():
        shape = shape.with_a_vertex()
        moves = shape.moves.astype("<f4")
        bounded = moves if len(moves) == vertices else np.concatenate((moves, np.zeros((1, 3), "<f4")))
        # views of their own: Godot takes a view for damaged that holds more than its accessor's share
        binary.accessors.append(
            {
                "componentType": _FLOAT,
                "count": vertices,
                "type": "VEC3",
                "min": bounded.min(0).tolist(),
                "max": bounded.max(0).tolist(),
                "sparse": {
                    "count": len(moves),
                    "indices": {"bufferView": binary.view(shape.rows.astype("<u2").tobytes()), "componentType": _SHORT},
                    "values": {"bufferView": binary.view(moves.tobytes())},
                },
            }
        )
    return [{"POSITION": accessor} for accessor in range(first, len(binary.accessors))]


def add_track(binary: Binary, animation: dict[str, Any], node: int, weights: Array, fps: float) -> None:
    """Add to an animation the weights (F, S) of a node's mesh, one row a frame."""
    times = binary.put((np.arange(len(weights)) / fps).astype("<f4"), "SCALAR", bounds=True)
    values = binary.put(weights.astype("<f4").ravel(), "SCALAR")
    animation["samplers"].append({"input": times, "output": values, "interpolation": "LINEAR"})
    sampler = len(animation["samplers"]) - 1
    animation["channels"].append({"sampler": sampler, "target": {"node": node, "path": "weights"}})


def add_face(binary: Binary, animation: dict[str, Any], document: dict[str, Any], face: Array, fps: float) -> None:
    """Add the weights (F, 52) of a face for every mesh of the document that has some of its shapes; its other targets rest."""
    for node, own in face_targets(document, Budget("GLB", 0)).items():
        weights = np.zeros((len(face), own.count))
        for name, shares in own.shares.items():
            for target, share in shares.items():
                weights[:, target] += share * face[:, FACE_SHAPES.index(name)]
        add_track(binary, animation, node, weights, fps)


def read_face(document: Document, channels: Channels, at: Array) -> Array | None:
    """The weights (F, 52) of a face at the seconds `at` (F,); None where the animation moves none of its shapes.

    If several meshes share a shape, as for lids and lashes, the first one counts.

    Raises:
        FormatError: damaged, or more than the document's budget has.
    """
    moved = list(channels.of(("weights",), len(document.all("nodes"))))
    if not moved:
        return None
    faces = face_targets(document.json, document.budget)
    found: dict[str, Array] = {}
    for channel, _, node in moved:
        own = faces.get(node)
        if own is None:
            continue
        new = {name: next(iter(shares.items())) for name, shares in own.shares.items() if name not in found}
        if not new:
            continue
        columns = [target for target, _ in new.values()]
        # of shapes that move one target together, as both sides of a smile, each gets its part
        squares = [sum(share**2 for column, share in new.values() if column == target) for target in columns]
        document.budget.spend(Cost.POSES, len(at) * len(columns) // _NUMBERS_A_POSE)
        track = channels.track(channel, node, "SCALAR", "A channel's weights", width=own.count)
        weights = Sampler(at).sample(replace(track, values=track.values[:, columns]), turn=False)
        parts = [share / square for (_, share), square in zip(new.values(), squares, strict=True)]
        found |= {name: weights[:, number] * part for number, (name, part) in enumerate(zip(new, parts, strict=True))}
    if not found:
        return None
    still = np.zeros(len(at))
    return np.stack([found.get(name, still) for name in FACE_SHAPES], axis=1)
