"""Nobody writes files but `kinetix_core.io.files` and what is named here, with the reason."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.core.test_rooms import MAY_IMPORT
from tests.support.tools import ROOT

# The end of a file's path → why it may write by itself.
ALLOWED = {
    "kinetix_core/io/files.py": "the one writer",
    "kinetix_core/io/project_files.py": "the same below a folder that is not trusted, by handles of folders",
    "networks/network.py": "opens the null device",
    "web/library_archive.py": "an archive that is sent while it is made, and is no file here",
    "server/run.py": "the standard library's log that is turned over when it is long",
    "background_scripts/film.py": "runs alone in a second Blender, into the first one's private folder",
    "background_scripts/export.py": "runs alone in a second Blender, into the first one's private folder",
}
WRITES = {
    "write_text", "write_bytes", "copyfile", "copy2", "copytree", "mkstemp", "NamedTemporaryFile", "symlink_to",
    "hardlink_to", "RotatingFileHandler", "FileHandler",
}  # fmt: skip
FLAGS = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND")


def writes(call: ast.Call) -> bool:
    """Return whether a call creates, changes, replaces or syncs a file."""
    function = call.func
    owner = function.value if isinstance(function, ast.Attribute) else None
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    of_os = isinstance(owner, ast.Name) and owner.id == "os"
    if of_os and name == "open":
        return any(flag in ast.unparse(call) for flag in FLAGS)
    if name == "open":
        given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
        modes = [arg.value for arg in given if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        return any(set(mode) <= set("rwxabt+") and set(mode) & set("wxa+") for mode in modes)
    if name == "replace":  # that of a text takes two, that of a dataclass names what it changes
        return of_os or (len(call.args) == 1 and not call.keywords)
    return name in WRITES or (of_os and name in {"rename", "link", "symlink", "truncate", "fsync"})


def written_by(file: Path) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [f"{file.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)[:100]}" for call in calls if writes(call)]


def is_bench(file: Path) -> bool:
    return "bench" in file.relative_to(ROOT).as_posix()


@pytest.mark.quick
@pytest.mark.parametrize("room", MAY_IMPORT, ids=lambda room: room.name)
def test_files_are_written_one_way(room: Path) -> None:
    found = [
        line
        for file in sorted(room.rglob("*.py"))
        if not is_bench(file) and not file.as_posix().endswith(tuple(ALLOWED))
        for line in written_by(file)
    ]
    assert not found, "write through kinetix_core.io.files:\n" + "\n".join(found)
