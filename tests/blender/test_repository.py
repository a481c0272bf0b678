"""The static repository in a real Blender: install from it, then update to the next version through it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

import build_extension
import build_repository
from tests.blender import screen

pytestmark = pytest.mark.xdist_group("blender-gui")


def a_zip(folder: Path, version: str) -> Path:
    """The add-on without wheels, as a build of that version."""
    staged = build_extension.stage(folder / f"stage {version}")
    manifest = staged / "blender_manifest.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(re.sub(r'^version = ".*"', f'version = "{version}"', text, flags=re.M), encoding="utf-8")
    target = folder / f"kinetix_emotes-{version}.zip"
    build_extension.write_zip(staged, target)
    return target


def installed_version(profile: screen.Profile) -> str:
    """Return the version that a freshly started Blender has registered."""
    expression = "import bpy, bl_ext.kinetix.kinetix_emotes as a, tomllib, pathlib;"
    expression += "t = tomllib.loads(pathlib.Path(a.__file__).with_name('blender_manifest.toml').read_text());"
    expression += "print('FOUND', t['version'], hasattr(bpy.types, 'KINETIX_PT_create'))"
    said = profile.run("-b", "--python-expr", expression)
    found = re.search(r"FOUND (\S+) True", said)
    assert found, said
    return found[1]


def test_blender_installs_and_updates_from_the_repository(tmp_path: Path) -> None:
    profile = screen.Profile(tmp_path / "profile")
    profile.folder.mkdir()
    folder = tmp_path / "repository"
    index = build_repository.build([a_zip(tmp_path, "0.1.0")], folder)
    profile.run("--command", "extension", "repo-remove", "blender_org")  # else each line below asks that host too
    profile.run("--command", "extension", "repo-add", "--name", "Kinetix", "--url", index.as_uri(), "kinetix")
    # Blender asks a repository of the network only in this mode; the address is a folder of this machine.
    online = ("--online-mode", "--command", "extension")
    profile.run(*online, "install", "-s", "-e", "kinetix_emotes")
    assert installed_version(profile) == "0.1.0"
    build_repository.build([a_zip(tmp_path, "0.2.0")], folder)
    profile.run(*online, "update", "-s")
    assert installed_version(profile) == "0.2.0"


def test_the_repository_asks_no_other_host(tmp_path: Path) -> None:
    index = build_repository.build([a_zip(tmp_path, "0.1.0")], tmp_path / "repository")
    page = index.with_name("index.html").read_text(encoding="utf-8")
    assert "kinetix_emotes-0.1.0.zip" in page and "://" not in page
    (entry,) = json.loads(index.read_text(encoding="utf-8"))["data"]
    assert entry["archive_url"] == "./kinetix_emotes-0.1.0.zip" and entry["archive_hash"].startswith("sha256:")


def test_two_versions_are_refused(tmp_path: Path) -> None:
    """Blender would go on offering the older one."""
    both = [a_zip(tmp_path, version) for version in ("0.1.0", "0.2.0")]
    with pytest.raises(SystemExit) as refused:
        build_repository.build(both, tmp_path / "repository")
    assert "duplicate" in str(refused.value) and os.path.lexists(both[0])
