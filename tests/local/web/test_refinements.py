"""Versions of an emote from corrections: `/_local/emotes/{emote}/refine`."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.local.conftest import World

_FOOT = {"kind": "foot", "id": "left-1", "first": 2, "last": 9, "side": "left", "stands": True}


def _refine(world: World, emote: str, *corrections: dict[str, Any], job: str = "") -> dict[str, Any]:
    path = f"/emotes/{emote}/refine"
    answer = world.service.admin("POST", path, params={"job": job}, json={"corrections": corrections})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def _versions(world: World, emote: str) -> list[dict[str, Any]]:
    return list(world.service.admin("GET", f"/emotes/{emote}/refine").json())


def _bag(world: World) -> list[str]:
    return [row["emoteUuid"] for row in world.call("GET", "/v1/users/player-1/emotes").json()]


def test_a_version_takes_the_place_of_the_one_before_and_gives_it_back(world: World) -> None:
    first = world.emote(name="spin")
    version = _refine(world, first["emote"], _FOOT)
    assert version["number"] == 2 and version["corrections"] == [_FOOT]
    done = world.finished(version["process"])
    assert done["step"] == "done" and _bag(world) == [version["emote"]]
    told = world.call("GET", f"/v1/emotes/{version['emote']}").json()
    assert (told["name"], told["metadata"]["versionOf"]) == ("spin", first["emote"])
    assert "versionOf" not in world.call("GET", f"/v1/emotes/{first['emote']}").json()["metadata"]
    assert world.call("GET", f"/v1/emotes/{first['emote']}").status_code == 200, "what was is still there"
    # a further one is asked for by any of them, and says all that is to be corrected
    third = _refine(world, version["emote"])
    world.finished(third["process"])
    listed = _versions(world, first["emote"])
    assert listed == _versions(world, third["emote"])
    assert [(row["number"], row["current"], len(row["corrections"])) for row in listed] == [
        (1, False, 0),
        (2, False, 1),
        (3, True, 0),
    ]
    path = f"/emotes/{third['emote']}/refine/1/current"
    assert world.service.admin("POST", path).status_code == 204
    assert _bag(world) == [first["emote"]]
    assert world.service.admin("POST", path.replace("/1/", "/9/")).json()["error"]["code"] == "versionNotFound"


def test_a_version_has_the_name_that_its_emote_was_given(world: World) -> None:
    first = world.emote(name="spin")
    (row,) = [row for row in world.service.admin("GET", "/library").json()["emotes"] if row["uuid"] == first["emote"]]
    assert world.service.admin("PATCH", f"/library/emotes/{row['entry']}", json={"name": "A turn"}).status_code == 204
    version = _refine(world, first["emote"])
    world.finished(version["process"])
    assert world.call("GET", f"/v1/emotes/{version['emote']}").json()["name"] == "A turn"


def test_where_a_world_validates_a_version_waits_for_it(world: World) -> None:
    world.configure(ugcValidation=True)
    first = world.emote()
    assert world.call("POST", f"/v1/process/{first['uuid']}/validate").status_code == 200
    version = _refine(world, first["emote"], _FOOT)
    assert world.finished(version["process"])["step"] == "done"
    assert _bag(world) == [first["emote"]]
    path = f"/emotes/{first['emote']}/refine/2/current"
    assert world.service.admin("POST", path).json()["error"]["code"] == "versionNotAccepted"
    assert world.call("POST", f"/v1/process/{version['process']}/validate").status_code == 200
    assert _bag(world) == [version["emote"]]
    assert [row["status"] for row in _versions(world, first["emote"])] == ["validated", "validated"]


@pytest.mark.parametrize("validates", [False, True])
def test_the_hub_hears_of_a_version_that_the_page_made_once_the_player_has_it(world: World, validates: bool) -> None:
    """Versions from a job of the hub are left out: it would fetch them twice."""

    def told() -> list[str]:
        every = world.service.admin("GET", "/library/edits").json()
        versions = {row["emote"] for row in _versions(world, first["emote"])}
        assert all((edit["name"], edit["deleted"]) == (None, False) for edit in every if edit["emote"] in versions)
        return [edit["emote"] for edit in every if edit["emote"] in versions]

    world.configure(ugcValidation=validates)
    first = world.emote()
    own, page = _refine(world, first["emote"], _FOOT, job="own"), _refine(world, first["emote"])
    for made in (own, page):
        world.finished(made["process"])
        if validates:
            assert not told()
            assert world.call("POST", f"/v1/process/{made['process']}/validate").status_code == 200
    assert told() == [page["emote"]]
    path = f"/emotes/{first['emote']}/refine/2/current"
    assert world.service.admin("POST", path).status_code == 204
    assert told() == [page["emote"], own["emote"]]


def test_what_cannot_be_refined_is_told(world: World) -> None:
    unknown = world.service.admin("POST", f"/emotes/{uuid.uuid4()}/refine", json={"corrections": []})
    assert unknown.status_code == 404 and unknown.json()["error"]["code"] == "emoteNotFound"
    first = world.emote()
    path = f"/emotes/{first['emote']}/refine"
    wrong = world.service.admin("POST", path, json={"corrections": [_FOOT | {"last": 1}]})
    assert wrong.status_code == 422 and "last frame" in wrong.json()["error"]["detail"]
    assert world.call("POST", f"/_local{path}", json={"corrections": []}).status_code == 401, (
        "a game's key is not enough"
    )
    assert len(_versions(world, first["emote"])) == 1


@pytest.mark.parametrize("kind", ["emote", "observations"])
def test_observations_are_no_file_of_the_emote(world: World, kind: str) -> None:
    emote = world.emote()["emote"]
    asset = emote if kind == "emote" else str(uuid.uuid5(uuid.UUID(emote), "observations"))
    names = {file["name"] for file in world.call("GET", f"/v1/emotes/{emote}").json()["files"]}
    assert "observations" not in names
    assert world.call("GET", f"/user-data/{asset}-observations.npz").status_code == 404


def test_of_several_people_each_one_is_corrected_alone(world: World) -> None:
    """The other one's observations and emote stay unchanged."""
    done = world.emote(name="duo", people="all")
    one, other = done["emotes"]
    for number, emote in enumerate((one, other), 1):
        (captured,) = _versions(world, emote)
        assert (captured["emote"], captured["process"], captured["current"]) == (emote, done["uuid"], True)
        assert [span["first"] for span in captured["unsure"]] == [number]
    version = _refine(world, other, _FOOT)
    assert version["number"] == 2 and version["emote"] not in done["emotes"]
    world.finished(version["process"])
    assert set(_bag(world)) == {one, version["emote"]}
    assert world.call("GET", f"/v1/emotes/{version['emote']}").json()["name"] == "duo 2"
    listed = _versions(world, version["emote"])
    assert listed == _versions(world, other)
    assert [(row["emote"], row["current"]) for row in listed] == [(other, False), (version["emote"], True)]
    assert [row["emote"] for row in _versions(world, one)] == [one]
    assert world.service.admin("POST", f"/emotes/{version['emote']}/refine/1/current").status_code == 204
    assert set(_bag(world)) == {one, other}


