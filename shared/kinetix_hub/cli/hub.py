"""`kinetix hub`: the background process."""

from __future__ import annotations

import click
from rich.markup import escape

from kinetix_core.io import paths
from kinetix_core.protocol.hub import link
from kinetix_core.protocol.hub.answers import DoctorReport, Health
from kinetix_core.protocol.hub.client import HubClient, find
from kinetix_hub.cli.show import console, json_option, out, result


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
    _started(found, as_json)


def _started(hub: HubClient, as_json: bool) -> None:
    info = hub.info
    result(info.as_dict(), f"[green]✓[/] hub {info.version} on port {info.port} (pid {info.pid})", as_json)


@hub.command()
@json_option
def stop(as_json: bool) -> None:
    """Stop the hub. Unfinished jobs continue at the next start."""
    found = find()
    if found is not None:
        link.stop(found)
    line = "[green]✓[/] The hub is stopped." if found is not None else "[dim]The hub was not running.[/]"
    result({"stopped": found is not None}, line, as_json)


@hub.command()
@json_option
def restart(as_json: bool) -> None:
    """Stop the hub and start it again."""
    found = find()
    if found is not None:
        link.stop(found)
    _started(link.start(), as_json)


@hub.command()
@json_option
def status(as_json: bool) -> None:
    """Show whether the hub runs, its log and its connection. Starts nothing."""
    found = find()
    log_file = paths.logs() / "hub.log"
    if found is None:
        line = "[dim]The hub is not running.[/] It starts when needed, or with `kinetix hub start`."
        result({"running": False, "log": str(log_file), "home": str(paths.home())}, line, as_json)
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
