"""Builds the Godot add-on's zip: build_godot_addon.py [--complete] [--out FOLDER] [--install PROJECT]

The complete one carries the hub without Python for this system (build_hub.py), which the dock starts. A zip holds
`addons/kinetix_emotes/…` as the asset library wants it, with files in a fixed order and with a fixed time, so that the same
sources give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import zipfile
from pathlib import Path

import build_hub

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "godot_bridge" / "addons" / "kinetix_emotes"
_KINDS = {".gd", ".uid", ".svg", ".import", ".cfg", ".tres", ".tscn", ".md", ".json", ""}
_NAMES = {"LICENSE", ".gdignore"}
# What the hub says in other languages is the core's. In the sources these are links, which some systems check out as plain texts.
_MESSAGES = "messages_"
CORE_MESSAGES = ROOT / "shared" / "kinetix_core" / "translations"


def addon_files() -> list[Path]:
    """Return every file that ships. Raises SystemExit for a file that should not be there or a script without its `.uid`."""
    files = sorted(path for path in ADDON.rglob("*") if path.is_file())
    unexpected = [path for path in files if path.suffix not in _KINDS or (not path.suffix and path.name not in _NAMES)]
    if unexpected:
        raise SystemExit(f"build_godot_addon: not a part of the add-on: {unexpected[0].relative_to(ROOT)}")
    without = [path for path in files if path.suffix == ".gd" and not path.with_suffix(".gd.uid").exists()]
    if without:
        raise SystemExit(
            f"build_godot_addon: {without[0].relative_to(ROOT)} has no .uid; open the example project once"
        )
    return files


def version() -> str:
    found = re.search(r'^version="([^"]+)"', (ADDON / "plugin.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1]


def build(out: Path) -> Path:
    """Write the zip into `out` and return its path."""
    return _write(out / f"kinetix_emotes-godot-{version()}.zip")


def build_complete(out: Path, hub: Path | None = None) -> Path:
    """The same with the hub for this system inside. `hub`: one that is built already."""
    target = out / f"kinetix_emotes-godot-complete-{version()}-{build_hub.system()}.zip"
    return _write(target, hub or build_hub.build(out))


def _write(target: Path, hub: Path | None = None) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in addon_files():
            place = CORE_MESSAGES / path.name.removeprefix(_MESSAGES) if path.name.startswith(_MESSAGES) else path
            _add(archive, path.relative_to(ADDON).as_posix(), place.read_bytes())
        if hub is not None:
            _add(archive, "hub/.gdignore", b"")  # it is no part of the game
            _add(archive, "hub/.gitignore", b"*\n")  # nor of the project's history
            for path in sorted(path for path in hub.rglob("*") if path.is_file()):
                _add(archive, f"hub/{path.relative_to(hub).as_posix()}", path.read_bytes(), path.stat().st_mode)
    temporary.replace(target)
    return target


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int = 0o644) -> None:
    info = zipfile.ZipInfo(f"addons/kinetix_emotes/{name}", (2020, 1, 1, 0, 0, 0))
    info.external_attr = (0o755 if mode & 0o100 else 0o644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def install(archive: Path, project: Path) -> None:
    """Unpack the zip into a Godot project, without the rights to run, as most programs that unpack do."""
    with zipfile.ZipFile(archive) as found:
        found.extractall(project)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--complete", action="store_true", help="with the hub for this system inside")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--install", type=Path, help="a Godot project that gets the add-on")
    options = parser.parse_args()
    archive = build_complete(options.out) if options.complete else build(options.out)
    print(archive.relative_to(ROOT) if archive.is_relative_to(ROOT) else archive)
    if options.install:
        install(archive, options.install)


if __name__ == "__main__":
    main()
