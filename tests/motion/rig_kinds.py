"""Registry of rigs, built by transforming the mannequin and from the name tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

import kinetix_core.motion.mapping
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from tests.motion.draft import Draft, Rig

TABLES = Path(kinetix_core.motion.mapping.__file__).with_name("tables")
Edit = Callable[[Draft], None]
_LITTLE = {"Thumb": 0, "Index": 1, "Middle": 2, "Ring": 3, "Little": 4}


def table_names(key: str, spine: list[str] | None = None, form: int = 0) -> dict[str, str]:
    """Humanoid bone → the name that rigs of this family have, written as they write it."""
    data = json.loads(next(TABLES.rglob(f"{key}.json")).read_text(encoding="utf-8"))
    out: dict[str, str] = {}

    def first(names: str | list[str]) -> str:
        return names if isinstance(names, str) else names[-1]

    for bone, names in data["centre"].items():
        out[bone] = first(names)
    fingers = data.get("fingers")
    fingers = fingers[form] if isinstance(fingers, list) else fingers
    for side, written in zip(("Left", "Right"), data["sides"], strict=True):
        s = written if isinstance(written, str) else written[0]
        for bone, names in data["paired"].items():
            out[side + bone] = (names if isinstance(names, str) else names[0]).format(s=s)
        for finger, chain in humanoid_profile.FINGERS.items():
            if fingers:
                k = _LITTLE[finger]
                numbers = fingers.get("thumb_numbers", fingers["numbers"]) if not k else fingers["numbers"]
                pattern = fingers.get("thumb_pattern", fingers["pattern"]) if not k else fingers["pattern"]
                for bone, number in zip(chain, numbers, strict=True):
                    out[side + bone] = pattern.format(s=s, f=fingers["names"][k], n=number)
    if spine:
        for bone in humanoid_profile.SPINE:
            out.pop(bone, None)
        out |= {f"spine#{k}": name for k, name in enumerate(spine)}
    return out


def family(key: str, prefix: str = "", spine: list[str] | None = None, form: int = 0) -> Edit:
    """Rename the bones to those of `table_names`, each after the prefix."""
    names = {bone: prefix + name for bone, name in table_names(key, spine, form).items()}
    return lambda d: d.rename(names)


def hang(d: Draft, parents: dict[str, str]) -> None:
    """Reparent bones; they stay where they are."""
    for bone, parent in parents.items():
        d.bones[bone].parent = parent


KINDS: dict[str, Edit] = {}


def kind(make: Edit) -> Edit:
    KINDS[make.__name__] = make
    return make


def edited(
    name: str, style: str, seed: int, *edits: Edit, frame: np.ndarray = quat.IDENTITY, unit: float = 1.0
) -> None:
    """Register a rig that is the mannequin after these edits, with these rest rotations."""

    def make(d: Draft) -> None:
        for edit in edits:
            edit(d)
        d.frame, d.unit = frame, unit
        d.axes(style, seed)

    KINDS[name] = make


@cache
def build(name: str) -> Rig:
    draft = Draft(name)
    KINDS[name](draft)
    return draft.build()
