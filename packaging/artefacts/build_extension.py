"""Builds the Blender extension into dist/, with a copy of the core inside. Each platform gets a small zip, and with `--complete`
another for each Python of Blender.

- The small one brings the hub's wheels, which Blender itself installs. It captures where Kinetix Bridge is installed as well.
- The complete one brings hub, Kinetix Local, every library and the models as a private bundle (`runtime/`), which only the hub's
  process unpacks and sees (kinetix_hub/installation/runtime_folder.py). Nothing of it enters Blender's own process or site-packages.

The core's modules travel as `kinetix_emotes/vendor/kinetix_core`; every `kinetix_core` import becomes a relative one, because an
extension may bring modules only inside its own name space.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import wheels as wheelhouse

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "blender_addon" / "kinetix_emotes"
CORE = ROOT / "shared" / "kinetix_core"
DIST = ROOT / "dist"

# What Blender's process needs of the core: standard library and numpy only (tests/core/test_rooms.py).
VENDORED = (
    "__init__.py",
    "formats",
    "io/__init__.py",
    "io/files.py",
    "io/glb_chunks.py",
    "io/os_errors.py",
    "io/paths.py",
    "io/project_files.py",
    "io/untrusted_json.py",
    "mannequin",
    "motion",
    "protocol/__init__.py",
    "protocol/hub/__init__.py",
    "protocol/hub/enumerations.py",
    "protocol/hub/info.py",
    "protocol/hub/json_types.py",
    "serving/__init__.py",
    "serving/environment.py",
    "serving/peer_identity.py",
    "translations",
    "values/__init__.py",
    "values/captured_body.py",
    "values/clip_length.py",
    "values/errors.py",
    "values/face_names.py",
    "values/face_shapes.py",
    "values/failure.py",
    "values/people.py",
    "values/take_parts.py",
    "values/views.py",
    "values/wording.py",
)
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
    """Write the extension without wheels to `target` and return it."""
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
    manifest, project = target / "blender_manifest.toml", (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    manifest.write_text(manifest_with_website(manifest.read_text(encoding="utf-8"), project), encoding="utf-8")
    (target / "vendor" / "__init__.py").write_text(
        '"""Copies of modules from outside this extension."""\n', encoding="utf-8"
    )
    return target


def manifest_with(text: str, *lines: str) -> str:
    """The manifest with these lines before its first table."""
    head, _, rest = text.partition("\n[")
    return "\n".join([head, *lines, "", f"[{rest}"])


def manifest_with_website(text: str, project: str) -> str:
    """The manifest with the home page that `project`, the text of pyproject.toml, names in `[project.urls]`.

    That is the one place for an address, where the package index looks for it too. While none is there the manifest has none.
    """
    address = tomllib.loads(project)["project"].get("urls", {}).get("Homepage")
    return manifest_with(text, f"website = {json.dumps(address)}") if address else text


def manifest_complete(text: str, platform: str, python: str) -> str:
    """Blender 5.1 came with Python 3.13; a distribution's older Blender may have it too, so only the older file has an end."""
    end = ['blender_version_max = "5.1.0"'] if python == "3.11" else []
    return manifest_with(text, *end, f'platforms = ["{platform}"]')


