"""`kinetix man`, a misspelt command, and one spelling for one thing in every command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kinetix_hub.cli.main import SECTIONS, root
from kinetix_hub.cli.man import man
from kinetix_hub.cli.man_page import man_page
from kinetix_hub.installation import uninstalling
from tests.support.waiting import LIMIT_S

# What an option must not be called, as another one is called so everywhere.
OTHER_SPELLINGS = {
    "--output": "--out",
    "--destination": "--out",
    "--begin": "--start",
    "--from": "--start",
    "--until": "--end",
    "--size": "--height",
    "--title": "--name",
    "--verbose": "--json or the log",
    "--directory": "--folder",
    "--dir": "--folder",
}


def commands(
    command: click.Command = root, context: click.Context | None = None
) -> Iterator[tuple[str, click.Command]]:
    """Each command with its path, as a person types it."""
    here = context or click.Context(root, info_name="kinetix")
    yield here.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(here):
            inner = command.get_command(here, name)
            assert inner is not None
            if name != "bench":  # a package of its own
                yield from commands(inner, click.Context(inner, info_name=name, parent=here))


def options() -> Iterator[tuple[str, click.Option]]:
    for path, command in commands():
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                yield path, option


@pytest.mark.quick
def test_every_option_says_what_it_is_for_in_a_sentence() -> None:
    wrong = [
        f"{path} {option.opts[-1]}: {option.help}"
        for path, option in options()
        if not (option.help or "").endswith(".")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.quick
def test_one_thing_is_spelled_in_one_way() -> None:
    names = [(path, name) for path, option in options() for name in option.opts]
    assert not [f"{path}: {name}" for path, name in names if not re.fullmatch(r"-[a-z]|--[a-z0-9]+(-[a-z0-9]+)*", name)]
    assert not [f"{path}: {name} is {OTHER_SPELLINGS[name]}" for path, name in names if name in OTHER_SPELLINGS]
    flags: dict[str, set[bool]] = {}
    for _, option in options():
        if option.opts[-1] in ("--json", "--out", "--yes", "--home", "--user", "--profile", "--name"):
            flags.setdefault(option.opts[-1], set()).add(option.is_flag)
    assert all(len(kinds) == 1 for kinds in flags.values()), flags


@pytest.mark.quick
@pytest.mark.parametrize(("typed", "meant"), [("emot", "'emote'"), ("retaget", "'retarget'"), ("synk", "'sync'")])
def test_a_misspelt_command_is_understood(typed: str, meant: str) -> None:
    done = CliRunner().invoke(root, [typed])
    assert done.exit_code == 2 and f"No such command '{typed}'. Did you mean" in done.output and meant in done.output
    done = CliRunner().invoke(root, ["xyzzy"])
    assert done.exit_code == 2 and "Did you mean" not in done.output


@pytest.mark.quick
def test_the_page_has_every_command_and_option() -> None:
    page = man_page(root, SECTIONS).replace("\\-", "-")
    for path, command in commands():
        if path != "kinetix":
            assert f".SS {path}\n" in page, path
        for option in command.params:
            assert not isinstance(option, click.Option) or option.hidden or option.opts[-1] in page


@pytest.mark.quick
def test_it_is_written_where_man_looks_and_goes_with_uninstall() -> None:
    done = CliRunner().invoke(man, ["--install"])
    file = Path(done.output.splitlines()[0].removeprefix("✓ "))
    assert done.exit_code == 0 and file.is_relative_to(Path(os.environ["HOME"]).parent)
    assert file.name == "kinetix.1" and file.parent.name == "man1"
    printed = CliRunner().invoke(man, []).output
    assert file.read_text(encoding="utf-8") == f'{printed}.\\" Written by Kinetix Bridge.\n'
    assert file in [part.path for part in uninstalling.parts()]


@pytest.mark.quick
def test_a_reader_takes_it_without_a_word() -> None:
    page = man_page(root, SECTIONS)
    macros = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert macros <= {'.\\"', ".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".nf", ".fi"}
    groff = shutil.which("groff")  # where it is, it is asked as well, with every warning that there is
    if groff is None:
        return
    command = [groff, "-man", "-ww", "-Tutf8", "-Kutf8"]
    done = subprocess.run(command, input=page, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=True)
    assert done.stderr == ""
    shown = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert "kinetix - turn a video of a person into an animation" in shown and ".SS" not in shown
