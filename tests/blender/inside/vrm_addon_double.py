"""Stand-in for the VRM add-on: its properties for a model's expressions.

Those names are in `property_group.py` of its folders `vrm0` and `vrm1`: version 4.10.2, which PyPI has as `bpy-vrm-format`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

PROPS: Any = bpy.props
TYPES: Any = bpy.types

PRESETS = ("happy", "aa", "ou", "blink", "blink_left", "blink_right")


@contextmanager
def enabled() -> Iterator[None]:
    """Registered as that add-on would be."""
    made: list[Any] = []

    def group(name: str, /, **properties: Any) -> Any:
        made.append(type(name, (TYPES.PropertyGroup,), {"__annotations__": properties}))
        bpy.utils.register_class(made[-1])
        return made[-1]

    mesh = group("DoubleMesh", mesh_object_name=PROPS.StringProperty())
    share = {"index": PROPS.StringProperty(), "weight": PROPS.FloatProperty(min=0, max=1, default=1)}
    old_bind = group("DoubleOldBind", mesh=PROPS.PointerProperty(type=mesh), **share)
    names = {"name": PROPS.StringProperty(), "preset_name": PROPS.StringProperty(default="unknown")}
    old_group = group("DoubleOldGroup", binds=PROPS.CollectionProperty(type=old_bind), **names)
    master = group("DoubleMaster", blend_shape_groups=PROPS.CollectionProperty(type=old_group))
    vrm0 = group("DoubleVrm0", blend_shape_master=PROPS.PointerProperty(type=master))
    bind = group("DoubleBind", node=PROPS.PointerProperty(type=mesh), **share)
    binds = {"morph_target_binds": PROPS.CollectionProperty(type=bind)}
    expression = group("DoubleExpression", **binds)
    custom = group("DoubleCustom", custom_name=PROPS.StringProperty(), **binds)
    preset = group("DoublePreset", **{one: PROPS.PointerProperty(type=expression) for one in PRESETS})
    both = {"preset": PROPS.PointerProperty(type=preset), "custom": PROPS.CollectionProperty(type=custom)}
    vrm1 = group("DoubleVrm1", expressions=PROPS.PointerProperty(type=group("DoubleExpressions", **both)))
    kept = {"vrm0": PROPS.PointerProperty(type=vrm0), "vrm1": PROPS.PointerProperty(type=vrm1)}
    holder = group("DoubleExtension", spec_version=PROPS.StringProperty(default="1.0"), **kept)
    TYPES.Armature.vrm_addon_extension = PROPS.PointerProperty(type=holder)
    try:
        yield
    finally:
        del TYPES.Armature.vrm_addon_extension
        for one in reversed(made):
            bpy.utils.unregister_class(one)
