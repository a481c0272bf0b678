"""Blender's API where its stubs fall short: a running Blender has a scene, a view layer and a window; add-ons bring operators of their
own; a library is opened in a `with`."""

from __future__ import annotations

from typing import Any

import bpy

CONTEXT: Any = bpy.context
OPS: Any = bpy.ops


def data_libraries() -> Any:
    """Read anew each time: what `bpy.data` holds dies with the file that is open."""
    return bpy.data.libraries
