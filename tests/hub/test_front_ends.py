"""What the front ends ask for and read exists: their paths are routes, their field names and words are those of the models.

Godot's plugin has no models (GDScript reads dictionaries), so its source is looked through. Blender's types are made from the models
and mypy compares them with its code; its paths are looked at here, and so are those of the Python client.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from kinetix_core.protocol.hub import answers, base_models, bodies, info, models, sync_models
from kinetix_core.protocol.hub.enumerations import ENDED, EventType
from tests.support import tools

sys.path.insert(0, str(tools.ROOT / "packaging"))

import hub_reference

pytestmark = pytest.mark.quick

PLUGIN = tools.ROOT / "godot_bridge" / "addons" / "kinetix_emotes" / "editor"
ADDON = tools.ROOT / "blender_addon" / "kinetix_emotes"
CLIENTS = (tools.ROOT / "shared" / "kinetix_hub" / "cli", tools.ROOT / "godot_bridge" / "kinetix_godot" / "run")
# What the plugin calls a dictionary → the models that it may be.
CALLED: dict[str, tuple[type[BaseModel], ...]] = {
    "job": (models.Job,),
    "phone": (models.PhoneLink,),
    "emote": (models.Emote,),
    "other": (models.Emote,),
    "line": (models.InLine,),
    "target": (sync_models.SyncTarget,),
    "_target": (sync_models.SyncTarget,),
    "counts": (sync_models.SyncCounts,),
    "plan": (answers.SyncRun, answers.ErrorAnswer),
    "step": (answers.PlanStep,),
    "preset": (sync_models.SyncPreset,),
    "conflict": (sync_models.Conflict,),
    "problem": (sync_models.SyncProblem, base_models.ErrorInfo),
    "error": (base_models.ErrorInfo,),
    "person": (answers.SeenPerson,),
    "verdict": (answers.ClipVerdict, answers.ErrorAnswer, base_models.ErrorInfo),
    "service": (models.Connection,),
    "profile": (models.Profile,),
    "active": (models.Profile,),
    "snapshot": (models.Snapshot, answers.ErrorAnswer),
    "godot": (sync_models.SyncState,),
    "message": (models.EventPage, base_models.Message),
    "made": (base_models.Wording,),
    "value": (base_models.Wording,),
    "event": (models.JobChanged,),
    "row": (sync_models.SyncTargetChange, models.Notice, models.Emote, answers.Check),
    "report": (answers.DoctorReport,),
    "answer": (
        answers.ErrorAnswer,
        answers.CharacterMap,
        answers.CutProposal,
        answers.EmoteList,
        answers.LibraryPage,
        answers.ProfileList,
    ),
    "settings": (models.JobSettings,),
    "part": (answers.TakePart,),
}
# Dictionaries of Godot, of the plugin itself, or of an emote's file.
OWN = {"connection", "subresources", "who", "found", "data", "files", "services", "said"}


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


def test_the_plugin_reads_only_fields_that_there_are() -> None:
    reads = re.compile(r'\b([a-z_]+)(?:\.get\(&?"(\w+)"|\["(\w+)"\])')
    said = re.compile(r'Words\.(?:each_)?said\(([a-z_]+), "(\w+)"\)')
    unknown, seen = set(), 0
    for file, text in sources(PLUGIN, ".gd").items():
        for variable, field in [(found[0], found[1] or found[2]) for found in reads.findall(text)] + said.findall(text):
            if variable in {"info", "_info"}:
                known = set(info.HubInfo(1, "", 1, 1, "", "").as_dict())
            elif variable in CALLED:
                known = names(*CALLED[variable])
            elif variable in OWN:
                continue
            else:
                known = set()
            seen += 1
            if field not in known and (file, variable, field) not in TRANSPORT:
                unknown.add((file, variable, field))
    assert seen > 80 and unknown == set()


# Of the plugin's own requests, not of the hub's answers.
TRANSPORT = {
    ("godot_bridge/addons/kinetix_emotes/editor/hub_link.gd", "answer", "ok"),
    ("godot_bridge/addons/kinetix_emotes/editor/hub_link.gd", "answer", "code"),
    ("godot_bridge/addons/kinetix_emotes/editor/hub_link.gd", "answer", "bytes"),
}
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


def test_the_plugin_knows_every_state_and_every_event() -> None:
    jobs = (PLUGIN / "jobs_view.gd").read_text(encoding="utf-8")
    ended = re.search(r"const ENDED[^=]*= (\[[^\]]*\])", jobs)
    assert ended and set(re.findall(r'"(\w+)"', ended[1])) == set(ENDED)
    link = (PLUGIN / "hub_link.gd").read_text(encoding="utf-8")
    taken = set(re.findall(r'^\t\t"([a-z]+(?:\.[a-z]+)?)":$', link, re.MULTILINE))
    assert taken | {EventType.PROFILES_CHANGED} == set(EventType), "profiles are asked for when they are shown"
