"""Finds which bone of a rig is which bone of the humanoid, from names, structure and geometry; says how sure it is.

Two readings are compared: name tables identify the rig's family, the anatomy (`anatomy.py`) its shape. A table that covers the
body leads, otherwise the anatomy. Uncertain bones stay unmapped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import kinematics
from kinetix_core.motion.mapping import anatomy, humanoid_profile, symmetry, tables
from kinetix_core.motion.mapping.bone_map import BoneMap, MappedBone, hips_fault
from kinetix_core.motion.mapping.bone_names import canonical, cleaned, is_helper, words
from kinetix_core.motion.mapping.name_semantics import semantics_of
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

Array = NDArray[np.float64]
_UPS = np.array([[0, 1, 0], [0, 0, 1], [0, -1, 0], [0, 0, -1], [1, 0, 0], [-1, 0, 0]], float)
_TABLE_LEADS = 12
"""Main bones that a table must name before names are trusted over the shape."""
_SURE_ENOUGH = 0.5
_CONTRADICTED = 0.3
"""How sure a map is of hips that do not carry the legs and the spine."""
_PALM = {"metacarpal", "carpal", "palm"}


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
            worded("There is no rig preset {preset}.", preset=repr(preset)),
            code="unknownPreset",
            next_step=worded("Use one of {names}.", names=", ".join(sorted(known))),
        )
    names = cleaned(skeleton.names)
    table, hits = _best([known[preset]] if preset else list(known.values()), skeleton.names, names)
    shape, found = _read(skeleton, names, _UPS if _main(hits) < _TABLE_LEADS else _named_up(skeleton, hits))
    hits = _off_the_floor(shape, found, hits)
    leads = bool(preset and hits) or (_main(hits) >= _TABLE_LEADS and _coherent(skeleton, shape, found, hits))
    bones = _from_table(skeleton, table, hits, found) if leads else _from_shape(skeleton, table, hits, found)
    _resolve_conflicts(bones, found)
    if leads and shape is not None:
        _long_spine(skeleton, shape, found, bones)
    _fingers_from_zero(skeleton, bones)
    _fill(skeleton, bones, found, hits, table)
    _root(skeleton, bones)
    if fault := hips_fault(bones, skeleton.parents):
        hips = bones["Hips"]
        bones["Hips"] = replace(
            hips, confidence=min(hips.confidence, _CONTRADICTED), reason=f"{hips.reason}, but {fault}"
        )
    unsure = {
        bone: found.unsure.get(bone, "no bone of the rig fitted well enough")
        for bone in humanoid_profile.MAIN
        if bone not in bones
    }
    used = {one.index for one in bones.values()}
    unmapped = tuple(name for index, name in enumerate(skeleton.names) if index not in used)
    ordered = {bone: bones[bone] for bone in humanoid_profile.BONES if bone in bones}
    return BoneMap(ordered, unmapped, table.key if leads else "unknown", unsure)


def _main(bones: Mapping[str, object]) -> int:
    return sum(bone in bones for bone in humanoid_profile.MAIN)


def _best(
    chosen: Sequence[tables.Table], raw: Sequence[str], short: Sequence[str]
) -> tuple[tables.Table, dict[str, int]]:
    """The table with the most names in the rig, main bones counting most."""
    lookup: dict[str, int] = {}
    for forms in (raw, short):
        for index, name in enumerate(forms):
            lookup.setdefault(canonical(name), index)
    scored = []
    for table in chosen:
        hits: dict[str, int] = {}
        for bone, written in table.bones.items():
            hit = next((lookup[name] for name in written if name in lookup), None)
            if hit is not None and hit not in hits.values():
                hits[bone] = hit
        scored.append((10.0 * _main(hits) + len(hits) - 0.01 * len(table.bones), table.key, table, hits))
    _, _, table, hits = max(scored, key=lambda one: one[:2])
    return table, hits


def _named_up(skeleton: Skeleton, hits: Mapping[str, int]) -> Array:
    """Return (1, 3) the axis nearest to the way from the feet to the head, as the names have them: many files have z up, or lie."""
    at = kinematics.rest_pose(skeleton)[1]
    ends = [
        [at[hits[bone]] for bone in bones if bone in hits]
        for bones in (("LeftFoot", "RightFoot", "LeftLowerLeg", "RightLowerLeg"), ("Head", "Neck", "LeftUpperArm"))
    ]
    if not all(ends):
        return _UPS[:1]
    direction = np.mean(ends[1], axis=0) - np.mean(ends[0], axis=0)
    return _UPS[[int(np.argmax(_UPS @ direction))]]


def _read(skeleton: Skeleton, names: list[str], ups: Array) -> tuple[symmetry.Shape | None, anatomy.Found]:
    """The anatomy with the first of these axes up; when that shows no whole body, with another one that does."""
    first: tuple[symmetry.Shape | None, anatomy.Found] = (None, anatomy.Found())
    for k, up in enumerate(ups):
        shape = symmetry.shape_of(skeleton, names, up)
        if shape is None:
            continue
        found = anatomy.read(shape)
        if _main(found.bones) == len(humanoid_profile.MAIN):
            return shape, found
        if k == 0:
            first = (shape, found)
    return first


def _coherent(skeleton: Skeleton, shape: symmetry.Shape | None, found: anatomy.Found, hits: Mapping[str, int]) -> bool:
    """False when the names contradict the tree (a hand above its arm, hips that carry no legs) or a limb lies on both sides."""
    if shape is None:
        return True
    if _hips_are_above(skeleton, found, hits):
        return False
    above_of = _ancestry(skeleton)
    for bone, index in hits.items():
        above = humanoid_profile.parent_in(bone, hits)
        if above and bone != "Spine" and index in above_of(hits[above]):
            return False
    across = [
        shape.at[hits[bone], 0] - shape.at[hits[humanoid_profile.mirrored(bone)], 0]
        for bone in humanoid_profile.MAIN
        if bone.startswith("Left") and bone in hits and humanoid_profile.mirrored(bone) in hits
    ]
    return not across or min(across) * max(across) > 0 or abs(sum(np.sign(across))) >= len(across) - 1


def _hips_are_above(skeleton: Skeleton, found: anatomy.Found, hits: Mapping[str, int]) -> bool:
    """Return whether a table's hips hang from the real ones, which carry the legs and the spine.

    A metarig's hips are called `spine`; in `hips, spine, chest` that is the bone above them. If no bone carries all of them, the
    names decide.
    """
    above_of = _ancestry(skeleton)
    named, real = hits.get("Hips"), found.bones.get("Hips")
    if named is None or real is None or real[0] not in above_of(named):
        return False
    legs = [hits[bone] for bone in ("LeftUpperLeg", "RightUpperLeg") if bone in hits]
    carries_legs = all(named in above_of(leg) for leg in legs)
    return not carries_legs or "Hips" in semantics_of(skeleton.names[real[0]])


def _off_the_floor(shape: symmetry.Shape | None, found: anatomy.Found, hits: dict[str, int]) -> dict[str, int]:
    """Without hips that lie on the floor: a root bone may be called what a family calls its hips, as MakeHuman's `root` is."""
    hips, named = found.bones.get("Hips"), hits.get("Hips")
    if shape is None or hips is None or named is None or named not in shape.skeleton.up_to_root(hips[0])[1:]:
        return hits
    floor = float(shape.at[:, 1].min())
    if shape.at[named, 1] - floor > 0.5 * (shape.at[hips[0], 1] - floor):
        return hits
    return {bone: index for bone, index in hits.items() if bone != "Hips"}


