"""The root of the command line. Subcommands are entry points (`kinetix.commands`), loaded on demand."""

from __future__ import annotations

import difflib
import errno
import json
import os
import sys
from importlib.metadata import entry_points

import click
from click.shell_completion import add_completion_class
from rich.console import Console

from kinetix_core import __version__
from kinetix_core.command_line.output import print_utf8
from kinetix_core.io.os_errors import from_os_error
from kinetix_core.serving.garbage import collect_rarely
from kinetix_core.translations import translated
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_hub.cli.next_step import next_step
from kinetix_hub.cli.powershell import PowerShellComplete

# How the help groups the commands, and what each is for: the help is shown without loading what it lists.
SECTIONS = {
    "Emotes": {
        "emote": "Create emotes from clips; list, get, rename, cut, delete and give them.",
        "job": "List, stop and retry jobs; accept or retake a take.",
        "sync": "Sync emotes to Godot projects from the library or a folder.",
    },
    "Files": {
        "capture": "Turn a video of one person into an emote, or one of several people into an emote for each of them.",
        "refine": "Solve a take again with corrections.",
        "retarget": "Put emotes on the character of a GLB or VRM file, of FBX or .blend with Blender.",
        "edit": "Change an emote: cut, loop, mirror, slow down, layer, …",
        "convert": "Convert emote files between GLB, VRM animation, BVH, FBX, USD and Kinanim.",
        "compare": "Say how far two emotes are apart, frame by frame.",
    },
    "Setting up": {
        "doctor": "Check the hub, keys, service, disk and library; --fix repairs what can be repaired.",
        "profile": "Choose between this machine, the cloud, staging and services of your own.",
        "hub": "Start, stop and inspect the hub, the background process.",
        "local": "Kinetix Local: the Kinetix SDK API on this machine.",
        "uninstall": "Remove what Kinetix Bridge created on this machine, after asking; --all includes the library.",
        "completion": "Complete commands, options and names with Tab in bash, zsh, fish and PowerShell.",
    },
    "For developers": {
        "process": "List, show, validate and retake processes at the service.",
        "webhook": "Receive webhooks of the API.",
        "bench": "Measure speed, memory and quality, each against a peer or a limit in the same run.",
    },
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(point.name for point in entry_points(group="kinetix.commands"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        left = set(self.list_commands(ctx))
        width = max(map(len, left), default=0)
        for title, commands in SECTIONS.items():
            here = [(name.ljust(width), text) for name, text in commands.items() if name in left]
            left -= commands.keys()
            if here:
                with formatter.section(title):
                    formatter.write_dl(here)
        if left:  # what another package brings
            with formatter.section("Others"):
                formatter.write_dl([(name.ljust(width), "") for name in sorted(left)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest similar commands, which click could only do for loaded ones."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known and not ctx.resilient_parsing:
            near = difflib.get_close_matches(args[0], known)
            meant = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)

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


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kinetix")
@click.pass_context
def root(context: click.Context) -> None:
    """Film a move, get an emote, see it on your own character in Blender and in Godot."""
    if context.invoked_subcommand is None:
        step = next_step()
        width = max(len(command) for command, _ in step.commands)
        click.echo(f"{step.sentence}\n")
        for command, purpose in step.commands:
            click.echo(f"  {click.style(command.ljust(width), bold=True)}  {purpose}")
        click.echo("\nEverything else: kinetix --help")


add_completion_class(PowerShellComplete)


def _show(error: KinetixError, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]✗[/] {_plain(translated(error.title))}")
    if error.detail:
        console.print(f"  [dim]{_plain(translated(error.detail))}[/]")
    if error.next_step:
        console.print(f"  [bold]→[/] {_plain(translated(error.next_step))}")
    if error.command:
        console.print(f"    {_plain(error.command)}")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _usage_error(error: click.ClickException) -> KinetixError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = f"{context.command_path if context else 'kinetix'} --help"
    return InputError(
        error.format_message(), code="badUsage", next_step="Check the command's options.", command=command
    )


def main() -> None:
    """Run the command line; turn every error into a message and an exit code."""
    collect_rarely()
    print_utf8()
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
        _show(_usage_error(error), as_json)
        sys.exit(error.exit_code)
    except OSError as error:
        if is_closed_pipe(error):
            os._exit(141)  # not by sys.exit: its last flush would complain once more
        _show(from_os_error(error), as_json)
        sys.exit(1)


def is_closed_pipe(error: OSError, system: str = sys.platform) -> bool:
    """Return True if the reader of standard output has exited. Windows reports that as a bad argument."""
    is_unnamed = error.filename is None
    return isinstance(error, BrokenPipeError) or (system == "win32" and error.errno == errno.EINVAL and is_unnamed)
