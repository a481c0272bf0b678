"""Sync targets of this user: a folder in a Godot project, and its source."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kinetix_core.io import files, paths
from kinetix_core.io.damage import set_aside
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import BadIdentity, SafeName, TargetId
from kinetix_core.values.wording import worded
from kinetix_godot.preset import Preset, read_preset, write_preset

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """A folder in a project. `source` is `library` or an absolute folder."""

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
        """Check the places. Raise InputError if the project or the folder cannot be used."""
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
                    "The source folder is missing.",
                    code="noSource",
                    detail=str(place),
                    next_step="Make the folder first.",
                )
            inside = project / folder
            if place == inside or place.is_relative_to(inside) or inside.is_relative_to(place):
                raise InputError(
                    "Source and target overlap.",
                    code="sameFolder",
                    next_step="Choose a source outside the project's emotes.",
                )
            source = str(place)
        return cls(TargetId(secrets.token_hex(6)), project, folder, source, preset or read_preset(project, folder))


def folder_in_project(text: str) -> str:
    """Return the path below the project. Raise InputError for names that some system refuses."""
    parts = text.removeprefix("res://").removesuffix("/").split("/")
    try:
        if any(part.startswith(".") for part in parts):
            raise BadIdentity("a folder of a project", text)
        return "/".join(SafeName(part) for part in parts)
    except BadIdentity as error:
        raise InputError(
            worded("“{folder}” cannot be a folder for emotes.", folder=error.detail),
            code="badFolder",
            detail="It must be a path inside the project, of names that Windows, macOS and Linux all take.",
            next_step="Give a folder inside the project, e.g. emotes.",
        ) from error


def _target(row: Mapping[str, object]) -> Target:
    """Raise InputError, ValueError, KeyError or TypeError for a damaged row."""
    preset = Preset.from_json(row.get("preset", {}))
    return Target(
        TargetId(row["id"]),
        Path(str(row["project"])),
        folder_in_project(str(row["folder"])),
        str(row["source"]),
        preset,
    )


class Registry:
    """Targets of this user: `<home>/godot/targets.json`."""

    def __init__(self, home: Path) -> None:
        self.folder = home / paths.Folder.GODOT
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
        paths.own(self.folder)
        files.write(self._path, json.dumps(rows, ensure_ascii=False, indent=1), private=True)

    def add(self, target: Target) -> Target:
        """Add the target, or change the one for this project and folder."""
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
