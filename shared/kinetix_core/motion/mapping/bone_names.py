"""Bone names without what tools add to them: namespaces, prefixes shared by the whole rig, counters, separators."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_SEPARATORS = re.compile(r"[\W_]+")
_NAMESPACE = re.compile(r"^.*[:|]")
# three.js and Godot drop or replace the colon of `mixamorig1:Hips`.
_MIXAMO = re.compile(r"(?i)^mixamorig\d*[_:]?(?=[A-Z])")
_COUNTER = re.compile(r"_\d{2,3}$")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+")
_LEFT, _RIGHT = {"left", "l", "lt", "lft", "左"}, {"right", "r", "rt", "rgt", "右"}
_HELPERS = {
    *("twist", "roll", "ik", "pole", "ctrl", "ctl", "control", "mch", "vis", "tweak", "target", "helper"),
    *("end", "nub", "tip", "share", "bendy", "leaf", "dummy", "socket", "attach", "weapon", "prop", "gun"),
    *("corrective", "deformer", "jiggle"),
    *("hair", "skirt", "cloth", "cape", "tail", "ear", "breast", "bust", "boob", "pec", "pectoral", "wing", "buttock"),
    *("antenna", "horn", "halo", "hat", "braid", "ponytail", "pigtail", "backpack", "part"),
    *("sleeve", "cloak", "robe", "scarf", "beard", "strap", "belt", "pocket"),
}


def canonical(name: str) -> str:
    """`Upper_Arm.L` → `upperarml`: what a name says, without how it is written."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", name)).lower()


def cleaned(names: Sequence[str]) -> list[str]:
    """The names without namespace, without a prefix most of them share and without an exporter's counter (`Hips_01`)."""
    out = [_MIXAMO.sub("", _NAMESPACE.sub("", name) or name) for name in names]
    if len(out) > 8 and sum(bool(_COUNTER.search(name)) for name in out) > 0.8 * len(out):
        out = [_COUNTER.sub("", name) for name in out]
    prefix = _shared_prefix(out)
    while prefix:
        out = [name[len(prefix) :] if name.startswith(prefix) and len(name) > len(prefix) else name for name in out]
        prefix = _shared_prefix(out)
    return out


def _shared_prefix(names: Sequence[str]) -> str:
    """A leading word with its separator that at least 70 % of the names have; a side is no prefix."""
    starts = Counter(hit.group() for name in names if (hit := re.match(r"[^\W_]+[\W_]+", name)))
    for prefix, count in starts.most_common(1):
        if count >= 0.7 * len(names) and canonical(prefix) not in _LEFT | _RIGHT:
            return prefix
    return ""


def words(name: str) -> list[str]:
    """`LeftUpLeg01` → left, up, leg, 01."""
    return [word.lower() for word in _CAMEL.findall(unicodedata.normalize("NFKC", name))]


def side_of(name: str) -> str:
    """`Left`, `Right` or nothing, as the name says."""
    found = words(name)
    left, right = any(word in _LEFT for word in found), any(word in _RIGHT for word in found)
    if left == right:
        text = name.lower()
        left, right = (
            text.startswith("left") or text.endswith("left"),
            text.startswith("right") or text.endswith("right"),
        )
    return "Left" if left and not right else "Right" if right and not left else ""


def is_helper(name: str) -> bool:
    """Return True for what rigs have beside the body: twist and IK bones, ends, hair, cloth, weapons."""
    return any(word in _HELPERS for word in words(name))
