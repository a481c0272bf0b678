# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys a VRM model's expressions move, as the VRM add-on for Blender keeps it at the armature (VRM 0 and 1).

That add-on need not be there, and what a version of it keeps in another way is no expression: names of shape keys remain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bpy.types import Object

_HELD_BY = "vrm_addon_extension"
_OLD = "0.0"
_UNKNOWN = ("", "unknown")
"""Presets of VRM 0 that are none."""


@dataclass(frozen=True)
class Bind:
    """A shape key that an expression moves.

    Attributes:
        mesh: name of the object.
        share: how far, from 0 to 1, when the expression is whole.
    """

    mesh: str
    shape_key: str
    share: float


def expressions(rig: Object) -> Iterator[tuple[str, list[Bind]]]:
    """Name and binds of each expression; none where the rig is no VRM model or its add-on is not enabled."""
    extension = getattr(rig.data, _HELD_BY, None)
    try:
        if extension is not None:
            yield from _of_vrm_0(extension.vrm0) if extension.spec_version == _OLD else _of_vrm_1(extension.vrm1)
    except AttributeError:  # another version's
        return


def _of_vrm_0(vrm: Any) -> Iterator[tuple[str, list[Bind]]]:
    for group in vrm.blend_shape_master.blend_shape_groups:
        name = group.name if group.preset_name in _UNKNOWN else group.preset_name
        yield name, [Bind(one.mesh.mesh_object_name, one.index, one.weight) for one in group.binds]


def _of_vrm_1(vrm: Any) -> Iterator[tuple[str, list[Bind]]]:
    custom = [(one.custom_name, one) for one in vrm.expressions.custom]
    presets = vrm.expressions.preset
    known = [(one.identifier, getattr(presets, one.identifier)) for one in presets.bl_rna.properties]
    for name, one in [*custom, *known]:
        binds = getattr(one, "morph_target_binds", ())  # of the properties that Blender adds to each group
        yield name, [Bind(bind.node.mesh_object_name, bind.index, bind.weight) for bind in binds]
