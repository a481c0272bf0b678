"""Which morph targets show the shapes of a face, by their names and by what a VRM model says of its expressions (VRM 0 and 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kinetix_core.formats import source
from kinetix_core.formats.budget import Budget, Cost
from kinetix_core.io.untrusted_json import as_object
from kinetix_core.values.face_names import shown_by

_PERCENT = 100.0
"""A whole target of VRM 0."""
_LEAST = 0.01
"""Shares below move nothing that is seen, and a weight is not to be told from them."""
_UNKNOWN = ("", "unknown")
"""Presets of VRM 0 that are none."""
_NUMBERS_A_TARGET = 12
"""Numbers of the budget for each target of each node, which share meshes, so that a small file may ask for millions."""


@dataclass(frozen=True)
class FaceTargets:
    """Morph targets of one node.

    Attributes:
        count: the targets that its mesh has.
        shares: by shape, how much of which targets the whole shape is.
    """

    count: int
    shares: dict[str, dict[int, float]] = field(default_factory=dict)


def face_targets(document: Mapping[str, Any], budget: Budget) -> dict[int, FaceTargets]:
    """By node, for those whose mesh shows some shape of a face.

    Raises:
        FormatError: nodes or meshes are damaged, or more than the budget has. What a VRM model says in a damaged way is left out.
    """
    meshes = source.sequence(document.get("meshes"), "“meshes”")
    of_mesh: dict[int, list[int]] = {}
    for number, node in enumerate(source.sequence(document.get("nodes"), "“nodes”")):
        mesh = as_object(node).get("mesh")
        if mesh is not None:
            of_mesh.setdefault(source.index(mesh, len(meshes), "A node's mesh"), []).append(number)
    counts: dict[int, int] = {}
    named: list[tuple[str, tuple[int, int]]] = []
    for mesh, nodes in of_mesh.items():
        count, names = _targets(meshes[mesh])
        budget.spend(Cost.NUMBERS, (count + 1) * len(nodes) * _NUMBERS_A_TARGET)
        for node in nodes:  # they share the mesh, and each has weights of its own
            counts[node] = count
            named += [(name, (node, target)) for target, name in enumerate(names)]
    found: dict[int, FaceTargets] = {}
    for shape, parts in shown_by(named, _expressions(document, of_mesh, counts, budget)).items():
        for (node, target), share in parts.items():
            found.setdefault(node, FaceTargets(counts[node])).shares.setdefault(shape, {})[target] = share
    return dict(sorted(found.items()))


def _targets(mesh: Any) -> tuple[int, list[str]]:
    """Return the number of targets of a mesh and their names, if the file has them."""
    row = source.members(mesh, "A mesh")
    extras, primitives = row.get("extras"), source.sequence(row.get("primitives"), "A mesh's primitives")
    names = as_object(extras).get("targetNames")
    first = as_object(primitives[0]).get("targets") if primitives else None
    if not isinstance(first, list):
        return 0, []
    if not isinstance(names, list) or len(names) != len(first):
        return len(first), []
    return len(first), [source.text(name, "") for name in names]


def _expressions(
    document: Mapping[str, Any], of_mesh: Mapping[int, list[int]], counts: Mapping[int, int], budget: Budget
) -> Iterator[tuple[str, dict[tuple[int, int], float]]]:
    """Return a VRM model's expressions: their names, and the share of each target by node and number."""
    extensions = as_object(document.get("extensions"))
    expressions = as_object(as_object(extensions.get("VRMC_vrm")).get("expressions"))
    for kind in ("custom", "preset"):
        for name, row in as_object(expressions.get(kind)).items():
            binds = _objects(as_object(row).get("morphTargetBinds"))
            yield name, _shares([([bind.get("node")], bind) for bind in binds], 1.0, counts)
    for row in _objects(as_object(as_object(extensions.get("VRM")).get("blendShapeMaster")).get("blendShapeGroups")):
        binds = _objects(row.get("binds"))
        by_mesh = [(of_mesh.get(mesh, []) if isinstance(mesh := bind.get("mesh"), int) else [], bind) for bind in binds]
        budget.spend(Cost.NUMBERS, sum(len(nodes) for nodes, _ in by_mesh))
        preset = source.text(row.get("presetName"), "")
        name = source.text(row.get("name"), "") if preset.lower() in _UNKNOWN else preset
        yield name, _shares(by_mesh, _PERCENT, counts)


def _shares(
    binds: list[tuple[list[Any], Mapping[str, Any]]], whole: float, counts: Mapping[int, int]
) -> dict[tuple[int, int], float]:
    """Return the shares of existing targets by node, from an expression's binds."""
    found: dict[tuple[int, int], float] = {}
    for nodes, bind in binds:
        target, weight = bind.get("index"), bind.get("weight")
        if not isinstance(target, int) or not isinstance(weight, int | float) or not weight >= 0:
            continue
        share = min(weight, whole) / whole
        for node in nodes:
            if isinstance(node, int) and 0 <= target < counts.get(node, 0) and share >= _LEAST:
                found.setdefault((node, target), share)
    return found


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
