"""Print the site's page about what is covered, from the rows: `python -m tests.conformance.coverage`."""

from __future__ import annotations

from collections import Counter

from kinetix_core.command_line.output import print_utf8

from .rows import ROWS
from .suite import SOURCES, Row

_MARKS = ("documented", "recorded", "ours")

_RECORDED = "".join(
    f"| recorded: {name} | {source.what}. From: {source.where}. {source.when} |\n" for name, source in SOURCES.items()
)
_HEAD = f"""# What of the API is covered

Generated from the rows of `tests/conformance/`.

Each row is one outcome of one route, asked over HTTP. Rows run against Kinetix Local in process and started, on SQLite and on
PostgreSQL, in the 1.4.45 mode and in `--strict 2024`. Each asserts what its source says. The rows marked ☁ need only a key, so they
also run against the cloud:

    KINETIX_CONFORMANCE_URL=https://sdk-api.kinetix.tech KINETIX_API_KEY=… .venv/bin/pytest tests/conformance -k cloud

| mark | where the expectation comes from |
| --- | --- |
| documented | the API's own documentation, the published code or a published client, read and not run |
{_RECORDED}| ours | no source: our decision, mostly where the published server has a plain bug |

The numbers are the sections of [api-contract.md](api-contract.md).

No answer of the live cloud has been recorded: whoever has a key can run the ☁ rows.

"""


def text() -> str:
    """The whole page."""
    marks: Counter[str] = Counter(row.mark for row in ROWS)
    lines = [f"{len(ROWS)} rows: " + ", ".join(f"{marks[mark]} {mark}" for mark in _MARKS) + ".\n"]
    for route in _routes():
        rows = [row for row in ROWS if row.route == route]
        lines += [
            "",
            f"## {'Every route' if route == 'any' else f'`{route}`'}",
            "",
            "| outcome | mark | contract | mode |",
            "| --- | --- | --- | --- |",
        ]
        lines += [
            _line(row)
            for row in sorted(rows, key=lambda row: (row.outcome[:1].isalpha(), row.outcome[:3], rows.index(row)))
        ]
    return _HEAD + "\n".join(lines) + "\n"


def _routes() -> list[str]:
    """In the order of the contract: by path, then method; what holds for all comes last."""
    return sorted({row.route for row in ROWS}, key=lambda route: (route == "any", *reversed(route.split(" ", 1))))


def _line(row: Row) -> str:
    outcome = row.outcome.replace("|", "\\|")
    mode = "both" if len(row.modes) > 1 else row.modes[0]
    contract = ", ".join(f"[{number}](api-contract.md#{number})" for number in row.section.split(", "))
    mark = f"recorded: {row.source}" if row.source else row.mark
    return f"| {outcome}{' ☁' if row.needs == {'key'} else ''} | {mark} | {contract} | {mode} |"


if __name__ == "__main__":
    print_utf8()
    print(text(), end="")
