"""Several clips at once: chosen or dropped together, one job each, and one table of what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hub_answers
import panels
import pytest
import rigs
from blender_api import CONTEXT, OPS

NAMES = ("dance_take_2.mp4", "kick.mp4", "wave.mov")


@pytest.fixture
def answers(form: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Answer requests with a waiting job or, for a clip named kick, with an error."""
    sent: list[Any] = []
    answer = rigs.addon("hub.link").Answer

    def send(method: str, path: str, body: Any = None, done: Any = None) -> None:
        if path == "/v1/clips/check":
            is_short = Path(body["clip"]).stem == "short"
            answer_data = {"reason": "videoTooShort", "title": "Too short.", "nextStep": "Film the whole move."}
            done(answer(200, answer_data if is_short else {"reason": None}))
            return
        sent.append(body)
        if Path(body["clip"]).stem == "kick":
            done(answer(400, error=hub_answers.ERROR))
        else:
            done(answer(200, hub_answers.job(len(sent), "queued", name=body["name"])))

    monkeypatch.setattr(form.link, "request", send)
    return sent


def choose(folder: Path, *names: str) -> None:
    """Choose clips as a drop or the file browser does."""
    for name in names:
        (folder / name).write_bytes(b"not a film")
    OPS.kinetix.choose_clip("EXEC_DEFAULT", directory=f"{folder}/", files=[{"name": name} for name in names])


def drawn(panel: str) -> Any:
    return panels.drawn(panel)


def test_several_clips_become_an_emote_each(form: Any, answers: list[Any], tmp_path: Path) -> None:
    CONTEXT.window_manager.kinetix_create.loop = True
    form.link.state.emotes = {"1": {"id": "1", "name": "Wave"}}
    choose(tmp_path, *NAMES)
    shown = drawn("create.KINETIX_PT_create")
    assert {"3 Clips", "Create 3 Emotes", *NAMES} <= set(shown.texts)
    assert "name" not in shown.properties and not CONTEXT.window_manager.kinetix_create.clip
    assert OPS.kinetix.create() == {"FINISHED"}
    assert [Path(body["clip"]).name for body in answers] == list(NAMES)
    assert [body["name"] for body in answers] == ["Dance Take 2", "Kick", "Wave 2"]
    assert all(body["loop"] and not {"crop", "trimStart", "views"} & set(body) for body in answers)
    assert "Choose a Clip…" in drawn("create.KINETIX_PT_create").texts, "the form is free for the next ones"


