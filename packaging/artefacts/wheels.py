"""Wheels for every artefact: the two of this project, and those of the lock files, for any system, checked by their hashes."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
HUB_LOCK = ROOT / "packaging" / "artefacts" / "requirements-wheels.txt"
COMPLETE_LOCK = ROOT / "packaging" / "artefacts" / "requirements-complete.txt"
MODELS_PROJECT = ROOT / "packaging" / "models"

PYTHONS = ("3.11", "3.13")
PLATFORMS = {
    "linux-x64": (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)), "manylinux2014_x86_64"),
    "windows-x64": ("win_amd64",),
    "macos-arm64": ("macosx_12_0_arm64", "macosx_14_0_arm64"),
    "macos-x64": ("macosx_10_13_x86_64", "macosx_10_12_x86_64", "macosx_10_9_x86_64"),
}
CAPTURES_ON = ("linux-x64", "windows-x64", "macos-arm64")  # LiteRT has no wheel for Macs with an Intel processor


def project_wheel(folder: Path) -> Path:
    """The product's own wheel: the hub, Kinetix Local and the Godot sync."""
    return build(ROOT, folder, "kinetix_bridge-*.whl")


def project_sdist(folder: Path) -> Path:
    """The product's source distribution, with the built pages inside."""
    return build(ROOT, folder, "kinetix_bridge-*.tar.gz", "--sdist")


def models_wheel(folder: Path) -> Path:
    """The capture models as a wheel; they must be in the user's cache (`make setup` puts them there)."""
    with tempfile.TemporaryDirectory() as scratch:
        return build(models_project(Path(scratch, "models")), folder, "kinetix_bridge_models-*.whl")


def models_project(folder: Path) -> Path:
    """Write the project of the models into `folder`, which must not be there yet, with the models in its package."""
    from kinetix_capture.networks import weights

    weights.fetch()
    shutil.copytree(MODELS_PROJECT, folder)
    for model in weights.MODELS:
        shutil.copyfile(weights.find(model), folder / "kinetix_bridge_models" / model.name)
    return folder


def build(project: Path, folder: Path, pattern: str, kind: str = "--wheel") -> Path:
    """Build a wheel or, with `--sdist`, a source distribution of `project` into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "uv", "build", kind, "--quiet", "--out-dir", str(folder), str(project)]
    subprocess.run(command, check=True)
    return next(folder.glob(pattern))


def requirements_for(platform: str, python: str, lock: Path = HUB_LOCK) -> str:
    """The lock's lines, hashes included, that hold on this platform and Python."""
    system, _, machine = platform.partition("-")
    environment = {
        "sys_platform": {"linux": "linux", "windows": "win32", "macos": "darwin"}[system],
        "platform_system": {"linux": "Linux", "windows": "Windows", "macos": "Darwin"}[system],
        "platform_machine": {"x64": "AMD64" if system == "windows" else "x86_64"}.get(machine, machine),
        "os_name": "nt" if system == "windows" else "posix",
        "python_version": python,
        "python_full_version": f"{python}.9",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    kept = []
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip()):
        head, _, hashes = entry.partition(" --hash")
        requirement = Requirement(head.replace("\\\n", "").strip().rstrip("\\").strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            kept.append(f"{requirement.name}{requirement.specifier} --hash{hashes}")
    return "\n".join(kept) + "\n"


def fetch(lock: Path, platform: str, pythons: Sequence[str], folder: Path) -> list[Path]:
    """Every wheel of the lock for this platform and these Pythons, checked against the lock's hashes.

    What is in `folder` from a former build with the same lock is taken as it is.
    """
    stamp = folder / "lock.sha256"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return sorted(folder.glob("*.whl"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fetched = Path(scratch, "wheels")
        fetched.mkdir()
        for python in pythons:
            wanted = fetched / f"requirements-{python}.txt"
            wanted.write_text(requirements_for(platform, python, lock), encoding="utf-8")
            subprocess.run([*_download(platform, python), "--dest", str(fetched), "-r", str(wanted)], check=True)
        (fetched / stamp.name).write_text(digest, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            fetched.replace(folder)
        except OSError:  # another build was quicker, with the same lock
            if not stamp.is_file():
                raise
    return sorted(folder.glob("*.whl"))


def _download(platform: str, python: str) -> list[str]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--implementation", "cp", "--python-version", python]
    # The lock decides. A package that names an upper Python, as backports.strenum does, works above it as well.
    command.append("--ignore-requires-python")
    for abi in (f"cp{python.replace('.', '')}", "abi3", "none"):
        command += ["--abi", abi]
    for tag in PLATFORMS[platform]:
        command += ["--platform", tag]
    return command
