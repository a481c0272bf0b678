"""Builds the Blender extension into dist/: one zip for each platform, with the hub's wheels and a copy of the core inside.

The core's modules travel as `kinetix_emotes/vendor/kinetix_core`; every `kinetix_core` import becomes a relative one, because an
extension may bring modules only inside its own name space. The wheels are for the hub's process alone (see hub_process.py).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "blender_addon" / "kinetix_emotes"
CORE = ROOT / "shared" / "kinetix_core"
DIST = ROOT / "dist"
LOCK = ROOT / "packaging" / "requirements-wheels.txt"

# What Blender's process needs of the core: standard library and numpy only (tests/core/test_rooms.py).
VENDORED = (
    "__init__.py",
    "environment.py",
    "errors.py",
    "files.py",
    "paths.py",
    "peer_identity.py",
    "project_files.py",
    "untrusted_json.py",
    "motion",
    "formats",
    "mannequin",
)
PYTHONS = ("3.11", "3.13")
PLATFORMS = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "windows-x64": ("win_amd64",),
    "macos-arm64": ("macosx_11_0_arm64",),
    "macos-x64": ("macosx_10_13_x86_64", "macosx_10_12_x86_64", "macosx_10_9_x86_64"),
}
_IMPORT = re.compile(r"^(\s*)from kinetix_core(\.[\w.]+)? import ", re.MULTILINE)
_PLAIN = re.compile(r"^\s*import kinetix_core\b", re.MULTILINE)
FIXED_TIME = (2026, 1, 1, 0, 0, 0)  # the same sources give the same zip


def relative(text: str, depth: int) -> str:
    """Python source `depth` folders below the extension's root, with its `kinetix_core` imports made relative."""
    if _PLAIN.search(text):
        raise SystemExit("build_extension: write `from kinetix_core… import …`; a plain import cannot be made relative")
    dots = "." * (depth + 1)
    return _IMPORT.sub(lambda hit: f"{hit[1]}from {dots}vendor.kinetix_core{hit[2] or ''} import ", text)


def stage(target: Path) -> Path:
    """Writes the extension without wheels to `target` and returns it."""
    shutil.rmtree(target, ignore_errors=True)
    plan = [(file, file.relative_to(SOURCE)) for file in SOURCE.rglob("*")]
    for part in VENDORED:
        place = CORE / part
        for file in [place] if place.is_file() else place.rglob("*"):
            plan.append((file, Path("vendor", "kinetix_core", file.relative_to(CORE))))
    plan.append((ROOT / "blender_addon" / "LICENSE", Path("LICENSE")))
    plan.append((ROOT / "LICENSE", Path("vendor", "LICENSE")))
    for source, relative_path in plan:
        if not source.is_file() or "__pycache__" in source.parts:
            continue
        out = target / relative_path
        out.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".py":
            out.write_text(relative(source.read_text(encoding="utf-8"), len(relative_path.parts) - 1), encoding="utf-8")
        else:
            shutil.copyfile(source, out)
    (target / "vendor" / "__init__.py").write_text(
        '"""Copies of modules from outside this extension."""\n', encoding="utf-8"
    )
    return target


def project_wheel(folder: Path) -> Path:
    """The product's own wheel: the hub, Kinetix Local and the Godot sync."""
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT)], check=True
    )
    return next(folder.glob("kinetix_bridge-*.whl"))


def requirements_for(platform: str, python: str) -> str:
    """The lock's lines, hashes included, that hold on this platform and Python."""
    system = platform.partition("-")[0]
    environment = {
        "sys_platform": {"linux": "linux", "windows": "win32", "macos": "darwin"}[system],
        "platform_system": {"linux": "Linux", "windows": "Windows", "macos": "Darwin"}[system],
        "os_name": "nt" if system == "windows" else "posix",
        "python_version": python,
        "python_full_version": f"{python}.9",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    kept = []
    for entry in re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8").strip()):
        head, _, hashes = entry.partition(" --hash")
        requirement = Requirement(head.replace("\\\n", "").strip().rstrip("\\").strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            kept.append(f"{requirement.name}{requirement.specifier} --hash{hashes}")
    return "\n".join(kept) + "\n"


def fetch_wheels(platform: str, folder: Path) -> list[Path]:
    """Every wheel that the hub needs on this platform, for both Pythons, checked against the lock's hashes.

    What is in `folder` from a former build with the same lock is taken as it is.
    """
    stamp = folder / "lock.sha256"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return sorted(folder.glob("*.whl"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fetched = Path(scratch, "wheels")
        fetched.mkdir()
        for python in PYTHONS:
            wanted = fetched / f"requirements-{python}.txt"
            wanted.write_text(requirements_for(platform, python), encoding="utf-8")
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
    for abi in (f"cp{python.replace('.', '')}", "abi3", "none"):
        command += ["--abi", abi]
    for tag in PLATFORMS[platform]:
        command += ["--platform", tag]
    return command


def manifest_with_wheels(text: str, platform: str, wheels: list[Path]) -> str:
    listed = "".join(f'  "./wheels/{wheel.name}",\n' for wheel in wheels)
    head, _, rest = text.partition("\n[")
    return f'{head}\nplatforms = ["{platform}"]\nwheels = [\n{listed}]\n\n[{rest}'


def write_zip(folder: Path, target: Path) -> None:
    temporary = target.with_suffix(f".{os.getpid()}.tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), FIXED_TIME)
                stored = file.suffix in (".whl", ".npz")
                entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes())
    temporary.replace(target)


def build(platform: str, wheels: bool = True, dist: Path = DIST) -> Path:
    """Builds the zip for one platform and returns it."""
    version = tomllib.loads((SOURCE / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]
    dist.mkdir(parents=True, exist_ok=True)
    target = dist / f"kinetix_emotes-{version}-{platform}.zip"
    with tempfile.TemporaryDirectory() as scratch:
        staged = stage(Path(scratch) / "kinetix_emotes")
        if wheels:
            cache = dist / "wheels" / platform
            fetched = fetch_wheels(platform, cache)
            (staged / "wheels").mkdir()
            wanted = [project_wheel(Path(scratch)), *fetched]
            for wheel in wanted:
                shutil.copyfile(wheel, staged / "wheels" / wheel.name)
            manifest = staged / "blender_manifest.toml"
            manifest.write_text(
                manifest_with_wheels(manifest.read_text(encoding="utf-8"), platform, wanted), encoding="utf-8"
            )
        write_zip(staged, target)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="default: all")
    parser.add_argument(
        "--no-wheels", action="store_true", help="the add-on alone, for a machine with `kinetix` installed"
    )
    parser.add_argument(
        "--stage", type=Path, metavar="FOLDER", help="write the add-on without wheels there, and nothing else"
    )
    options = parser.parse_args()
    if options.stage:
        stage(options.stage)
        return
    for platform in options.platform or PLATFORMS:
        target = build(platform, not options.no_wheels)
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1e6:.1f} MB  sha256 {digest[:16]}…")


if __name__ == "__main__":
    main()
