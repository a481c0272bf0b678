"""A rename and a deletion on the library page of Kinetix Local reach the hub's library, and every front end by its events."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from kinetix_hub.hub import Hub
from kinetix_hub.library.page_edits import PageEdits
from tests.hub.conftest import HubProcess, wait_job
from tests.hub.double import Double, delivered
from tests.support import tools
from tests.support.waiting import LIMIT_S, until

Row = dict[str, Any]


class LibraryPage:
    """Requests of a signed-in browser; the service is looked up each time, as it may have restarted."""

    def __init__(self, hub: HubProcess) -> None:
        self._hub = hub

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        info = self._hub.service_info()
        headers = {"authorization": f"Bearer {info['adminToken']}"}
        return requests.request(method, f"{info['url']}/_local{path}", headers=headers, timeout=LIMIT_S, **options)

    def entry(self, emote: str) -> int:
        (row,) = [row for row in self.call("GET", "/library").json()["emotes"] if row["uuid"] == emote]
        return int(row["entry"])

    def edit(self, method: str, path: str, **options: Any) -> None:
        assert self.call(method, f"/library/emotes/{path}", **options).status_code == 204


def make_emote(hub: HubProcess, name: str) -> str:
    clip = tools.ROOT / "samples" / "balance.mp4"
    job = hub.link.post("/v1/jobs", {"clip": str(clip), "name": name})
    return str(wait_job(hub.link, job["id"], "delivered")["emoteId"])


def names(hub: HubProcess) -> dict[str, str]:
    return {row["id"]: row["name"] for row in hub.link.get("/v1/emotes")["emotes"]}


def has(hub: HubProcess, emote: str, name: str | None) -> Callable[[], bool]:
    return lambda: names(hub).get(emote) == name


def test_what_is_done_on_the_page_is_seen_in_the_editors(own_hub: HubProcess) -> None:
    own_hub.start()
    emote = make_emote(own_hub, "Page wave")
    page = LibraryPage(own_hub)
    entry = page.entry(emote)
    page.edit("PATCH", str(entry), json={"name": "A better name for it"})
    until(has(own_hub, emote, "A better name for it"))
    folder = own_hub.home / "library" / "A better name for it"
    assert (folder / "A better name for it.glb").is_file(), "the files follow, so the sync to Godot does"
    page.edit("DELETE", str(entry))
    until(has(own_hub, emote, None))
    assert not folder.exists()
    page.edit("POST", f"{entry}/bring-back")
    until(has(own_hub, emote, "A better name for it"))
    assert folder.is_dir()
    until(lambda: page.call("GET", "/library/edits").json() == [], "nothing waits that was taken over")

    own_hub.kill()  # Kinetix Local goes on, and the next hub adopts it
    page.edit("PATCH", str(entry), json={"name": "While nobody looked"})
    own_hub.start()
    until(has(own_hub, emote, "While nobody looked"))


def test_a_take_that_is_corrected_on_the_page_is_so_in_the_library_and_in_a_project(
    own_hub: HubProcess, tmp_path: Path
) -> None:
    """A project keeps its one file, with the version that the player has."""
    own_hub.start()
    project = tmp_path / "game"
    project.mkdir()
    (project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
    own_hub.link.post("/v1/sync/targets", {"project": str(project)})
    emote, page = make_emote(own_hub, "Page wave"), LibraryPage(own_hub)

    def shows(wanted: str) -> bool:
        rows = {row["id"]: row for row in own_hub.link.get("/v1/emotes")["emotes"]}
        places = {file.name: file for file in (project / "emotes").glob("*.glb")}
        sums = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in places.items()}
        return wanted in rows and sums == {"Page wave.glb": rows[wanted]["sha256"]}

    until(lambda: shows(emote))
    foot = {"kind": "foot", "id": "left-1", "first": 2, "last": 9, "side": "left", "stands": False}
    asked = page.call("POST", f"/emotes/{emote}/refine", json={"corrections": [foot]}).json()
    until(lambda: shows(asked["emote"]))
    (version,) = [row for row in own_hub.link.get("/v1/emotes")["emotes"] if row["id"] == asked["emote"]]
    assert (version["name"], version["versionOf"]) == ("Page wave", emote)
    page.call("POST", f"/emotes/{emote}/refine/1/current")
    until(lambda: shows(emote))
    own_hub.link.post(f"/v1/emotes/{asked['emote']}/current", {})
    until(lambda: shows(asked["emote"]))


def edits_of(hub: Hub, rows: list[Row]) -> tuple[PageEdits, list[object]]:
    """The hub's look at a page with these edits, and what it tells the page."""
    told: list[object] = []

    def administer(method: str, path: str, body: object = None) -> object:
        told.append(body)
        return rows if method == "GET" else None

    return PageEdits(administer, hub.library, lambda profile: True, hub.refresh), told


def test_what_was_renamed_and_then_deleted_comes_back_by_its_new_name(hub: Hub) -> None:
    made = delivered(hub, "Wave").id
    edit: Row = {
        "version": "1",
        "emote": made,
        "user": hub.library.index.get(made).user,
        "name": "Bow",
        "deleted": True,
    }

    edits, _ = edits_of(hub, [edit])
    assert edits.look() == 1 and not hub.all_emotes()
    edit |= {"name": None, "deleted": False}
    assert edits.look() == 1
    assert [one.name for one in hub.all_emotes()] == ["Bow"]


def test_what_is_deleted_on_the_page_leaves_no_former_version_in_its_place(hub: Hub) -> None:
    """The page shows the current one alone. It comes back alone; the others wait in the bin."""
    first, version, other = (delivered(hub, name).id for name in ("Wave", "Wave", "Bow"))
    with hub.library.editing(version) as emote:
        emote.version_of = first
    edit: Row = {"version": "1", "emote": version, "user": emote.user, "name": None, "deleted": True}

    edits, _ = edits_of(hub, [edit])
    edits.look()
    assert [one.id for one in hub.all_emotes()] == [other]
    edit["deleted"] = False
    edits.look()
    assert {one.id for one in hub.all_emotes()} == {other, version}


def test_an_emote_that_is_cut_on_the_page_comes_into_the_library(double: Double, hub: Hub) -> None:
    """Only what was cut: what else is in the bag may be on its way by a job. Of users of whom nothing is here nothing comes."""
    made = delivered(hub, "Wave").id
    user = hub.library.index.get(made).user
    part, second, other, stranger = (str(uuid.uuid4()) for _ in range(4))
    double.bags = {user: [part, second, other, made], "stranger": [stranger]}
    rows = [
        {"version": str(number), "emote": emote, "user": of, "name": None, "deleted": False}
        for number, (emote, of) in enumerate([(second, user), (part, user), (stranger, "stranger")])
    ]
    edits, told = edits_of(hub, rows)
    assert edits.look() == 3
    assert [one.id for one in hub.all_emotes()] == [part, second, made], "in the bag's order"
    assert told[-1] == {"versions": ["0", "1", "2"]}
    hub.library.delete(part)
    edits.look()
    assert {one.id for one in hub.all_emotes()} == {made, part, second}, "it came back, by an edit as before"
