"""Which bone of a skeleton has which place in Kinanim: exact names first, the mapping of unknown rigs after that."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kinetix_core.formats import names
from kinetix_core.formats.kinanim_table import BONES
from kinetix_core.motion.mapping.humanoid_profile import unity_name
from kinetix_core.motion.skeleton import Skeleton

_PREFIX = re.compile(r"\A(mixamorig\d*[:_]|Kinetix_|m_avg_)")
_ENOUGH = 12
"""Exact names that make a skeleton a known one."""
_TABLES = (
    names.HUMANOID,
    {bone: bone for bone in names.HUMANOID.values()},
    {names.rename("generic", own): bone for own, bone in names.HUMANOID.items()},
)
_NUMBERS = {name: number for number, name in enumerate(BONES)}


def find(skeleton: Skeleton) -> dict[int, int]:
    """Kinanim bone number → bone of the skeleton."""
    exact = max((_named(skeleton, table) for table in _TABLES), key=len)  # the tables share some names
    if len(exact) >= _ENOUGH:
        return exact
    from kinetix_core.motion.mapping.automatic import map_bones  # heavy tables, needed for foreign rigs only

    mapped = map_bones(skeleton).bones
    return {_number(name): bone.index for name, bone in mapped.items() if unity_name(name) in _NUMBERS}


def _named(skeleton: Skeleton, table: Mapping[str, str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for bone, name in enumerate(skeleton.names):
        target = table.get(_PREFIX.sub("", name))
        if target is not None:
            found.setdefault(_number(target), bone)
    return found


def _number(humanoid: str) -> int:
    return _NUMBERS[unity_name(humanoid)]
