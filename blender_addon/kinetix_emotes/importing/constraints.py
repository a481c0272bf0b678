# SPDX-License-Identifier: GPL-3.0-or-later
"""Constraints that would hide an emote (a leg's IK, say): its action holds their influence at nought. They stay on the rig."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from bpy.types import Object

from .curves import hold

Named = tuple[str, str]
"""Pose bone and its constraint."""


def hiding(obj: Object, keyed: Collection[str]) -> list[Named]:
    """Return constraints that override keyed bones and that an action can switch off.

    Also what has no influence now: another emote's action may have switched it off.
    """
    held = driven(obj)
    return [
        (bone.name, constraint.name)
        for bone, constraint in _active(obj)
        if not constraint.type.startswith("LIMIT_")
        and _path(bone.name, constraint.name) not in held
        and any(name in keyed for name in _moved(bone, constraint))
    ]


def limiting(obj: Object, keyed: Collection[str]) -> list[str]:
    """Keyed bones with constraints that an emote keeps: limits, and those whose influence the rig's own drivers set."""
    off = set(hiding(obj, keyed))
    return sorted(
        {
            bone.name
            for bone, one in _active(obj)
            if bone.name in keyed and one.influence > 0 and (bone.name, one.name) not in off
        }
    )


def driven(obj: Object) -> set[str]:
    """Data paths that the rig's drivers set, over which no action has power."""
    return {curve.data_path for curve in obj.animation_data.drivers} if obj.animation_data else set()


def key_off(channels: Any, constraints: Collection[Named], frame: float) -> int:
    """Key each constraint off at the first frame. Return the number of curves."""
    for bone, name in constraints:
        hold(channels, _path(bone, name), bone, frame, 0.0)
    return len(constraints)


def read_influences(rig: Any) -> dict[Named, float]:
    return {(bone.name, one.name): one.influence for bone in rig.pose.bones for one in bone.constraints}


def write_influences(rig: Any, influences: dict[Named, float]) -> None:
    for (bone, name), value in influences.items():
        holder = rig.pose.bones.get(bone)
        constraint = holder.constraints.get(name) if holder is not None else None
        if constraint is not None and constraint.influence != value:
            constraint.influence = value


def _active(obj: Any) -> Iterator[tuple[Any, Any]]:
    for bone in obj.pose.bones:
        for constraint in bone.constraints:
            if not constraint.mute:
                yield bone, constraint


def _moved(bone: Any, constraint: Any) -> Iterator[str]:
    """Names of the bones that a constraint moves: its own, and of IK the chain above it."""
    if constraint.type not in ("IK", "SPLINE_IK"):
        yield bone.name
        return
    link = bone if constraint.type == "SPLINE_IK" or constraint.use_tail else bone.parent
    left = constraint.chain_count or len(bone.id_data.pose.bones)
    while link is not None and left:
        yield link.name
        link, left = link.parent, left - 1


def _path(bone: str, constraint: str) -> str:
    quoted = [name.replace("\\", "\\\\").replace('"', '\\"') for name in (bone, constraint)]
    return f'pose.bones["{quoted[0]}"].constraints["{quoted[1]}"].influence'
