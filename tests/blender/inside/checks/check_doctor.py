"""Diagnosis: it never blocks, shows each finding with its remedy, and updates after a repair."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hub_answers
import pytest
import rigs
from blender_api import OPS
from panels import drawn, drawn_by

KEY = "0123456789abcdef0123456789abcdef"


def answer(asked: Any, *checks: dict[str, Any]) -> None:
    asked.reply({"checks": list(checks), "problems": [], "connection": hub_answers.CONNECTION}, at=0)
    del asked[0]


def test_it_is_asked_and_told_with_what_helps(form: Any, asked: Any) -> None:
    assert OPS.kinetix.diagnose() == {"FINISHED"}
    assert [one[:3] for one in asked] == [("GET", "/v1/doctor", None)]
    assert "Checking…" in drawn("create").texts
    answer(asked, *hub_answers.CHECKS)
    texts = drawn("create").texts
    assert "Checking…" not in texts and "Free space" not in texts
    where = [texts.index(text) for text in ("The service refuses the key.", "malformed", "The emote library")]
    assert where == sorted(where)  # what is wrong before what is only to be known
    assert "kinetix local key create" in texts and "kinetix doctor --fix" not in texts  # a button is better
    cures = ["kinetix.add_profile", "kinetix.restart_hub", "kinetix.repair_library", "extensions.package_install_files"]
    assert [one for one in drawn("create").buttons if one in cures] == cures


def test_the_preferences_tell_it_too(form: Any) -> None:
    preferences = rigs.addon("account.props").KinetixPreferences
    form.examined(*hub_answers.CHECKS)
    shown = drawn_by(preferences.draw, rna=preferences.bl_rna, **dict.fromkeys(preferences.__annotations__))
    assert {"malformed", "Diagnose…"} <= set(shown.texts)
    assert {"kinetix.diagnose", "kinetix.copy_report"} <= set(shown.buttons)


@pytest.mark.parametrize("state", ["offline", "badKey", "noKey", "error", "failed"])
def test_an_error_in_the_panel_offers_to_look(form: Any, state: str) -> None:
    assert drawn("create").buttons.count("kinetix.diagnose") == 0
    if state == "failed":
        form.phase(state)
    else:
        form.connection(state)
    assert drawn("create").buttons.count("kinetix.diagnose") == 1


def test_nothing_is_taken_once_it_was_closed(form: Any, asked: Any) -> None:
    OPS.kinetix.diagnose()
    assert OPS.kinetix.close_findings() == {"FINISHED"}
    answer(asked, *hub_answers.CHECKS)
    assert "malformed" not in drawn("create").texts and "kinetix.close_findings" not in drawn("create").buttons


def test_only_the_answer_to_the_last_question_counts(form: Any, asked: Any) -> None:
    OPS.kinetix.diagnose()
    OPS.kinetix.diagnose()
    answer(asked, *hub_answers.CHECKS)
    assert "malformed" not in drawn("create").texts
    answer(asked)
    assert "No problems found" in drawn("create").said


def test_it_looks_again_when_the_connection_changed(form: Any, asked: Any) -> None:
    OPS.kinetix.diagnose()
    answer(asked, *hub_answers.CHECKS)
    form.examination.tick()
    assert not asked
    form.connection("badKey")
    form.examination.tick()
    form.examination.tick()
    assert len(asked) == 1
    answer(asked)
    form.examination.tick()
    assert not asked


def test_a_question_that_a_restart_dropped_is_asked_again(form: Any, asked: Any) -> None:
    OPS.kinetix.diagnose()
    asked.clear()
    form.examination.tick()
    assert len(asked) == 1
    asked.clear()
    form.link.phase = "off"
    form.examination.tick()
    assert not asked and not form.examination.shown  # a person stopped it


def test_a_repair_is_followed_by_another_look(form: Any, asked: Any) -> None:
    form.examined(*hub_answers.CHECKS)
    OPS.kinetix.repair_library()
    asked.reply({"done": []})
    assert [one[1] for one in asked] == ["/v1/doctor/fix", "/v1/doctor"]


def test_a_hub_that_gives_no_report_is_a_finding(form: Any, asked: Any) -> None:
    OPS.kinetix.diagnose()
    asked.reply(status=0, error=hub_answers.ERROR)
    asked.clear()
    assert (
        "kinetix.restart_hub" in drawn("create").buttons
        and hub_answers.ERROR["title"].split()[0] in drawn("create").said
    )
    for phase, looks in (("failed", 0), ("searching", 0), ("live", 1)):
        form.phase(phase)
        form.examination.tick()
        assert len(asked) == looks, "the finding holds until a hub answers"


def test_a_service_elsewhere_is_not_tried_without_online_access(
    form: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rigs.addon("doctor.examination"), "goes_online", lambda: True)
    OPS.kinetix.diagnose()
    assert not asked and "Online Access" in drawn("create").said


def test_the_real_link_knows_what_it_carries(form: Any) -> None:
    link = rigs.addon("hub.link").HubLink()
    mine: Callable[[Any], None] = lambda _: None  # noqa: E731 - compared by identity
    link.request("GET", "/v1/doctor", None, mine)
    assert link.carries(mine) and not link.carries(lambda _: None)
    link.close()
    assert not link.carries(mine)


def test_the_report_names_no_key_and_no_folder(form: Any, tmp_path: Path) -> None:
    log = rigs.addon("hub.process").log_file()
    log.parent.mkdir(parents=True)
    log.write_text(f"x-api-key: {KEY}\nopened {Path.home()}/films/secret.mp4 and {log}\n", encoding="utf-8")
    form.examined(
        *hub_answers.CHECKS, {"name": "set aside", "state": "warning", "text": f"kept as {tmp_path / 'home' / 'a'}"}
    )
    assert OPS.kinetix.copy_report() == {"FINISHED"}
    report = rigs.addon("doctor.ops").report_text()
    assert "malformed" in report and "kinetix profile key studio" in report and f"kept as <Kinetix>{os.sep}a" in report
    assert not [word for word in (KEY, str(Path.home()), str(tmp_path)) if word in report], report
