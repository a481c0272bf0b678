"""Builds a release into dist/release: every artefact, with a bill of materials beside each, and SHA256SUMS.

    release.py          what one system builds for all: wheels, source, add-ons, for Linux, Windows and macOS
    release.py --hub    the Godot add-on with the hub of this system inside; release_contents.py joins both parts
    release.py --twice  builds a second time elsewhere and compares every byte

Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import bill_of_materials
import build_extension
import build_godot_addon
import build_hub
import release_contents as contents
import wheels

ROOT = Path(__file__).resolve().parents[2]
DIST = build_extension.DIST


def build(folder: Path, *, hub: bool = False) -> list[Path]:
    """Write every artefact, its bill of materials and SHA256SUMS into `folder`; return the artefacts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = list(_with_hub(folder) if hub else _for_every_system(folder))
    (folder / ".gitignore").unlink(missing_ok=True)  # uv writes one where it builds
    for artefact in made:
        print(f"{artefact.name}  {artefact.stat().st_size / 1e6:.1f} MB", flush=True)
    contents.write_sums(folder)
    contents.check(folder, [contents.with_hub(build_hub.system())] if hub else contents.everywhere())
    return made


def _for_every_system(folder: Path) -> Iterator[Path]:
    own = [wheels.project_wheel(folder), wheels.models_wheel(folder)]
    yield from (_described(wheel, [wheel]) for wheel in own)
    yield _described(wheels.project_sdist(folder), own[:1])
    yield _described(build_godot_addon.build(folder), [])
    for platform in wheels.PLATFORMS:
        yield _with_contents(build_extension.build(platform, dist=DIST, own=own[:1]), folder)
    for platform in wheels.CAPTURES_ON:
        for python in wheels.PYTHONS:
            yield _with_contents(build_extension.build_complete(platform, python, DIST, own), folder)


def _with_hub(folder: Path) -> Iterator[Path]:
    """The Godot add-on with the hub inside, which is made with the Python that runs this."""
    system, python = build_hub.system(), f"{sys.version_info.major}.{sys.version_info.minor}"
    inside = wheels.fetch(wheels.COMPLETE_LOCK, system, [python], DIST / "complete-wheels" / f"{system}-{python}")
    with tempfile.TemporaryDirectory() as scratch:
        own = [wheels.project_wheel(Path(scratch)), wheels.models_wheel(Path(scratch))]
        archive = build_godot_addon.build_complete(DIST)
        yield _described(Path(shutil.move(archive, folder / archive.name)), [*own, *inside])


def _with_contents(archive: Path, folder: Path) -> Path:
    """Move a zip of the extension into the release and describe the wheels in it."""
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


def differences(one: Path, other: Path) -> list[str]:
    """Names of files that are not the same byte for byte in both folders."""
    first, second = ({file.name: contents.file_sum(file) for file in folder.iterdir()} for folder in (one, other))
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", action="store_true")
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args()
    target = DIST / "release"
    build(target, hub=options.hub)
    if options.twice:
        with tempfile.TemporaryDirectory(dir=DIST) as again:
            build(Path(again) / "release", hub=options.hub)
            if wrong := differences(target, Path(again) / "release"):
                sys.exit("not the same when it is built again: " + ", ".join(wrong))
        print("The same, byte for byte, when it is built again.")


if __name__ == "__main__":
    main()
