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
    "actions/attest-build-provenance": ("e8998f949152b193b063cb0ec769d69d929409be", "v2.4.0"),
    "actions/download-artifact": ("d3f86a106a0bac45b974a628896c90dbdf5c8093", "v4.3.0"),
    "actions/setup-python": ("42375524e23c412d93fb67b49958b491fce71c38", "v5.4.0"),
    "actions/upload-artifact": ("ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2"),
    "pypa/gh-action-pypi-publish": ("ed0c53931b1dc9bd32cbe73a98c7f6766f8a527e", "v1.13.0"),
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


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_what_was_read(workflow: Path) -> None:
    lines = [line.strip() for line in workflow.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    pinned = {f"uses: {action}@{commit}  # {tag}" for action, (commit, tag) in READ.items()}
    assert lines and [line for line in lines if line.removeprefix("- ") not in pinned] == []


def test_what_was_read_is_what_runs() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    assert set(re.findall(r"uses: ([^@\s]+)@", texts)) == READ.keys()
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit, _ in READ.values())


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
