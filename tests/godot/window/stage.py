"""Real clicks, and helpers for user actions in the dock."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kinetix_core.protocol.hub.info import read_info
from tests.godot.editor import Editor
from tests.support import tools
from tests.support.hub_json import HubLink
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

__all__ = ["Stage"]


class Stage:
    def __init__(self, root: Path, project: Path, found: Editor | None) -> None:
        self.root, self.project = root, project
        self._clips = 0
        if found:
            self.editor = found

    def find(self, name: str) -> str:
        return f"plugin.dock.find_child('{name}', true, false)"

    def press(self, finder: str, condition: Callable[[], Any], what: str) -> None:
        """Click until the button receives it, then wait for the effect. Imports pause, as their dialog takes clicks."""
        self.editor.run("plugin.set_meta('felt', false)\nreturn true")
        until(lambda: condition() or self._felt(finder), f"a click for {what}")
        until(condition, what)

    def _felt(self, finder: str) -> bool:
        place = self.editor.run(
            f"var button = {finder}\n"
            "if button == null: return null\n"
            "if not button.is_visible_in_tree(): return null\n"
            "if not plugin.imports.is_idle(): return null\n"
            "plugin.imports.set_process(false)\n"
            "var felt = func(): plugin.set_meta('felt', true)\n"
            "button.pressed.connect(felt, CONNECT_ONE_SHOT)\n"
            "return [button.get_global_rect().get_center().x, button.get_global_rect().get_center().y]"
        )
        if place is None:
            return False
        self.editor.click(*place)
        self.frames(30)
        return bool(self.editor.run("plugin.imports.set_process(true)\nreturn plugin.get_meta('felt')"))

    def right_click(self, emote: str) -> bool:
        """Right-click an emote in the list and return whether the menu opens."""
        view = "plugin.dock.library_view"
        place = self.editor.run(
            f"var list = {view}._list\nvar at = {view}._ids.find('{emote}')\n"
            "if at < 0 or not list.is_visible_in_tree(): return null\n"
            "var place = list.get_global_transform() * list.get_item_rect(at).get_center()\n"
            "return [place.x, place.y] if list.get_global_rect().has_point(place) else null"
        )
        if place is None:
            return False
        x, y = (str(round(value)) for value in place)
        command = ["xdotool", "mousemove", x, y, "sleep", "0.2", "click", "3"]
        subprocess.run(command, env={**os.environ, "DISPLAY": self.editor.display}, check=True, timeout=LIMIT_S)
        self.frames(30)
        return bool(self.editor.run(f"return {view}.menu.visible"))

    def frames(self, number: int) -> None:
        """Wait for a number of frames."""
        self.editor.run(f"for frame in {number}: await Engine.get_main_loop().process_frame\nreturn true")

    def tab(self, tab: str) -> None:
        self.editor.run(f"plugin.dock.show_tab('{tab}')\nreturn true")
        self.frames(3)

    def loop(self, *, on: bool) -> None:
        """Set whether the preview repeats; `on` restarts one that has ended.

        A moving preview makes the editor redraw its whole window.
        """
        preview = "plugin.dock.library_view.preview"
        lines = f"{preview}._loops.button_pressed = {str(on).lower()}\n"
        if on:
            lines += f"if {preview}.player(): {preview}._play.button_pressed = true\n"
        self.editor.run(lines + "return true")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        hub = HubLink(present(read_info(self.root / "home/hub/hub.json")))
        found: dict[str, Any] = hub.call(method, path, body)
        return found

    def settle(self) -> None:
        """Wait for pending imports; a file must not be removed while Godot reads it."""
        self.frames(30)
        self.editor.until("plugin.imports.is_idle()")

    @contextmanager
    def importing(self, file: str) -> Iterator[None]:
        """Wait until the add-on has imported the file that the block adds."""
        self.editor.run("plugin.set_meta('done', [])\nreturn true")
        yield
        self.editor.until(f"'res://{file}' in plugin.get_meta('done')")

    def create(self, name: str) -> dict[str, Any]:
        """Create the job of this name and wait for the empty form."""
        self.press(self.find("CreateFromClip"), lambda: self.job()["name"] == name, "the job")
        self.editor.until(f"{self.find('Clip')}.text.is_empty()")
        return self.job()

    def clip(self) -> Path:
        """Return a new clip."""
        self._clips += 1
        path = self.root / f"clip{self._clips}.mp4"
        path.write_bytes((tools.ROOT / "samples/balance.mp4").read_bytes())
        return path

    def target_id(self) -> str:
        """Return the project's sync target, created on first use."""
        body = {"project": str(self.project), "folder": "emotes", "source": "library"}
        found = self.call("GET", "/v1/sync/targets")["targets"]
        return str(found[0]["id"] if found else self.call("POST", "/v1/sync/targets", body)["id"])

    def cancel_jobs(self) -> None:
        for job in self.call("GET", "/v1/snapshot")["jobs"]:
            if job["state"] not in {"delivered", "failed", "cancelled", "rejected"}:
                self.call("POST", f"/v1/jobs/{job['id']}/cancel", {})

    def job(self) -> dict[str, Any]:
        jobs = self.call("GET", "/v1/snapshot")["jobs"]
        return max(jobs, key=lambda job: job["createdAt"]) if jobs else {"state": "none", "name": ""}
