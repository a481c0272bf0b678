"""A long take is cut into emotes on the library page: they come into the bag with every file, all of them or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from kinetix_core.formats import bvh, glb, kinanim
from tests.support.service import Running
from tests.support.takes.long_take import FPS, take
from tests.web.conftest import PHONE, Open, drag, in_every_look

pytestmark = pytest.mark.xdist_group("web")
Row = dict[str, Any]


def listed(service: Running, user: str) -> list[Row]:
    """The user's emotes as the page lists them."""
    return [row for row in service.admin("GET", "/library").json()["emotes"] if row["user"] == user]


def of_take(service: Running, user: str) -> Row:
    service.emote(user, name="Take")
    (row,) = listed(service, user)
    return row


def file_of(service: Running, row: Row, name: str, folder: Path) -> Path:
    stem, _, extension = name.rpartition(".")
    (url,) = [file["url"] for file in row["files"] if (file["name"], file["extension"]) == (stem, extension)]
    path = folder / name
    path.write_bytes(service.call("GET", url, key=None).content)
    return path


def test_the_parts_are_emotes_of_the_bag_with_every_file(service: Running, tmp_path: Path) -> None:
    row = of_take(service, "cutter")
    path = f"/library/emotes/{row['entry']}/cut"
    proposed = service.admin("GET", path).json()["parts"]
    assert [part["why"] for part in proposed] == ["move"] * 3
    wanted = [
        {"startS": part["startS"], "endS": part["endS"], "name": name}
        for part, name in zip(proposed[:2], ("Hello", " Bow\n"), strict=True)
    ]
    bag = "/v1/users/cutter/emotes"
    assert len(service.call("GET", bag).json()) == 1
    assert service.admin("POST", path, json={"parts": wanted}).status_code == 204
    rows = listed(service, "cutter")
    assert [found["name"] for found in rows] == ["Hello", "Bow", "Take"], "the first part is the newest"
    assert {found["data"]["name"] for found in service.call("GET", bag).json()} == {"Hello", "Bow", "Take"}
    original = take()
    first = round(wanted[1]["startS"] * FPS)
    emote = glb.read_motion(file_of(service, rows[1], "animation-v2.glb", tmp_path))
    there = original.root_positions[first : first + len(emote)]
    assert emote.name == "Bow" and len(emote) == len(there)
    np.testing.assert_allclose(emote.root_positions, there, atol=1e-4)
    assert rows[1]["duration"] == pytest.approx(emote.duration, abs=1e-3)
    for name, read in (("animation-v2.bvh", bvh.read_motion), ("animation-v2.kinanim", kinanim.read_motion)):
        assert len(read(file_of(service, rows[1], name, tmp_path))) == len(emote)
    assert {"fbx", "webp", "gif", "png"} <= {file["extension"] for file in rows[1]["files"]}
    edits = [edit for edit in service.admin("GET", "/library/edits").json() if edit["user"] == "cutter"]
    assert {edit["emote"] for edit in edits} == {rows[0]["uuid"], rows[1]["uuid"]}, "the hub is notified"
    assert {(edit["name"], edit["deleted"]) for edit in edits} == {(None, False)}


def test_a_part_that_is_none_leaves_the_bag_as_it_was_and_what_is_deleted_is_not_cut(service: Running) -> None:
    row = of_take(service, "cutter-bad")
    path = f"/library/emotes/{row['entry']}"
    good = {"startS": 0.0, "endS": 2.0, "name": "Good"}
    for start, end, name, code in (
        (2.0, 1.0, "Wave", "emptyCut"),
        (0.0, 60.0, "Wave", "badCut"),
        (1.0, 1.0, "Wave", "badCut"),
        (0.0, 1.0, " ", "badName"),
    ):
        part = {"startS": start, "endS": end, "name": name}
        answer = service.admin("POST", f"{path}/cut", json={"parts": [good, part]})
        assert answer.status_code == 400 and answer.json()["error"]["code"] == code
        assert answer.json()["error"]["nextStep"]
        assert listed(service, "cutter-bad") == [row]
    assert service.admin("DELETE", path).status_code == 204
    assert service.admin("GET", f"{path}/cut").status_code == 404


def test_parts_are_chosen_named_and_dragged(service: Running, library: Open) -> None:
    user = "cutter-page"
    of_take(service, user)
    page = library(PHONE, f"#{listed(service, user)[0]['uuid']}", reduced_motion="reduce")
    page.get_by_role("button", name="Cut into emotes").press("Enter")
    dialog = page.get_by_role("dialog", name="Cut Take into emotes")
    expect(dialog.get_by_role("checkbox")).to_have_count(3)
    make = dialog.get_by_role("button", name="Create emotes")
    expect(make).to_have_text("Create emotes (3)")
    dialog.get_by_role("checkbox", name="Part 2").press("Space")
    dialog.get_by_role("textbox", name="Name of part 1").fill("First part")
    end = dialog.get_by_role("spinbutton", name="End of part 3 in seconds")
    drag(dialog.locator(".strip"), (0.995, 0.3), (0.9, 0.3))
    moved = float(end.input_value())
    assert moved == pytest.approx(0.9 * take().duration, abs=0.15)
    end.press("ArrowDown")
    assert float(end.input_value()) < moved
    in_every_look(page, "library-cut")
    make.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="First part").first).to_be_visible()
    made = [row["name"] for row in listed(service, user)]
    assert made == ["First part", "Take 3", "Take"]
