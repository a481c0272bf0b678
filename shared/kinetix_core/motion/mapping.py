"""Finds which bone of a rig is which bone of the humanoid, from names, structure and geometry; says how sure it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinetix_core.errors import InputError
from kinetix_core.motion import profile, tables
from kinetix_core.motion.bone_map import BoneMap, MappedBone
from kinetix_core.motion.names import canonical, cleaned
from kinetix_core.motion.skeleton import Skeleton

__all__ = ["BoneMap", "MappedBone", "map_bones"]


def map_bones(skeleton: Skeleton, *, preset: str | None = None) -> BoneMap:
    """The map of a rig.

    Args:
        skeleton: in its rest pose.
        preset: key of a name table (`tables.load()`) when the family is known, else every table is tried.

    Raises:
        InputError: there is no such preset.
    """
    known = tables.load()
    if preset is not None and preset not in known:
        raise InputError(
            f"There is no rig preset {preset!r}.",
            code="unknownPreset",
            next_step=f"Use one of {', '.join(sorted(known))}.",
        )
    chosen = [known[preset]] if preset else list(known.values())
    table, hits = _best(chosen, skeleton.names)
    title = table.title
    bones = {
        bone: MappedBone(index, skeleton.names[index], 0.98, f"its name, as in {title}") for bone, index in hits.items()
    }
    used = {one.index for one in bones.values()}
    unmapped = tuple(name for index, name in enumerate(skeleton.names) if index not in used)
    return BoneMap(
        {bone: bones[bone] for bone in profile.BONES if bone in bones}, unmapped, table.key if hits else "unknown"
    )


def _best(chosen: Sequence[tables.Table], names: Sequence[str]) -> tuple[tables.Table, dict[str, int]]:
    """The table with the most names in the rig, main bones counting most."""
    lookup: dict[str, int] = {}
    for forms in (names, cleaned(names)):
        for index, name in enumerate(forms):
            lookup.setdefault(canonical(name), index)
    best: tuple[float, tables.Table, dict[str, int]] | None = None
    for table in chosen:
        hits: dict[str, int] = {}
        for bone, written in table.bones.items():
            hit = next((lookup[name] for name in written if name in lookup), None)
            if hit is not None and hit not in hits.values():
                hits[bone] = hit
        main = sum(bone in hits for bone in profile.MAIN)
        score = 10.0 * main + len(hits) - 0.01 * len(table.bones)
        if best is None or score > best[0]:
            best = (score, table, hits)
    assert best is not None and np.isfinite(best[0])
    return best[1], best[2]
