"""One QR code, one take after the other: the phone asks on its page for the next one, and the hub that made the link gives it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from kinetix_core.protocol.hub.models import Job
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.failure import ProcessStatus
from kinetix_hub.hub import Hub
from kinetix_hub.jobs.next_takes import NextTakes
from tests.hub.conftest import HubProcess, wait_job
from tests.hub.double import Double, create, hub_with, wait_state
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

Row = dict[str, Any]
OWN = {"x-kinetix-page": "1"}


class Phones:
    """The service's side of the question, with one process that a phone asks after."""

    def __init__(self, hub: Hub, job: str, process: str) -> None:
        self.job, self.process, self.answers, self.retake = job, process, list[object](), False
        self._takes = NextTakes(self._administer, hub.store, hub.commands, lambda profile: profile == "local")

    def _administer(self, method: str, path: str, body: object = None) -> object:
        if method == "GET":
            return [{"process": self.process, "job": self.job, "retake": self.retake}]
        assert path == f"/_local/next-takes/{self.process}" and isinstance(body, dict)
        self.answers.append(body["token"])
        return None

    def ask(self) -> object:
        """Return the hub's answer, after as many looks as it needs."""
        told = len(self.answers)

        def answered() -> bool:
            self.look()
            return len(self.answers) > told

        until(answered)
        return self.answers[-1]

    def look(self) -> None:
        self._takes.look()


def filmed(double: Double, job: Job, name: str = "By phone") -> str:
    """The phone sends a clip by the link of the job; returns the process."""
    (token,) = parse_qs(urlsplit(present(job.phone).url).query)["token"]
    return double.arrive(token, double.tokens.pop(token), name)


def phone_job(hub: Hub) -> Job:
    return hub.commands.create_phone("Dance", "local", None, ask_first=False)


def delivered_by_phone(hub: Hub, double: Double) -> tuple[Job, Phones]:
    """A job whose emote is there, and its phone, whose page is still open."""
    job = phone_job(hub)
    process = filmed(double, job)
    wait_state(hub, job.id, "delivered")
    return job, Phones(hub, job.id, process)


def jobs(hub: Hub) -> list[str]:
    return [job.id for job in hub.store.shown()]


def test_after_an_emote_the_phone_films_another_in_a_job_of_its_own(double: Double, hub: Hub) -> None:
    first, phone = delivered_by_phone(hub, double)
    token = phone.ask()
    assert token in double.tokens
    (second,) = set(jobs(hub)) - {first.id}
    waits = wait_state(hub, second, "awaitingUpload")
    assert (waits.profile, waits.user, waits.name) == (first.profile, first.user, "Phone emote")
    assert phone.ask() == token and len(jobs(hub)) == 2, "a page that asks twice opens one job"
    filmed(double, waits, "Another")
    wait_state(hub, second, "delivered")
    assert {emote.name for emote in hub.all_emotes()} == {"By phone", "Another"}
    assert phone.ask() in double.tokens, "the first page again; the link of the second job is used"
    (third,) = set(jobs(hub)) - {first.id, second}
    hub.commands.cancel(third)
    wait_state(hub, third, "cancelled")
    assert phone.ask() is None, "a person at the computer stopped it"
    hub.store.remove(third)
    assert phone.ask() in double.tokens and len(jobs(hub)) == 3


def test_a_take_that_failed_is_filmed_again_in_its_job(double: Double, hub: Hub) -> None:
    double.looks = 1_000_000
    job = phone_job(hub)
    process = filmed(double, job)
    phone = Phones(hub, job.id, process)
    phone.look()
    wait_state(hub, job.id, "processing")
    phone.look()
    assert phone.answers == [], "the hub knows of no end yet, at first not even of the clip"
    double.end(process, ProcessStatus.FAILED, KinetixError("Nobody is in the clip.", code="nobody", next_step=""))
    assert double.tokens[str(phone.ask())]["metadata"]["name"] == "Dance", "what was wanted at the computer"
    again = wait_state(hub, job.id, "awaitingUpload")
    assert jobs(hub) == [job.id]
    double.looks = 1
    filmed(double, again, "At last")
    wait_state(hub, job.id, "delivered")
    assert [emote.name for emote in hub.all_emotes()] == ["At last"]


def test_a_take_that_a_player_decides_about_is_filmed_again_in_its_job(double: Double, hub: Hub) -> None:
    double.validation = 1
    job = phone_job(hub)
    process = filmed(double, job, "Wobbly")
    phone = Phones(hub, job.id, process)
    phone.retake = True
    assert phone.ask() in double.tokens
    assert double.rows[process].status is ProcessStatus.REJECTED and "retake" in double.calls
    again = wait_state(hub, job.id, "awaitingUpload")
    second = filmed(double, again, "Steady")
    wait_state(hub, job.id, "awaitingDecision")
    phone.process = second
    assert phone.ask() is None, "no retake is left"
    hub.commands.validate(job.id)
    wait_state(hub, job.id, "delivered")
    assert [emote.name for emote in hub.all_emotes()] == ["Steady"] and jobs(hub) == [job.id]


