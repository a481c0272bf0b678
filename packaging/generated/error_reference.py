"""Page of the reasons why a clip is refused and of the API's answers, each with its next step."""

from __future__ import annotations

from collections.abc import Iterable

from kinetix_core.api.next_steps import BY_CODE, BY_STATUS, COMMANDS, TITLES
from kinetix_core.values.failure import FailureReason


def document() -> str:
    """The page in Markdown."""
    lines = [
        "# Errors and what to do",
        "",
        "An error has a code for programs (`--json`, the hub's answers), one sentence that says what happened, and the next step.",
        "",
        "`kinetix doctor` looks for the causes by itself, and `kinetix doctor --fix` removes those that it can.",
        "",
        "## A clip that cannot become an emote",
        "",
        *_table("code", ((f"`{reason.value}`", reason.summary, reason.advice) for reason in FailureReason)),
        "## Answers of the API",
        "",
        *_table(
            "status",
            (
                (str(status), TITLES.get(status, ""), _cure(step, COMMANDS.get(step, "")))
                for status, step in BY_STATUS.items()
            ),
        ),
        "Some codes say more than their status:",
        "",
        "| code | what to do |",
        "| --- | --- |",
        *(f"| `{code}` | {_cell(_cure(step, COMMANDS.get(step, '')))} |" for code, step in sorted(BY_CODE.items())),
        "",
    ]
    return "\n".join(lines)


def _cure(step: str, command: str) -> str:
    return f"{step} At a terminal: `{command}`." if command else step


def _table(first: str, rows: Iterable[tuple[str, str, str]]) -> list[str]:
    head = [f"| {first} | what it says | what to do |", "| --- | --- | --- |"]
    return [*head, *(f"| {code} | {_cell(title)} | {_cell(step)} |" for code, title, step in rows), ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
