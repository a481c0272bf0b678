"""What an artist decides about a sync target. The preset lies in the project as TOML, so that a team can commit it."""

from __future__ import annotations

import json
import logging
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from kinetix_core import files
from kinetix_core.damage import set_aside
from kinetix_core.errors import InputError
from kinetix_core.hub_protocol.enumerations import (
    BoneMapping,
    Importer,
    LibraryForm,
    LoopMode,
    NameStyle,
    RootMotion,
)
from kinetix_core.hub_protocol.sync_models import SyncPreset
from kinetix_core.identity import BadIdentity, SafeName, TargetId
from kinetix_core.project_files import ProjectFolder, refuse_link

__all__ = ["FILE_NAME", "Preset", "Registry", "Target", "read_preset", "write_preset", "written_preset"]

log = logging.getLogger(__name__)
FILE_NAME = "kinetix_emotes.toml"
_MAX_BYTES = 1 << 20


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
    """As a person gives it and a project keeps it."""

    @classmethod
    def from_json(cls, data: object) -> Preset:
        """Raises InputError, which names the option, for an unknown option or value."""
        if not isinstance(data, dict):
            raise InputError(
                "The sync settings are no table of options.",
                code="badSetting",
                next_step=f"Give an object of {', '.join(cls.model_fields)}.",
            )
        for key, value in data.items():
            if key not in cls.model_fields:
                raise InputError(
                    f"There is no sync setting “{key}”.",
                    code="badSetting",
                    next_step=f"Use one of: {', '.join(sorted(cls.model_fields))}.",
                )
            _check(key, value)
        return cls.model_validate(data)

    def selects(self, path: str) -> bool:
        """Whether the patterns let a file in."""
        lower = path.lower()
        return any(fnmatchcase(lower, pattern.lower()) for pattern in self.include) and not any(
            fnmatchcase(lower, pattern.lower()) for pattern in self.exclude
        )


def _check(key: str, value: object) -> None:
    """Raises InputError for a value that this setting cannot have."""
    words = _WORDS.get(key)
    if words is None:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return
        raise InputError(
            f"The sync setting {key} is a list of patterns.",
            code="badSetting",
            next_step="Give patterns as texts, e.g. wave*.glb.",
        )
    if not isinstance(value, str) or value not in list(words):
        raise InputError(
            f"The sync setting {key} cannot be “{value}”."
            if isinstance(value, str)
            else f"The sync setting {key} is a text.",
            code="badSetting",
            next_step=f"Use one of: {', '.join(words)}.",
        )


@dataclass(frozen=True)
class Target:
    """One project and a folder in it. `source` is `library` or an absolute folder."""

    id: TargetId
    project: Path
    folder: str = "emotes"
    source: str = "library"
    preset: Preset = field(default_factory=Preset)

    @property
    def path(self) -> Path:
        return self.project / self.folder

    @classmethod
    def create(
        cls, project: Path, folder: str = "emotes", source: str = "library", preset: Preset | None = None
    ) -> Target:
        """Checks the places. Raises InputError with the next step when the project or the folder cannot be used."""
        project = project.absolute()
        if not (project / "project.godot").is_file():
            raise InputError(
                "This folder is not a Godot project.",
                code="notAProject",
                detail=f"There is no project.godot in {project}.",
                next_step="Give the folder that holds project.godot.",
            )
        folder = folder_in_project(folder)
        if source != "library":
            place = Path(source).absolute()
            if not place.is_dir():
                raise InputError(
                    "The source folder is not there.",
                    code="noSource",
                    detail=str(place),
                    next_step="Make the folder first.",
                )
            inside = project / folder
            if place == inside or place.is_relative_to(inside) or inside.is_relative_to(place):
                raise InputError(
                    "Source and target lie inside each other.",
                    code="sameFolder",
                    next_step="Choose a source outside the project's emotes.",
                )
            source = str(place)
        return cls(TargetId(secrets.token_hex(6)), project, folder, source, preset or read_preset(project, folder))


