"""A misspelt command, and one spelling for one thing in every command."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from kinetix_hub.cli.main import root

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
