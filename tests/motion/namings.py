"""Bone names of common programs and services, written down from their files, not from our tables.

Each naming is drawn on the mannequin's skeleton with what such rigs have besides a body: `rig(naming, variant)`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.motion.mapping import humanoid_profile
from tests.motion.draft import Draft, Rig

_LIMBS = ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")


@dataclass(frozen=True)
class Naming:
    """Bone names of a program's rigs.

    Attributes:
        root: bone on the floor above the hips, or "".
        spine: bones from the hips upwards; `usual` is the common number.
        limbs: pattern of each of `_LIMBS`, or ""; `{s}` is the side.
        finger: pattern with `{f}` and `{n}`, or "".
        fingers: words for thumb to little finger.
        pelvis: parent of the legs below the hips, or "".
    """

    root: str
    hips: str
    spine: Sequence[str]
    usual: int
    neck: str
    head: str
    limbs: Sequence[str]
    sides: Sequence[str]
    finger: str = ""
    fingers: Sequence[str] = ("Thumb", "Index", "Middle", "Ring", "Pinky")
    first: int = 1
    pelvis: str = ""


_ROWS = json.loads(Path(__file__).with_name("namings.json").read_text(encoding="utf-8"))
NAMINGS = {name: Naming(**row) for name, row in _ROWS.items()}


def _in_line(draft: Draft) -> None:
    """Limbs in two segments."""
    for side in ("Left", "Right"):
        for upper, lower in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg")):
            draft.insert(f"{side}{upper}_twist", side + upper, 0.5, side + lower)


def _helpers(draft: Draft) -> None:
    """IK targets and poles beside the body, ends, hair, and what hangs at a belt."""
    draft.ends()
    draft.hair_and_bust()
    for side, x in (("Left", 1.0), ("Right", -1.0)):
        draft.add(f"ik_foot_{side}", _top(draft), [0.1 * x, 0.08, 0])
        draft.add(f"ik_hand_{side}", _top(draft), [0.6 * x, 1.0, 0])
        draft.add(f"pole_knee_{side}", _top(draft), [0.1 * x, 0.5, 0.6])


def _hidden(draft: Draft) -> None:
    """The mechanism of a rig: a second body at the same places, hanging from the top."""
    body = [bone for bone in draft.bones.values() if bone.human in humanoid_profile.MAIN]
    for bone in body:
        draft.add_at(f"MCH-{bone.human}", _top(draft), bone.at)


def _top(draft: Draft) -> str:
    return next(bone.name for bone in draft.bones.values() if not bone.parent)


POSES: tuple[Callable[[Draft], None], ...] = (Draft.t_pose, Draft.arms_down, lambda draft: None)
VARIANTS: dict[str, Callable[[Draft], None]] = {
    "plain": lambda draft: None,
    "twist bones": Draft.twists,
    "limbs in two segments": _in_line,
    "helpers": _helpers,
    "a hidden mechanism": _hidden,
    "more spine bones": lambda draft: None,
    "hands without fingers": lambda draft: None,
}


def named(naming: str) -> Callable[[Draft], None]:
    """Rename the bones of a draft whose spine was counted."""
    row = NAMINGS[naming]
    found = {"Hips": row.hips, "Neck": row.neck, "Head": row.head}
    found |= {f"spine#{k}": name for k, name in enumerate(row.spine)}
    for side, word in zip(("Left", "Right"), row.sides, strict=True):
        found |= {side + bone: name.format(s=word) for bone, name in zip(_LIMBS, row.limbs, strict=True)}
        for finger, chain in zip(row.fingers, humanoid_profile.FINGERS.values(), strict=True):
            found |= {side + bone: row.finger.format(s=word, f=finger, n=n) for n, bone in enumerate(chain, row.first)}
    return lambda draft: draft.rename(found)


def rig(naming: str, variant: str, *, root: bool) -> Rig:
    """A rig of this naming; the same for the same words."""
    row = NAMINGS[naming]
    draft = Draft(f"{naming}, {variant}")
    POSES[len(naming) % 3](draft)
    fingers = bool(row.finger) and variant != "hands without fingers"
    if not fingers:
        draft.drop_fingers()
    count = min(len(row.spine), row.usual + 2) if variant == "more spine bones" else row.usual
    draft.spine(count)
    if not row.neck:
        draft.drop("Neck")
    nameless = [bone for bone, name in zip(_LIMBS, row.limbs, strict=True) if not name]
    draft.drop(*(side + bone for side in ("Left", "Right") for bone in nameless))
    if row.pelvis:
        draft.add(row.pelvis, "Hips", [0, -0.02, 0])
        for side in ("Left", "Right"):
            draft.bones[side + "UpperLeg"].parent = row.pelvis
    VARIANTS[variant](draft)
    if root and row.root:
        draft.root(row.root)
    named(naming)(draft)
    draft.axes("along_y" if len(naming) % 3 else "any", len(naming))
    return draft.build()