def folder_in_project(text: str) -> str:
    """The path below the project of what a person, a request or a file of ours gives: parts that every system takes, with `/`.

    Projects travel: what another system would take for a device, a drive or a hidden folder is refused here too (InputError).
    """
    parts = text.removeprefix("res://").removesuffix("/").split("/")
    try:
        if any(part.startswith(".") for part in parts):
            raise BadIdentity("a folder of a project", text)
        return "/".join(SafeName(part) for part in parts)
    except BadIdentity as error:
        raise InputError(
            f"{error.detail} cannot be a folder for emotes.",
            code="badFolder",
            detail="It must be a path inside the project, of names that Windows, macOS and Linux all take.",
            next_step="Give a folder inside the project, e.g. emotes.",
        ) from error


def read_preset(project: Path, folder: str) -> Preset:
    """The preset that the project holds for this folder, else the default one. Raises InputError when it cannot be read."""
    return written_preset(project, folder) or Preset()


def written_preset(project: Path, folder: str) -> Preset | None:
    """The preset that the project holds for this folder. Raises InputError when it cannot be read."""
    section = _sections(project).get(folder)
    return Preset.from_json(section) if section is not None else None


def _sections(project: Path) -> dict[str, dict[str, object]]:
    """Folder → its settings in the project's file; none without a file. Raises InputError when it cannot be read."""
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
            f"{FILE_NAME} in the project cannot be read.",
            code="badSettings",
            detail=str(error),
            next_step="Correct the file or remove it.",
        ) from error
    return (
        {name: values for name, values in found.items() if isinstance(values, dict)} if isinstance(found, dict) else {}
    )


def write_preset(project: Path, folder: str, preset: Preset) -> None:
    """Keeps the other folders' presets. Values are strings and lists of strings, which JSON and TOML write alike."""
    sections: dict[str, Mapping[str, object]] = {**_sections(project), folder: preset.as_dict()}
    lines = [
        "# How Kinetix Bridge brings emotes into this project. Commit this file; docs/godot.md explains the settings."
    ]
    for name in sorted(sections):
        lines.append(f"\n[sync.{json.dumps(name, ensure_ascii=False)}]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in sections[name].items()]
    with ProjectFolder(project) as place:
        place.write(FILE_NAME, "\n".join(lines) + "\n")


def _target(row: Mapping[str, object]) -> Target:
    """Raises InputError, ValueError, KeyError or TypeError when the row was not written by us."""
    preset = Preset.from_json(row.get("preset", {}))
    return Target(
        TargetId(row["id"]),
        Path(str(row["project"])),
        folder_in_project(str(row["folder"])),
        str(row["source"]),
        preset,
    )


class Registry:
    """The targets of this user: `<home>/godot/targets.json`. Where a project lies is this machine's business."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "godot"
        self._path = self.folder / "targets.json"

    def state_folder(self, target: Target) -> Path:
        return self.folder / target.id

    def load(self) -> list[Target]:
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            return [_target(row) for row in rows]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(
                "The list of sync targets cannot be read.",
                code="badSettings",
                detail=f"{self._path}: {error}",
                next_step="Make the file readable for you, then restart Kinetix.",
            ) from error
        except (InputError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            kept = set_aside(self._path)
            log.error("the list of sync targets was damaged (%s); it is kept as %s", type(error).__name__, kept.name)
            return []

    def save(self, targets: list[Target]) -> None:
        rows = [
            {
                "id": t.id,
                "project": str(t.project),
                "folder": t.folder,
                "source": t.source,
                "preset": t.preset.as_dict(),
            }
            for t in targets
        ]
        files.write(self._path, json.dumps(rows, ensure_ascii=False, indent=1), private=True)

    def add(self, target: Target) -> Target:
        """Adds the target, or returns the one that is already there for this project and folder."""
        targets = self.load()
        for known in targets:
            if (known.project, known.folder) == (target.project, target.folder):
                if known.source == target.source and known.preset == target.preset:
                    return known
                target = replace(target, id=known.id)
                targets.remove(known)
                break
        write_preset(target.project, target.folder, target.preset)
        self.save([*targets, target])
        return target

    def remove(self, target_id: str) -> None:
        self.save([target for target in self.load() if target.id != target_id])
