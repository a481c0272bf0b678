"""Builds the static Blender repository into dist/repository: build_repository.py [ZIP …] (default: the complete zips in dist/)

Blender's own `extension server-generate` writes the index and a page whose links can be dropped into Blender. The folder can lie on
any web server, or on a shared disk. It holds one version only: of two in a repository Blender takes the older one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import build_extension

DIST = build_extension.DIST


def build(archives: Sequence[Path], folder: Path) -> Path:
    """Write the repository of these zips, which replaces the former one, and return its index."""
    blender = shutil.which("blender")
    if blender is None:
        raise SystemExit("build_repository: Blender is needed to write the index; put it on the PATH")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for archive in archives:
        os.link(archive, folder / archive.name)
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [blender, "--command", "extension", "server-generate", "--repo-dir", str(folder), "--html"],
            env={**os.environ, "BLENDER_USER_RESOURCES": scratch},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode or "WARN" in done.stdout + done.stderr:
        raise SystemExit(f"build_repository: {done.stdout}{done.stderr}")
    return folder / "index.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="*", type=Path, metavar="ZIP")
    given = parser.parse_args().archives
    found = given or sorted(DIST.glob(f"kinetix_emotes-complete-{build_extension.version()}-*.zip"))
    if not found:
        sys.exit("build_repository: there is no zip; make extension-complete builds them")
    print(build(found, DIST / "repository"))


if __name__ == "__main__":
    main()
