"""One QR code, one take after the other: the phone asks on its page for the next one, and the hub that made the link gives it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
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
from tests.hub.conftest import HubProcess
from tests.hub.double import Double, clip_in, create, hub_with, wait_state
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


def filmed(hub: Hub, double: Double, job: Job, name: str = "By phone") -> str:
    """The phone sends a clip by the link of the job; returns the process."""
    (token,) = parse_qs(urlsplit(present(job.phone).url).query)["token"]
    return double.arrive(token, double.tokens.pop(token), name)


def phone_job(hub: Hub) -> Job:
    return hub.commands.create_phone("Dance", "local", None, ask_first=False)


def delivered_by_phone(hub: Hub, double: Double) -> tuple[Job, Phones]:
    """A job whose emote is there, and its phone, whose page is still open."""
    job = phone_job(hub)
    process = filmed(hub, double, job)
    wait_state(hub, job.id, "delivered")
    return job, Phones(hub, job.id, process)


def jobs(hub: Hub) -> list[str]:
    return [job.id for job in hub.store.shown()]


def test_after_an_emote_the_phone_films_another_in_a_job_of_its_own(tmp_path: Path) -> None:
    double = Double()
    with hub_with(double, tmp_path / "home") as hub:
        first, phone = delivered_by_phone(hub, double)
        token = phone.ask()
        assert token in double.tokens
        (second,) = set(jobs(hub)) - {first.id}
        waits = wait_state(hub, second, "awaitingUpload")
        assert (waits.profile, waits.user, waits.name) == (first.profile, first.user, "Phone emote")
        assert phone.ask() == token and len(jobs(hub)) == 2, "a page that asks twice opens one job"
        filmed(hub, double, waits, "Another")
        wait_state(hub, second, "delivered")
        assert {emote.name for emote in hub.all_emotes()} == {"By phone", "Another"}
        assert phone.ask() in double.tokens, "the first page again; the link of the second job is used"
        (third,) = set(jobs(hub)) - {first.id, second}
        hub.commands.cancel(third)
        wait_state(hub, third, "cancelled")
        assert phone.ask() is None, "a person at the computer stopped it"
        hub.store.remove(third)
        assert phone.ask() in double.tokens and len(jobs(hub)) == 3


def test_a_take_that_failed_is_filmed_again_in_its_job(tmp_path: Path) -> None:
    double = Double(looks=1_000_000)
    with hub_with(double, tmp_path / "home") as hub:
        job = phone_job(hub)
        process = filmed(hub, double, job)
        phone = Phones(hub, job.id, process)
        phone.look()
        wait_state(hub, job.id, "processing")
        phone.look()
        assert phone.answers == [], "the hub knows of no end yet, at first not even of the clip"
        double.end(process, ProcessStatus.FAILED, KinetixError("Nobody is in the clip.", code="nobody", next_step=""))
        assert phone.ask() in double.tokens
        again = wait_state(hub, job.id, "awaitingUpload")
        assert jobs(hub) == [job.id]
        double.looks = 1
        filmed(hub, double, again, "At last")
        wait_state(hub, job.id, "delivered")
        assert [emote.name for emote in hub.all_emotes()] == ["At last"]


def test_a_take_that_a_player_decides_about_is_filmed_again_in_its_job(tmp_path: Path) -> None:
    double = Double(validation=1)
    with hub_with(double, tmp_path / "home") as hub:
        job = phone_job(hub)
        process = filmed(hub, double, job, "Wobbly")
        phone = Phones(hub, job.id, process)
        phone.retake = True
        assert phone.ask() in double.tokens
        assert double.rows[process].status is ProcessStatus.REJECTED and "retake" in double.calls
        again = wait_state(hub, job.id, "awaitingUpload")
        second = filmed(hub, double, again, "Steady")
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
        process = filmed(hub, double, job)
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
        filmed(hub, double, wait_state(hub, third, "awaitingUpload"), "After all")
        wait_state(hub, third, "delivered")
        phone.ask()
    double.tokens.clear()
    with hub_with(double, tmp_path / "home") as hub:  # the hub was stopped while the link ran out
        until(lambda: set(jobs(hub)) == {first.id, third})


def test_another_move_that_somebody_wants_at_the_computer_stays(tmp_path: Path) -> None:
    double = Double()
    with hub_with(double, tmp_path / "home") as hub:
        first, phone = delivered_by_phone(hub, double)
        phone.ask()
        (second,) = set(jobs(hub)) - {first.id}
        hub.commands.cancel(second)
        wait_state(hub, second, "cancelled")
        hub.commands.retry(second)
        wait_state(hub, second, "awaitingUpload")
        double.tokens.clear()
        assert present(wait_state(hub, second, "failed").error).code == "linkExpired"


def test_whom_the_hub_gives_no_further_link(tmp_path: Path) -> None:
    """A process of somebody else's, a clip that was sent from the computer, a job that a person stopped."""
    double = Double()
    with hub_with(double, tmp_path / "home") as hub:
        assert Phones(hub, str(uuid.uuid4()), str(uuid.uuid4())).ask() is None
        clip = wait_state(hub, create(hub, clip_in(tmp_path), "From here"))
        assert Phones(hub, clip.id, present(hub.store.get(clip.id).process)).ask() is None
        double.looks = 1_000_000
        stopped = phone_job(hub)
        process = filmed(hub, double, stopped)
        wait_state(hub, stopped.id, "processing")
        hub.commands.cancel(stopped.id)
        wait_state(hub, stopped.id, "cancelled")
        assert Phones(hub, stopped.id, process).ask() is None
        hub.store.remove(stopped.id)
        assert Phones(hub, stopped.id, process).ask() is None
        assert len(jobs(hub)) == 1


