"""Which morph targets show the shapes of a face: those by ARKit's names, and what a VRM model says of its expressions (VRM 0 and 1).

A shape that some mesh has by name is that mesh's: a model with both would close its lids twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kinetix_core.face_shapes import FACE_SHAPES
from kinetix_core.formats import source
from kinetix_core.formats.glb.vrm_extension import PRESETS

__all__ = ["FaceTargets", "face_targets"]

_OLD_PRESETS = {"eyeBlinkLeft": "blink_l", "eyeBlinkRight": "blink_r", "jawOpen": "a"}
"""As `PRESETS`, in VRM 0."""
_PERCENT = 100.0
"""A whole target of VRM 0."""
_LEAST = 0.01
"""Shares below move nothing that is seen, and a weight is not to be told from them."""


@dataclass(frozen=True)
class FaceTargets:
    """Of one node.

    Attributes:
        count: the targets that its mesh has.
        shares: by shape, how much of which targets the whole shape is.
    """

    count: int
    shares: dict[str, dict[int, float]] = field(default_factory=dict)


def face_targets(document: Mapping[str, Any]) -> dict[int, FaceTargets]:
    """By node, for those whose mesh shows some shape of a face.

    Raises:
        FormatError: nodes or meshes are damaged. What a VRM model says in a damaged way is left out.
    """
    meshes = source.sequence(document.get("meshes"), "“meshes”")
    of_mesh: dict[int, list[int]] = {}
    for number, node in enumerate(source.sequence(document.get("nodes"), "“nodes”")):
        mesh = node.get("mesh") if isinstance(node, dict) else None
        if mesh is not None:
            of_mesh.setdefault(source.index(mesh, len(meshes), "A node's mesh"), []).append(number)
    found: dict[int, FaceTargets] = {}
    for mesh, nodes in of_mesh.items():
        count, names = _targets(meshes[mesh])
        for node in nodes:  # they share the mesh, and each has weights of its own
            found[node] = own = FaceTargets(count)
            for target, name in enumerate(names):
                if name in FACE_SHAPES:
                    own.shares.setdefault(name, {})[target] = 1.0
    by_name = {name for own in found.values() for name in own.shares}
    for shape, node, target, share in _said(document, of_mesh):
        if shape not in by_name and node in found and 0 <= target < found[node].count and share >= _LEAST:
            found[node].shares.setdefault(shape, {}).setdefault(target, share)
    return {node: own for node, own in sorted(found.items()) if own.shares}


def _targets(mesh: Any) -> tuple[int, list[str]]:
    """How many targets a mesh has, and their names, as most programs write them though glTF does not ask for it; else none."""
    row = source.members(mesh, "A mesh")
    extras, primitives = row.get("extras"), source.sequence(row.get("primitives"), "A mesh's primitives")
    names = extras.get("targetNames") if isinstance(extras, dict) else None
    first = primitives[0].get("targets") if primitives and isinstance(primitives[0], dict) else None
    if not isinstance(first, list):
        return 0, []
    if not isinstance(names, list) or len(names) != len(first):
        return len(first), []
    return len(first), [source.text(name, "") for name in names]


def _said(document: Mapping[str, Any], of_mesh: Mapping[int, list[int]]) -> Iterator[tuple[str, int, int, float]]:
    """What a VRM model's expressions are made of: shape, node, target and share."""
    extensions = _object(document.get("extensions"))
    expressions = _object(_object(extensions.get("VRMC_vrm")).get("expressions"))
    presets = {preset: shape for shape, preset in PRESETS.items()}
    for kind in ("custom", "preset"):
        for name, row in _object(expressions.get(kind)).items():
            shape = presets.get(name) if kind == "preset" else _by_name(name)
            for bind in _objects(_object(row).get("morphTargetBinds")) if shape else ():
                yield from _bind(shape, [bind.get("node")], bind, 1.0)
    old = {preset: shape for shape, preset in _OLD_PRESETS.items()}
    for row in _objects(_object(_object(extensions.get("VRM")).get("blendShapeMaster")).get("blendShapeGroups")):
        shape = old.get(str(row.get("presetName")).lower()) or _by_name(row.get("name"))
        for bind in _objects(row.get("binds")) if shape else ():
            mesh = bind.get("mesh")
            nodes = of_mesh.get(mesh, []) if isinstance(mesh, int) else []
            yield from _bind(shape, nodes, bind, _PERCENT)


def _bind(
    shape: str | None, nodes: list[Any], bind: Mapping[str, Any], whole: float
) -> Iterator[tuple[str, int, int, float]]:
    target, weight = bind.get("index"), bind.get("weight")
    for node in nodes:
        if not shape or not isinstance(node, int) or not isinstance(target, int):
            continue
        if isinstance(weight, int | float) and weight >= 0:
            yield shape, node, target, min(weight, whole) / whole


def _by_name(name: Any) -> str | None:
    """The shape that a custom expression is called after; some tools begin it with a capital letter."""
    shape = name[:1].lower() + name[1:] if isinstance(name, str) else ""
    return shape if shape in FACE_SHAPES else None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
