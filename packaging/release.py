"""Builds a release into dist/release: every artefact, with a bill of materials beside each, and SHA256SUMS.

    release.py            what every system can build: wheels, source, add-ons, for Linux, Windows and macOS
    release.py --hub      also the Godot add-on with the hub of this system inside
    release.py --only-hub that one alone: what the other systems add to a release (release_contents.py brings them together)
    release.py --twice    builds a second time elsewhere and compares every byte

`--only-hub --wheels FOLDER`: the project's two wheels lie there, built on another system, as this one has no uv.

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
from enum import Enum
from pathlib import Path

import bill_of_materials
import build_extension
import build_godot_addon
import build_hub
import release_contents as contents
import wheels

ROOT = Path(__file__).resolve().parent.parent
DIST = build_extension.DIST


class Extent(Enum):
    """Part of a release to build."""

    EVERYWHERE = "what every system can build"
    AND_HUB = "that, and the add-on with the hub of this system"
    ONLY_HUB = "the add-on with the hub of this system"


def build(folder: Path, extent: Extent, given: Path | None = None) -> list[Path]:
    """Write every artefact, its bill of materials and SHA256SUMS into `folder`; return the artefacts.

    `given`: a folder with the project's own wheels, for what is built from them but is none of them (`Extent.ONLY_HUB`).
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = list(_artefacts(folder, extent, given))
    (folder / ".gitignore").unlink(missing_ok=True)  # uv writes one where it builds
    for artefact in made:
        print(f"{artefact.name}  {artefact.stat().st_size / 1e6:.1f} MB", flush=True)
    contents.write_sums(folder)
    contents.check(folder, wanted(extent))
    return made


def wanted(extent: Extent) -> list[str]:
    """The names of the artefacts that come of it on this system."""
    with_hub = [contents.with_hub(build_hub.system())]
    match extent:
        case Extent.EVERYWHERE:
            return contents.everywhere()
        case Extent.AND_HUB:
            return [*contents.everywhere(), *with_hub]
        case Extent.ONLY_HUB:
            return with_hub


def _artefacts(folder: Path, extent: Extent, given: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) if extent is Extent.ONLY_HUB else folder
        own = sorted(given.glob("*.whl")) if given else [wheels.project_wheel(place), wheels.models_wheel(place)]
        if extent is not Extent.ONLY_HUB:
            yield from _for_every_system(folder, own)
        if extent is not Extent.EVERYWHERE:
            yield _with_hub(folder, own)


def _for_every_system(folder: Path, own: list[Path]) -> Iterator[Path]:
    yield from (_described(wheel, [wheel]) for wheel in own)
    yield _described(wheels.project_sdist(folder), own[:1])
    yield _described(build_godot_addon.build(folder), [])
    for platform in wheels.PLATFORMS:
        yield _with_contents(build_extension.build(platform, dist=DIST, own=own[:1]), folder)
    for platform in wheels.CAPTURES_ON:
        for python in wheels.PYTHONS:
            yield _with_contents(build_extension.build_complete(platform, python, DIST, own), folder)


def _with_hub(folder: Path, own: list[Path]) -> Path:
    """The Godot add-on with the hub inside, which is made with the Python that runs this."""
    system, python = build_hub.system(), f"{sys.version_info.major}.{sys.version_info.minor}"
    inside = wheels.fetch(wheels.COMPLETE_LOCK, system, [python], DIST / "complete-wheels" / f"{system}-{python}")
    archive = build_godot_addon.build_complete(DIST)
    return _described(Path(shutil.move(archive, folder / archive.name)), [*own, *inside])


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


def sources(root: Path = ROOT) -> str:
    """A digest of the sources as they are now: whoever goes on working meanwhile would get a release of two states."""

    def git(*words: str) -> bytes:
        return subprocess.run(["git", *words], cwd=root, capture_output=True, check=True).stdout

    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split(b"\0")
    digest = hashlib.sha256()
    for file in (root / os.fsdecode(name) for name in sorted(set(names)) if name):
        digest.update(os.fsencode(file) + (bytes.fromhex(contents.file_sum(file)) if file.is_file() else b"gone"))
    return digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    hub = parser.add_mutually_exclusive_group()
    hub.add_argument("--hub", action="store_const", const=Extent.AND_HUB, dest="extent")
    hub.add_argument("--only-hub", action="store_const", const=Extent.ONLY_HUB, dest="extent")
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER")
    parser.set_defaults(extent=Extent.EVERYWHERE)
    options = parser.parse_args()
    if options.wheels and options.extent is not Extent.ONLY_HUB:
        parser.error("--wheels goes with --only-hub, as the wheels are artefacts themselves elsewhere")
    target = DIST / "release"
    before = sources() if options.twice else ""  # it needs git, which a machine that only builds may not have
    build(target, options.extent, options.wheels)
    if options.twice:
        with tempfile.TemporaryDirectory(dir=DIST) as again:
            build(Path(again) / "release", options.extent, options.wheels)
            wrong = differences(target, Path(again) / "release")
            if sources() != before:
                sys.exit("the sources changed while this was built; build it again")
            if wrong:
                sys.exit("not the same when it is built again: " + ", ".join(wrong))
        print("The same, byte for byte, when it is built again.")


if __name__ == "__main__":
    main()
