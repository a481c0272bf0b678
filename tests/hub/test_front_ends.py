"""Paths that the front ends request, and fields that the Godot add-on sends, compared with routes and models.

The fields that they read are typed: see `packaging/hub_reference.py` and `packaging/godot_types.py`.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from kinetix_core.protocol.hub import bodies
from kinetix_core.protocol.hub.enumerations import EventType
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


def names(*kinds: type[BaseModel]) -> set[str]:
    return {name for kind in kinds for name, _ in hub_reference.fields(kind)}


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


def test_a_path_that_is_no_route_is_seen() -> None:
    assert is_route("/v1/jobs/%s/%s") and is_route("/v1/jobs/") and is_route("/v1/events?start={a}&since={b}")
    assert not is_route("/v1/job/%s") and not is_route("/v1/jobs/%s/moves/%s")


SENT: dict[str, tuple[type[BaseModel], ...]] = {
    "create_view.gd": (bodies.JobBody, bodies.PhoneBody),
    "conflicts_view.gd": (bodies.ResolveBody,),
    "connection_view.gd": (bodies.TargetBody,),
    "profile_dialog.gd": (bodies.KeyBody,),
    "characters.gd": (bodies.BoneMapBody,),
    "emote_menu.gd": (bodies.EmotePatch, bodies.ResolveBody),
}


@pytest.mark.parametrize("file", SENT)
def test_the_plugin_sends_only_fields_that_there_are(file: str) -> None:
    text = (PLUGIN / file).read_text(encoding="utf-8")
    bodies_sent = re.findall(r"(?:body :?= |request\(HTTPClient\.METHOD_\w+, [^{]*|_send\([^{\n]*)(\{[^}]*\})", text)
    sent = {name for body in bodies_sent for name in re.findall(r'"(\w+)":', body)}
    assert sent and sent <= names(*SENT[file])


def test_the_plugin_sends_the_part_of_a_clip_by_its_names() -> None:
    text = (PLUGIN / "clip_part.gd").read_text(encoding="utf-8")
    sent = set(re.findall(r'found(?: := \{|\[)"(\w+)"', text))
    assert len(sent) > 2 and sent <= names(bodies.JobBody)


def test_the_plugin_handles_every_event() -> None:
    link = (PLUGIN / "hub_link.gd").read_text(encoding="utf-8")
    taken = set(re.findall(r'^\t\t"([a-z]+(?:\.[a-z]+)?)":$', link, re.MULTILINE))
    assert taken | {EventType.PROFILES_CHANGED} == set(EventType), "profiles are asked for when they are shown"
