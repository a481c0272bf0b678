# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the hub what is wrong and keep what it found. Nothing waits: the answer comes in a slice of the timer.

It lives in this process only, so nothing of it is in a file or in the undo history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, cast

from kinetix_core.protocol.hub.enumerations import CheckState, Remedy
from kinetix_core.protocol.hub.json_types import DoctorReport, ErrorInfo

from ..hub import heartbeat
from ..hub.link import Answer, Done
from ..hub.requests import goes_online

Word = TypeVar("Word", bound=StrEnum)

# Name of a check → what it looks at. Its text may name files and numbers, this can always be translated.
_HEADINGS = {
    "service": "Service that creates the emotes",
    "key": "The key",
    "capture": "Capture on this machine",
    "database": "The list of jobs",
    "local state": "Files of Kinetix Local",
    "storage": "Storage of Kinetix Local",
    "set aside": "A damaged file was kept",
    "disk": "Free space",
    "library": "The emote library",
}
_OTHER_HEADING = "Kinetix"
_EMOTES_SHOWN = 3  # one repair is for all of them


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `emote` is the name of the one that it is about, else `heading` says where it was found.

    `command` does at a terminal what `next_step` says, where there is one; both texts are the hub's, in English until they are drawn.
    """

    state: CheckState
    heading: str
    text: str
    next_step: str = ""
    remedy: Remedy | None = None
    command: str = ""
    emote: str = ""


def findings_in(report: DoctorReport) -> tuple[Finding, ...]:
    """Return everything in the report that is not well, what is wrong before what is only to be known."""
    checks = [found for found in _checks(report) if found.state is not CheckState.OK]
    checks.sort(key=lambda found: found.state is not CheckState.ERROR)
    return (*checks, *_emotes(report))


def unanswered(error: ErrorInfo) -> Finding:
    """Return the finding for a hub that does not start or answer."""
    text = " ".join(part for part in (error.get("title", ""), error.get("detail", "")) if part)
    return Finding(CheckState.ERROR, _OTHER_HEADING, text, error.get("nextStep", ""), Remedy.RESTART)


def as_text(findings: Iterable[Finding]) -> Iterator[str]:
    """Lines for a report that is sent to somebody."""
    for found in findings:
        yield f"{found.state}: {found.emote or found.heading}: {found.text}"
        if found.next_step:
            yield f"  {found.next_step}"
        if found.command:
            yield f"  {found.command}"


def _checks(report: DoctorReport) -> Iterator[Finding]:
    for row in report.get("checks") or []:
        name, text = row.get("name", ""), row.get("text", "")
        state = _word(CheckState, row.get("state")) or CheckState.WARNING
        connection = report.get("connection")
        if name == "service" and state is not CheckState.OK and connection and connection.get("message"):
            text = connection["message"]  # without the profile's name before it: a sentence that has a translation
        yield Finding(
            state,
            _HEADINGS.get(name, _OTHER_HEADING),
            text,
            row.get("nextStep", ""),
            _word(Remedy, row.get("remedy")),
            row.get("command", ""),
        )


def _emotes(report: DoctorReport) -> Iterator[Finding]:
    problems = report.get("problems") or []
    for one in problems[:_EMOTES_SHOWN]:
        yield Finding(
            CheckState.WARNING,
            _HEADINGS["library"],
            one.get("title", ""),
            one.get("nextStep", ""),
            emote=one.get("name", ""),
        )


def _word(words: type[Word], value: str | None) -> Word | None:
    """Return None for what a newer hub says besides."""
    return words(value) if value is not None and value in list(words) else None


# Every file of the library is read, and a service far away is tried.
PATIENT_S = 600.0
_OFFLINE = Finding(
    CheckState.ERROR,
    "Service that creates the emotes",
    "Blender's Online Access is off.",
    "Allow Online Access in Preferences > System, then check again.",
)


class Examination:
    """Results of the last check. `findings` is None until the hub answers, and empty without problems."""

    def __init__(self) -> None:
        self.shown = False
        self.findings: tuple[Finding, ...] | None = None
        self._pending: Done | None = None
        self._standing: tuple[str, ...] = ()

    @property
    def looking(self) -> bool:
        return self._pending is not None

    def look(self) -> None:
        """Ask, and start the hub where there is none. The answer to a former question counts no more."""

        def received(answer: Answer) -> None:
            if self._pending is received:
                self._take(answer)

        self.shown, self._pending = True, None
        if goes_online():  # the hub would try the service
            self._found((_OFFLINE,))
            return
        self._pending = received
        if heartbeat.LINK.phase in ("off", "failed"):
            heartbeat.connect()
        heartbeat.LINK.request("GET", "/v1/doctor", None, received, limit_s=PATIENT_S)
        heartbeat.LINK.state.changed()

    def close(self) -> None:
        """Put the findings away; a pending answer is dropped."""
        self.shown, self.findings, self._pending = False, None, None
        heartbeat.LINK.state.changed()

    def tick(self) -> None:
        """Look again when the connection or the hub is another than when it looked: a cure shows by itself."""
        if not self.shown:
            return
        if heartbeat.LINK.phase == "off":  # a person stopped the hub
            self.close()
        elif self._pending is not None:
            if not heartbeat.LINK.carries(self._pending):  # it went with the link that a restart closed
                self.look()
        elif self._standing != _standing() and (self._standing or heartbeat.LINK.phase == "live"):
            self.look()

    def _take(self, answer: Answer) -> None:
        if answer.error is not None:
            self._found((unanswered(answer.error),))
            if answer.status == 0:  # it holds only until a hub answers
                self._standing = ()
        elif isinstance(answer.data, dict):
            self._found(findings_in(cast("DoctorReport", answer.data)))
        else:
            self._found(())

    def _found(self, findings: tuple[Finding, ...]) -> None:
        self.findings, self._pending, self._standing = findings, None, _standing()
        heartbeat.LINK.state.changed()


def _standing() -> tuple[str, ...]:
    """Return which hub it is and how it stands with the service, as far as another answer is to be expected when it changes."""
    state = heartbeat.LINK.state
    connection = state.connection
    known = (connection["profile"], connection["state"], connection.get("code", "")) if connection else ()
    return (state.start_id, *known, "offline" if goes_online() else "")


EXAMINATION = Examination()
