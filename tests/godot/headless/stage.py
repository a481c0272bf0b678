"""Project, editor and hub of the headless tests, with helpers for user actions."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.protocol.hub.info import read_info
from tests.godot.editor import Editor
from tests.support.hub_json import HubLink
from tests.support.present import present


@dataclass
class Stage:
    """A project in an editor, with a hub that brings the emotes of a folder into it."""

    root: Path
    project: Path
    source: Path
    editor: Editor
    hub: subprocess.Popen[bytes]

    def export(self, name: str, data: bytes) -> None:
        """Write beside the file and rename, as authoring tools do."""
        temporary = self.root / f".{name}"
        temporary.write_bytes(data)
        temporary.rename(self.source / name)

    def add_character(self, path: str, data: bytes) -> None:
        """Write a GLB of the project and wait for its import."""
        file = self.project / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        self.editor.run("EditorInterface.get_resource_filesystem().scan()\nreturn true")
        self.editor.until(
            f"ResourceLoader.exists('res://{path}') and not EditorInterface.get_resource_filesystem().is_scanning()"
        )

    def imported(self, path: str) -> bool:
        """Return whether the editor reported the import of a file."""
        return bool(self.editor.run(f"return 'res://{path}' in plugin.get_meta('done', [])"))


def link_of(home: Path) -> HubLink:
    return HubLink(present(read_info(home / "hub/hub.json")))
