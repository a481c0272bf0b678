"""Paths and settings that lead out of the project are rejected with a message."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.sync_service import HubContext
from kinetix_core.values.errors import InputError
from kinetix_godot.run.hub_routes import GodotService
from kinetix_godot.run.supervisor import Supervisor
from kinetix_godot.target.registry import Target
from tests.godot.sync.place import Place

OUTSIDE = [
    "/abs", "//server/share",
    "C:abs", "C:/abs", "C:\\abs", "\\abs", "a\\b", "a:b", "emotes:stream", "nul", "NUL.txt", "emotes/CON",
    "com1", "emotes/lpt9.glb", "emotes.", "emotes ", " emotes", "a./b", "a /b", "..", "../other", "a/../../b", "a/./b", ".", ".hidden",
    "a/.git", "x" * 256, "emo\0tes", "emo\ntes", "emo\u202etes", "a//b", "", "/", "res://", "res:///abs", "res://../x", "a*", "a?",
    'a"b', "<a>",
]  # fmt: skip


@pytest.mark.quick
@pytest.mark.parametrize("folder", OUTSIDE)
def test_a_folder_that_some_system_would_look_for_elsewhere_is_refused(place: Place, folder: str) -> None:
    with pytest.raises(InputError) as caught:
        Target.create(place.project, folder, str(place.source))
    assert caught.value.code == "badFolder" and caught.value.next_step


@pytest.mark.quick
@pytest.mark.parametrize(
    ("given", "kept"),
    [("emotes", "emotes"), ("res://art/emotes/", "art/emotes"), ("動作 2", "動作 2"), ("a.b/Élan", "a.b/Élan")],
)
def test_a_folder_of_the_project_is_taken(place: Place, given: str, kept: str) -> None:
    assert Target.create(place.project, given, str(place.source)).folder == kept


@pytest.mark.quick
@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "7", "[" * 200_000, '[{"id":"a"}]', "[7]",
        '[{"id":"..","project":"/p","folder":"emotes","source":"library"}]',
        '[{"id":"a","project":"/p","folder":"../..","source":"library"}]',
        '[{"id":"a","project":"/p","folder":"emo\\u0000tes","source":"library"}]',
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_a_damaged_list_of_targets_is_kept_and_stops_nothing(place: Place, text: str) -> None:
    (place.registry.folder / "targets.json").write_text(text, encoding="utf-8")
    assert place.registry.load() == []
    (kept,) = place.registry.folder.glob("targets.json.damaged-*")
    assert kept.read_text(encoding="utf-8") == text and place.registry.load() == []


def deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


BAD: list[Mapping[str, Any]] = [
    {"preset": 5}, {"preset": "x"}, {"preset": [1]}, {"preset": True}, {"preset": {"loop": 5}}, {"preset": {"loop": ["none"]}},
    {"preset": {"loop": {}}}, {"preset": {"include": 5}}, {"preset": {"include": [5]}}, {"preset": {"no": 1}},
    {"preset": {"loop": deep(900)}}, {"preset": {"include": deep(900)}}, {"preset": deep(900)}, {"folder": 5}, {"folder": deep(900)},
    {"folder": "emo\0tes"}, {"source": 5}, {"source": "/a\0b"}, {"project": 5}, {"project": "/a\0b"}, {"project": "relative"},
    {"project": None},
]  # fmt: skip


@pytest.mark.quick
@pytest.mark.parametrize("wrong", BAD, ids=lambda wrong: str(wrong)[:30])
def test_a_malformed_target_is_refused_with_a_message(place: Place, wrong: Mapping[str, Any]) -> None:
    home = place.project.parent / "home"
    service = GodotService(HubContext(home, home / "library", list, lambda event: None))
    (add,) = [route for route in service.routes() if (route.method, route.path) == ("POST", "/v1/sync/targets")]
    body = {"project": str(place.project), "folder": "art", "source": str(place.source), **wrong}
    with pytest.raises(InputError) as caught:
        add.handle({}, body)
    assert caught.value.title and caught.value.next_step
    assert not (place.project / "kinetix_emotes.toml").read_text(encoding="utf-8").count("art")


@pytest.mark.linux_only(reason="counts the descriptors that Linux lists")
def test_targets_that_come_and_go_quickly_leave_no_watches(place: Place) -> None:
    def watches() -> int:
        count = 0
        for path in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # the descriptor that lists them
                count += "inotify" in str(path.readlink())
        return count

    supervisor = Supervisor(place.registry, list, lambda event: None)
    before = watches()
    supervisor.start()
    try:
        for _ in range(60):
            target = Target.create(place.project, "art", str(place.source))
            supervisor.add(target)
            supervisor.add(target)
            supervisor.remove(target.id)
    finally:
        supervisor.stop()
    assert watches() == before
