# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated Rigify rigs: keys on the FK controls, with the limbs switched to FK."""

from __future__ import annotations

from typing import Any

__all__ = ["is_generated"]


def is_generated(obj: Any) -> bool:
    """A generated rig has its script's id in the armature and no metarig types on its bones."""
    return bool(obj.data.get("rig_id"))