def test_clips_of_one_name_get_numbers(form: Any, answers: list[Any], tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    choose(tmp_path, "wave.mp4", "wave.mov")
    OPS.kinetix.create()
    assert [body["name"] for body in answers] == ["Wave", "Wave 2"]


def test_one_table_says_what_became_of_each(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    OPS.kinetix.create()
    texts = drawn("jobs.KINETIX_PT_jobs").texts
    assert "0 of 3 clips are emotes, 1 refused" in texts and {"Dance Take 2", "kick.mp4", "Wave"} <= set(texts)
    assert hub_answers.ERROR["title"] in " ".join(texts), "why the hub took none"
    jobs = list(form.link.state.jobs.values())
    jobs[0].update(state="delivered", emoteId="e")
    jobs[1].update(state="failed", error={"title": "Nobody was found.", "nextStep": "Film the whole body."})
    texts = drawn("jobs.KINETIX_PT_jobs").texts
    assert "1 of 3 clips are emotes, 2 refused" in texts and "Nobody was found." in texts and "Finished" not in texts
    OPS.kinetix.clear_batch()
    texts = drawn("jobs.KINETIX_PT_jobs").texts
    assert "Finished" in texts and not any("clips are emotes" in text for text in texts)


def test_a_clip_can_be_taken_out_again(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    OPS.kinetix.remove_clip(clip=str(tmp_path / "kick.mp4"))
    assert "2 Clips" in drawn("create.KINETIX_PT_create").texts
    OPS.kinetix.remove_clip(clip=str(tmp_path / "wave.mov"))
    values = CONTEXT.window_manager.kinetix_create
    assert Path(values.clip).name == "dance_take_2.mp4" and values.name == "Dance Take 2", "one clip, as ever"


def test_one_that_is_gone_is_told(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    (tmp_path / "kick.mp4").unlink()
    assert "is missing" in " ".join(drawn("create.KINETIX_PT_create").texts)
    assert not OPS.kinetix.create.poll()


def test_what_a_quick_look_has_against_a_clip_stands_below_it(form: Any, answers: list[Any], tmp_path: Path) -> None:
    """It may be taken out or sent with the others: a quick look is no capture."""
    choose(tmp_path, "kick.mp4", "short.mp4", "wave.mov")
    texts = drawn("create.KINETIX_PT_create").texts
    at = texts.index("short.mp4")
    assert " ".join(texts[at + 1 : at + 3]).startswith("Too short. Film the whole move.")
    assert OPS.kinetix.create.poll()
    OPS.kinetix.remove_clip(clip=str(tmp_path / "short.mp4"))
    assert "Too short" not in " ".join(drawn("create.KINETIX_PT_create").texts)


@pytest.mark.parametrize(
    ("operator", "setting", "reason"),
    [
        ("long_clips", {"maxSeconds": 60.0}, "videoTooLong"),
        ("short_clips", {"minSeconds": 0.3}, "videoTooShort"),
    ],
)
def test_other_lengths_are_offered_where_one_of_several_has_them(
    form: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    operator: str,
    setting: dict[str, float],
    reason: str,
) -> None:
    answer, answer_data = (
        rigs.addon("hub.link").Answer,
        {"reason": reason, "title": "It is odd.", "nextStep": "Choose a part."},
    )
    form.link.state.profiles = [{"name": "local", "kind": "local", "active": True, "url": ""}]
    form.link.state.connection = {"profile": "local", "state": "ready"}

    def send(method: str, path: str, body: Any = None, done: Any = None) -> None:
        if path == "/v1/connection/clip-length":
            assert body == setting
            done(answer(200, {"profile": "local", "state": "ready", **body}))
            return
        is_refused = Path(body["clip"]).stem == "odd" and not setting.items() <= form.link.state.connection.items()
        done(answer(200, answer_data if is_refused else {"reason": None}))

    monkeypatch.setattr(form.link, "request", send)
    choose(tmp_path, "kick.mp4", "wave.mov")

    def is_offered() -> bool:
        return f"kinetix.{operator}" in {one.button for one in drawn("create.KINETIX_PT_create").operators}

    assert not is_offered()
    choose(tmp_path, "kick.mp4", "odd.mp4")
    assert is_offered()
    getattr(OPS.kinetix, operator)()
    texts = " ".join(drawn("create.KINETIX_PT_create").texts)
    assert not is_offered() and "It is odd" not in texts, "all of them are looked at again"


def test_all_takes_are_accepted_at_once(form: Any) -> None:
    form.link.state.jobs = {
        f"j{number}": hub_answers.job(number, "awaitingDecision", id=f"j{number}", preview={"glb": "take.glb"})
        for number in (1, 2)
    }
    shown = drawn("jobs.KINETIX_PT_jobs")
    assert [one.button for one in shown.operators].count("kinetix.validate") == 2 and "Accept" not in shown.texts
    assert OPS.kinetix.accept_all() == {"FINISHED"}
    assert sorted(path for _, path, _ in form.sent) == ["/v1/jobs/j1/validate", "/v1/jobs/j2/validate"]


def test_one_file_is_the_clip_of_the_form(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    choose(tmp_path, "kick.mp4")
    values = CONTEXT.window_manager.kinetix_create
    assert Path(values.clip).name == "kick.mp4" and values.name == "Kick"
    assert "3 Clips" not in drawn("create.KINETIX_PT_create").texts