def write_zip(folder: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
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


def version() -> str:
    return str(tomllib.loads((SOURCE / "blender_manifest.toml").read_text(encoding="utf-8"))["version"])


def fetch(platform: str, dist: Path = DIST) -> list[Path]:
    """The wheels of others in the small zip, for every Python."""
    return wheelhouse.fetch(wheelhouse.HUB_LOCK, platform, wheelhouse.PYTHONS, dist / "wheels" / platform)


def fetch_complete(platform: str, python: str, dist: Path = DIST) -> list[Path]:
    """The wheels of others in the complete zip for one Python."""
    place = dist / "complete-wheels" / f"{platform}-{python}"
    return wheelhouse.fetch(wheelhouse.COMPLETE_LOCK, platform, [python], place)


def build(platform: str, wheels: bool = True, dist: Path = DIST, own: Sequence[Path] = ()) -> Path:
    """Build the small zip for one platform and return it. `own`: the project's wheel, where it is built already."""
    target = dist / f"kinetix_emotes-{version()}-{platform}.zip"
    with tempfile.TemporaryDirectory() as scratch:
        staged = stage(Path(scratch) / "kinetix_emotes")
        if wheels:
            wanted = [*(own or [wheelhouse.project_wheel(Path(scratch))]), *fetch(platform, dist)]
            _copy(wanted, staged / "wheels")
            listed = ["wheels = [", *(f'  "./wheels/{wheel.name}",' for wheel in wanted), "]"]
            manifest = staged / "blender_manifest.toml"
            text = manifest_with(manifest.read_text(encoding="utf-8"), f'platforms = ["{platform}"]', *listed)
            manifest.write_text(text, encoding="utf-8")
        write_zip(staged, target)
    return target


def build_complete(platform: str, python: str, dist: Path = DIST, own: Sequence[Path] = ()) -> Path:
    """Build the zip that needs nothing but a Blender with this Python, and return it. `own` as for `bundle`."""
    target = dist / f"kinetix_emotes-complete-{version()}-{platform}-{python}.zip"
    with tempfile.TemporaryDirectory() as scratch:
        staged = stage(Path(scratch) / "kinetix_emotes")
        bundle(platform, python, staged / "runtime", dist, own)
        manifest = staged / "blender_manifest.toml"
        manifest.write_text(manifest_complete(manifest.read_text(encoding="utf-8"), platform, python), encoding="utf-8")
        write_zip(staged, target)
    return target


def bundle(platform: str, python: str, folder: Path, dist: Path = DIST, own: Sequence[Path] = ()) -> None:
    """Write every wheel that the hub and Kinetix Local need into `folder`, with the description of them.

    `own`: the wheels of the project and of the models, where they are built already.
    """
    fetched = fetch_complete(platform, python, dist)
    with tempfile.TemporaryDirectory() as scratch:
        mine = own or [wheelhouse.project_wheel(Path(scratch)), wheelhouse.models_wheel(Path(scratch))]
        _copy([*mine, *fetched], folder)
    sums = hashlib.sha256()
    for wheel in sorted(folder.glob("*.whl")):
        sums.update(wheel.name.encode() + hashlib.sha256(wheel.read_bytes()).digest())
    name = f"{version()}-py{python}-{sums.hexdigest()[:8]}"
    described = {"version": version(), "python": python, "name": name}
    (folder / "bundle.json").write_text(json.dumps(described), encoding="utf-8")


def _copy(wheels: Sequence[Path], folder: Path) -> None:
    folder.mkdir()
    for wheel in wheels:
        shutil.copyfile(wheel, folder / wheel.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", action="append", choices=wheelhouse.PLATFORMS, help="default: all")
    parser.add_argument("--complete", action="store_true", help="the complete zips instead of the small ones")
    parser.add_argument("--python", action="append", choices=wheelhouse.PYTHONS, help="of complete zips; default: all")
    parser.add_argument("--fetch", action="store_true", help="fetch the wheels of others into dist/, and build nothing")
    parser.add_argument(
        "--stage", type=Path, metavar="FOLDER", help="write the add-on without wheels there, and nothing else"
    )
    options = parser.parse_args()
    if options.stage:
        stage(options.stage)
        return
    platforms = options.platform or wheelhouse.PLATFORMS
    if options.complete:
        platforms = [name for name in platforms if name in wheelhouse.CAPTURES_ON]
        pythons = options.python or wheelhouse.PYTHONS
        fetched = (fetch_complete(platform, python) for platform in platforms for python in pythons)
        built = (build_complete(platform, python) for platform in platforms for python in pythons)
    else:
        fetched = (fetch(platform) for platform in platforms)
        built = (build(platform) for platform in platforms)
    if options.fetch:
        for wheels in fetched:
            print(f"{wheels[0].parent.relative_to(ROOT)}  {len(wheels)} wheels", flush=True)
        return
    for target in built:
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1e6:.1f} MB  sha256 {digest[:16]}…", flush=True)


if __name__ == "__main__":
    main()