def test_the_figure_over_the_picture_is_for_the_owner_alone(world: World) -> None:
    first = world.emote()
    path = f"/emotes/{first['emote']}/refine/1/figure"
    assert world.call("GET", f"/_local{path}").status_code == 401, "a game's key is not enough"
    unknown = world.service.admin("GET", f"/emotes/{uuid.uuid4()}/refine/1/figure")
    assert unknown.status_code == 404 and unknown.json()["error"]["code"] == "emoteNotFound"
    beyond = world.service.admin("GET", path.replace("/1/", "/7/"))
    assert beyond.status_code == 404 and beyond.json()["error"]["code"] == "versionNotFound"
    damaged = world.service.admin("GET", path)  # what the stand-in for the capture keeps can be read by nobody
    assert damaged.status_code == 400 and damaged.json()["error"]["nextStep"]


def test_the_library_says_what_can_be_corrected(world: World) -> None:
    first = world.emote()
    version = _refine(world, first["emote"], _FOOT)
    world.finished(version["process"])
    people = world.emote(user="player-2", people="all")["emotes"]
    rows = {row["uuid"]: row for row in world.service.admin("GET", "/library").json()["emotes"]}
    assert rows[version["emote"]]["correctable"] is True, "a version too, though it keeps no observations of its own"
    one, other = (rows[emote] for emote in people)
    assert one["correctable"] is other["correctable"] is True
    assert one["clip"] == other["clip"] and one["clip"]["url"], "everybody is corrected over the one clip"
