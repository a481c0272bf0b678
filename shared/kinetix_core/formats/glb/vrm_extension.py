"""Bones and expressions of a VRM animation; an expression's weight is its node's x translation.

A shape with a VRM preset is written as that preset only: a model with both would close its lids twice. The others are custom
expressions with ARKit's names. Presets of moods are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.budget import Cost
from kinetix_core.formats.glb.channels import Channels
from kinetix_core.formats.glb.container import Document
from kinetix_core.formats.glb.sampling import Sampler
from kinetix_core.io.untrusted_json import as_object
from kinetix_core.values.face_names import STAND_INS
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
EXTENSION = "VRMC_vrm_animation"
PRESETS = {shape: row.names[0] for row in STAND_INS if row.is_told for shape in row.shapes}
"""Shape of a face → VRM's preset for it."""
_KNOWN = {
    "custom": {name: name for name in FACE_SHAPES},
    "preset": {preset: shape for shape, preset in PRESETS.items()},
}


def read_expressions(document: Document, channels: Channels, at: Array) -> Array | None:
    """The weights (F, 52) that a VRM animation has at the seconds `at` (F,); None where it moves none of the face's shapes.

    Raises:
        FormatError: damaged, or more than the document's budget has.
    """
    columns = _said(document)
    if not columns:
        return None
    face = np.zeros((len(at), len(FACE_SHAPES)))
    moved = False
    for channel, _, node in channels.of(("translation",), len(document.all("nodes"))):
        if node in columns:
            document.budget.spend(Cost.POSES, len(at))
            track = channels.track(channel, node, "VEC3", "An expression's weights")
            face[:, columns[node]] = np.clip(Sampler(at).sample(track, turn=False)[:, 0], 0.0, 1.0)
            moved = True
    return face if moved else None


def bone_nodes(document: Document) -> list[int]:
    """The nodes that a VRM animation has for its bones; none for other files. Raises FormatError for one that there is not."""
    humanoid = _part(document, "humanoid")
    return _nodes(document, humanoid.get("humanBones"), "A bone's node")


def _said(document: Document) -> dict[int, int]:
    """Node → column of the face that it moves, for the expressions that are shapes of a face or stand for one."""
    expressions = _part(document, "expressions")
    found: dict[int, int] = {}
    for kind, known in _KNOWN.items():
        named = {name: row for name, row in as_object(expressions.get(kind)).items() if name in known}
        nodes = _nodes(document, named, "An expression's node")
        found |= {node: FACE_SHAPES.index(known[name]) for node, name in zip(nodes, named, strict=True)}
    return found


def _nodes(document: Document, rows: Any, what: str) -> list[int]:
    """Return the nodes of an object's members."""
    members = [source.members(row, what) for row in as_object(rows).values()]
    return [source.index(row.get("node"), len(document.all("nodes")), what) for row in members]


def _part(document: Document, name: str) -> Mapping[str, Any]:
    """A part of the extension, empty where the file has none."""
    return as_object(as_object(as_object(document.json.get("extensions")).get(EXTENSION)).get(name))
