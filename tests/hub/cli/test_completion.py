"""`kinetix completion`: what is installed where, and what the Tab key offers in a real shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from kinetix_hub.cli.completion import completion
from kinetix_hub.cli.main import root
from tests.support import tools
from tests.support.waiting import LIMIT_S

SHELLS = ("bash", "zsh", "fish", "powershell")
NEEDS_BASH = pytest.mark.posix_only(reason="the script of bash is made by asking bash for its version")


def installed(shell: str) -> tuple[Path, str]:
    """The file that `--install` wrote, and what it told."""
    done = CliRunner().invoke(completion, [shell, "--install"])
    assert done.exit_code == 0, done.output
    file = Path(done.output.splitlines()[0].removeprefix("✓ "))
    assert file.is_file() and file.is_relative_to(Path(os.environ["HOME"]).parent)
    return file, done.output


@pytest.mark.quick
@pytest.mark.parametrize("shell", [pytest.param(name, marks=NEEDS_BASH) if name == "bash" else name for name in SHELLS])
def test_the_script_is_written_where_the_shell_looks(shell: str) -> None:
    file, told = installed(shell)
    printed = CliRunner().invoke(completion, [shell]).output
    assert (
        file.read_text(encoding="utf-8") == f"{printed}# Written by Kinetix Bridge.\n"
        and "_KINETIX_COMPLETE" in printed
    )
    if shell in ("zsh", "powershell"):
        assert str(file.parent) in told.partition("\n")[2], "the line to add names the place"


@pytest.mark.quick
def test_powershell_gets_commands_with_their_help() -> None:
    asked = {"_KINETIX_COMPLETE": "powershell_complete", "COMP_WORDS": "kinetix emote cr", "COMP_WORD": "cr"}
    done = CliRunner(env=asked).invoke(root, prog_name="kinetix")
    kind, value, text = done.output.strip().split("\t")
    assert (kind, value) == ("plain", "create") and text


# How each shell is asked what Tab would offer after `kinetix emote cr`.
ASK = {
    "bash": '. "$FILE"; COMP_WORDS=(kinetix emote cr) COMP_CWORD=2; _kinetix_completion kinetix; echo "${COMPREPLY[@]}"',
    "fish": 'source "$FILE"; complete -C "kinetix emote cr"',
    "zsh": "autoload -U compinit; compinit -u -D; compdef() { :; }; _describe() { print -l -- ${(P)3} }; words=(kinetix emote cr);"
    ' CURRENT=3; compadd() { print -l -- $@ }; source "$FILE"; _kinetix_completion',
}


@pytest.mark.parametrize("shell", ASK)
def test_a_real_shell_completes(shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not here: make test-tools")
    file, _ = installed(shell)
    path = f"{tools.kinetix().parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program, "-c", ASK[shell]],
        env={**os.environ, "PATH": path, "FILE": str(file)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    assert "create" in done.stdout, done.stdout + done.stderr
