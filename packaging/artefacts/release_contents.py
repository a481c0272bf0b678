"""List of a release's files, and the merge of what several systems built.

    release_contents.py PART… --tag v1.2.3   the parts, each as release.py wrote it, become dist/release and dist/packages

Every part is checked first: its sums, and a bill of materials beside each artefact. The whole must have every artefact and
nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import build_extension
import wheels

ROOT = Path(__file__).resolve().parents[2]
DIST = build_extension.DIST
SUMS = "SHA256SUMS"
BILL = ".cdx.json"  # what the name of a bill of materials has after its artefact's
HUB_ON = wheels.CAPTURES_ON  # where the hub is built as a program


def packages() -> dict[str, list[str]]:
    """Return the files for the package index by project. The models have their own version."""
    version = build_extension.version()
    models = tomllib.loads((wheels.MODELS_PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return {
        "kinetix-bridge": [f"kinetix_bridge-{version}-py3-none-any.whl", f"kinetix_bridge-{version}.tar.gz"],
        "kinetix-bridge-models": [f"kinetix_bridge_models-{models}-py3-none-any.whl"],
    }


def everywhere() -> list[str]:
    """Return the artefacts that one system builds for all: `release.py`."""
    version = build_extension.version()
    small = [f"kinetix_emotes-{version}-{platform}.zip" for platform in wheels.PLATFORMS]
    pairs = [(platform, python) for platform in wheels.CAPTURES_ON for python in wheels.PYTHONS]
    complete = [f"kinetix_emotes-complete-{version}-{platform}-{python}.zip" for platform, python in pairs]
    published = [name for names in packages().values() for name in names]
    return [*published, f"kinetix_emotes-godot-{version}.zip", *small, *complete]


def with_hub(system: str) -> str:
    """Return the artefacts that each system builds for itself: `release.py --hub`."""
    return f"kinetix_emotes-godot-complete-{build_extension.version()}-{system}.zip"


def artefacts() -> list[str]:
    """Every artefact of a whole release."""
    return [*everywhere(), *map(with_hub, HUB_ON)]


def file_sum(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of all other files, in the order of their names and as `sha256sum --check` reads it."""
    (folder / SUMS).unlink(missing_ok=True)
    lines = [f"{file_sum(file)}  {file.name}\n" for file in sorted(folder.iterdir()) if file.is_file()]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def check(folder: Path, wanted: Sequence[str]) -> None:
    """Raises SystemExit unless `folder` has the wanted artefacts with their bills of materials, and all is as its sums say."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    present = {file.name for file in folder.iterdir()} - {SUMS}
    expected = {*wanted, *(name + BILL for name in wanted)}
    if strange := sorted((present ^ expected) | (present ^ sums.keys())):
        raise SystemExit(f"{folder}: missing, or not a part of the release: {', '.join(strange)}")
    for name in sorted(present):
        if file_sum(folder / name) != sums[name]:
            raise SystemExit(f"{folder}: {name} is not what its sum says")
    for name in wanted:
        described = json.loads((folder / (name + BILL)).read_text(encoding="utf-8"))["metadata"]["component"]
        if (described["name"], described["hashes"][0]["content"]) != (name, sums[name]):
            raise SystemExit(f"{folder}: the bill of materials of {name} is that of another file")


def join(parts: Sequence[Path], folder: Path) -> None:
    """Check every part and move its files into `folder`, which gets sums of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in parts:
        check(part, sorted({file.name for file in part.iterdir()} & set(artefacts())))
        for file in part.iterdir():
            if file.name != SUMS:
                shutil.move(file, folder / file.name)
    write_sums(folder)
    check(folder, artefacts())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", type=Path, metavar="PART")
    parser.add_argument("--tag", help="what the release is called; refused unless it is `v` and the version")
    options = parser.parse_args(arguments)
    if options.tag not in (None, f"v{build_extension.version()}"):
        sys.exit(f"the sources are version {build_extension.version()}, not {options.tag}")
    target = DIST / "release"
    join(options.parts, target)
    for project, names in packages().items():
        place = DIST / "packages" / project
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(target / name, place / name)
    print(f"{len(artefacts())} artefacts, each with its bill of materials, and {SUMS} in {target}")


if __name__ == "__main__":
    main()
