"""Sentences with something filled in: what they were made from comes with them, over the wire and past the mask."""

from __future__ import annotations

import json
import pickle
import uuid
from pathlib import Path

import pytest

from kinetix_capture.interface import CaptureRejected
from kinetix_core.api.models import Process
from kinetix_core.protocol.corrections import CorrectionError, PictureJoint
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.values.errors import InputError, mask
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.wording import Worded, restored, sentence, worded, wording_of

pytestmark = pytest.mark.quick
FRENCH = {"“{clip}” is empty.": "« {clip} » est vide.", "Wrong {name}.": "Faux {nom}."}


def french(text: str) -> str:
    return FRENCH.get(text, text)


def test_an_error_can_be_said_in_another_language_at_the_other_end() -> None:
    error = InputError(worded("“{clip}” is empty.", clip="{a} b.mp4"), code="clipEmpty", next_step="Choose another.")
    sent = ErrorInfo.of(error).to_json()
    assert json.loads(sent)["title"] == "“{a} b.mp4” is empty."
    got = json.loads(sent, object_hook=restored)
    assert got["title"].in_other_words(french) == "« {a} b.mp4 » est vide."
    assert not isinstance(got["nextStep"], Worded)
    kept = ErrorInfo.model_validate_json(sent)
    assert kept.to_json() == sent, "also after it was kept"


def test_what_was_not_filled_in_has_no_wording() -> None:
    assert "wording" not in ErrorInfo.of(InputError("It is empty.", code="broke", next_step="")).as_dict()


def test_the_mask_reaches_what_is_filled_in() -> None:
    said = mask(worded("{file} is kept.", file=Path.home() / "a.json"))
    masked = str(Path("~/a.json"))
    assert said == f"{masked} is kept." and isinstance(said, Worded) and said.values == {"file": masked}
    hidden = mask(worded("Bearer {token} is wrong.", token="abcdef"))
    assert "abcdef" not in hidden and not isinstance(hidden, Worded), "the values alone would tell it"


def test_a_word_within_a_sentence_is_translated_too() -> None:
    wrong = CorrectionError.out_of_reach("wrist-3", PictureJoint.LEFT_WRIST, "")
    assert wrong.title == "The left wrist cannot reach the target of “wrist-3”."
    table = {
        "The {limb} cannot reach the target of “{correction}”.": "{limb} : hors de portée.",
        "left wrist": "Poignet gauche",
    }
    got = json.loads(ErrorInfo.of(wrong).to_json(), object_hook=restored)["title"]
    assert got.in_other_words(lambda text: table.get(text, text)) == "Poignet gauche : hors de portée."
    again = pickle.loads(pickle.dumps(got))
    assert again.values == got.values and isinstance(again.values["limb"], Worded)


def test_a_sentence_within_a_sentence_may_have_braces_of_its_own() -> None:
    said = worded("Nothing was made. {why}", why=sentence("“{a}” has no hips."))
    assert said == "Nothing was made. “{a}” has no hips."
    assert said.in_other_words(french) == said


def test_each_sentence_of_a_list_has_its_own_wording() -> None:
    said = ["Turn a little.", worded("“{clip}” is empty.", clip="a"), "One more."]
    sent = json.loads(json.dumps({"hints": said, "wording": wording_of({"hints": said})}))
    assert sent["wording"]["hints"][0] is None and sent["wording"]["hints"][2] is None
    got = restored(sent)["hints"]
    assert got == said
    assert [one.in_other_words(french) if isinstance(one, Worded) else one for one in got][1] == "« a » est vide."
    assert wording_of({"hints": ["Turn a little."]}) == {}


@pytest.mark.parametrize("wording", [[], [None, 7], ["x", "y", "z"], {"text": "Turn a little.", "values": {}}, "x"])
def test_a_wording_that_does_not_fit_a_list_is_left(wording: object) -> None:
    told = restored({"hints": ["Turn a little.", "One more."], "wording": {"hints": wording}})
    assert told["hints"] == ["Turn a little.", "One more."]
    assert not any(isinstance(one, Worded) for one in told["hints"])


def test_a_wording_has_an_end() -> None:
    deep: dict[str, object] = {"text": "x", "values": {}}
    for _ in range(100):
        deep = {"text": "{x}", "values": {"x": deep}}
    assert not isinstance(restored({"title": "x", "wording": {"title": deep}})["title"], Worded)


def test_a_translation_with_other_names_is_not_used() -> None:
    assert worded("Wrong {name}.", name="a").in_other_words(french) == "Wrong a."


@pytest.mark.parametrize("text", ["{x:>99999999}", "{x!r}", "{x.__class__}", "{x[0]}", "{}", "{x", "{x}" * 400])
def test_a_template_of_somebody_elses_fills_in_names_alone(text: str) -> None:
    told = restored({"title": "a", "wording": {"title": {"text": text, "values": {"x": "a", "": "b"}}}})
    assert not isinstance(told["title"], Worded)
    many = {f"x{number}": "a" for number in range(30)}
    assert not isinstance(
        restored({"title": "a", "wording": {"title": {"text": "{x0}", "values": many}}})["title"], Worded
    )


def test_an_error_carries_what_it_was_made_from_where_it_is_no_model_too() -> None:
    told = CaptureRejected(FailureReason.CUT, title=worded("At {seconds} s.", seconds="2.5")).as_dict()
    assert told["wording"] == {"title": {"text": "At {seconds} s.", "values": {"seconds": "2.5"}}}
    sent = Process.model_validate({"uuid": str(uuid.uuid4()), "failure": json.loads(json.dumps(told))}).failure
    title, detail, next_step = sent.sentences() if sent else ("", "", "")
    assert isinstance(title, Worded) and title.values == {"seconds": "2.5"}
    assert (detail, next_step) == ("", FailureReason.CUT.advice)


@pytest.mark.parametrize("wording", [7, {"title": 1}, {"title": {"text": "{x}", "values": {}}}, {"title": {}}])
def test_a_wording_that_does_not_fit_is_left(wording: object) -> None:
    told = restored({"title": "It is empty.", "wording": wording})
    assert told["title"] == "It is empty." and not isinstance(told["title"], Worded)
