"""The manual page kinetix(1), made from the commands themselves. Their help says the same in a terminal."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from kinetix_core import __version__
from kinetix_core.values.errors import KinetixError

__all__ = ["man_page"]

_ENVIRONMENT = {
    "KINETIX_HOME": "The folder of the hub, the library and Kinetix Local, instead of the user's own.",
    "KINETIX_API_KEY": "A key for the active profile, instead of that in the system's keyring.",
    "NO_COLOR": "Set to anything: no colours.",
}
_EXIT = {
    "0": "It is done.",
    "1": "It could not be done; the message says why and what to do.",
    "2": "The command is not understood.",
    "130": "It was stopped by Ctrl+C. The hub goes on with what it was given.",
}


def man_page(root: click.Group, sections: dict[str, dict[str, str]]) -> str:
    """The page in roff. `sections`: titles of the help's groups with their commands and what each is for."""
    context = click.Context(root, info_name="kinetix")
    lines = [
        r".\" -*- coding: utf-8 -*-",
        f'.TH KINETIX 1 "" "Kinetix Bridge {__version__}" "User commands"',
        ".SH NAME",
        r"kinetix \- turn a video of a person into an animation",
        ".SH SYNOPSIS",
        ".B kinetix",
        r"[\fIOPTIONS\fR] [\fICOMMAND\fR [\fIARGUMENTS\fR]]",
        ".SH DESCRIPTION",
        *_paragraphs(root.help or ""),
        "Without a command it says what comes next on this machine.",
        *_options(root, context),
    ]
    named = {name for commands in sections.values() for name in commands}
    if others := {name: "" for name in root.list_commands(context) if name not in named}:
        sections = {**sections, "Others": others}
    for title, commands in sections.items():
        lines.append(f".SH {_plain(title).upper()}")
        for name in commands:
            lines += _command(_loaded(root, context, name), name, commands[name], context)
    lines += [".SH ENVIRONMENT", *_table(_ENVIRONMENT), ".SH EXIT STATUS", *_table(_EXIT)]
    return "\n".join(lines) + "\n"


def _loaded(root: click.Group, context: click.Context, name: str) -> click.Command | None:
    try:
        return root.get_command(context, name)
    except KinetixError:  # a part that is not installed
        return None


def _command(command: click.Command | None, name: str, purpose: str, parent: click.Context) -> Iterator[str]:
    """A command and what is below it."""
    if command is None:
        yield from (f".SS kinetix {_plain(name)}", _plain(purpose), "It needs a part that is not installed here.")
        return
    context = click.Context(command, info_name=name, parent=parent)
    yield f".SS {_plain(context.command_path)}"
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield f"\\fB{_plain(context.command_path)}\\fR {_plain(' '.join(command.collect_usage_pieces(context)))}"
        yield ".PP"
    yield from _paragraphs(command.help or purpose)
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for inner_name in command.list_commands(context):
            inner = command.get_command(context, inner_name)
            if inner is not None and not inner.hidden:
                yield from _command(inner, inner_name, "", context)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    records = [record for option in command.get_params(context) if (record := option.get_help_record(context))]
    yield from _table({names: text for names, text in records if text and "--help" not in names})


def _paragraphs(help_text: str) -> Iterator[str]:
    r"""A docstring for click: a paragraph that begins with `\b` keeps its lines."""
    for number, paragraph in enumerate(filter(None, inspect.cleandoc(help_text).split("\n\n"))):
        if number:
            yield ".PP"
        if paragraph.startswith("\b"):
            yield from (".nf", *map(_plain, paragraph.split("\n")[1:]), ".fi")
        else:
            yield _plain(" ".join(paragraph.split()))


def _table(rows: dict[str, str]) -> Iterator[str]:
    for name, text in rows.items():
        yield from (".TP", f"\\fB{_plain(name)}\\fR", _plain(" ".join(text.split())) or r"\&")


def _plain(text: str) -> str:
    """Text that roff takes for nothing but text."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
