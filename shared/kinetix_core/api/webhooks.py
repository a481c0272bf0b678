"""Webhooks of the API (docs/api-contract.md#4): signature, typed events, and an idempotent receiver.

`x-signature` is the lower-case hex HMAC-SHA256 of the raw body with the virtual world's key. It has no time, so old messages can
be replayed: act on the process's current state, as `Receiver` does.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from kinetix_core.api.client import Client
from kinetix_core.api.models import Model, Process
from kinetix_core.io.untrusted_json import read_json
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.identity import EmoteId, ProcessId

SIGNATURE = "x-signature"
MAX_BODY = 1 << 20

# How far a status is. A lower one after a higher one is late news; the same one again is a repeat.
_ORDER = {"baking": 0, "processing": 1, "done": 2, "failed": 2, "error": 2, "validated": 3, "rejected": 4}


class SignatureError(InputError):
    """The message is not signed, or by none of the keys."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The signature of a webhook does not fit.",
            code="badSignature",
            detail=detail,
            next_step="Check that the receiver has the key of the virtual world that sends, and that no proxy changes the body.",
        )


class Event(Model):
    """One message. `user` is the game's own id; `status` may be a word nobody knows; further keys stay on the value.

    While `processing`, `progression` is percent, `ml_remaining` and `ml_elapsed` are seconds.
    """

    uuid: ProcessId
    status: str
    user: str | int | None = None
    emote: EmoteId | None = None
    name: str | None = None
    progression: float | None = None
    ml_remaining: float | None = None
    ml_elapsed: float | None = None


def sign(raw_body: bytes, key: str) -> str:
    return hmac.new(key.encode(), raw_body, hashlib.sha256).hexdigest()


def verify(raw_body: bytes, headers: Mapping[str, str], keys: Iterable[str]) -> None:
    """Check a message before anything of it is read. Takes as long for a wrong signature as for a right one.

    Args:
        raw_body: the bytes as they came.
        headers: of the request; letter case does not matter.
        keys: every key that may have signed: which of several keys the cloud takes is not documented.

    Raises:
        SignatureError.
    """
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "").strip()
    usable = [key for key in keys if key]
    if not usable:
        raise SignatureError("the receiver has no key")
    fits = False
    for key in usable:  # no early end: the time must not tell which key it was
        fits |= hmac.compare_digest(sign(raw_body, key).encode(), given.encode("utf-8", "replace"))
    if not fits:
        raise SignatureError("no key fits" if given else f"there is no {SIGNATURE} header")


def parse(raw_body: bytes) -> Event:
    """The typed event of a verified body. Raises InputError."""
    try:
        return Event.model_validate(read_json(raw_body))
    except (ValidationError, ValueError) as error:
        raise InputError(
            "A webhook has another shape than the API promises.",
            code="badEvent",
            detail=str(error).splitlines()[0][:200],
            next_step="Update Kinetix Bridge; the message was left alone.",
        ) from error


@dataclass(frozen=True)
class Outcome:
    """Result of a message: the answer to its sender, and the reason if `acted` is False."""

    status: int
    body: dict[str, Any]
    acted: bool
    reason: str = ""


class Receiver:
    """Receiver of messages for any web server: drops forgeries, repeats and backward steps, asks the API, then calls `act`.

    Args:
        keys: see `verify`.
        client: to read the process anew.
        act: called with the event and the process as it is now, once per step; may raise, then a repeat is let through again.
        remembered: processes whose steps are known, the latest.
    """

    def __init__(
        self, keys: Iterable[str], client: Client, act: Callable[[Event, Process], None], *, remembered: int = 10_000
    ) -> None:
        self._keys = list(keys)
        self._client = client
        self._act = act
        self._remembered = remembered
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, dict[str, float]] = OrderedDict()

    def handle(self, raw_body: bytes, headers: Mapping[str, str]) -> Outcome:
        """One message; safe from several threads. Never raises for what a sender can do."""
        try:
            verify(raw_body, headers, self._keys)
        except SignatureError as error:
            return Outcome(403, {"error": "Invalid hmac signature"}, False, error.detail)
        try:
            event = parse(raw_body)
        except InputError as error:
            return Outcome(400, {"error": error.title}, False, error.detail)
        before = self._advance(event)
        if isinstance(before, str):
            return Outcome(200, {}, False, before)
        try:
            self._act(event, self._client.process.get(event.uuid))
        except BaseException as error:
            self._restore(event, before)
            if isinstance(error, KinetixError):
                return Outcome(503, {"error": error.title}, False, str(error))
            raise
        return Outcome(200, {}, True)

    def _advance(self, event: Event) -> dict[str, float] | str:
        """Notes a step. Gives what was known before, or why the message is to be dropped."""
        with self._lock:
            known = self._seen.get(event.uuid, {})
            mark = event.progression or 0.0
            if event.status in known and not (event.status == "processing" and mark > known["processing"]):
                return "a repeat"
            rank = _ORDER.get(event.status)
            if rank is not None and any(_ORDER.get(status, -1) > rank for status in known):
                return "a step back"
            self._seen[event.uuid] = {**known, event.status: mark}
            self._seen.move_to_end(event.uuid)
            while len(self._seen) > self._remembered:
                self._seen.popitem(last=False)
            return known

    def _restore(self, event: Event, before: dict[str, float]) -> None:
        with self._lock:
            now = self._seen.get(event.uuid)
            if now is not None:
                now.pop(event.status, None)
                if event.status in before:
                    now[event.status] = before[event.status]
