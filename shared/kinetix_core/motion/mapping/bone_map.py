"""Which bone of a rig is which bone of the humanoid, as a small JSON file that Blender and Godot both read (docs/conventions.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.io import files, untrusted_json
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.bone_names import canonical, cleaned
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import FormatError, InputError
from kinetix_core.values.wording import worded

_FORMAT, _VERSION = "kinetix-bone-map", 1
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class MappedBone:
    """One pair. `index` is -1 until the map is bound to a skeleton; `confidence` 0 … 1; `reason` is for a person."""

    index: int
    name: str
    confidence: float = 1.0
    reason: str = "set by hand"


def hips_fault(bones: Mapping[str, MappedBone], parents: NDArray[np.int64]) -> str:
    """Why the bone that is mapped as the hips cannot be them: they carry both legs and the spine. Empty when it carries them.

    Args:
        bones: bound to the skeleton.
        parents: (J,) of the skeleton.
    """
    hips = bones.get("Hips")
    if hips is None:
        return ""

    def hangs(bone: int) -> bool:
        while bone >= 0:
            bone = int(parents[bone])
            if bone == hips.index:
                return True
        return False

    loose = [
        what
        for what, names in (("legs", ("LeftUpperLeg", "RightUpperLeg")), ("spine", ("Spine",)))
        if not all(hangs(bones[name].index) for name in names if name in bones)
    ]
    return f"the {' and the '.join(loose)} do not hang from it" if loose else ""


@dataclass(frozen=True)
class BoneMap:
    """A mapping of one rig.

    Attributes:
        bones: humanoid bone → bone of the rig.
        unmapped: bones of the rig that stand for no humanoid bone, in the rig's order.
        rig: key of the name table that fitted, or `unknown`.
        unsure: humanoid bones for which no bone was certain enough → what was seen.
    """

    bones: Mapping[str, MappedBone]
    unmapped: tuple[str, ...] = ()
    rig: str = "unknown"
    unsure: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, bone: object) -> bool:
        return bone in self.bones

    def index(self, bone: str) -> int:
        """Index of the rig's bone, -1 when the humanoid bone is not mapped."""
        found = self.bones.get(bone)
        return found.index if found else -1

    @property
    def missing(self) -> tuple[str, ...]:
        """The main bones that are not mapped."""
        return tuple(bone for bone in humanoid_profile.MAIN if bone not in self.bones)

    def with_bone(self, bone: str, name: str | None) -> BoneMap:
        """A copy in which `bone` is the rig's `name`, or nothing. A rig bone stands for one humanoid bone at most."""
        if bone not in humanoid_profile.PARENT:
            raise InputError(
                worded("{bone} is not a bone of the humanoid.", bone=bone),
                code="unknownBone",
                next_step=worded("Use one of {names}.", names=", ".join(humanoid_profile.BONES)),
            )
        kept = {key: value for key, value in self.bones.items() if key != bone and value.name != name}
        gone = {value.name for value in self.bones.values()} - {value.name for value in kept.values()} - {name}
        if name is not None:
            kept[bone] = MappedBone(-1, name)
        rest = (*(one for one in self.unmapped if one != name), *sorted(gone))
        unsure = {key: value for key, value in self.unsure.items() if key != bone}
        return replace(self, bones=_ordered(kept), unmapped=rest, unsure=unsure)

    def bind(self, skeleton: Skeleton) -> BoneMap:
        """The same map with this skeleton's indices.

        Prefixes may differ (`mixamorig:Hips`, `mixamorig_Hips`, `Hips`).
        Raises InputError if less than half of its main bones match.
        """
        exact = {name: index for index, name in enumerate(skeleton.names)}
        loose: dict[str, int] = {}
        for forms in (skeleton.names, cleaned(skeleton.names)):
            for index, name in enumerate(forms):
                loose.setdefault(canonical(name), index)
        found: dict[str, MappedBone] = {}
        wanted = [one.name for one in self.bones.values()]
        for (bone, mapped), short in zip(self.bones.items(), cleaned(wanted), strict=True):
            hits = (exact.get(mapped.name), loose.get(canonical(mapped.name)), loose.get(canonical(short)))
            hit = next((hit for hit in hits if hit is not None), None)
            if hit is not None:
                found[bone] = replace(mapped, index=hit, name=skeleton.names[hit])
        main = [bone for bone in humanoid_profile.MAIN if bone in self.bones] or list(self.bones)
        if self.bones and 2 * sum(bone in found for bone in main) < len(main):
            raise InputError(
                worded(
                    "The bone map is for another rig: {found} of its {count} bones are in this skeleton.",
                    found=len(found),
                    count=len(self.bones),
                ),
                code="otherRig",
                next_step="Choose another bone map, or map the bones automatically.",
            )
        used = {one.index for one in found.values()}
        rest = tuple(name for index, name in enumerate(skeleton.names) if index not in used)
        return replace(self, bones=found, unmapped=rest)

    def to_json(self) -> str:
        """Text of the file form."""
        bones = {
            bone: {"bone": one.name, "confidence": round(one.confidence, 3), "reason": one.reason}
            for bone, one in self.bones.items()
        }
        data = {
            "format": _FORMAT,
            "version": _VERSION,
            "rig": self.rig,
            "bones": bones,
            "unmapped": list(self.unmapped),
        }
        if self.unsure:
            data["unsure"] = dict(self.unsure)
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes | Mapping[str, Any], skeleton: Skeleton | None = None) -> BoneMap:
        """Read `to_json`'s form, and the plain `{"Hips": "pelvis", …}` as well; binds it when a skeleton is given.

        Raises:
            FormatError: not such a file.
        """
        if isinstance(text, str | bytes):
            data = untrusted_json.parse(text, "The bone map", max_bytes=_MAX_BYTES)
        else:
            data = text
        if not isinstance(data, Mapping):
            raise FormatError("The bone map is not a JSON object.")
        written = data.get("bones", data)
        if data.get("version", _VERSION) != _VERSION or not isinstance(written, Mapping):
            raise FormatError("The bone map has a newer version.", next_step="Update Kinetix Bridge.")
        bones = {bone: _mapped(bone, value) for bone, value in written.items() if bone in humanoid_profile.PARENT}
        if not bones:
            raise FormatError("The bone map names no humanoid bone.", next_step="Save the map again.")
        names = [one.name for one in bones.values()]
        if len(set(names)) != len(names):
            raise FormatError("The bone map uses one bone twice.", next_step="Correct the map and save it again.")
        found = cls(
            _ordered(bones),
            _texts(data.get("unmapped", [])),
            str(data.get("rig", "unknown")),
            _notes(data.get("unsure")),
        )
        return found.bind(skeleton) if skeleton is not None else found

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        files.write(path, self.to_json())

    @classmethod
    def load(cls, path: Path, skeleton: Skeleton | None = None) -> BoneMap:
        """Read a file written by `save`. Raises FormatError."""
        with path.open("rb") as file:
            return cls.from_json(file.read(_MAX_BYTES + 1), skeleton)


def _ordered(bones: Mapping[str, MappedBone]) -> dict[str, MappedBone]:
    return {bone: bones[bone] for bone in humanoid_profile.BONES if bone in bones}


def _mapped(bone: str, value: Any) -> MappedBone:
    if isinstance(value, str):
        return MappedBone(-1, value)
    if not (isinstance(value, Mapping) and isinstance(value.get("bone"), str)):
        raise FormatError(worded("The bone map's entry for {bone} names no bone.", bone=bone))
    confidence = value.get("confidence", 1.0)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise FormatError(worded("The bone map's confidence for {bone} is not a number from 0 to 1.", bone=bone))
    return MappedBone(-1, value["bone"], float(confidence), str(value.get("reason", "set by hand")))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _notes(value: Any) -> dict[str, str]:
    return {str(key): str(note) for key, note in value.items()} if isinstance(value, Mapping) else {}
