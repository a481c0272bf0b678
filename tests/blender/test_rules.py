"""The rules of the extension platform and our own, on the sources and on the built zip."""

from __future__ import annotations

import ast
import json
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

import build_extension
import wheels
from kinetix_core.translations import messages
from tests.blender import screen, shown_texts
from tests.support import tools

SOURCE = tools.ROOT / "blender_addon" / "kinetix_emotes"
FILES = sorted(SOURCE.rglob("*.py"))
MANIFEST = tomllib.loads((SOURCE / "blender_manifest.toml").read_text(encoding="utf-8"))
LARGEST_ZIP = 200 * 1024 * 1024  # extensions.blender.org's limit
TAGS = {"Animation", "Import-Export", "Pipeline", "Rigging"}  # of the platform's fixed list: the ones that fit


def modules(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.split(".")[0])
    return found


def _with_messages(table: Path) -> dict[str, str]:
    """The add-on's own texts and what the hub says, as the panels have them."""
    return {**messages()[table.stem], **json.loads(table.read_text(encoding="utf-8"))}


@pytest.mark.quick
@pytest.mark.parametrize("table", sorted((SOURCE / "locale").glob("*.json")), ids=lambda file: file.stem)
def test_a_translation_is_whole(table: Path) -> None:
    """Labels, tooltips, choices, messages and their next steps."""
    translated = _with_messages(table)
    proper_names = {"Kinetix", "Kinetix Cloud", "Kinetix Staging", "Kinetix emote"}
    assert shown_texts.texts(FILES) - proper_names <= set(translated)
    assert all(text.strip() for text in translated.values())


@pytest.mark.quick
@pytest.mark.parametrize("table", sorted((SOURCE / "locale").glob("*.json")), ids=lambda file: file.stem)
def test_what_the_doctor_says_to_do_is_translated(table: Path) -> None:
    """The hub and Kinetix Local send these sentences."""
    said = shown_texts.texts_of_checks(tools.ROOT / "shared" / "kinetix_hub" / "doctor.py")
    said |= shown_texts.texts([tools.ROOT / "shared" / "kinetix_core" / "serving" / "capture_installation.py"])
    assert len(said) > 10 and said <= set(_with_messages(table))


# Where a terminal is the only one to be told: the way to the hub, its beginning, and the commands.
AT_A_TERMINAL = {"cli", "link.py", "database.py", "runtime_folder.py", "commands.py", "headless.py"}
SAID_BY_THE_HUB = [
    file
    for place in ("shared/kinetix_hub", "godot_bridge/kinetix_godot", "shared/kinetix_core/api")
    for file in sorted((tools.ROOT / place).rglob("*.py"))
    if not AT_A_TERMINAL & {*file.relative_to(tools.ROOT / place).parts}
]


@pytest.mark.quick
@pytest.mark.parametrize("table", sorted((SOURCE / "locale").glob("*.json")), ids=lambda file: file.stem)
def test_a_message_with_a_name_or_a_number_in_it_is_translated(table: Path) -> None:
    """Messages travel as a sentence and its values, so that the panels can translate them."""
    found = [shown_texts.sentences_with_values(file) for file in (*FILES, *SAID_BY_THE_HUB)]
    assert [line for _, lost in found for line in lost] == []
    said, translated = {text for kept, _ in found for text in kept}, _with_messages(table)
    assert len(said) > 40 and said <= set(translated)
    names = re.compile(r"{\w+}")
    assert all(set(names.findall(translated[text])) <= set(names.findall(text)) for text in said)


@pytest.mark.quick
def test_manifest_keeps_the_platforms_rules() -> None:
    assert MANIFEST["license"] == ["SPDX:GPL-3.0-or-later"] and MANIFEST["blender_version_min"] == "4.2.0"
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"]) and set(MANIFEST["tags"]) <= TAGS
    assert set(MANIFEST["permissions"]) == {"network", "files", "clipboard"}
    for reason in (*MANIFEST["permissions"].values(), MANIFEST["tagline"]):
        assert len(reason) <= 64 and reason[-1] not in ".!,;:"
    assert (
        (tools.ROOT / "blender_addon" / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("GNU GENERAL PUBLIC")
    )


@pytest.mark.quick
def test_staged_modules_import_only_relatively(tmp_path: Path) -> None:
    staged = build_extension.stage(tmp_path / "kinetix_emotes")
    for file in staged.rglob("*.py"):
        found = modules(ast.parse(file.read_text(encoding="utf-8")))
        assert not found & {"kinetix_core", "kinetix_emotes", "kinetix_hub"}, file
    assert (staged / "vendor" / "kinetix_core" / "mannequin" / "body_1k.npz").is_file()
    assert (staged / "LICENSE").is_file() and not list(staged.rglob("__pycache__"))


@pytest.mark.quick
def test_the_wheel_lock_holds_on_every_platform() -> None:
    for platform in wheels.PLATFORMS:
        for python in wheels.PYTHONS:
            lines = wheels.requirements_for(platform, python)
            names = set(re.findall(r"^([\w.-]+)==", lines, re.MULTILINE))
            assert {"pydantic-core", "watchdog", "fastapi", "uvicorn", "keyring"} <= names
            assert ("secretstorage" in names) == platform.startswith("linux")
            assert ("pywin32-ctypes" in names) == platform.startswith("windows")
            assert lines.count("==") <= lines.count("--hash=sha256:")
            assert "numpy" not in names, "Blender brings numpy"


def assert_valid(archive: Path, scratch: Path) -> None:
    """Blender's own check: `extension validate`."""
    said = screen.Profile(scratch).run("--command", "extension", "validate", str(archive))
    assert "error" not in said.lower()


@pytest.mark.nightly
@pytest.mark.parametrize("platform", [name for name in wheels.PLATFORMS if name != "linux-x64"])
def test_the_zips_of_the_other_systems_are_valid(platform: str, tmp_path: Path) -> None:
    archive = build_extension.build(platform)
    assert archive.stat().st_size < LARGEST_ZIP
    assert_valid(archive, tmp_path)


@pytest.mark.xdist_group("blender-gui")
def test_the_built_zip_is_valid_and_whole(archive: Path, tmp_path: Path) -> None:
    assert archive.stat().st_size < LARGEST_ZIP
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        manifest = tomllib.loads(opened.read("blender_manifest.toml").decode("utf-8"))
        assert not [name for name in names if name.startswith("/") or ".." in name or "__pycache__" in name]
        assert {name.removeprefix("./") for name in manifest["wheels"]} == {n for n in names if n.endswith(".whl")}
        for part in ("pydantic_core", "websockets"):
            for tag in ("cp311-cp311", "cp313-cp313"):
                assert any(part in name and tag in name for name in names), (part, tag)
        secrets = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
        for name in names:
            if name.endswith((".py", ".toml", ".json")):
                data = opened.read(name)
                assert str(tools.ROOT).encode() not in data, name
                assert name.startswith("vendor/") or not secrets.search(data), name
        staged = build_extension.stage(tmp_path / "staged")
        own = [name for name in names if not name.startswith("wheels/") and name != "blender_manifest.toml"]
        assert all((staged / name).read_bytes() == opened.read(name) for name in own)
    assert_valid(archive, tmp_path)
