"""One editor with windows under Xvfb, the add-on and a hub, for all tests of this folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.blender import screen
from tests.godot.editor import Editor, editor, hub, imported_project, link_of
from tests.godot.window.stage import new_clip
from tests.support import tools
from tests.support.waiting import until


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    root = imported_project(tmp_path_factory, tmp_path_factory.mktemp("gui")).parent
    # The service comes up with the first job; then its world can be told to ask before it delivers. A hub reads that at its start.
    with hub(root):
        link = link_of(root / "home")
        job = link.post("/v1/jobs", {"clip": str(new_clip(root)), "name": "First"})
        until(lambda: link.get(f"/v1/jobs/{job['id']}")["state"] == "delivered", "the first emote")
        rule = ["local", "world", "set", "--config", 'ugcValidation={"maxRetry":3}', "--home", str(root / "home")]
        subprocess.run([str(tools.kinetix()), *rule], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with hub(root), screen.display(root) as number, editor(root, display=number) as found:
        found.until("link.is_up()")
        found.run("preview._loops.button_pressed = false")  # a moving preview makes the editor redraw its whole window
        yield found
        found.shot(tools.ARTEFACTS / "godot-editor.png")
