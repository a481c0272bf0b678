"""A phone asks on its page for one take more: whom the service passes on to the hub, and what it makes of the answer."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
import requests

from kinetix_core.protocol.local.models import PhoneAnswer
from kinetix_core.values.identity import JobId
from kinetix_local.store import processes
from kinetix_local.store.sql.tables import tokens
from kinetix_local.web.errors import PageError
from kinetix_local.web.next_takes import NextTakes
from kinetix_local.web.page_api import PageApi
from tests.support.service import Running
from tests.support.studio import IdleService, add_clip, idle_service, store
from tests.support.waiting import LIMIT_S

__all__ = ["idle_service", "store"]

OTHER = "00000000-0000-4000-8000-000000000001"
pytestmark = pytest.mark.xdist_group("local-postgres")
MINUTE_MS = 60_000


class Page:
    """The upload page of one take of a hub, which asks at nought of the clock."""

    def __init__(self, service: IdleService, **of_process: Any) -> None:
        self.service, self.now = service, 0.0
        self.hub = NextTakes(lambda: self.now)
        self.api = PageApi(service, self.hub)
        self.process, self.link = add_clip(service), str(uuid4())
        now = service.clock.now()
        values = {"metadata": {"job": "a-job"}, "step": "done", "ended_at": now} | of_process
        with service.database.write() as db:
            processes.change(db, self.process, now, token=self.link, **values)
        self.hub.waiting()

    def offers_it(self) -> bool:
        return bool(self.api.state(self.link)["process"]["next"])

    def asked(self) -> list[tuple[str, str, bool]]:
        return [(one.process, one.job, one.retake) for one in self.hub.waiting()]

    def new_token(self, metadata: Any = None) -> str:
        row, now = self.service.process(self.process), self.service.clock.now()
        of = {"world_id": row.world_id, "key_id": row.key_id, "user_id": row.user_id, "parent": None}
        of["metadata"] = metadata
        with self.service.database.write() as db:
            return processes.add_token(db, now, MINUTE_MS, **of)[0]


def test_the_hub_hears_of_it_and_its_answer_leads_to_the_next_page(idle_service: IdleService) -> None:
    page = Page(idle_service)
    assert page.offers_it() and page.asked() == [], "nobody has asked"
    assert page.api.next_take(page.link) == {"token": None}
    assert page.asked() == [(page.process, "a-job", False)]
    page.hub.answer(page.process, PhoneAnswer(token=(token := page.new_token())))
    assert page.asked() == []
    for _ in range(2):
        assert page.api.next_take(page.link) == {"token": token}
    with idle_service.database.write() as db:
        assert processes.spend_token(db, token)
    assert page.api.next_take(page.link) == {"token": None}, "that link is used up too: the hub hears of it again"
    assert page.asked() == [(page.process, "a-job", False)]


def test_a_refusal_is_told_and_may_be_asked_again(idle_service: IdleService) -> None:
    page = Page(idle_service)
    page.api.next_take(page.link)
    page.hub.answer(page.process, PhoneAnswer(token=None))
    with pytest.raises(PageError) as caught:
        page.api.next_take(page.link)
    assert (caught.value.status, caught.value.body["error"]["code"]) == (409, "noNextTake")
    assert page.api.next_take(page.link, retake=True) == {"token": None}
    assert page.asked() == [(page.process, "a-job", True)]


def test_a_page_that_was_closed_is_not_waited_for(idle_service: IdleService) -> None:
    page = Page(idle_service)
    page.api.next_take(page.link)
    page.now = 30.0
    assert page.asked() == []
    page.hub.answer(OTHER, PhoneAnswer(token="a token"))
    page.hub.forget(OTHER)
    assert page.api.next_take(page.link) == {"token": None}


@pytest.mark.parametrize("step", ["initialized", "extracted"])
def test_a_take_that_is_still_worked_on_comes_first(idle_service: IdleService, step: str) -> None:
    assert not Page(idle_service, step=step).offers_it()


@pytest.mark.parametrize("metadata", [None, {"name": "of a game"}, {"job": 7}, {"job": "not a job"}, ["job"], "job"])
def test_a_games_link_makes_one_emote(idle_service: IdleService, metadata: Any) -> None:
    page = Page(idle_service, metadata=metadata)
    assert not page.offers_it()
    with pytest.raises(PageError):
        page.api.next_take(page.link)
    assert page.asked() == []


@pytest.mark.parametrize(("minutes", "offered"), [(29, True), (31, False)])
def test_it_ends_half_an_hour_after_the_take(idle_service: IdleService, minutes: int, offered: bool) -> None:
    ended_at = idle_service.clock.now() - minutes * MINUTE_MS
    assert Page(idle_service, ended_at=ended_at).offers_it() is offered


def test_it_needs_a_hub_that_listens(idle_service: IdleService) -> None:
    page = Page(idle_service)
    page.now = 9.0
    assert page.offers_it()
    page.now = 11.0
    assert not page.offers_it()
    assert not PageApi(idle_service, NextTakes(time.monotonic)).state(page.link)["process"]["next"]


@pytest.mark.parametrize(("metadata", "kept"), [({"job": "a-job"}, True), ({"name": "of a game"}, False)])
def test_an_editors_link_works_while_its_page_is_open(idle_service: IdleService, metadata: Any, kept: bool) -> None:
    """Setting up a tripod takes more than five minutes. A game sets the lifetime of its links itself."""
    page = Page(idle_service)
    token = page.new_token(metadata)
    for _ in range(2):
        told = page.api.state(token)
        assert (told["state"], told["kept"]) == ("open", kept)
        page.api.state(token)
    assert (page.api.state(token)["expireIn"] > 60) is kept
    with idle_service.database.write() as db:
        long_ago = idle_service.clock.now() - 31 * MINUTE_MS
        db.execute(tokens.update().where(tokens.c.uuid == token).values(created_at=long_ago))
        db.execute(tokens.update().where(tokens.c.uuid == token).values(expires_at=long_ago + 31 * MINUTE_MS + 20_000))
    page.api.state(token)
    told = page.api.state(token)
    assert told["expireIn"] <= 20 and not told["kept"], "half an hour is the end of it, and the page counts down"


def test_many_pages_ask_at_once() -> None:
    takes = NextTakes()
    for number in range(1100):
        takes.ask(f"process-{number}", JobId("a-job"))
    waiting = takes.waiting()
    assert len(waiting) == 1000 and waiting[-1].process == "process-1099"


def test_only_the_hub_hears_and_answers(service: Running) -> None:
    browser = service.signed_in()
    takes = f"{service.url}/_local/next-takes"
    for caller, refused in ((requests.Session(), 401), (browser, 403)):
        assert caller.get(takes, timeout=LIMIT_S).status_code == refused
        answer = caller.post(f"{takes}/{OTHER}", json={"token": None}, timeout=LIMIT_S)
        assert answer.status_code == refused
        ended = caller.delete(f"{service.url}/_local/links/{OTHER}", timeout=LIMIT_S)
        assert ended.status_code == refused
        caller.close()
    assert service.admin("GET", "/next-takes").json() == []
    assert service.admin("POST", f"/next-takes/{OTHER}", json={"token": None}).status_code == 204
    assert service.admin("POST", "/next-takes/no-uuid", json={"token": None}).status_code == 422


def test_another_site_asks_for_no_take(service: Running) -> None:
    answer = requests.post(f"{service.url}/_local/page/{OTHER}/next", timeout=LIMIT_S)
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "foreignPage"
    own = {"x-kinetix-page": "1"}
    assert requests.post(f"{service.url}/_local/page/{OTHER}/next", headers=own, timeout=LIMIT_S).status_code == 409