def _from_table(
    skeleton: Skeleton, table: tables.Table, hits: Mapping[str, int], found: anatomy.Found
) -> dict[str, MappedBone]:
    out = {}
    for bone, index in hits.items():
        same = found.bones.get(bone, (-1, 0.0, ""))
        if same[0] == index:
            sure, reason = 0.99, f"its name, as in {table.title}, and {same[2]}"
        else:
            sure, reason = 0.9, f"its name, as in {table.title}"
        out[bone] = MappedBone(index, skeleton.names[index], sure, reason)
    return out


def _from_shape(
    skeleton: Skeleton, table: tables.Table, hits: Mapping[str, int], found: anatomy.Found
) -> dict[str, MappedBone]:
    out = {}
    for bone, (index, sure, reason) in found.bones.items():
        if hits.get(bone) == index:
            sure, reason = max(sure, 0.95), f"{reason}, and its name, as in {table.title}"
        if sure >= _SURE_ENOUGH:
            out[bone] = MappedBone(index, skeleton.names[index], round(sure, 3), reason)
    return out


def _resolve_conflicts(bones: dict[str, MappedBone], found: anatomy.Found) -> None:
    """A bone that the shape takes for a main bone which has none is given up by another: iPi's `LShoulder` is the upper arm."""
    wanted = {found.bones[bone][0] for bone in humanoid_profile.MAIN if bone not in bones and bone in found.bones}
    for bone in [bone for bone, one in bones.items() if bone not in humanoid_profile.MAIN and one.index in wanted]:
        del bones[bone]


