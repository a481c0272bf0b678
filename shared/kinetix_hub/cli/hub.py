"""`kinetix hub`: the background process."""

from __future__ import annotations

import click
from rich.markup import escape

from kinetix_core.io import paths
from kinetix_core.protocol.hub import link
from kinetix_core.protocol.hub.answers import DoctorReport, Health
from kinetix_core.protocol.hub.client import find
from kinetix_hub.cli.show import console, json_option, out


@click.group()
def hub() -> None:
    """Start, stop and inspect the hub, the background process."""


@hub.command()
@click.option("--port", type=int, default=0, help="Preferred port (default: any free one).")
@click.option("--idle", type=float, help="Stop after this many idle seconds; 0 is never.")
@json_option
def start(port: int, idle: float | None, as_json: bool) -> None:
    """Start the hub unless it runs; return when it is ready."""
    running = find()
    found = link.connect() if running is not None else link.start(port=port, idle_s=idle)
    if as_json:
        out(found.info.as_dict())
    else:
        console.print(f"[green]✓[/] hub {found.info.version} on port {found.info.port} (pid {found.info.pid})")


@hub.command()
@json_option
def stop(as_json: bool) -> None:
    """Stop the hub. Unfinished jobs continue at the next start."""
    found = find()
    if found is not None:
        link.stop(found)
    if as_json:
        out({"stopped": found is not None})
    else:
        console.print("[green]✓[/] The hub is stopped." if found is not None else "[dim]The hub was not running.[/]")


@hub.command()
@json_option
def restart(as_json: bool) -> None:
    """Stop the hub and start it again."""
    found = find()
    if found is not None:
        link.stop(found)
    fresh = link.start()
    if as_json:
        out(fresh.info.as_dict())
    else:
        console.print(f"[green]✓[/] hub {fresh.info.version} on port {fresh.info.port} (pid {fresh.info.pid})")


@hub.command()
@json_option
def status(as_json: bool) -> None:
    """Show whether the hub runs, its log and its connection. Starts nothing."""
    found = find()
    log_file = paths.logs() / "hub.log"
    if found is None:
        if as_json:
            out({"running": False, "log": str(log_file), "home": str(paths.home())})
        else:
            console.print("[dim]The hub is not running.[/] It starts when needed, or with `kinetix hub start`.")
        return
    health, report = found.get(Health, "/health"), found.get(DoctorReport, "/doctor")
    if as_json:
        out(
            {
                "running": True,
                **health.as_dict(),
                "port": found.info.port,
                "log": str(log_file),
                "home": str(paths.home()),
                **report.as_dict(),
            }
        )
        return
    connection = report.connection.translated()
    console.print(f"[green]✓[/] hub {health.version}, pid {health.pid}, port {found.info.port}")
    console.print(f"  up {health.uptime_s:.0f} s, {health.unfinished_jobs} unfinished jobs, {report.emotes} emotes")
    console.print(f"  {connection.profile}: {connection.state}. {connection.message}")
    if connection.next_step:
        console.print(f"  [bold]→[/] {connection.next_step}")
    if connection.command:
        console.print(f"    {escape(connection.command)}")
    console.print(f"  key: {report.key_source or 'none'}; log: {log_file}")
