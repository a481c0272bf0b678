"""`make setup` leaves a `kinetix` where terminals, Blender and Godot find it, and takes nobody else's place."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kinetix_core.io import paths
from tests.support import tools
from tests.support.waiting import LIMIT_S

SCRIPT = tools.ROOT / "packaging" / "setup" / "link_command.sh"
PROGRAM = tools.ROOT / ".venv" / "bin" / "kinetix"

pytestmark = pytest.mark.posix_only(reason="`make setup` is for Linux and macOS")


def link(home: Path, path: str = "/usr/bin:/bin") -> str:
    environment = {"HOME": str(home), "PATH": path}
    return subprocess.check_output(["bash", str(SCRIPT)], env=environment, text=True, timeout=LIMIT_S)


def test_the_link_follows_a_moved_checkout_and_replaces_no_other_program(tmp_path: Path) -> None:
    found = tmp_path / ".local" / "bin" / "kinetix"
    assert "export PATH" in link(tmp_path) and found.readlink() == PROGRAM
    assert "export PATH" not in link(tmp_path, f"{found.parent}:/usr/bin:/bin")
    found.unlink()
    found.symlink_to(tmp_path / "moved away" / ".venv" / "bin" / "kinetix")
    link(tmp_path)
    assert found.readlink() == PROGRAM
    found.unlink()
    found.write_text("#!/bin/sh\n", encoding="utf-8")
    assert "left alone" in link(tmp_path) and found.read_text(encoding="utf-8") == "#!/bin/sh\n"


def test_a_program_without_the_shells_path_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blender started by a desktop."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KINETIX_COMMAND", raising=False)
    assert paths.command() is None
    folder = tmp_path / ".local" / "bin"
    folder.mkdir(parents=True)
    program = folder / "kinetix"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    assert paths.command() == str(program)
    monkeypatch.setenv("KINETIX_COMMAND", "/my/kinetix")
    assert paths.command() == "/my/kinetix"
