"""Paths that the front ends request, compared with the hub's routes."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support import tools

sys.path.insert(0, str(tools.ROOT / "packaging"))

import hub_reference

pytestmark = pytest.mark.quick

PLUGIN = tools.ROOT / "godot_bridge" / "addons" / "kinetix_emotes" / "editor"
ADDON = tools.ROOT / "blender_addon" / "kinetix_emotes"
CLIENTS = (tools.ROOT / "shared" / "kinetix_hub" / "cli", tools.ROOT / "godot_bridge" / "kinetix_godot" / "run")


def sources(place: Path, ending: str) -> dict[str, str]:
    return {
        file.relative_to(tools.ROOT).as_posix(): file.read_text(encoding="utf-8") for file in place.rglob(f"*{ending}")
    }


@cache
def route_patterns() -> list[re.Pattern[str]]:
    return [re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path)) for route in hub_reference.routes()]


def is_route(path: str) -> bool:
    """`path` may have parts that are filled in: `%s` or `{id}`, also as the action at its end."""
    plain = re.sub(r"%s|\{[^}]*\}", "ID", path.partition("?")[0])
    plain += "ID" if plain.endswith("/") else ""
    if any(pattern.fullmatch(plain) for pattern in route_patterns()):
        return True
    head, _, last = plain.rpartition("/")
    return last == "ID" and any(
        pattern.pattern.rpartition("/")[0] == head.replace("ID", "[^/]+") for pattern in route_patterns()
    )


def paths(texts: dict[str, str], pattern: str) -> set[tuple[str, str]]:
    return {(file, path) for file, text in texts.items() for path in re.findall(pattern, text)}


def test_every_path_that_an_editor_asks_for_is_a_route() -> None:
    asked = paths(sources(PLUGIN, ".gd") | sources(ADDON, ".py"), r'"(?:ws://[^/"]*)?(/v1/[^"]*)"')
    assert len(asked) > 25
    assert {(file, path) for file, path in asked if not is_route(path)} == set()


def test_every_path_that_the_python_client_asks_for_is_a_route() -> None:
    texts = {file: text for place in CLIENTS for file, text in sources(place, ".py").items()}
    asked = paths(texts, r'(?:get|post|delete|ask|fetch)\(\s*(?:[A-Z]\w+, )?(?:"[A-Z]+", )?f?"(/[a-z][^"]*)"')
    assert len(asked) > 20
    assert {(file, path) for file, path in asked if not is_route(f"/v1{path}")} == set()
