"""Builds the Godot add-on's zip: build_godot_addon.py [--out FOLDER] [--install PROJECT]

The zip holds `addons/kinetix_emotes/…` as the asset library wants it, with files in a fixed order and with a fixed time, so that the
same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDON = ROOT / "godot_bridge" / "addons" / "kinetix_emotes"
_KINDS = {".gd", ".uid", ".svg", ".import", ".cfg", ".tres", ".md", ""}


def addon_files() -> list[Path]:
    """Everything that ships. Raises SystemExit for a file that should not be there or a script without its `.uid`."""
    files = sorted(path for path in ADDON.rglob("*") if path.is_file())
    strangers = [path for path in files if path.suffix not in _KINDS or (not path.suffix and path.name != "LICENSE")]
    if strangers:
        raise SystemExit(f"build_godot_addon: not a part of the add-on: {strangers[0].relative_to(ROOT)}")
    without = [path for path in files if path.suffix == ".gd" and not path.with_suffix(".gd.uid").exists()]
    if without:
        raise SystemExit(
            f"build_godot_addon: {without[0].relative_to(ROOT)} has no .uid; open the example project once"
        )
    return files


def build(out: Path) -> Path:
    """Writes the zip into `out` and returns its path."""
    version = re.search(r'^version="([^"]+)"', (ADDON / "plugin.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"kinetix_emotes-godot-{version[1]}.zip"
    temporary = target.with_suffix(".tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in addon_files():
            info = zipfile.ZipInfo(f"addons/kinetix_emotes/{path.relative_to(ADDON).as_posix()}", (2020, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    temporary.replace(target)
    return target


def install(archive: Path, project: Path) -> None:
    """Unpacks the zip into a Godot project."""
    with zipfile.ZipFile(archive) as found:
        found.extractall(project)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--install", type=Path, help="a Godot project that gets the add-on")
    options = parser.parse_args()
    archive = build(options.out)
    print(archive.relative_to(ROOT) if archive.is_relative_to(ROOT) else archive)
    if options.install:
        install(archive, options.install)


if __name__ == "__main__":
    main()
