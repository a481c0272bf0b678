"""`kinetix doctor`: what is wrong, and what to do about each problem."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

import click
from rich.markup import escape

from kinetix_core import __version__, paths
from kinetix_core.errors import KinetixError
from kinetix_hub import link
from kinetix_hub.cli.show import console, json_option, out
from kinetix_hub.doctor import check

__all__ = ["doctor"]

_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}


@click.command()
@click.option("--fix", is_flag=True, help="Repair the library, and move aside what else is damaged.")
@json_option
def doctor(fix: bool, as_json: bool) -> None:
    """Check the hub, keys, service, disk and library; --fix repairs what can be repaired."""
    checks = [check("program", "ok", f"{__version__}, Python {platform.python_version()} on {sys.platform}"), _home()]
    report: dict[str, Any] = {}
    fixed: list[dict[str, Any]] = []
    try:
        hub = link.connect()
        info = hub.info
        checks.append(
            check("hub", "ok", f"{info.version}, pid {info.pid}, port {info.port}, log {paths.logs() / 'hub.log'}")
        )
        if fix:
            fixed = hub.post("/doctor/fix", timeout_s=3600.0)["done"]
        report = hub.get("/doctor", timeout_s=600.0)
        checks += report["checks"]
    except OSError as error:
        where = error.filename or paths.home()
        checks.append(
            check("hub", "error", f"{error.strerror}: {where}", "Make the home folder writable, or set KINETIX_HOME.")
        )
    except KinetixError as error:
        checks.append(check("hub", "error", f"{error.title} {error.detail}", f"{error.next_step} Log: {paths.logs()}"))
    bad = any(row["state"] == "error" for row in checks)
    if as_json:
        out({"ok": not bad, "checks": checks, "problems": report.get("problems", []), "fixed": fixed})
    else:
        for row in checks:
            console.print(f"{_MARKS[row['state']]} {row['name']:<10} {escape(row['text'])}")
            if row["nextStep"]:
                console.print(f"             [bold]→[/] {escape(row['nextStep'])}")
        for row in fixed:
            done = "moved aside" if row["code"] == "movedAside" else "repaired"
            word = f"[green]{done}[/]" if row["fixed"] else f"[yellow]not {done}[/]"
            console.print(f"  {word} {escape(row['name'])} ({row['code']}) {escape(row.get('detail', ''))}")
        for row in report.get("problems", []):
            console.print(f"  [yellow]{escape(row['name'])}[/]: {row['title']} {row['nextStep']}")
    sys.exit(1 if bad else 0)


def _home() -> dict[str, str]:
    home = paths.home()
    place = home if home.exists() else next(parent for parent in home.parents if parent.exists())
    if os.access(place, os.W_OK):
        return check("home", "ok", str(home))
    return check(
        "home", "error", f"{home} cannot be written.", "Make it writable, or set KINETIX_HOME to a folder of your own."
    )
