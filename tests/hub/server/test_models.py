"""The models as a client meets them: what a newer hub tells besides is left out, what has another form is told to the person."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kinetix_core.protocol.hub.answers import PlanStep, RenameStep, TargetList
from kinetix_core.protocol.hub.base_models import ErrorInfo, TemporaryError
from kinetix_core.protocol.hub.bodies import EmotePatch, JobBody, parse
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.enumerations import JobKind, PlannedAction
from kinetix_core.protocol.hub.info import PROTOCOL, HubInfo
from kinetix_core.protocol.hub.models import EventPage, Job, JobRemoved, JobSettings, Preview
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.identity import JobId
from kinetix_hub.jobs import job
from kinetix_hub.services.port import Temporary

pytestmark = pytest.mark.quick

RECORD = job.Job(JobId("j-1"), JobKind.CLIP, "Wave", "/private/wave.mp4", "local", "player-1", JobSettings())


class Answering(HubClient):
    """A client whose hub answers this; `sent` are the bodies."""

    def __init__(self, answer: object) -> None:
        super().__init__(HubInfo(PROTOCOL, "0.1.0", 1, 1, "token", "start"))
        self.answer, self.sent = answer, list[object]()

    def exchange(self, method: str, path: str, body: object = None, **_: object) -> object:
        self.sent.append(body)
        return self.answer


def test_what_a_newer_hub_tells_besides_is_left_out() -> None:
    row = {**RECORD.public(2.0).as_dict(), "mood": "good"}
    page = {"startId": "s", "seq": 3, "reset": False, "weather": "fine", "events": [
        {"seq": 1, "type": "job.praised", "data": {"id": "j-1"}},
        {"seq": 2, "type": "job.changed", "data": row},
        {"seq": 3, "type": "job.removed", "data": {"id": "j-1"}},
    ]}  # fmt: skip
    changed, removed = EventPage.model_validate(page).events
    assert changed.data == RECORD.public(2.0) and isinstance(removed, JobRemoved)


def test_an_answer_of_another_form_is_told_with_a_way_out() -> None:
    row = {**RECORD.public(2.0).as_dict(), "state": "dreaming"}
    with pytest.raises(KinetixError) as caught:
        Answering(row).get(Job, "/jobs/j-1")
    assert caught.value.code == "hubAnswer" and "state" in caught.value.detail and "dreaming" not in caught.value.detail
    assert caught.value.command == "kinetix hub stop"


def test_only_what_was_given_is_sent() -> None:
    hub = Answering({"targets": []})
    hub.ask(TargetList, "PATCH", "/emotes/e-1", EmotePatch(pinned=True))
    hub.get(TargetList, "/sync/targets")
    assert hub.sent == [{"pinned": True}, None]


def test_an_error_that_passes_is_told_from_one_that_stays() -> None:
    told = {
        "kind": "unavailable",
        "code": "offline",
        "title": "It is away.",
        "detail": "",
        "nextStep": "Wait.",
        "command": "kinetix doctor",
    }
    for error, kind in ((told, ErrorInfo), ({**told, "temporary": True}, TemporaryError)):
        found = Job.model_validate({**RECORD.public(2.0).as_dict(), "error": error})
        assert type(found.error) is kind and found.as_dict()["error"] == error


def test_a_command_travels_beside_the_next_step() -> None:
    why = KinetixError("It is away.", code="offline", next_step="Wait.", command="kinetix doctor")
    for told in (ErrorInfo.of(why), TemporaryError.of(Temporary(why))):
        assert (told.next_step, told.command) == ("Wait.", "kinetix doctor")


def test_only_a_rename_says_where_the_file_was() -> None:
    rename = RenameStep(action=PlannedAction.RENAME, file="New.glb", reason="renamed", former="Old.glb")
    kept = PlanStep(action=PlannedAction.KEEP, file="Wave.glb", reason="unchanged")
    assert rename.as_dict()["from"] == "Old.glb" and "from" not in kept.as_dict()


def test_a_name_that_is_no_text_is_escaped() -> None:
    shown = RECORD.public(2.0).model_copy(update={"clip": "b\udcf6se.mp4"})
    assert json.loads(shown.to_json())["clip"] == "b\udcf6se.mp4" and b"\\udcf6" in shown.to_json()


def test_a_body_that_is_none_says_which_field_and_repeats_nothing() -> None:
    with pytest.raises(InputError) as caught:
        parse(JobBody, {"clip": "/x.mp4", "heightCm": 999, "secret": "s3cret"})
    assert (
        caught.value.code == "badRequest" and "heightCm" in caught.value.detail and "s3cret" not in caught.value.detail
    )


@pytest.mark.parametrize(
    "error",
    [
        None,
        ErrorInfo(code="broke", title="It broke."),
        TemporaryError(code="offline", title="It is away.", temporary=True),
    ],
)
def test_a_job_is_kept_and_read_as_it_was(error: ErrorInfo | None) -> None:
    record = replace(RECORD, error=error, preview=Preview(glb="/a.glb", clip=None, thumbnail=None))
    row = record.columns()
    found = job.Job.from_row(row)  # type: ignore[arg-type]  # a row is read by its names alone
    assert found == record and type(found.error) is type(error)
