# SPDX-License-Identifier: GPL-3.0-or-later
"""State of a rig and its shape keys before a preview. It holds names: undo and file loading make references invalid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from .. import compat


@dataclass(frozen=True)
class Played:
    """Animation of one data-block before a preview.

    Attributes:
        of_keys: whether these are shape keys; else an object.
        name: of the data-block.
        action, slot: what it played; "" where nothing.
        kept: whether that Action has a fake user.
        had: whether it had animation data.
        weights: of shape keys, those that were seen.
    """

    of_keys: bool
    name: str
    action: str
    slot: str
    kept: bool
    had: bool
    weights: dict[str, float]

    def owner(self) -> Any | None:
        """Return the data-block, or None if it was removed."""
        return (bpy.data.shape_keys if self.of_keys else bpy.data.objects).get(self.name)

    def let_go(self) -> None:
        """Its Action is as it was, though it does not play now."""
        action = bpy.data.actions.get(self.action) if self.action else None
        if action is not None:
            action.use_fake_user = self.kept

    def put_back(self) -> None:
        """It plays what it played."""
        owner = self.owner()
        holder = owner.animation_data if owner is not None else None
        if owner is None or holder is None:
            return
        action = bpy.data.actions.get(self.action) if self.action else None
        compat.clear_action(holder, action, compat.slot_named(action, self.slot) if self.slot else None)
        if not self.had:
            owner.animation_data_clear()

    def show(self) -> None:
        """Its shape keys have the weights that they had."""
        owner = self.owner()
        for block in owner.key_blocks if owner is not None and self.of_keys else ():
            if block.name in self.weights and block.value != self.weights[block.name]:
                block.value = self.weights[block.name]


def read_played(owner: Any) -> Played:
    """Read the animation and the values of an object or a Key data-block."""
    holder = owner.animation_data
    action = holder.action if holder else None
    of_keys = isinstance(owner, bpy.types.Key)
    return Played(
        of_keys=of_keys,
        name=owner.name,
        action=action.name if action else "",
        slot=compat.slot_identifier(holder) if holder else "",
        kept=bool(action and action.use_fake_user),
        had=holder is not None,
        weights={block.name: block.value for block in owner.key_blocks} if of_keys else {},
    )
