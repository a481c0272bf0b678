"""A job from clip to emote with a scripted service: every turn it can take, and what it must never do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kinetix_core.protocol.hub.base_models import TemporaryError
from kinetix_core.protocol.hub.enumerations import ENDED, EventType, FileKind, JobStage, JobState
from kinetix_core.protocol.hub.models import InLine, Job, JobSettings
from kinetix_core.values.captured_body import RootMode
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.failure import ProcessStatus
from kinetix_core.values.identity import ProcessId
from kinetix_hub.cli.show import in_line
from kinetix_hub.hub import Hub
from kinetix_hub.jobs.states import MOVES, WrongMove, check_move
from kinetix_hub.services.port import ProcessInfo
from tests.capture import clips
from tests.hub.double import Double, Stuck, clip_in, create, glb, hub_with, temporary, wait_state
from tests.support.present import present
from tests.support.refused import refused
from tests.support.waiting import LIMIT_S, until


@pytest.mark.quick
def test_the_table_has_every_state_and_only_a_retry_leaves_an_end() -> None:
    assert set(MOVES) == set(JobState)
    for state in ENDED:
        assert MOVES[state] <= {JobState.QUEUED, JobState.SUBMITTED}
    assert not MOVES[JobState.DELIVERED]
    for state in set(JobState) - ENDED:
        assert {JobState.FAILED, JobState.CANCELLED} <= MOVES[state], f"{state} could get stuck"
    with pytest.raises(WrongMove):
        check_move(JobState.DELIVERED, JobState.QUEUED)


def test_a_clip_becomes_an_emote(hub: Hub) -> None:
    job = create(hub, "Balance 動作")
    done = wait_state(hub, job)
    assert done.state == "delivered", done
    (emote,) = hub.all_emotes()
    assert emote.id == done.emote_id and emote.name == "Balance 動作" and emote.frames == 31
    assert Path(emote.files[FileKind.GLB]).read_bytes() == glb(1)
    assert Path(emote.folder).name == "Balance 動作"
    states = [move.after for move in hub.store.moves(job)]
    assert states[0] is JobState.QUEUED and states[-1] is JobState.DELIVERED and states.count(JobState.DELIVERED) == 1
    kinds = [event.type for event in hub.events.since("test", 0).events]
    assert EventType.EMOTE_CHANGED in kinds and kinds.count(EventType.JOB_CHANGED) >= 5


@pytest.mark.parametrize("method", ["ensure_user", "processes", "new_token", "process", "emote", "download"])
def test_a_service_that_is_away_for_a_while_loses_nothing(double: Double, hub: Hub, method: str) -> None:
    double.fail = {method: [temporary(), temporary()]}
    job = create(hub)
    assert wait_state(hub, job).state == "delivered"
    assert len(double.uploads) == 1


def test_a_waiting_job_says_why(double: Double, hub: Hub) -> None:
    double.fail = {"new_token": [temporary()] * 1000}
    job = create(hub)
    until(lambda: hub.store.public(job).error)
    found = hub.store.public(job)
    assert isinstance(found.error, TemporaryError) and found.error.next_step and found.state == "queued"
    assert hub.connections.state.state == "offline"
    double.fail = {}
    hub.runner.wake_all()
    assert wait_state(hub, job).error is None
    assert hub.connections.state.state == "ready"


def test_a_job_tells_its_place_while_its_clip_waits_at_the_service(double: Double, hub: Hub) -> None:
    double.in_line = InLine(place=3, wait_s=40)
    job = create(hub)
    until(lambda: hub.store.public(job).in_line == double.in_line, lambda: hub.store.public(job))
    assert hub.store.public(job).state is JobState.SUBMITTED and hub.store.public(job).percent is None
    double.in_line = None
    assert wait_state(hub, job).in_line is None
    for place, wait_s, words in (
        (1, None, "1st in line"),
        (12, 5, "12th in line, about 5 s"),
        (23, 0, "23rd in line, about 0 s"),
    ):
        assert in_line(InLine(place=place, wait_s=wait_s)) == words


@pytest.mark.parametrize("echo", [True, False], ids=["token named by the service", "found by name"])
def test_a_lost_answer_adopts_the_process_and_uploads_nothing_again(double: Double, hub: Hub, echo: bool) -> None:
    double.lose_answer = True
    double.echo = echo
    job = create(hub)
    assert wait_state(hub, job).state == "delivered"
    assert "found by its consumed token" in [move.reason for move in hub.store.moves(job)]
    assert len(double.uploads) == 1


def test_jobs_of_one_name_never_take_each_others_process(double: Double, hub: Hub) -> None:
    double.echo = False
    double.lose_answer = True
    jobs = [create(hub) for _ in range(6)]
    ends = [wait_state(hub, job) for job in jobs]
    assert {end.state for end in ends} == {"delivered"}, [(end.error, hub.store.moves(end.id)) for end in ends]
    assert len({hub.store.public(job).process for job in jobs}) == 6
    assert len({Path(emote.folder).name for emote in hub.all_emotes()}) == 6
    assert len(double.uploads) == 6


def test_a_restart_takes_up_an_upload_whose_answer_nobody_heard(tmp_path: Path) -> None:
    stuck, home = Stuck(), tmp_path / "home"
    double = Double(during_upload=stuck)
    with hub_with(double, home) as hub:
        job = create(hub)
        assert stuck.begun.wait(LIMIT_S)
    # Killed in the middle; the bytes arrived all the same.
    double.during_upload = lambda cancelled: None
    token = double.receive()
    with hub_with(double, home) as hub:
        assert wait_state(hub, job).state == "delivered"
    assert double.uploads == [token]


def test_a_token_that_ran_out_unused_is_replaced(tmp_path: Path) -> None:
    double, home = Double(), tmp_path / "home"
    with hub_with(double, home, start=False) as hub:
        job = create(hub)
        hub._step(hub.store.get(job), lambda: False)
        assert hub.store.get(job).state is JobState.UPLOADING
        token = present(hub.store.get(job).token)
        token.issued -= 600
        hub.store.update(job, token=token)
        double.tokens.clear()
    with hub_with(double, home) as hub:
        assert wait_state(hub, job).state == "delivered"
    assert len(double.uploads) == 1


def test_a_crop_is_sent_in_pixels_of_the_upright_picture(tmp_path: Path) -> None:
    double = Double()
    clip = clips.write(tmp_path / "upright.mp4", clips.numbered(3, (96, 64)), rotation=90)
    with hub_with(double, tmp_path / "home") as hub:
        settings = JobSettings(crop=(0.25, 0.5, 0.5, 0.5))
        job = hub.commands.create(str(clip), "Spin", settings, None, None).id
        assert wait_state(hub, job).state is JobState.DELIVERED
    assert double.forms == [{"mature": "false", "x": "16", "y": "48", "outputWidth": "32", "outputHeight": "48"}]


@pytest.mark.parametrize("code", ["captureDied", "diskError", "clipGone", "captureFailed", "anything new"])
def test_a_retry_captures_again_whatever_ended_the_capture(double: Double, hub: Hub, code: str) -> None:
    double.looks = 10**9
    job = create(hub)
    process = present(wait_state(hub, job, "processing").process)
    double.end(process, ProcessStatus.FAILED, KinetixError("The capture stopped.", code=code, next_step=""))
    assert (found := wait_state(hub, job)).error is not None and found.error.code == code
    double.looks = 1
    hub.commands.retry(job)
    assert wait_state(hub, job).state is JobState.DELIVERED
    assert len(double.uploads) == 2


def test_a_failed_clip_says_what_to_film_and_a_retry_keeps_the_job(double: Double, hub: Hub) -> None:
    double.looks = 10**9
    settings = JobSettings(loop=True, root_mode=RootMode.IN_PLACE)
    job = create(hub, "Spin", settings)
    process = wait_state(hub, job, "processing").process
    failure = InputError("Nobody was found.", code="noPerson", next_step="Film one person from head to feet.")
    double.end(present(process), ProcessStatus.FAILED, failure)
    failed = wait_state(hub, job)
    error = present(failed.error)
    assert (error.code, error.next_step) == ("noPerson", failure.next_step)
    listed = [json.loads(row.to_json()) for row in hub.processes(failed.profile, "")]
    assert [row["failure"]["code"] for row in listed] == ["noPerson"], "a list of processes is JSON, failures included"
    double.looks = 0
    hub.commands.retry(job)
    done = wait_state(hub, job, "delivered")
    assert done.id == job and done.settings.loop and done.settings.root_mode == "inPlace"
    assert done.process != process and done.error is None
    assert len(hub.store.search("spin")) == 1
    assert len(double.uploads) == 2


def test_cancel_stops_an_upload_and_a_retry_goes_on(double: Double, hub: Hub) -> None:
    double.during_upload = stuck = Stuck()
    job = create(hub)
    assert stuck.begun.wait(LIMIT_S)
    hub.commands.cancel(job)
    assert wait_state(hub, job).state == "cancelled"
    double.during_upload = lambda cancelled: None
    hub.commands.retry(job)
    wait_state(hub, job, "delivered")
    assert len(double.uploads) == 1


def test_a_cancel_is_remembered_by_the_next_hub(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with hub_with(Double(), home, start=False) as hub:
        job = create(hub)
        hub.store.update(job, cancel=True)  # and then the power failed
    with hub_with(Double(), home) as hub:
        assert wait_state(hub, job).state == "cancelled"


@pytest.mark.parametrize(
    ("left", "asked_of_the_service"),
    [((2, 1), ["retake", "validate"]), ((None, None), ["take"])],
    ids=["the service asks", "the hub asks where the service does not"],
)
def test_a_person_decides_and_retakes(
    double: Double, hub: Hub, tmp_path: Path, left: tuple[int | None, int | None], asked_of_the_service: list[str]
) -> None:
    """Nothing is in the library before the decision. Kinetix Local as it comes asks nobody; what is given up leaves the bag."""
    double.validation = left[0]
    settings = JobSettings(ask_first=left[0] is None, trim_start=1.0)
    job = create(hub, "Dance", settings)
    asked = wait_state(hub, job, "awaitingDecision")
    assert asked.retries_left == left[0] and _previewed(asked) == glb(1) and not hub.all_emotes()
    hub.commands.retake(job, str(clip_in(tmp_path, "again.mp4")), settings)
    again = wait_state(hub, job, "awaitingDecision")
    assert again.retries_left == left[1] and again.process != asked.process and again.clip == "again.mp4"
    assert _previewed(again) == glb(2), "of this take"
    hub.commands.validate(job)
    done = wait_state(hub, job, "delivered")
    assert done.preview is None and len(hub.all_emotes()) == 1
    assert [name for name in double.calls if name in {"retake", "validate", "take"}] == asked_of_the_service
    until(lambda: not list(hub.library.incoming.iterdir()))
    assert len(double.uploads) == 2


def _previewed(job: Job) -> bytes:
    return Path(present(present(job.preview).glb)).read_bytes()


@pytest.mark.parametrize(("profile", "left"), [("local", 2), ("cloud", 0)])
def test_a_retake_that_failed_costs_what_the_service_takes_for_it(
    double: Double, hub: Hub, profile: str, left: int
) -> None:
    double.validation = 3
    failure = KinetixError("Nobody was found.", code="noPerson", next_step="")
    for name, given in (("first", None), ("second", failure), ("third", failure)):
        row = ProcessInfo(ProcessId(name), name, ProcessStatus.REJECTED, JobStage.NONE, 0.0, None, None, given)
        double.rows[name] = row
    double.looks = 10**9
    job = create(hub, "Spin", JobSettings(), profile)
    process = present(wait_state(hub, job, "processing").process)
    double.rows[process] = replace(
        double.rows[process], parents=3, ancestors=("third", "second", "first"), status=ProcessStatus.DONE
    )
    assert wait_state(hub, job, "awaitingDecision").retries_left == left


def test_further_views_of_a_take_go_to_kinetix_local_and_not_into_a_retake(
    double: Double, hub: Hub, tmp_path: Path
) -> None:
    double.validation = 3
    front, side = clip_in(tmp_path, "front.mp4"), clip_in(tmp_path, "side.mp4")
    settings = JobSettings(views=(str(side),))
    with refused("notSupported") as caught:
        hub.commands.create(str(front), None, settings, "cloud", None)
    assert "views" in caught.value.title
    with refused("clipNotFound"):
        hub.commands.create(str(front), None, JobSettings(views=(str(tmp_path / "none.mp4"),)), None, None)
    job = hub.commands.create(str(front), None, settings, None, None).id
    wait_state(hub, job, "awaitingDecision")
    hub.commands.retake(job, str(clip_in(tmp_path, "again.mp4")), None)
    wait_state(hub, job, "awaitingDecision")
    assert hub.store.public(job).settings.views == ()
    assert hub.store.get(job).clip.endswith("again.mp4")
    assert double.views == [(side,), ()]


def test_no_retakes_left_is_said(double: Double, hub: Hub, tmp_path: Path) -> None:
    double.validation = 0
    job = create(hub)
    wait_state(hub, job, "awaitingDecision")
    with refused("noRetakes"):
        hub.commands.retake(job, str(clip_in(tmp_path)), None)


def test_a_phone_job_waits_for_the_clip(double: Double, hub: Hub) -> None:
    double.echo = False
    job = hub.commands.create_phone("Dance", None, None)
    rows = present(job.phone).qr
    assert job.state == "awaitingUpload" and {len(row) for row in rows} == {len(rows)} and {*rows[3]} == {"0", "1"}
    calls = [name for name in double.calls if name in {"let_phones_in", "new_token"}]
    assert calls == ["let_phones_in", "new_token"], "the link leads to where the phone can reach it"
    assert double.receive("named by the player") in present(job.phone).url
    done = wait_state(hub, job.id, "delivered")
    assert done.phone is None
    assert [emote.name for emote in hub.all_emotes()] == ["named by the player"]


def test_the_name_given_here_is_kept_whole_where_the_phone_gives_none(double: Double, hub: Hub) -> None:
    job = hub.commands.create_phone("A dance whose name is longer than the service takes", None, None)
    (given,) = double.tokens.values()
    double.receive(given["metadata"]["name"])
    wait_state(hub, job.id, "delivered")
    assert [emote.name for emote in hub.all_emotes()] == [job.name]


def test_a_link_that_its_page_keeps_is_counted_down_to_its_new_end(double: Double, hub: Hub) -> None:
    job = hub.commands.create_phone(None, None, None)
    (given,) = double.tokens.values()
    until(lambda: left(hub.store.public(job.id)) > 200.0)
    given["life"] = 1200.0
    until(lambda: left(hub.store.public(job.id)) > 1000.0)
    assert hub.store.public(job.id).state == "awaitingUpload"


def left(job: Job) -> float:
    """Seconds to the end of the link, as editors count them."""
    return (datetime.fromisoformat(present(job.phone).expires) - datetime.now(UTC)).total_seconds()


def test_a_phone_link_that_nobody_opened(double: Double, hub: Hub) -> None:
    job = hub.commands.create_phone(None, None, None)
    double.tokens.clear()
    assert present(wait_state(hub, job.id).error).code == "linkExpired"
    hub.commands.retry(job.id)
    again = wait_state(hub, job.id, "awaitingUpload")
    assert present(again.phone).url != present(job.phone).url


@pytest.mark.parametrize(
    ("code", "clip"),
    [
        ("clipNotFound", "{}/none.mp4"),
        ("clipNotFound", "{}"),
        ("clipEmpty", "{}/empty.mp4"),
        ("clipNotFound", "relative.mp4"),
    ],
)
def test_what_is_no_clip_makes_no_job(hub: Hub, tmp_path: Path, code: str, clip: str) -> None:
    (tmp_path / "empty.mp4").touch()
    with refused(code, InputError):
        hub.commands.create(clip.format(tmp_path), "Wave", JobSettings(), None, None)
    assert not hub.store.search()


def test_history_is_searchable_and_pages(hub: Hub) -> None:
    jobs = [create(hub, name) for name in ("Wave 100%", "Wave_b", "Bow")]
    for job in jobs:
        wait_state(hub, job)
    assert [job.name for job in hub.store.search("100%")] == ["Wave 100%"]
    assert [job.name for job in hub.store.search("wave_")] == ["Wave_b"]
    assert [job.name for job in hub.store.search(state="delivered", limit=2)] == ["Bow", "Wave_b"]
    assert [job.name for job in hub.store.search(before=jobs[1])] == ["Wave 100%"]
    hub.store.remove(jobs[0])
    assert len(hub.store.search()) == 2 and len(hub.all_emotes()) == 3


def test_a_hundred_jobs_at_once(double: Double, hub: Hub) -> None:
    jobs = [create(hub, f"Move {number}") for number in range(100)]
    ended = [wait_state(hub, job) for job in jobs]
    assert not [job.error for job in ended if job.state != "delivered"]
    assert len(double.uploads) == 100
