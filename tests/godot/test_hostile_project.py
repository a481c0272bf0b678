"""A cloned project whose settings, import files and presets are hostile, opened in a real editor with the add-on enabled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kinetix_core.formats import glb
from tests.godot import emotes
from tests.godot.editor import editor, hub, imported_project

pytestmark = pytest.mark.xdist_group("godot-editor")

HUGE = "x" * 100_000
# Name of an emote → the parameters in its import settings.
IMPORTS = {
    "absolute": 'kinetix/emote_id="/etc/passwd"\nkinetix/name="/etc/passwd"',
    "above": 'kinetix/emote_id="../../outside"\nkinetix/name="../../outside"',
    "huge": f'kinetix/emote_id="{HUGE}"\nkinetix/name="{HUGE}"\nkinetix/loop=99999999',
    "types": 'kinetix/emote_id=["a", 1]\nkinetix/name={"a": 1}\nkinetix/loop="script"\nkinetix/in_place="yes"',
    "nodes": '_subresources="res://evil.gd"\nkinetix/loop=-7\nkinetix/in_place=[1]',
}
PRESET = 'importer = "../../outside"\nbone_map = 7\ninclude = ["/etc/*", "../../*"]\nfolder = "../outside"\n'


def _outside(root: Path, project: Path) -> dict[str, bytes]:
    """Return the files beside the project, except what Godot and the hub keep for themselves."""
    own = {root / name for name in ("home", "cache", "config", "data", "channel", "dist")}
    found: dict[str, bytes] = {}
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if Path(folder, name) not in {project, *own}]
        found |= {
            str(Path(folder, name)): Path(folder, name).read_bytes() for name in files if not name.endswith(".log")
        }
    return found


def test_a_hostile_project_changes_nothing_outside_and_the_dock_survives(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    project = imported_project(tmp_path_factory, tmp_path)
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'ran'}'\n", encoding="utf-8")
    program.chmod(0o755)
    with (project / "project.godot").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[kinetix]\n\nhub_command="{program}"\nlibrary=["../outside"]\nfolder="{HUGE}"\n')
    folder = project / "emotes"
    folder.mkdir()
    (folder / "kinetix_emotes.toml").write_text(PRESET, encoding="utf-8")
    (project / "kinetix_emotes.toml").write_text(PRESET, encoding="utf-8")
    data = glb.write_emote(emotes.wave())
    for name, parameters in IMPORTS.items():
        (folder / f"{name}.glb").write_bytes(data)
        (folder / f"{name}.json").write_text(
            f'{{"id": "../../{name}", "files": {{"glb": "/etc/passwd"}}}}', encoding="utf-8"
        )
        (folder / f"{name}.glb.import").write_text(
            f'[remap]\nimporter="animation_library"\ntype="AnimationLibrary"\nvalid="maybe"\npath="/etc/passwd"\n'
            f'[deps]\nsource_file="res://../outside/{name}.glb"\n[params]\n{parameters}\n',
            encoding="utf-8",
        )
    before = _outside(tmp_path, project)
    with hub(tmp_path), editor(tmp_path, is_hostile=True) as found:
        found.until("link.is_up()")
        found.follow("emotes", "library")
        found.until("imports.is_idle()")
        for name in IMPORTS:
            path = f"res://emotes/{name}.glb"
            found.run(
                f"library._settings.show_emote('{path}')\n"
                f"menu.fill('{path}')\n"
                f"imports.change_options('{path}', {{'kinetix/loop': 1}})\n"
                f"return await imports.finish_file('{path}')"
            )
        found.run("library._refresh()")
        assert found.get("dock.is_inside_tree() and link.is_up()")
        assert "SCRIPT ERROR" not in found.output(), found.output()[-3000:]
    assert _outside(tmp_path, project) == before
