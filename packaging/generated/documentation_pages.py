"""Pages of the documentation site: documents, pages generated from code, and the navigation."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import command_reference
import error_reference
import hub_reference

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
START = "index.md"

_FENCE = re.compile(r"(^```.*?^```[^\n]*$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?P<text>!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<to>[^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """A page in Markdown, with links as on the site."""

    path: str
    text: str

    @property
    def title(self) -> str:
        return next(line.removeprefix("# ") for line in self.text.splitlines() if line.startswith("# "))


@dataclass(frozen=True)
class Section:
    """A section of the navigation."""

    title: str
    pages: tuple[Page, ...]


def pages() -> list[Page]:
    """Return every page of the site."""
    made = [
        Page(f"commands/{title.lower().replace(' ', '-')}.md", text)
        for title, text in command_reference.pages().items()
    ]
    made.append(Page("errors.md", error_reference.document()))
    made.append(Page("hub-reference.md", hub_reference.document()))
    made.append(Page("api-coverage.md", _coverage()))
    return [*_documents(), *made]


def sections(found: list[Page]) -> list[Section]:
    """Return the navigation of docs/navigation.toml, each page once.

    A page of docs/ that no section names goes to the section with `others = true`, another one to a section of its folder's name.

    Raises:
        SystemExit: the file names a page that does not exist.
    """
    order = tomllib.loads((DOCS / "navigation.toml").read_text(encoding="utf-8"))["section"]
    left = {page.path: page for page in sorted(found, key=lambda page: page.path) if page.path != START}
    taken: dict[str, list[Page]] = {}
    for section in order:
        here = taken.setdefault(section["title"], [])
        for pattern in section["pages"]:
            names = [path for path in left if fnmatch.fnmatchcase(path, pattern)]
            if not names and "*" not in pattern:
                raise SystemExit(f"docs/navigation.toml: there is no page {pattern}")
            here += [left.pop(name) for name in names]
    others = next(section["title"] for section in order if section.get("others"))
    for path, page in left.items():
        folder = PurePosixPath(path).parts[0] if "/" in path else ""
        taken.setdefault(folder.replace("-", " ").capitalize() or others, []).append(page)
    return [Section(title, tuple(here)) for title, here in taken.items()]


def _coverage() -> str:
    """Return the page of the conformance rows, which a separate process imports from the tests."""
    command = [sys.executable, "-m", "tests.conformance.coverage"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout


# ---- the repository's documents


def _documents() -> Iterator[Page]:
    places = {f"docs/{file.relative_to(DOCS).as_posix()}": file.relative_to(DOCS).as_posix() for file in _files(DOCS)}
    about = [file.name for file in ROOT.glob("*.md") if file.name != "README.md"]
    places |= {name: f"project/{name.lower()}" for name in about}
    known = {**places, "README.md": START}
    for source, place in places.items():
        if place.endswith(".md"):
            text = (ROOT / source).read_text(encoding="utf-8")
            yield Page(place, _with_links(text, PurePosixPath(source), PurePosixPath(place), known))


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _with_links(text: str, source: PurePosixPath, place: PurePosixPath, places: Mapping[str, str]) -> str:
    """Return the text with links as on the site; a link to a file that is not on it becomes its text."""

    def replaced(found: re.Match[str]) -> str:
        to, _, anchor = found["to"].partition("#")
        if not to or re.match(r"[a-z]+:", to):
            return found[0]
        target = places.get(os.path.normpath(source.parent / to).replace(os.sep, "/"))
        if target is None:
            return found["text"].removeprefix("!")[1:-1]
        relative = os.path.relpath(target, place.parent).replace(os.sep, "/")
        return f"{found['text']}({relative}{'#' + anchor if anchor else ''})"

    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _LINK.sub(replaced, part) for part in parts)
