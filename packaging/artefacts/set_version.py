"""set_version.py VERSION: gives every part its version. `kinetix_core.__version__` counts; a test compares the others with it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "shared/kinetix_core/__init__.py": r'^__version__ = "(.*)"',
    "pyproject.toml": r'^version = "(.*)"',
    "shared/kinetix_bench/pyproject.toml": r'^version = "(.*)"',
    "blender_addon/kinetix_emotes/blender_manifest.toml": r'^version = "(.*)"',
    "godot_bridge/addons/kinetix_emotes/plugin.cfg": r'^version="(.*)"',
}


def main() -> None:
    if len(sys.argv) != 2 or not re.fullmatch(r"\d+\.\d+\.\d+", sys.argv[1]):
        sys.exit(__doc__)
    for place, pattern in PLACES.items():
        file = ROOT / place
        text = file.read_text(encoding="utf-8")
        found = re.search(pattern, text, re.MULTILINE)
        if found is None:
            sys.exit(f"set_version: {place} says no version")
        file.write_text(text[: found.start(1)] + sys.argv[1] + text[found.end(1) :], encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
