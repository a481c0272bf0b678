"""The fields that the commands on files print with --json are those that docs/json-output.md states."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from kinetix_core.formats import glb
from kinetix_tools.commands.convert import convert
from kinetix_tools.commands.edit import compare, edit
from kinetix_tools.commands.retarget import retarget
from tests.formats import rigs
from tests.motion import moves
from tests.support import tools

STATED = (tools.ROOT / "docs" / "json-output.md").read_text(encoding="utf-8")


def stated(command: str) -> set[str]:
    row = next(line for line in STATED.splitlines() if line.startswith(f"| `kinetix {command}` |"))
    return set(re.findall(r"`(\w+)`", row.split("|")[2]))


def printed(command: Any, *arguments: str) -> Any:
    result = CliRunner().invoke(command, [*arguments, "--json"])
    return json.loads(result.output)


def names(value: Any) -> set[str]:
    """Return the names of all fields except those named by bones."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    below = [names(inner) for name, inner in value.items() if name not in ("error", "mapped", "unsure", "directionDeg")]
    return set(value).union(*below)


def test_the_fields_are_those_that_are_stated(tmp_path: Path) -> None:
    emotes = tmp_path / "emotes"
    emotes.mkdir()
    walk = str(emotes / "walk.glb")
    Path(walk).write_bytes(glb.write_emote(moves.load("walk")))
    (emotes / "broken.glb").write_bytes(b"glTF broken")
    held = tmp_path / "held.glb"
    character = glb.read_character(rigs.character())
    held.write_bytes(glb.write_onto(character, [rigs.dance(character.skeleton, 5)]))
    assert names(printed(convert, str(emotes), str(tmp_path / "out"))) == stated("convert")
    assert names(printed(edit, walk, str(tmp_path / "loop.glb"), "--loop")) == stated("edit")
    assert names(printed(compare, walk, walk)) == stated("compare")
    assert names(printed(retarget, walk, str(held), "-o", str(tmp_path / "on.glb"))) == stated("retarget")
