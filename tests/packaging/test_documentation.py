"""The documentation site, built once: links, loaded files, navigation and generated pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest

import build_extension
import documentation
import documentation_pages
from kinetix_core.api.next_steps import BY_CODE
from kinetix_core.values.failure import FailureReason
from kinetix_hub.cli.main import root

# On one worker, as each would build the site for itself.
pytestmark = pytest.mark.xdist_group("documentation")

# Attributes by which a page loads something; `href` of these elements alone, that of `a` is a link.
_LOADS = {"src", "srcset", "poster", "data"}
_LOADS_BY_HREF = {"link", "image", "use"}
_NOT_LOADED = {"canonical", "prev", "next", "alternate"}


@dataclass
class Seen(HTMLParser):
    """Links, loaded files and anchors of a page."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.loads += [value for name, value in given.items() if name in _LOADS and value]
        if "href" in given and given.get("rel") not in _NOT_LOADED:
            (self.loads if tag in _LOADS_BY_HREF else self.links).append(given["href"])


@pytest.fixture(scope="module")
def pages() -> list[documentation_pages.Page]:
    return documentation_pages.pages()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all versions, with one former version in it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "0.0").mkdir()
    (folder / "0.0" / "index.html").write_text("<title>before</title>", encoding="utf-8")
    documentation.build(folder)
    return folder


@pytest.fixture(scope="module")
def seen(site: Path) -> dict[Path, Seen]:
    found = {}
    for file in site.rglob("*.html"):
        found[file] = Seen()
        found[file].feed(file.read_text(encoding="utf-8"))
    return found


def test_every_link_leads_somewhere(site: Path, seen: dict[Path, Seen]) -> None:
    lost = [
        (file.relative_to(site).as_posix(), to)
        for file, page in seen.items()
        for to in (*page.links, *page.loads)
        if not _leads_somewhere(file, to, seen)
    ]
    assert len(seen) > 50 and sum(len(page.links) for page in seen.values()) > 3000
    assert lost == []


def _leads_somewhere(file: Path, to: str, seen: dict[Path, Seen]) -> bool:
    parts = urlsplit(to)
    if parts.scheme:
        return parts.scheme in {"http", "https", "data", "mailto"}
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if target.is_dir():
        target /= "index.html"
    if target not in seen:
        return target.is_file()
    return not parts.fragment or unquote(parts.fragment) in seen[target].anchors


def test_no_page_loads_anything_from_another_host(site: Path, seen: dict[Path, Seen]) -> None:
    loads = [to for page in seen.values() for to in page.loads]
    assert len(loads) > 100 and [to for to in loads if urlsplit(to).netloc] == []
    styles = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert re.findall(r"""(?:url\(|@import)\s*['"]?(?:https?:)?//[^)]*""", styles) == []
    # What the theme's script would fetch from elsewhere it fetches for these alone.
    assert not [file for file in seen if re.search(r'class="?(?:mermaid|arithmatex)', file.read_text(encoding="utf-8"))]


def test_each_minor_version_has_its_folder(site: Path) -> None:
    minor = re.match(r"\d+\.\d+", build_extension.version())
    assert minor and f"url={minor[0]}/index.html" in (site / "index.html").read_text(encoding="utf-8")
    listed = json.loads((site / "versions.json").read_text(encoding="utf-8"))
    assert [each["version"] for each in listed] == [minor[0], "0.0"]
    assert "before" in (site / "0.0" / "index.html").read_text(encoding="utf-8")


def test_a_new_page_comes_into_the_navigation_by_itself(pages: list[documentation_pages.Page]) -> None:
    new = [documentation_pages.Page(path, "# New\n") for path in ("new.md", "how-to/new.md", "a-folder/new.md")]
    sections = documentation_pages.sections([*pages, *new])
    places = {page.path: section.title for section in sections for page in section.pages}
    assert [places[page.path] for page in new] == ["Guide", "Guide", "A folder"]


def test_every_command_is_in_the_reference(site: Path) -> None:
    text = "".join(re.sub(r"<[^>]+>", "", file.read_text(encoding="utf-8")) for file in site.glob("*/commands/*.html"))
    names = list(_names(root, click.Context(root, info_name="kinetix")))
    assert len(names) > 50 and [name for name in names if name not in text] == []


def _names(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield inner.command_path
        if isinstance(command, click.Group):
            yield from _names(command, inner)


# ---- errors


def test_errors_are_in_the_reference(site: Path) -> None:
    (page,) = site.glob("*/errors.html")
    text = page.read_text(encoding="utf-8")
    assert all(each.advice in text for each in FailureReason)
    assert all(f"<code>{code}</code>" in text for code in BY_CODE)