def _long_spine(skeleton: Skeleton, shape: symmetry.Shape, found: anatomy.Found, bones: dict[str, MappedBone]) -> None:
    """A table names three spine bones at most; a spine that is longer, or starts elsewhere, keeps its ends and takes its real middle.

    CMU's spine starts at `LowerBack` and Maya's goes on to `Spine9`.
    """
    named = [bones[bone].index for bone in humanoid_profile.SPINE if bone in bones]
    inside = [found.spine.index(bone) for bone in named if bone in found.spine]
    if "Spine" in bones and len(inside) == len(named) and inside == sorted(inside):
        whole = anatomy.spine_names(found.spine)
        taken = {one.index for bone, one in bones.items() if bone not in humanoid_profile.SPINE}
        outside = inside[0] > 0 or inside[-1] < len(found.spine) - 1
        if not taken.intersection(whole.values()) and (outside or len(named) < len(whole)):
            for bone, index in whole.items():
                bones[bone] = MappedBone(index, skeleton.names[index], 0.9, found.bones[bone][2])
            return
    if "Spine" not in bones and "Spine" in found.bones:
        # One that is called a chest, say: the spine starts at its first bone, whatever that is called.
        taken = {one.index for bone, one in bones.items() if bone not in humanoid_profile.SPINE}
        for bone in humanoid_profile.SPINE:
            index, sure, reason = found.bones.get(bone, (-1, 0.0, ""))
            bones.pop(bone, None)
            if index >= 0 and index not in taken:
                bones[bone] = MappedBone(index, skeleton.names[index], sure, reason)
        return
    first, last = bones.get("Spine"), bones.get("UpperChest")
    if not first or not last or first.index not in shape.skeleton.up_to_root(last.index):
        return
    spine = [first.index, *(bone for bone in shape.path(first.index, last.index) if not is_helper(shape.names[bone]))]
    if len(spine) > 3:
        middle = anatomy.spine_names(spine)["Chest"]
        bones["Chest"] = MappedBone(middle, skeleton.names[middle], 0.95, f"the middle of {len(spine)} spine bones")


def _fingers_from_zero(skeleton: Skeleton, bones: dict[str, MappedBone]) -> None:
    """`Index0` to `Index2` are a whole finger, of which a table that counts from 1 knows two joints: moved down by one.

    A finger with all its joints keeps them: the bone before it is in the palm.
    """
    used = {one.index for one in bones.values()}
    for side in ("Left", "Right"):
        for chain in humanoid_profile.FINGERS.values():
            first, second, last = (side + bone for bone in chain)
            if first not in bones or second not in bones or last in bones or side + "Hand" not in bones:
                continue
            before = int(skeleton.parents[bones[first].index])
            if before < 0 or before in used or int(skeleton.parents[before]) != bones[side + "Hand"].index:
                continue
            if _PALM.intersection(words(skeleton.names[before])):
                continue
            bones[last], bones[second] = bones[second], bones[first]
            bones[first] = MappedBone(before, skeleton.names[before], 0.9, "the first of three joints of this finger")


def _fill(
    skeleton: Skeleton, bones: dict[str, MappedBone], found: anatomy.Found, hits: Mapping[str, int], table: tables.Table
) -> None:
    """Add what the other reading has, where both agree on the bone it hangs from."""
    used = {one.index for one in bones.values()}
    above_of = _ancestry(skeleton)
    others = [(bone, one) for bone, one in found.bones.items()]
    others += [(bone, (index, 0.7, f"its name, as in {table.title}")) for bone, index in hits.items()]
    for bone, (index, sure, reason) in sorted(others, key=lambda one: humanoid_profile.BONES.index(one[0])):
        if bone in bones or index in used or sure < _SURE_ENOUGH:
            continue
        above = humanoid_profile.parent_in(bone, bones)
        if above and above != "Root" and bones[above].index not in above_of(index):
            continue
        if any(
            bone in humanoid_profile.ancestors(name) and one.index in above_of(index) for name, one in bones.items()
        ):
            continue
        bones[bone] = MappedBone(index, skeleton.names[index], sure, reason)
        used.add(index)


def _ancestry(skeleton: Skeleton) -> Callable[[int], Set[int]]:
    """Return a function from a bone to everything above it; each chain is walked once."""
    return cache(lambda bone: frozenset(skeleton.up_to_root(bone)[1:]))


def _root(skeleton: Skeleton, bones: dict[str, MappedBone]) -> None:
    """The top of the tree that the hips hang in, when that is another bone."""
    hips = bones.get("Hips")
    if hips is None or "Root" in bones:
        return
    top = skeleton.up_to_root(hips.index)[-1]
    if top != hips.index and all(one.index != top for one in bones.values()):
        bones["Root"] = MappedBone(top, skeleton.names[top], 0.9, "the bone that everything hangs from")
