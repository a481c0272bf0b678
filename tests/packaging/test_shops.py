"""Blender's platform and Godot's Asset Store: uploads and the contents of the zip."""

from __future__ import annotations

import email
import email.policy
import re
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support import tools
from tests.support.raw_server import Exchange, RawServer

sys.path.insert(0, str(tools.ROOT / "packaging"))

import build_godot_addon
import upload_extension

TOKEN = "a-token-of-the-platform"


def extension(folder: Path) -> Path:
    path = folder / "kinetix_emotes-complete-1.2.3-linux-x64-3.13.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("blender_manifest.toml", 'id = "kinetix_emotes"\nversion = "1.2.3"\n')
    return path


def test_a_zip_comes_to_the_platform_as_it_is(tmp_path: Path) -> None:
    path, seen = extension(tmp_path), []

    def take(exchange: Exchange) -> None:
        kind = f"Content-Type: {exchange.headers['content-type']}\r\n\r\n".encode()
        form = email.message_from_bytes(kind + exchange.read_body(), policy=email.policy.HTTP)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        seen.append((exchange.path, exchange.headers["authorization"], parts))
        exchange.answer(201)

    with RawServer(take) as platform:
        upload_extension.upload([path], TOKEN, platform.url)
    ((address, right, parts),) = seen
    assert (address, right) == ("/api/v1/extensions/kinetix_emotes/versions/upload/", f"Bearer {TOKEN}")
    assert parts["version_file"].get_filename() == path.name
    assert parts["version_file"].get_payload(decode=True) == path.read_bytes()
    assert "1.2.3" in parts["release_notes"].get_content()


def test_what_the_platform_refuses_is_told_without_the_token(tmp_path: Path) -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.answer(400, body=f"version 1.2.3 is there, says {TOKEN}".encode())

    with RawServer(refuse) as platform, pytest.raises(SystemExit) as told:
        upload_extension.upload([extension(tmp_path)], TOKEN, platform.url)
    assert "answers 400. version 1.2.3 is there" in str(told.value) and TOKEN not in str(told.value)


@pytest.mark.quick
def test_godots_store_finds_in_the_add_on_what_it_asks_for() -> None:
    """A licence with year and holder, a README in its folder, an icon, and nothing that is another's to load."""
    shipped = {path.relative_to(build_godot_addon.ADDON).as_posix(): path for path in build_godot_addon.addon_files()}
    licence = shipped["LICENSE"].read_text(encoding="utf-8")
    assert re.search(r"Copyright \(c\) 20\d\d \S+", licence)
    assert licence == (tools.ROOT / "LICENSE").read_text(encoding="utf-8")
    assert shipped["README.md"].read_text(encoding="utf-8").startswith("# Kinetix Emotes")
    assert [name for name in shipped if name.startswith("icons/") and name.endswith(".svg")]
    assert (tools.ROOT / ".gitignore").is_file() and not (tools.ROOT / ".gitmodules").exists()