def test_a_link_that_ran_out_is_given_once_more_also_by_another_hub(tmp_path: Path) -> None:
    double = Double(looks=1_000_000)
    with hub_with(double, tmp_path / "home") as hub:
        job = phone_job(hub)
        process = filmed(double, job)
        wait_state(hub, job.id, "processing")
        double.end(process, ProcessStatus.FAILED, KinetixError("Nobody is in the clip.", code="nobody", next_step=""))
        token = Phones(hub, job.id, process).ask()
    with hub_with(double, tmp_path / "home") as hub:
        phone = Phones(hub, job.id, process)
        assert phone.ask() == token, "the same job waits, after a start of the hub too"
        double.tokens.clear()
        assert present(wait_state(hub, job.id, "failed").error).code == "linkExpired"
        assert phone.ask() in double.tokens
        assert jobs(hub) == [job.id]


def test_another_move_that_nobody_films_leaves_nothing_behind(tmp_path: Path) -> None:
    """Whoever has filmed enough lays the phone away; an editor has no job that failed of it."""
    double = Double()
    with hub_with(double, tmp_path / "home") as hub:
        first, phone = delivered_by_phone(hub, double)
        phone.ask()
        double.tokens.clear()
        until(lambda: jobs(hub) == [first.id])
        assert phone.ask() in double.tokens, "the page is still open, and asks once more"
        (third,) = set(jobs(hub)) - {first.id}
        filmed(double, wait_state(hub, third, "awaitingUpload"), "After all")
        wait_state(hub, third, "delivered")
        phone.ask()
    double.tokens.clear()
    with hub_with(double, tmp_path / "home") as hub:  # the hub was stopped while the link ran out
        until(lambda: set(jobs(hub)) == {first.id, third})


def test_another_move_that_somebody_wants_at_the_computer_stays(double: Double, hub: Hub) -> None:
    first, phone = delivered_by_phone(hub, double)
    phone.ask()
    (second,) = set(jobs(hub)) - {first.id}
    hub.commands.cancel(second)
    wait_state(hub, second, "cancelled")
    hub.commands.retry(second)
    wait_state(hub, second, "awaitingUpload")
    double.tokens.clear()
    assert present(wait_state(hub, second, "failed").error).code == "linkExpired"


def test_whom_the_hub_gives_no_further_link(double: Double, hub: Hub) -> None:
    """A process of somebody else's, a clip that was sent from the computer, a job that a person stopped."""
    assert Phones(hub, str(uuid.uuid4()), str(uuid.uuid4())).ask() is None
    clip = wait_state(hub, create(hub, "From here"))
    assert Phones(hub, clip.id, present(hub.store.get(clip.id).process)).ask() is None
    double.looks = 1_000_000
    stopped = phone_job(hub)
    process = filmed(double, stopped)
    wait_state(hub, stopped.id, "processing")
    hub.commands.cancel(stopped.id)
    wait_state(hub, stopped.id, "cancelled")
    assert Phones(hub, stopped.id, process).ask() is None
    hub.store.remove(stopped.id)
    assert Phones(hub, stopped.id, process).ask() is None
    assert len(jobs(hub)) == 1


@pytest.mark.parametrize("told", [{"not": "a list"}, ["no take"], [{"process": 17, "job": None}]])
def test_an_answer_that_names_no_take_is_left_alone(hub: Hub, told: object) -> None:
    asked: list[str] = []

    def administer(method: str, path: str, body: object = None) -> object:
        asked.append(method)
        return told

    NextTakes(administer, hub.store, hub.commands, lambda profile: True).look()
    assert asked == ["GET"]


def test_the_link_of_a_job_that_was_stopped_takes_no_clip(own_hub: HubProcess) -> None:
    link = own_hub.start()
    job = wait_job(link, link.post("/jobs/phone", {"name": "Wave"})["id"], "awaitingUpload")
    (token,) = parse_qs(urlsplit(job["phone"]["url"]).query)["token"]
    page = f"{own_hub.service_info()['url']}/_local/page/{token}"

    def state() -> object:
        return requests.get(page, headers=OWN, timeout=LIMIT_S).json()["state"]

    assert state() == "open"
    link.post(f"/jobs/{job['id']}/cancel")
    until(lambda: state() == "unknown")
    part = {"offset": 0, "total": 6, "name": "clip.mp4"}
    sent = requests.put(f"{page}/clip", headers=OWN, params=part, data=b"a clip", timeout=LIMIT_S)  # type: ignore[arg-type]
    assert sent.status_code == 403
