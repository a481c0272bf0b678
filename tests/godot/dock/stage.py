"""Helpers for user actions in the dock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kinetix_core.protocol.hub.info import read_info
from tests.godot.editor import Editor
from tests.support.hub_json import HubLink
from tests.support.present import present
from tests.support.waiting import LIMIT_S

__all__ = ["MENU", "NAMES", "Stage"]

NAMES = ["Bow", "Duet", "Zwei", "Take", "Wave"]  # as the dock lists them: a group stands together
MENU = "plugin.dock.library_view.menu"


class Stage:
    def __init__(self, home: Path, project: Path, source: Path, found: Editor) -> None:
        self.project, self.source, self.editor = project, source, found
        self._link = HubLink(present(read_info(home / "hub/hub.json")))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._link.call(method, path, body, timeout_s=LIMIT_S)

    def choose(self, name: str, item: str) -> None:
        """Choose an item of an emote's menu."""
        found = f"plugin.link.emotes.values().filter(func(e): return e.name == '{name}')[0].id"
        self.editor.run(f"{MENU}.fill({found})\n{MENU}.choose({MENU}.Item.{item})\nreturn true")

    def follow(self, folder: str, source: str) -> str:
        """Add a sync target to the project and return its id."""
        body = {"project": str(self.project), "folder": folder, "source": source}
        return str(self.call("POST", "/v1/sync/targets", body)["id"])

    def press(self, button: str) -> None:
        found = f"plugin.dock.find_child('{button}', true, false)"
        self.editor.until(f"{found} != null and {found}.visible and not {found}.disabled")
        self.editor.run(f"{found}.pressed.emit()\nreturn true")

    def answer(self, dialog: str) -> str:
        """Confirm an open question and return its text."""
        found = f"plugin.dock.find_child('{dialog}', true, false)"
        self.editor.until(f"{found}.visible")
        return str(self.editor.run(f"{found}.get_ok_button().pressed.emit()\nreturn {found}.dialog_text"))

    def settle(self) -> None:
        """Wait until no import is pending."""
        self.editor.until(
            "not plugin.imports._is_busy and not plugin.imports._is_importing and plugin.imports._waiting.is_empty()"
        )

    def imported(self, file: str) -> None:
        """Wait until the add-on reports the import of a file since the last call."""
        self.editor.until(f"'res://{file}' in plugin.get_meta('done', [])")
        self.editor.run(f"plugin.get_meta('done').erase('res://{file}')\nreturn true")
