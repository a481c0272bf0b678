"""A release: the same bytes again, what is inside each artefact, and licences that are allowed."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

import bill_of_materials
import build_extension
import build_godot_addon
import release
import wheels
from kinetix_core import __version__
from tests.support import tools

RULES = tomllib.loads(bill_of_materials.ALLOWED.read_text(encoding="utf-8"))


@pytest.mark.quick
def test_the_version_is_the_same_everywhere() -> None:
    """`kinetix_core.__version__` is the one; set_version.py writes the others."""
    projects = [tools.ROOT / "pyproject.toml", tools.ROOT / "shared" / "kinetix_bench" / "pyproject.toml"]
    told = [tomllib.loads(file.read_text(encoding="utf-8"))["project"]["version"] for file in projects]
    assert {*told, build_extension.version(), build_godot_addon.version()} == {__version__}
    changelog = (tools.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(__version__)}\b", changelog, re.MULTILINE)


@pytest.mark.quick
def test_an_address_is_written_in_one_place() -> None:
    """Into pyproject.toml, for the package index; the extension's manifest gets it from there, and has none while there is none."""
    manifest = (build_extension.SOURCE / "blender_manifest.toml").read_text(encoding="utf-8")
    assert "website" not in manifest
    assert build_extension.manifest_with_website(manifest, "[project]\n") == manifest
    named = '[project]\n[project.urls]\nHomepage = "https://example.org/kinetix"\n'
    written = tomllib.loads(build_extension.manifest_with_website(manifest, named))
    assert written == {**tomllib.loads(manifest), "website": "https://example.org/kinetix"}


@pytest.mark.quick
@pytest.mark.parametrize(
    ("expression", "fits"),
    [("MIT", True), ("MIT AND Zlib", True), ("Apache-2.0 OR AGPL-3.0", True), ("MIT AND AGPL-3.0", False), ("", False)],
)
def test_a_licence_is_allowed_or_not(expression: str, fits: bool) -> None:
    assert bill_of_materials.allowed(expression, RULES["allowed"]) is fits


def a_wheel(folder: Path, name: str, licence: str) -> Path:
    wheel = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        head = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1\n{licence}\n"
        archive.writestr(f"{name}-1.dist-info/METADATA", head)
    return wheel


@pytest.mark.quick
def test_a_licence_that_is_not_allowed_stops_the_release(tmp_path: Path) -> None:
    good = a_wheel(tmp_path, "good", "License: MIT License")
    bad = a_wheel(tmp_path, "bad", "License-Expression: SSPL-1.0")
    assert [one.licence for one in bill_of_materials.components([good])] == ["MIT"]
    with pytest.raises(SystemExit, match=r"bad 1: SSPL-1\.0"):
        bill_of_materials.components([good, bad])
    with pytest.raises(SystemExit, match="nothing is said"):
        bill_of_materials.components([a_wheel(tmp_path, "silent", "X: y")])


def test_all_that_the_complete_zip_carries_is_allowed_and_named() -> None:
    fetched = wheels.fetch(
        wheels.COMPLETE_LOCK, "linux-x64", ["3.13"], build_extension.DIST / "complete-wheels" / "linux-x64-3.13"
    )
    found = bill_of_materials.components(fetched)
    assert len(found) == len(fetched) > 40
    assert {one.name for one in found if "GPL" in one.licence} == {"av"}
    assert set(RULES["stated"]) <= {one.name for one in found}, "what is stated is still needed"


def test_what_is_built_twice_is_the_same(tmp_path: Path) -> None:
    """The parts that a release is made of; `release.py --twice` does it with all."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        wheel = wheels.project_wheel(folder)
        (folder / ".gitignore").unlink(missing_ok=True)
        for artefact in (wheel, wheels.project_sdist(folder), build_godot_addon.build(folder)):
            release._described(artefact, [])
        build_extension.build("linux-x64", wheels=False, dist=folder)
    assert release.differences(*folders) == []
    told = json.loads((folders[0] / f"{wheel.name}.cdx.json").read_text(encoding="utf-8"))
    assert told["bomFormat"] == "CycloneDX" and told["metadata"]["component"]["name"] == wheel.name
    (folders[1] / wheel.name).write_bytes(b"other")
    assert release.differences(*folders) == [wheel.name]
