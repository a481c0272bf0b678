"""Build the documentation site into dist/site, with Zensical and without a network.

Each minor version has a folder, and the first page leads to the newest. Folders of former versions stay.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import documentation_pages
from kinetix_core import __version__

SETTINGS = Path(__file__).with_name("zensical.toml")
SITE = documentation_pages.ROOT / "dist" / "site"

_TO_NEWEST = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Kinetix Bridge</title>
<meta http-equiv="refresh" content="0; url={0}/index.html">
<p><a href="{0}/index.html">Kinetix Bridge {0}</a></p>
</html>
"""


def build(site: Path) -> Path:
    """Build this version's folder and the list of versions; return the folder.

    Raises:
        SystemExit: a page or a link in it is wrong; the message is Zensical's.
    """
    minor = ".".join(__version__.split(".")[:2])
    site.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        made = _made(Path(scratch))
        shutil.rmtree(site / minor, ignore_errors=True)
        shutil.move(made, site / minor)
    _list_versions(site)
    return site / minor


def _made(scratch: Path) -> Path:
    shutil.copytree(documentation_pages.DOCS, scratch / "docs", ignore=shutil.ignore_patterns("*.md", "*.toml"))
    found = documentation_pages.pages()
    for page in found:
        file = scratch / "docs" / page.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page.text, encoding="utf-8")
    settings = scratch / "zensical.toml"
    settings.write_text(_settings(documentation_pages.sections(found)), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(settings)]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"documentation: {done.stdout}{done.stderr}")
    made = scratch / "site"
    for needs_an_address in ("404.html", "sitemap.xml"):
        (made / needs_an_address).unlink()
    return made


def _settings(navigation: Sequence[documentation_pages.Section]) -> str:
    """Return the settings with the navigation, as JSON lists and texts are valid TOML."""
    entries = [f"{{ Start = {json.dumps(documentation_pages.START)} }}"]
    for section in navigation:
        inside = ", ".join(f"{{ {json.dumps(page.title)} = {json.dumps(page.path)} }}" for page in section.pages)
        entries.append(f"{{ {json.dumps(section.title)} = [{inside}] }}")
    text = SETTINGS.read_text(encoding="utf-8")
    return text.replace("[project]\n", f"[project]\nnav = [{', '.join(entries)}]\n", 1)


def versions(site: Path) -> list[str]:
    """Return the minor versions with a folder, newest first."""
    folders = [folder.name for folder in site.iterdir() if (folder / "index.html").is_file()]
    return sorted(folders, key=lambda name: tuple(map(int, name.split("."))), reverse=True)


def _list_versions(site: Path) -> None:
    """Write the first page, and `versions.json` for the choice of versions."""
    found = versions(site)
    listed = [{"version": name, "title": name, "aliases": []} for name in found]
    (site / "versions.json").write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    (site / "index.html").write_text(_TO_NEWEST.format(found[0]), encoding="utf-8")


if __name__ == "__main__":
    print(build(SITE))
