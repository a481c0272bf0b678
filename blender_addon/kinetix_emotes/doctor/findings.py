# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the hub's doctor as findings: problem, remedy and button."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from kinetix_core.protocol.hub.enumerations import CheckState, Remedy
from kinetix_core.protocol.hub.json_types import DoctorReport, ErrorInfo

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
    """Everything in the report that is not well, what is wrong before what is only to be known."""
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
    """None for what a newer hub says besides."""
    return words(value) if value is not None and value in list(words) else None
