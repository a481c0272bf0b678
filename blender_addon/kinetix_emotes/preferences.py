# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences for every feature; account/props.py declares them."""

from __future__ import annotations

from typing import Any

import bpy

from . import blender

ROOT_PACKAGE = __package__


def preferences() -> Any | None:
    """Return the values of `KinetixPreferences`; None while the add-on is not enabled."""
    addon = blender.preferences(bpy.context).addons.get(ROOT_PACKAGE)
    return addon.preferences if addon else None
