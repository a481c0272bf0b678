"""Meaning of bone names across rigs: evidence for the mapping, never the decision."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from kinetix_core.motion.mapping.bone_names import is_helper, side_of, words

_SIDES = {"left", "right", "l", "r", "lt", "rt", "lft", "rgt"}
_PASSING = {"bone", "jnt", "joint", "def", "bind", "skin", "bip", "j", "c", "m", "x", "org", "b", "fk"}


@cache
def _table() -> dict[str, frozenset[str]]:
    """Word → the humanoid bones (without side) that it may stand for."""
    data = json.loads(Path(__file__).with_name("name_semantics.json").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for bone, names in data.items():
        for name in names:
            found.setdefault(name, set()).add(bone)
    return {name: frozenset(bones) for name, bones in found.items()}


@cache
def semantics_of(name: str) -> frozenset[str]:
    """Humanoid bones without side that the name may mean; empty when it says nothing, `helper` for what is no body part."""
    kept = [word for word in words(name) if word not in _SIDES | _PASSING and not word.isdigit()]
    text = "".join(kept)
    if side_of(name) and text not in _table():  # `leftarm` in one word
        text = re.sub(r"^(left|right|l|r)(?=[a-z]{3})|(left|right)$", "", text)
    found = _table().get(text)
    if found is None:
        return frozenset({"helper"}) if is_helper(name) else frozenset()
    sided = {"Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes", "Eye"}
    if side_of(name):
        return found - {"Hips", "Spine", "Chest", "UpperChest", "Neck", "Head", "Jaw"}
    centre = found - sided
    return centre or found


def finger_of(name: str) -> str:
    """`Thumb` … `Little`, or nothing."""
    for word in words(name):
        for bone in _table().get(word, ()):
            if bone in ("Thumb", "Index", "Middle", "Ring", "Little"):
                return bone
        for finger in ("thumb", "index", "middle", "ring", "pinky", "little"):
            if finger in word and word not in ("string", "ringlet"):
                return "Little" if finger == "pinky" else finger.capitalize()
    return ""
