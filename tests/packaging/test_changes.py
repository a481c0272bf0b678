"""The files of packaging/changes become a version's section of the changelog."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support import tools

CHANGES = tools.ROOT / "packaging" / "changes"
SETTINGS = tomllib.loads((tools.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]


def test_every_file_has_a_type_that_is_shown() -> None:
    types = {each["directory"] for each in SETTINGS["type"]}
    files = [file.name for file in CHANGES.iterdir() if file.name not in (*SETTINGS["ignore"], ".gitignore")]
    assert [name for name in files if not name.endswith(tuple(f".{each}.md" for each in types))] == []


def test_a_release_makes_a_section_above_the_former_one(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(tools.ROOT / name, tmp_path)
    place = tmp_path / "packaging" / "changes"
    place.mkdir(parents=True)
    (place / "+wave.new.md").write_text("An emote can wave back.\n", encoding="utf-8")
    (place / "+arm.mended.md").write_text("An arm no longer goes through the head.\n", encoding="utf-8")
    command = [sys.executable, "-m", "towncrier", "build", "--version", "9.8.7", "--date", "2030-01-02", "--yes"]
    subprocess.run(command, cwd=tmp_path, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    made = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    before, _, after = made.partition("## 9.8.7 (2030-01-02)")
    assert "All notable changes" in before and after.index("wave back") < after.index("through the head")
    assert after.index("through the head") < after.index("## 0.1.0")
    assert list(place.iterdir()) == []
