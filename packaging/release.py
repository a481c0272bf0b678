"""Builds a release into dist/release: every artefact, with a bill of materials beside each, and SHA256SUMS.

    release.py            what every system can build: wheels, source, add-ons, for Linux, Windows and macOS
    release.py --hub      also the Godot add-on with the hub of this system inside
    release.py --twice    builds a second time elsewhere and compares every byte

Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import bill_of_materials
import build_extension
import build_godot_addon
import wheels

ROOT = Path(__file__).resolve().parent.parent
DIST = build_extension.DIST


def build(folder: Path, with_hub: bool) -> list[Path]:
    """Writes every artefact, its bill of materials and SHA256SUMS into `folder`; returns the artefacts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = list(_artefacts(folder, with_hub))
    (folder / ".gitignore").unlink(missing_ok=True)  # uv writes one where it builds
    for artefact in made:
        print(f"{artefact.name}  {artefact.stat().st_size / 1e6:.1f} MB", flush=True)
    sums = "".join(f"{_sum(file)}  {file.name}\n" for file in sorted(folder.iterdir()) if file.is_file())
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return made


def _artefacts(folder: Path, with_hub: bool) -> Iterator[Path]:
    own = [wheels.project_wheel(folder), wheels.models_wheel(folder)]
    yield from (_described(wheel, [wheel]) for wheel in own)
    yield _described(wheels.project_sdist(folder), own[:1])
    yield _described(build_godot_addon.build(folder), [])
    for platform in wheels.PLATFORMS:
        yield _with_contents(build_extension.build(platform, dist=DIST, own=own[:1]), folder)
    for platform in wheels.CAPTURES_ON:
        for python in wheels.PYTHONS:
            yield _with_contents(build_extension.build_complete(platform, python, DIST, own), folder)
    if with_hub:
        inside = wheels.fetch(wheels.COMPLETE_LOCK, "linux-x64", ["3.11"], DIST / "complete-wheels" / "linux-x64-3.11")
        archive = build_godot_addon.build_complete(DIST)
        yield _described(Path(shutil.move(archive, folder / archive.name)), [*own, *inside])


def _with_contents(archive: Path, folder: Path) -> Path:
    """Moves a zip of the extension into the release and describes the wheels in it."""
    target = Path(shutil.move(archive, folder / archive.name))
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(target) as opened:
        names = [name for name in opened.namelist() if name.endswith(".whl")]
        return _described(target, [Path(opened.extract(name, scratch)) for name in names])


def _described(artefact: Path, inside: list[Path]) -> Path:
    text = bill_of_materials.document(
        artefact, build_extension.version(), bill_of_materials.components([one for one in inside if one != artefact])
    )
    artefact.with_name(f"{artefact.name}.cdx.json").write_text(text, encoding="utf-8")
    return artefact


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def differences(one: Path, other: Path) -> list[str]:
    """Names of files that are not the same byte for byte in both folders."""
    names = {file.name for folder in (one, other) for file in folder.iterdir()}
    return sorted(
        name
        for name in names
        if not all((folder / name).is_file() for folder in (one, other)) or _sum(one / name) != _sum(other / name)
    )


def sources(root: Path = ROOT) -> str:
    """A digest of the sources as they are now: whoever goes on working meanwhile would get a release of two states."""

    def told(*words: str) -> bytes:
        return subprocess.run(["git", *words], cwd=root, capture_output=True, check=True).stdout

    names = told("ls-files", "-z", "--cached", "--others", "--exclude-standard").split(b"\0")
    digest = hashlib.sha256()
    for file in (root / os.fsdecode(name) for name in sorted(set(names)) if name):
        digest.update(os.fsencode(file) + (bytes.fromhex(_sum(file)) if file.is_file() else b"gone"))
    return digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", action="store_true")
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args()
    target, before = DIST / "release", sources()
    build(target, options.hub)
    if options.twice:
        with tempfile.TemporaryDirectory(dir=DIST) as again:
            build(Path(again) / "release", options.hub)
            wrong = differences(target, Path(again) / "release")
            if sources() != before:
                sys.exit("the sources changed while this was built; build it again")
            if wrong:
                sys.exit("not the same when it is built again: " + ", ".join(wrong))
        print("The same, byte for byte, when it is built again.")


if __name__ == "__main__":
    main()
