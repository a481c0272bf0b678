"""The pages of the command line, made from its own definitions: one page for each group of the help."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from kinetix_hub.cli.main import SECTIONS, root


def pages() -> dict[str, str]:
    """Titles of the help's groups with their page in Markdown; what the help does not name comes under *Others*."""
    context = click.Context(root, info_name="kinetix")
    found = {title: list(commands) for title, commands in SECTIONS.items()}
    named = {name for commands in found.values() for name in commands}
    if others := [name for name in root.list_commands(context) if name not in named]:
        found["Others"] = others
    return {title: _page(title, commands, context) for title, commands in found.items()}


def _page(title: str, names: list[str], context: click.Context) -> str:
    lines = [f"# Commands: {title}", "", "Made from the commands themselves; `--help` says the same in a terminal.", ""]
    for name in names:
        command = root.get_command(context, name)
        if command is not None:
            lines += _section(command, click.Context(command, info_name=name, parent=context), 2)
    return "\n".join(lines)


def _section(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """A command and what is below it, its heading at this level."""
    yield from (f"{'#' * level} {context.command_path}", "", *_paragraphs(command.help or ""))
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield from ("```", f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}", "```", "")
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _section(inner, click.Context(inner, info_name=name, parent=context), level + 1)


def _paragraphs(help_text: str) -> Iterator[str]:
    r"""A docstring for click as Markdown: a paragraph that begins with `\b` keeps its lines."""
    for paragraph in inspect.cleandoc(help_text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("```", *paragraph.split("\n")[1:], "```", "")
        elif paragraph:
            yield from (" ".join(paragraph.split()), "")


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    records = [record for option in command.get_params(context) if (record := option.get_help_record(context))]
    rows = [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in records if text and "--help" not in names]
    if rows:
        yield from ("| option | |", "| --- | --- |", *rows, "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
