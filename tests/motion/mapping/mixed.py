"""Rigs drawn at random: proportions, rest pose, spine, extra bones, unit, axes and names of any family, all mixed."""

from __future__ import annotations

import numpy as np

from kinetix_core.motion import quaternion as quat
from tests.motion import rigs
from tests.motion.draft import Draft, Rig

_FAMILIES = (
    *("mixamo", "unreal", "vroid", "humanoid", "rigify_metarig", "makehuman", "daz_g8", "daz_g9", "character_creator"),
    *("auto_rig_pro", "biped", "xsens", "soma", "smpl", "cmu", "bvh_classic", "mmd", "kinetix", "kinetix_rokoko"),
    "kinetix_sam",
)
_STRETCHED = {
    "LowerLeg": (0.93, 1.07),
    "Foot": (0.93, 1.07),
    "LowerArm": (0.85, 1.15),
    "Hand": (0.85, 1.15),
    "UpperLeg": (0.8, 1.3),
    "UpperArm": (0.8, 1.3),
    "Shoulder": (0.8, 1.2),
    "Head": (0.9, 1.4),
    "Neck": (0.8, 1.3),
    "Spine": (0.8, 1.3),
    "Chest": (0.85, 1.2),
    "Toes": (0.8, 1.2),
}
"""Part of a bone's humanoid name → how much longer the way to it may be than the figure's size says."""


def draw(seed: int) -> Rig:
    """The same rig for the same seed. Its name tells the family, or that it has no names."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.45, 1.4)
    family = str(rng.choice(_FAMILIES)) if rng.random() < 0.65 else "nameless"
    draft = Draft(f"{family} {seed}")
    draft.stretch({"": size, **{part: size * rng.uniform(*range_) for part, range_ in _STRETCHED.items()}})
    if rng.random() < 0.5:
        draft.hips_at([0, size * rng.uniform(0.02, 0.075), size * rng.uniform(-0.02, 0.02)])
    _pose(draft, rng)
    spine = _bones(draft, rng)
    if rng.random() < 0.4:
        draft.root("rig" if family != "nameless" else "above")
    _place(draft, rng)
    if family == "nameless":
        draft.number("b{}", seed)
    else:
        names = rigs.table_names(family, None if spine == 3 else [f"Spine{k or ''}" for k in range(spine)])
        prefix = str(rng.choice(["", "", "mixamorig:", "Armature|", "char1:"]))
        draft.rename({bone: prefix + name for bone, name in names.items() if bone in draft.bones})
    draft.axes(str(rng.choice(["any", "along_y", "along_x", "identity"])), seed)
    return draft.build()


def _pose(draft: Draft, rng: np.random.Generator) -> None:
    arms = rng.choice(["as they are", "t", "down"])
    if arms == "t":
        draft.t_pose()
    elif arms == "down":
        draft.arms_down()
    if rng.random() < 0.3:
        draft.legs_apart(rng.uniform(2, 12))


def _bones(draft: Draft, rng: np.random.Generator) -> int:
    """Add and takes away bones; return how many the spine has."""
    spine = int(rng.choice([1, 2, 3, 3, 3, 4, 5, 6]))
    if spine != 3:
        draft.spine(spine)
    if rng.random() < 0.3:
        draft.twists()
    if rng.random() < 0.3:
        draft.hair_and_bust()
    if rng.random() < 0.3:
        draft.ends()
    if rng.random() < 0.3:
        draft.drop_fingers()
    if rng.random() < 0.25:
        draft.drop("LeftToes", "RightToes")
    if rng.random() < 0.15:
        draft.drop("LeftShoulder", "RightShoulder")
    if rng.random() < 0.15:
        draft.drop("Neck")
    return spine


def _place(draft: Draft, rng: np.random.Generator) -> None:
    if rng.random() < 0.4:
        draft.unit = float(rng.choice([100, 0.01, 39.37]))
    stands = rng.choice(["straight", "straight", "turned", "z up"])
    if stands == "turned":
        draft.frame = quat.from_axis_angle([0.0, 1, 0], rng.choice([-2.5, -1.0, 0.4, 2.0]))
    elif stands == "z up":
        about = quat.from_axis_angle([0.0, 1, 0], rng.choice([0, np.pi / 2, np.pi]))
        draft.frame = quat.multiply(quat.from_axis_angle([1.0, 0, 0], np.pi / 2), about)
