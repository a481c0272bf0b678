"""wheel_metadata.py FOLDER SITE_PACKAGES: the metadata and entry points of the one wheel in FOLDER, without its code."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def main() -> None:
    folder, site = map(Path, sys.argv[1:])
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as bundle:
        names = [name for name in bundle.namelist() if ".dist-info/" in name and not name.endswith("RECORD")]
        bundle.extractall(site, names)


if __name__ == "__main__":
    main()
