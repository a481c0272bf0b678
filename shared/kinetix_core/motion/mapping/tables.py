"""Name tables of known rigs: one JSON file each in `tables/`. A new family is a new file, no code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.bone_names import canonical


@dataclass(frozen=True)
class Table:
    """One family of rigs.

    Attributes:
        key: name of the file, e.g. `mixamo`; what `preset=` takes.
        title: for people.
        bones: humanoid bone → canonical names, best first.
    """

    key: str
    title: str
    bones: dict[str, tuple[str, ...]]


@cache
def load() -> dict[str, Table]:
    """Every table by its key."""
    out = {}
    for path in sorted(Path(__file__).with_name("tables").rglob("*.json"), key=lambda path: path.name):
        data = json.loads(path.read_text(encoding="utf-8"))
        out[path.stem] = Table(path.stem, data["title"], _expanded(data))
    return out


def _expanded(data: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}

    def put(bone: str, names: str | list[str], **fill: str) -> None:
        for name in [names] if isinstance(names, str) else names:
            form = canonical(name.format(**fill))
            if form not in found.setdefault(bone, []):
                found[bone].append(form)

    for bone, names in data["centre"].items():
        put(bone, names)
    fingers = data.get("fingers", [])
    forms: list[dict[str, Any]] = [fingers] if isinstance(fingers, dict) else fingers
    for side, written in zip(("Left", "Right"), data["sides"], strict=True):
        for s in [written] if isinstance(written, str) else written:
            for bone, names in data["paired"].items():
                put(side + bone, names, s=s)
            for form in forms:
                for finger, (name, chain) in enumerate(
                    zip(form["names"], humanoid_profile.FINGERS.values(), strict=True)
                ):
                    numbers = form["numbers"] if finger else form.get("thumb_numbers", form["numbers"])
                    pattern = form["pattern"] if finger else form.get("thumb_pattern", form["pattern"])
                    for bone, number in zip(chain, numbers, strict=True):
                        put(side + bone, pattern, s=s, f=name, n=number)
    return {bone: tuple(names) for bone, names in found.items()}
