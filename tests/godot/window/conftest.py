"""One editor with windows under Xvfb, the add-on and a hub, for all tests of this folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.godot.editor import bad_lines, editor, hub, imported_project, xvfb
from tests.godot.window.stage import Stage
from tests.support import tools
from tests.support.waiting import until


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("gui")
    project = imported_project(tmp_path_factory, root)
    # The service comes up with the first job; then its world can be told to ask before it delivers. A hub reads that at its start.
    with hub(root / "home", root / "hub.log"):
        alone = Stage(root, project, None)
        job = alone.call("POST", "/v1/jobs", {"clip": str(alone.clip()), "name": "First"})
        until(lambda: alone.call("GET", f"/v1/jobs/{job['id']}")["state"] == "delivered", "the first emote")
        rule = ["local", "world", "set", "--config", 'ugcValidation={"maxRetry":3}', "--home", str(root / "home")]
        subprocess.run([str(tools.kinetix()), *rule], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with (
        hub(root / "home", root / "hub.log") as (more, _),
        xvfb() as display,
        editor(root, project, more, display) as found,
    ):
        found.until("plugin.link.is_up()")
        found.run(
            "EditorInterface.set_main_screen_editor('Script')\nvar at = plugin.dock.get_parent()\n"
            "if at.has_method('make_visible'): at.make_visible()\n"
            "plugin.set_meta('done', [])\n"
            "plugin.imports.imported.connect(func(paths): plugin.get_meta('done').append_array(Array(paths)))\n"
            "return true"
        )
        made = Stage(root, project, found)
        made.loop(on=False)
        yield made
        found.shot(tools.ARTEFACTS / "godot-editor.png")
        assert not bad_lines(found.output()), bad_lines(found.output())
