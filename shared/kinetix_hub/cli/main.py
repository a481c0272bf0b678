"""The root of the command line. Subcommands are entry points (`kinetix.commands`), loaded only when they are asked for."""

from __future__ import annotations

import json
import sys
from importlib.metadata import entry_points

import click
from rich.console import Console

from kinetix_core import __version__
from kinetix_core.errors import KinetixError, mask

__all__ = ["main", "root"]


# How the help groups what the rooms bring; whatever is named nowhere stands under the last heading.
_SECTIONS = {
    "Emotes": ("emote", "job", "sync"),
    "Files": ("capture", "retarget", "edit", "convert", "compare"),
    "Setting up": ("doctor", "profile", "hub", "local"),
    "For developers": ("process", "webhook", "bench"),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(point.name for point in entry_points(group="kinetix.commands"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        left = self.list_commands(ctx)
        width = max(map(len, left), default=0)
        for number, (title, names) in enumerate(_SECTIONS.items(), 1):
            here = [name for name in names if name in left]
            left = [name for name in left if name not in here]
            if number == len(_SECTIONS):
                here += left
            commands = [(name, self.get_command(ctx, name)) for name in here]
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(width), found.get_short_help_str(limit=160)) for name, found in commands if found]
                )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for point in entry_points(group="kinetix.commands", name=cmd_name):
            try:
                command = point.load()
            except ModuleNotFoundError as error:
                raise KinetixError(
                    f"`kinetix {cmd_name}` needs a part that is not installed.",
                    code="notInstalled",
                    detail=str(error),
                    next_step="Install the whole product: pip install 'kinetix-bridge[local]'.",
                ) from error
            assert isinstance(command, click.Command)
            return command
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kinetix")
def root() -> None:
    """Film a move, get an emote, see it on your own character in Blender and in Godot."""


def _show(error: KinetixError, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]✗[/] {_plain(error.title)}")
    if error.detail:
        console.print(f"  [dim]{_plain(error.detail)}[/]")
    if error.next_step:
        console.print(f"  [bold]→[/] {_plain(error.next_step)}")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def main() -> None:
    """Runs the command line and translates every error into a message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a pipe on Windows is not UTF-8 by itself
            stream.reconfigure(encoding="utf-8", errors="replace")
    as_json = "--json" in sys.argv
    try:
        code = root.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except KinetixError as error:
        _show(error, as_json)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _show(
            KinetixError(
                f"{error.strerror or type(error).__name__}{mask(where)}",
                code="system",
                next_step="Check the path, the free space and the permissions, then try again.",
            ),
            as_json,
        )
        sys.exit(1)
