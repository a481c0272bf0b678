"""Takes and several clips at once: the Retake dialog, how jobs are shown, and what an import shows and reports."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_answers
import pytest
import rigs
from blender_api import CONTEXT, OPS
from panels import drawn, drawn_by


def film(folder: Path, name: str) -> str:
    (folder / name).write_bytes(b"not a film")
    return str(folder / name)


def waiting(form: Any, **more: Any) -> Any:
    """A take that waits for a decision: its job."""
    form.jobs(hub_answers.job(1, "awaitingDecision", **more))
    return next(iter(form.link.state.jobs))


def retaken(form: Any, job: str, **arguments: Any) -> Any:
    """What the Retake dialog sends."""
    assert OPS.kinetix.retake(job=job, **arguments) == {"FINISHED"}
    return form.asked.sent[-1][2]


def test_a_retake_keeps_the_takes_own_clip_and_settings(form: Any, tmp_path: Path) -> None:
    own = film(tmp_path, "own.mp4")
    settings: dict[str, Any] = {"trimStart": 1.0, "trimEnd": 4.0, "crop": [0.1, 0.0, 0.8, 1.0], "heightCm": 180.0}
    settings |= {"rootMode": "inPlace", "face": True}
    job = waiting(form, settings=settings, preview={"glb": "x", "clip": own}, retriesLeft=2)
    form.clip("another.mp4")  # what the form has is of another emote
    sent = retaken(form, job)
    assert sent["clip"] == own and sent["name"] == "Job 1" and settings.items() <= sent.items()
    sent = retaken(form, job, clip=own, trim=True, start=2.0, height=170.0)
    assert (sent["trimStart"], sent["trimEnd"], sent["crop"], sent["heightCm"]) == (2.0, None, None, None)
    sent = retaken(form, job, clip=own, start=2.0, height=170.0, height_known=True)
    assert (sent["trimStart"], sent["heightCm"]) == (0.0, 170.0)


def test_a_retake_keeps_the_other_cameras_with_their_clip(form: Any, tmp_path: Path) -> None:
    own, side, other = (film(tmp_path, f"{name}.mp4") for name in ("own", "side", "other"))
    job = waiting(form, settings={"views": ["side.mp4"]}, preview={"glb": "x", "clip": own})
    assert retaken(form, job)["views"] == [], "another Blender sent them, and the hub tells their names alone"
    rigs.addon("jobs.ops").note_views(job, [side])
    assert retaken(form, job)["views"] == [side]
    assert retaken(form, job, clip=other)["views"] == [], "they are of another take"


def test_a_retake_takes_what_was_chosen_in_the_picture_since(form: Any, tmp_path: Path) -> None:
    form.clip("own.mp4", seconds=8.0)
    own = form.values.clip
    job = waiting(form, settings={"trimStart": 1.0}, preview={"glb": "x", "clip": own})
    retake = rigs.addon("jobs.retake").KINETIX_OT_retake
    fields = {"left": 25.0, "right": 0.0, "top": 0.0, "bottom": 0.0}
    rigs.addon("create.props").choose_part(2.0, 6.0, fields, 2.0)

    def shown(clip: str, chosen: bool = False) -> Any:
        numbers = dict.fromkeys(["start", "end", "height", *(f"crop_{side}" for side in fields)], 0.0)
        switches = dict.fromkeys(["trim", "crop", "height_known"], chosen)
        values = {"job": job, "clip": clip, "as_form": False, **numbers, **switches}
        return drawn_by(retake.draw, rna=OPS.kinetix.retake.get_rna_type(), **values).properties

    assert "as_form" in shown(own) and "as_form" not in shown(str(tmp_path / "another.mp4"))
    parts = {"start", "end", *(f"crop_{side}" for side in fields)}
    assert parts.isdisjoint(shown(own)) and parts <= set(shown(own, chosen=True))
    dialog = SimpleNamespace(as_form=True)
    rigs.addon("jobs.retake")._as_form(dialog, None)
    assert (dialog.trim, dialog.start, dialog.end, dialog.crop, dialog.crop_left) == (True, 2.0, 6.0, True, 25.0)


def test_what_the_service_says_of_a_take_is_read_before_it_is_accepted(form: Any) -> None:
    waiting(form, hints=["Clip 2 was not used: it shows another take.", "One.", "Two.", "Three."])
    shown = drawn("jobs").said
    assert "Clip 2 was not used" in shown and "Two." in shown and "Three." not in shown


def test_what_the_service_says_of_a_take_is_said_in_the_language_of_the_panels(form: Any, in_language: Any) -> None:
    made: dict[str, Any] = {
        "text": "The person is in the picture until {seconds} s of the clip; the move ends there.",
        "values": {"seconds": "4.5"},
    }
    hints = [made["text"].format(seconds="4.5"), "Keep the feet inside the picture for the whole move."]
    sent = json.dumps(hub_answers.job(1, "awaitingDecision", hints=hints) | {"wording": {"hints": [made, None]}})
    form.jobs(json.loads(sent, object_hook=rigs.core("values.wording").restored))
    in_language("de_DE")
    shown = drawn("jobs").said
    assert "nur bis 4.5 s des Clips im Bild" in shown
    assert "Die Füße während der ganzen Bewegung im Bild behalten." in shown


def test_finished_jobs_are_folded_and_failed_ones_are_not(form: Any) -> None:
    form.jobs(
        hub_answers.job(1, "delivered", name="Done"),
        hub_answers.job(2, "failed", name="Broken", error=hub_answers.ERROR),
        hub_answers.job(3, "processing", name="Going on"),
    )
    assert {"Going on", "Broken"} <= set(drawn("jobs").texts) and "Done" not in drawn("jobs").texts
    rigs.addon("jobs.props").JOBS.show_ended = True
    assert "Done" in drawn("jobs").texts


def test_half_a_body_is_captured_by_one_button(form: Any) -> None:
    failed = hub_answers.job(1, "failed", kind="clip", error=hub_answers.ERROR | {"code": "halfBody"})
    form.jobs(failed)
    assert "kinetix.capture_upper_body" in drawn("jobs").buttons
    OPS.kinetix.capture_upper_body(job=failed["id"])
    assert form.asked.sent[-1] == ("POST", f"/v1/jobs/{failed['id']}/upper-body", None)
    form.jobs(failed | {"error": hub_answers.ERROR})
    assert "kinetix.capture_upper_body" not in drawn("jobs").buttons


def test_the_mannequin_stands_beside_what_is_there(form: Any) -> None:
    assert form.mannequin().location.x == 0
    assert form.mannequin().location.x >= 0.8
    form.clear()
    OPS.mesh.primitive_cube_add(size=2)
    assert form.mannequin().location.x >= 1.3
    form.clear()
    OPS.mesh.primitive_plane_add(size=40)
    OPS.mesh.primitive_cube_add(size=2, location=(6, 0, 1))
    assert form.mannequin().location.x == 0, "a floor and what stands elsewhere are no obstacle"


def test_an_import_says_what_it_added(form: Any, tmp_path: Path) -> None:
    file = rigs.write_clip(rigs.clip(), tmp_path)
    assert OPS.kinetix.import_file(filepath=str(file)) == {"FINISHED"}
    report = rigs.addon("import_options").IMPORT.report
    assert "Onto Mannequin" in report and "Action “" in report and "bones" in report
    assert OPS.kinetix.copy_import_report.poll()


def test_several_emotes_stand_in_a_row_on_one_track(form: Any, tmp_path: Path) -> None:
    form.library(3)
    for number, one in enumerate(form.link.state.emotes.values(), 1):
        one["files"]["glb"] = str(rigs.write_clip(rigs.clip(30 * number + 1), tmp_path, str(number)))
    rigs.addon("library.props").LIBRARY.ticked = ["emote-3", "emote-1"]
    rig = form.mannequin()
    CONTEXT.window_manager.kinetix_import.into = "NLA"
    CONTEXT.scene.render.fps = 30
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    (track,) = rig.animation_data.nla_tracks
    assert [strip.name for strip in track.strips] == ["Wave 3", "Wave 1"], "as they were ticked"
    assert [(strip.frame_start, strip.frame_end) for strip in track.strips] == [(1.0, 91.0), (92.0, 122.0)]
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    assert [len(track.strips) for track in rig.animation_data.nla_tracks] == [2, 2], "what is there stays"


def test_a_take_is_accepted_and_imported_by_one_button(form: Any, tmp_path: Path) -> None:
    file = rigs.write_clip(rigs.clip(), tmp_path)
    job = waiting(form, preview={"glb": str(file)}, name="Dance", emoteId="e-1")
    wanted = ("compare", "accept_and_import", "validate", "retake")
    assert {f"kinetix.{name}" for name in wanted} <= set(drawn("jobs").buttons)
    assert OPS.kinetix.accept_and_import(job=job) == {"FINISHED"}
    action = CONTEXT.object.animation_data.action
    assert action.name == "Dance" and action["kinetix_emote"] == "e-1"
    assert form.asked.sent == [("POST", f"/v1/jobs/{job}/validate", None)]


def test_compare_knows_the_clip_of_what_was_made_here(form: Any, tmp_path: Path) -> None:
    ops, jobs, clip = rigs.addon("preview.ops"), rigs.addon("jobs.ops"), film(tmp_path, "dance.mp4")
    jobs.note_clip("job", clip, 1.5)
    jobs.on_jobs([{"id": "job", "state": "delivered", "emoteId": "emote", "name": "Dance"}], False)
    assert ops.known_clip("emote") == (clip, 1.5)
    assert ops.known_clip("another") == ("", 0.0)
    asked: list[Any] = []
    context = SimpleNamespace(window_manager=SimpleNamespace(fileselect_add=asked.append))
    operator = SimpleNamespace(emote="another", execute=lambda _context: {"FINISHED"})
    assert ops.KINETIX_OT_compare.invoke(operator, context, None) == {"RUNNING_MODAL"} and asked == [operator]


NAMES = ("dance_take_2.mp4", "kick.mp4", "wave.mov")


@pytest.fixture
def answers(form: Any) -> list[Any]:
    """The bodies of requests for jobs, answered with one or, for a clip named kick, with an error. A clip named short is too short,
    and one named odd as long as `form.odd` says until the service takes such clips.
    """
    sent: list[Any] = []
    form.odd = "videoTooLong"
    here = {"profile": "local", "state": "ready"}

    def answer(_method: str, path: str, body: Any) -> Any:
        if path == "/v1/connection/clip-length":
            form.odd = None
            return here | body
        name, reason = Path(body["clip"]).stem, None
        if path == "/v1/clips/check":
            reason = {"short": "videoTooShort", "odd": form.odd}.get(name)
            return {"reason": reason, "title": "It is odd.", "nextStep": "Film the whole move."}
        sent.append(body)
        return None if name == "kick" else hub_answers.job(len(sent), "queued", name=body["name"])

    form.asked.answer_all(answer)
    return sent


def choose(folder: Path, *names: str) -> None:
    """Choose clips as a drop or the file browser does."""
    for name in names:
        film(folder, name)
    OPS.kinetix.choose_clip("EXEC_DEFAULT", directory=f"{folder}/", files=[{"name": name} for name in names])


def test_several_clips_become_an_emote_each(form: Any, answers: list[Any], tmp_path: Path) -> None:
    form.values.loop = True
    form.link.state.emotes = {"1": {"id": "1", "name": "Wave"}}
    choose(tmp_path, *NAMES)
    shown = drawn("create")
    assert {"3 Clips", "Create 3 Emotes", *NAMES} <= set(shown.texts)
    assert "name" not in shown.properties and not form.values.clip
    assert OPS.kinetix.create() == {"FINISHED"}
    assert [Path(body["clip"]).name for body in answers] == list(NAMES)
    assert [body["name"] for body in answers] == ["dance_take_2", "kick", "wave 2"]
    assert all(body["loop"] and not {"crop", "trimStart", "views"} & set(body) for body in answers)
    assert "Choose a Clip…" in drawn("create").texts, "the form is free for the next ones"


def test_clips_of_one_name_get_numbers(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, "wave.mp4", "wave.mov")
    OPS.kinetix.create()
    assert [body["name"] for body in answers] == ["wave", "wave 2"]


def test_one_table_says_what_became_of_each(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    OPS.kinetix.create()
    shown = drawn("jobs")
    assert {"0 of 3 clips are emotes, 1 refused", "dance_take_2", "kick.mp4", "wave"} <= set(shown.texts)
    assert hub_answers.ERROR["title"] in shown.said, "why the hub took none"
    jobs = list(form.link.state.jobs.values())
    jobs[0].update(state="delivered", emoteId="e")
    jobs[1].update(state="failed", error={"title": "Nobody was found.", "nextStep": "Film the whole body."})
    texts = drawn("jobs").texts
    assert {"1 of 3 clips are emotes, 2 refused", "Nobody was found."} <= set(texts) and "Finished" not in texts
    OPS.kinetix.clear_batch()
    shown = drawn("jobs")
    assert "Finished" in shown.texts and "clips are emotes" not in shown.said


def test_a_clip_can_be_taken_out_again(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    OPS.kinetix.remove_clip(clip=str(tmp_path / "kick.mp4"))
    assert "2 Clips" in drawn("create").texts
    OPS.kinetix.remove_clip(clip=str(tmp_path / "wave.mov"))
    assert Path(form.values.clip).name == "dance_take_2.mp4" and form.values.name == "dance_take_2", "one clip, as ever"


def test_one_that_is_gone_is_told(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    (tmp_path / "kick.mp4").unlink()
    assert "is missing" in drawn("create").said and not OPS.kinetix.create.poll()


def test_what_a_quick_look_has_against_a_clip_stands_below_it(form: Any, answers: list[Any], tmp_path: Path) -> None:
    """It may be taken out or sent with the others: a quick look is no capture."""
    choose(tmp_path, "kick.mp4", "short.mp4", "wave.mov")
    texts = drawn("create").texts
    at = texts.index("short.mp4")
    assert " ".join(texts[at + 1 : at + 3]).startswith("It is odd. Film the whole move.")
    assert OPS.kinetix.create.poll()
    OPS.kinetix.remove_clip(clip=str(tmp_path / "short.mp4"))
    assert "It is odd" not in drawn("create").said


@pytest.mark.parametrize(
    ("operator", "setting", "reason"),
    [
        ("long_clips", {"maxSeconds": 60.0}, "videoTooLong"),
        ("short_clips", {"minSeconds": 0.3}, "videoTooShort"),
    ],
)
def test_other_lengths_are_offered_where_one_of_several_has_them(
    form: Any, answers: list[Any], tmp_path: Path, operator: str, setting: dict[str, float], reason: str
) -> None:
    form.odd, button = reason, f"kinetix.{operator}"
    choose(tmp_path, "kick.mp4", "wave.mov")
    assert button not in drawn("create").buttons
    choose(tmp_path, "kick.mp4", "odd.mp4")
    assert button in drawn("create").buttons
    getattr(OPS.kinetix, operator)()
    assert form.asked.sent[-1] == ("PUT", "/v1/connection/clip-length", setting)
    shown = drawn("create")
    assert button not in shown.buttons and "It is odd" not in shown.said, "all of them are looked at again"


def test_all_takes_are_accepted_at_once(form: Any) -> None:
    form.jobs(*(hub_answers.job(number, "awaitingDecision", preview={"glb": "take.glb"}) for number in (1, 2)))
    shown = drawn("jobs")
    assert shown.buttons.count("kinetix.validate") == 2 and "Accept" not in shown.texts
    assert OPS.kinetix.accept_all() == {"FINISHED"}
    paths = {f"/v1/jobs/{job}/validate" for job in form.link.state.jobs}
    assert {path for _, path, _ in form.asked.sent} == paths and len(form.asked.sent) == 2


def test_one_file_is_the_clip_of_the_form(form: Any, answers: list[Any], tmp_path: Path) -> None:
    choose(tmp_path, *NAMES)
    choose(tmp_path, "kick.mp4")
    assert Path(form.values.clip).name == "kick.mp4" and form.values.name == "kick"
    assert "3 Clips" not in drawn("create").texts
