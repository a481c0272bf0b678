"""References lead somewhere: to sections of the API contract (`docs/api-contract.md#2.5, #3.1`) and to files of the repository."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path

import pytest

from tests.conformance.rows import ROWS
from tests.support import tools

pytestmark = pytest.mark.quick

_ROOT = Path(__file__).resolve().parents[2]
_CONTRACT = _ROOT / "docs" / "api-contract.md"
_TEXTS = ("*.py", "*.ts", "*.gd", "*.md", "*.sh", "*.toml")
_REFERENCE = re.compile(r"api-contract\.md((?:(?:, )?#[\w.-]*\w)+)")


def _anchors() -> list[str]:
    return re.findall(r'<a id="([^"]+)"></a>', _CONTRACT.read_text(encoding="utf-8"))


def _tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        [tools.git(), "ls-files", *patterns], cwd=_ROOT, capture_output=True, encoding="utf-8", check=True
    )
    return listed.stdout.splitlines()


@functools.cache
def _texts() -> dict[str, str]:
    return {name: (_ROOT / name).read_text(encoding="utf-8") for name in _tracked(*_TEXTS) if (_ROOT / name).is_file()}


def test_anchors_are_unique_and_carry_the_number_of_their_heading() -> None:
    text, anchors = _CONTRACT.read_text(encoding="utf-8"), _anchors()
    assert len(anchors) == len(set(anchors)) > 80
    for anchor in anchors:
        assert re.search(rf'<a id="{re.escape(anchor)}"></a>(\n#+ |\*\*){re.escape(anchor)}[ *]', text), anchor


def test_every_reference_leads_to_an_anchor() -> None:
    anchors = set(_anchors())
    found = {
        (name, number)
        for name, text in _texts().items()
        for numbers in _REFERENCE.findall(text)
        for number in re.findall(r"#([\w.-]*\w)", numbers)
    }
    assert len({name for name, _ in found}) > 20
    assert {(name, number) for name, number in found if number not in anchors} == set()
    inside = set(re.findall(r"\]\(#([^)]+)\)", _CONTRACT.read_text(encoding="utf-8")))
    assert inside <= anchors


def test_every_row_names_sections_of_the_contract() -> None:
    anchors = set(_anchors())
    assert {row.id: row.section for row in ROWS if not set(row.section.split(", ")) <= anchors} == {}


def test_every_file_that_is_named_is_there() -> None:
    """Documents by a path from the root, and in Markdown also source files."""
    tracked = _tracked()
    lost = set()
    for name, text in _texts().items():
        named = {_ROOT / path for path in re.findall(r"(?<![\w/])docs/[\w/-]+\.md\b", text)}
        if name.endswith(".md"):
            written = re.findall(r"`([\w./-]+\.(?:py|gd|ts|sh))`", text)
            lost |= {(name, path) for path in written if not any(f"/{file}".endswith(f"/{path}") for file in tracked)}
        lost |= {(name, str(path)) for path in named if not path.exists()}
    assert lost == set()


def test_the_glossary_names_code_that_is_there() -> None:
    """Its last column: a module by its full name, or by its last part where that is enough to find it."""
    modules = {
        re.sub(r"^(shared|godot_bridge)/|(/__init__)?\.py$", "", name).replace("/", ".") for name in _tracked("*.py")
    }
    rows = (_ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    columns = [row.split("|")[3] for row in rows if row.count("|") == 4]
    named = [name for column in columns for name in re.findall(r"`([\w.]+)`", column)]
    assert len(named) > 50
    lost = [name for name in named if not any(module == name or module.endswith(f".{name}") for module in modules)]
    assert lost == []
