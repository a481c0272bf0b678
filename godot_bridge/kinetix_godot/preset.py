"""Settings of a sync target, kept in the project as TOML for version control."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from kinetix_core.io.project_files import ProjectFolder, refuse_link
from kinetix_core.protocol.hub.enumerations import (
    BoneMapping,
    Importer,
    LibraryForm,
    LoopMode,
    NameStyle,
    RootMotion,
)
from kinetix_core.protocol.hub.sync_models import SyncPreset
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

FILE_NAME = "kinetix_emotes.toml"
_MAX_BYTES = 1 << 20
# A cloned project may be hostile, and matching time grows with the patterns.
_MAX_PATTERNS, _MAX_PATTERN = 100, 200


# Setting → its words. The other settings are lists of patterns.
_WORDS: dict[str, type[StrEnum]] = {
    "importer": Importer,
    "bone_map": BoneMapping,
    "root_motion": RootMotion,
    "loop": LoopMode,
    "library": LibraryForm,
    "names": NameStyle,
}


class Preset(SyncPreset):
    """Validated settings of a sync target."""

    @classmethod
    def from_json(cls, data: object) -> Preset:
        """Raise InputError, with the option's name, for an unknown option or value."""
        if not isinstance(data, dict):
            raise InputError(
                "The sync settings are not an object.",
                code="badSetting",
                next_step=worded("Give an object with the options {names}.", names=", ".join(cls.model_fields)),
            )
        for key, value in data.items():
            if key not in cls.model_fields:
                raise InputError(
                    worded("There is no sync setting “{setting}”.", setting=key),
                    code="badSetting",
                    next_step=worded("Use one of: {choices}.", choices=", ".join(sorted(cls.model_fields))),
                )
            _check(key, value)
        return cls.model_validate(data)

    def selects(self, path: str) -> bool:
        """Return whether the patterns include a file."""
        lower = path.lower()
        return any(fnmatchcase(lower, pattern.lower()) for pattern in self.include) and not any(
            fnmatchcase(lower, pattern.lower()) for pattern in self.exclude
        )


def _check(key: str, value: object) -> None:
    """Raise InputError for an invalid value."""
    words = _WORDS.get(key)
    if words is None:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            if len(value) > _MAX_PATTERNS or any(len(item) > _MAX_PATTERN for item in value):
                raise InputError(
                    worded("The sync setting “{setting}” is too long.", setting=key),
                    code="badSetting",
                    next_step=worded(
                        "Give at most {count} patterns of {length} characters.",
                        count=_MAX_PATTERNS,
                        length=_MAX_PATTERN,
                    ),
                )
            return
        raise InputError(
            worded("The sync setting “{setting}” must be a list of patterns.", setting=key),
            code="badSetting",
            next_step="Give patterns as texts, e.g. wave*.glb.",
        )
    if not isinstance(value, str) or value not in list(words):
        raise InputError(
            worded("The sync setting “{setting}” cannot be “{value}”.", setting=key, value=value)
            if isinstance(value, str)
            else worded("The sync setting “{setting}” must be a text.", setting=key),
            code="badSetting",
            next_step=worded("Use one of: {choices}.", choices=", ".join(words)),
        )


def read_preset(project: Path, folder: str) -> Preset:
    """Return the project's settings for this folder, else the defaults. Raise InputError."""
    return written_preset(project, folder) or Preset()


def written_preset(project: Path, folder: str) -> Preset | None:
    """Return the project's settings for this folder. Raise InputError if they cannot be read."""
    section = _sections(project).get(folder)
    return Preset.from_json(section) if section is not None else None


def _sections(project: Path) -> dict[str, dict[str, object]]:
    """Return the settings by folder. Raise InputError if the file cannot be read."""
    path = project / FILE_NAME
    refuse_link(path)
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
        if len(text) > _MAX_BYTES:
            raise ValueError(f"It is larger than {_MAX_BYTES >> 10} KiB.")
        found = tomllib.loads(text.decode("utf-8")).get("sync")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            worded("{file} in the project cannot be read.", file=FILE_NAME),
            code="badSettings",
            detail=str(error),
            next_step="Correct the file or remove it.",
        ) from error
    return (
        {name: values for name, values in found.items() if isinstance(values, dict)} if isinstance(found, dict) else {}
    )


def write_preset(project: Path, folder: str, preset: Preset) -> None:
    """Write one folder's settings and keep the others. JSON and TOML write these values alike."""
    sections: dict[str, Mapping[str, object]] = {**_sections(project), folder: preset.as_dict()}
    lines = [
        "# How Kinetix Bridge brings emotes into this project. Commit this file; docs/godot.md explains the settings."
    ]
    for name in sorted(sections):
        lines.append(f"\n[sync.{json.dumps(name, ensure_ascii=False)}]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in sections[name].items()]
    with ProjectFolder(project) as place:
        place.write(FILE_NAME, "\n".join(lines) + "\n")
