"""`kinetix doctor`: problems, each with its next step."""

from __future__ import annotations

import os
import platform
import sys

import click
from rich.markup import escape

from kinetix_core import __version__
from kinetix_core.io import paths
from kinetix_core.protocol.hub import link
from kinetix_core.protocol.hub.answers import Check, Cure, DoctorReport, Fixed, ProblemEmote, SetAside
from kinetix_core.protocol.hub.enumerations import CheckState
from kinetix_core.values.errors import KinetixError
from kinetix_hub.cli.show import console, json_option, out
from kinetix_hub.doctor import check

_MARKS = {CheckState.OK: "[green]✓[/]", CheckState.WARNING: "[yellow]![/]", CheckState.ERROR: "[red]✗[/]"}


@click.command()
@click.option("--fix", is_flag=True, help="Repair the library, and move other damaged files aside.")
@json_option
def doctor(fix: bool, as_json: bool) -> None:
    """Check the hub, keys, service, disk and library; --fix repairs what can be repaired."""
    checks = [
        check("program", CheckState.OK, f"{__version__}, Python {platform.python_version()} on {sys.platform}"),
        _home(),
    ]
    problems: list[ProblemEmote] = []
    fixed: list[SetAside | Cure] = []
    try:
        hub = link.connect()
        info = hub.info
        said = f"{info.version}, pid {info.pid}, port {info.port}, log {paths.logs() / 'hub.log'}"
        checks.append(check("hub", CheckState.OK, said))
        if fix:
            fixed = hub.post(Fixed, "/doctor/fix", timeout_s=3600.0).done
        report = hub.get(DoctorReport, "/doctor", timeout_s=600.0)
        checks += report.checks
        problems = report.problems
    except OSError as error:
        said = f"{error.strerror}: {error.filename or paths.home()}"
        checks.append(check("hub", CheckState.ERROR, said, "Make the home folder writable, or set KINETIX_HOME."))
    except KinetixError as error:
        said, next_step = f"{error.title} {error.detail}", f"{error.next_step} Log: {paths.logs()}"
        checks.append(check("hub", CheckState.ERROR, said, next_step, command=error.command))
    bad = any(row.state is CheckState.ERROR for row in checks)
    if as_json:
        out({"ok": not bad, "checks": checks, "problems": problems, "fixed": fixed})
    else:
        for row in [check.translated() for check in checks]:
            console.print(f"{_MARKS[row.state]} {row.name:<10} {escape(row.text)}")
            if row.next_step:
                console.print(f"             [bold]→[/] {escape(row.next_step)}")
            if row.command:
                console.print(f"               {escape(row.command)}")
        for cure in fixed:
            done = "moved aside" if isinstance(cure, SetAside) else "repaired"
            word = f"[green]{done}[/]" if cure.fixed else f"[yellow]not {done}[/]"
            detail = cure.detail if isinstance(cure, SetAside) else ""
            console.print(f"  {word} {escape(cure.name)} ({cure.code}) {escape(detail)}")
        for problem in [each.translated() for each in problems]:
            console.print(f"  [yellow]{escape(problem.name)}[/]: {problem.title} {problem.next_step}")
    sys.exit(1 if bad else 0)


def _home() -> Check:
    home = paths.home()
    place = home if home.exists() else next(parent for parent in home.parents if parent.exists())
    if os.access(place, os.W_OK):
        return check("home", CheckState.OK, str(home))
    return check(
        "home",
        CheckState.ERROR,
        f"{home} is not writable.",
        "Make it writable, or set KINETIX_HOME to a folder of your own.",
    )