@pytest.mark.parametrize("told", [{"not": "a list"}, ["no take"], [{"process": 17, "job": None}]])
def test_an_answer_that_names_no_take_is_left_alone(tmp_path: Path, told: object) -> None:
    with hub_with(Double(), tmp_path / "home") as hub:
        asked: list[str] = []

        def administer(method: str, path: str, body: object = None) -> object:
            asked.append(method)
            return told

        NextTakes(administer, hub.store, hub.commands, lambda profile: True).look()
        assert asked == ["GET"]


class Phone:
    """Requests of the upload page, on this machine in place of the network."""

    def __init__(self, hub: HubProcess, job: Row) -> None:
        self.open(hub, parse_qs(urlsplit(job["phone"]["url"]).query)["token"][0])

    def open(self, hub: HubProcess, token: str) -> None:
        service = json.loads((hub.home / "local" / "serve.json").read_text(encoding="utf-8"))["url"]
        self._page = f"{service}/_local/page/{token}"

    def call(self, method: str, path: str = "", **options: Any) -> requests.Response:
        return requests.request(method, f"{self._page}{path}", headers=OWN, timeout=LIMIT_S, **options)

    def send(self, clip: bytes, name: str) -> None:
        self.call("PUT", "/clip", params={"offset": 0, "total": len(clip), "name": "clip.mp4"}, data=clip)
        sent = self.call("POST", "/submit", json={"name": name})
        assert sent.status_code == 200, sent.text

    def take(self, status: str) -> Row:
        def found() -> Row | None:
            take = self.call("GET").json()["process"]
            return dict(take) if take["status"] == status and take["next"] else None

        return present(until(found))

    def next_token(self) -> str:
        def found() -> str | None:
            answer = self.call("POST", "/next")
            assert answer.status_code == 200, answer.text
            token: str | None = answer.json()["token"]
            return token

        return present(until(found))


def phone_with_link(hub: HubProcess) -> tuple[str, Phone]:
    """A job, and the phone that has its link."""
    made = hub.link.post("/v1/jobs/phone", {"name": "Wave"})["id"]
    job = until(lambda: (row := hub.link.get(f"/v1/jobs/{made}")) and row["state"] == "awaitingUpload" and row)
    return made, Phone(hub, dict(job))


def test_one_code_many_takes(hub_process: Callable[..., HubProcess]) -> None:
    """A real Kinetix Local gets a clip that it rejects, the same move again, and another one."""
    hub = hub_process()
    hub.start("--idle", "0")
    made, phone = phone_with_link(hub)
    phone.send(b"REJECT:cut\n", "Wave one")
    assert phone.take("failed")["error"]["code"] == "sceneCut"
    phone.open(hub, phone.next_token())
    assert phone.call("GET").json()["name"] == "Wave", "the name that was wanted at the computer is proposed again"
    phone.send(b"a clip", "Wave two")
    phone.take("done")
    until(lambda: hub.link.get(f"/v1/jobs/{made}")["state"] == "delivered")
    phone.open(hub, phone.next_token())
    phone.send(b"another clip", "Bow")
    phone.take("done")
    until(lambda: len(hub.link.get("/v1/emotes")["emotes"]) == 2)
    assert {row["name"] for row in hub.link.get("/v1/emotes")["emotes"]} == {"Wave two", "Bow"}


def test_the_link_of_a_job_that_was_stopped_takes_no_clip(hub_process: Callable[..., HubProcess]) -> None:
    hub = hub_process()
    hub.start("--idle", "0")
    made, phone = phone_with_link(hub)
    assert phone.call("GET").json()["state"] == "open"
    hub.link.post(f"/v1/jobs/{made}/cancel")
    until(lambda: phone.call("GET").json()["state"] == "unknown")
    sent = phone.call("PUT", "/clip", params={"offset": 0, "total": 6, "name": "clip.mp4"}, data=b"a clip")
    assert sent.status_code == 403
