"""Commands and links in the documents exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kinetix_hub.cli.main import root
from tests.support import tools

pytestmark = pytest.mark.quick

DOCUMENTS = sorted([*tools.ROOT.glob("*.md"), *(tools.ROOT / "docs").rglob("*.md")])
_FENCED = re.compile(r"```[a-z]*\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


def typed(document: Path) -> Iterator[str]:
    """Yield lines of code blocks and code in the text."""
    text = document.read_text(encoding="utf-8")
    for block in _FENCED.findall(text):
        yield from block.splitlines()
    yield from _INLINE.findall(_FENCED.sub("", text))


def wrong(line: str) -> str | None:
    """Return the fault of a `kinetix …` line, or None."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = root
    context = click.Context(root, info_name="kinetix")
    options = {"-h", "--help", "--version"}
    for place, word in enumerate(words):
        if isinstance(command, click.Group) and not word.startswith("-"):
            if "|" in word or word == "…" or word.isupper():
                return None
            found = command.get_command(context, word)
            if found is None:
                return f"there is no command {' '.join(words[: place + 1])}"
            command = found
            options = {"-h", "--help"} | {
                name for given in found.params for name in (*given.opts, *given.secondary_opts)
            }
        elif word.startswith("-") and not re.match(r"-\d", word) and word.partition("=")[0] not in options:
            return f"it has no option {word}"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(tools.ROOT).as_posix())
def test_every_command_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (tools.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    problems = []
    for line in typed(document):
        if re.match(r"kinetix [a-z]", line) and (problem := wrong(line)):
            problems.append(f"{line}: {problem}")
        if (made := re.match(r"make ([a-z-]+)", line)) and made[1] not in targets:
            problems.append(f"{line}: there is no such target")
    assert not problems, "\n".join(problems)


def test_every_link_leads_to_a_file() -> None:
    """Also links to code, which the site leaves out; it has the headings checked."""
    missing = [
        (document.name, link)
        for document in DOCUMENTS
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in link and not (document.parent / link).exists()
    ]
    assert missing == []
