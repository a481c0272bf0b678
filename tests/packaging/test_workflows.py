"""`.github/workflows`: they are whole, ask for no more rights than they need, and run exactly the actions that were read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import tools

FOLDER = tools.ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
# What a run of these workflows may execute besides this repository, by commit: action → (commit, its tag).
READ = {
    "actions/checkout": ("08c6903cd8c0fde910a37f88322edcfb5dd907a8", "v5.0.0"),
    "actions/setup-python": ("42375524e23c412d93fb67b49958b491fce71c38", "v5.4.0"),
}


def run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=tools.ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_form_that_its_host_takes(workflow: Path) -> None:
    """By the schema that the checker brings: nothing is fetched."""
    assert not run(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)
    )


def test_no_workflow_has_a_known_weakness() -> None:
    zizmor = Path(sys.executable).with_name("zizmor.exe" if sys.platform == "win32" else "zizmor")
    assert not run(str(zizmor), "--offline", "--no-progress", "--persona", "pedantic", str(FOLDER))


def test_every_action_is_pinned_to_what_was_read() -> None:
    used = {
        found
        for workflow in WORKFLOWS
        for found in re.findall(r"uses: ([^@\s]+)@(\S+)  # (\S+)", workflow.read_text(encoding="utf-8"))
    }
    assert used == {(action, *pin) for action, pin in READ.items()}
    assert sum(text.count("uses:") for text in (path.read_text(encoding="utf-8") for path in WORKFLOWS)) >= len(used)


def test_every_supported_version_is_named() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    for name, versions in {
        "python": ("3.11", "3.12", "3.13", "3.14"),
        "blender": tools.BPY_VERSIONS,
        "godot": ("4.4", "4.5", "4.6"),
    }.items():
        quoted = ", ".join(f'"{version}"' for version in versions)
        assert f"{name}: [{quoted}]" in text
    assert text.count("os: [ubuntu-24.04, windows-2025, macos-15]") == 3
