"""`kinetix webhook listen`: prints one line per step of a process."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import click

from kinetix_core.api import CLOUD, Client
from kinetix_core.api.models import Process
from kinetix_core.api.webhooks import Event, Outcome, Receiver
from kinetix_core.io import paths
from kinetix_core.serving.peer_identity import PeerIdentity
from kinetix_core.values.errors import InputError
from kinetix_hub.cli.webhook_server import Listener
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.keys.store import KeyStore
from kinetix_hub.services.local_info import read_info


def _connection(
    api: str | None, keys_file: Path | None, profile: str | None
) -> tuple[str, list[str], PeerIdentity | None]:
    """Return the API's address, the keys and the identity to check: given, of a profile, or of Kinetix Local."""
    keys = os.environ.get("KINETIX_API_KEY", "").replace(",", " ").split()
    if keys_file is not None:
        keys += [line.strip() for line in keys_file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if keys:
        return api or CLOUD, keys, None
    known = Profiles(paths.hub_folder() / "profiles.json").get(profile)
    if known.kind != "local":
        store = KeyStore(paths.hub_folder() / "keys.json")
        store.load([known])
        key, _ = store.get(known.name)
        if key:
            return api or known.url, [key], None
    if known.kind == "local" and api is None and (found := read_info(paths.local() / "serve.json")) is not None:
        return found.url, [found.key], found.identity
    raise InputError(
        "A key is needed to check signatures.",
        code="noKey",
        next_step="Set KINETIX_API_KEY, give --keys-file or --profile, or start Kinetix Local first: kinetix local serve.",
    )


@click.group()
def webhook() -> None:
    """Receive webhooks of the API."""


@webhook.command()
@click.option("--port", default=8787, show_default=True, help="Port to listen on; 0 is any free one.")
@click.option("--path", default="/webhook/updates", show_default=True, help="Path of the webhook.")
@click.option("--api", help="Address of the API (default: the profile's).")
@click.option(
    "--keys-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with one key per line."
)
@click.option("--profile", help="Profile with the address and key (default: the active one).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def listen(port: int, path: str, api: str | None, keys_file: Path | None, profile: str | None, as_json: bool) -> None:
    """Print each step of each process as it is reported.

    Messages with a wrong signature, repeats and outdated steps are dropped. The process is read from the API before its line is
    printed. The command listens on this machine only: forward a public address to it, and register that address with
    PUT /v1/virtual-world/config as webhookUri.
    """
    address, keys, identity = _connection(api, keys_file, profile)
    writing = threading.Lock()

    def show(value: dict[str, Any], text: str) -> None:
        with writing:
            click.echo(json.dumps(value, ensure_ascii=False) if as_json else text)

    def act(event: Event, process: Process) -> None:
        value = {"event": event.json_value(), "process": process.json_value(), "state": str(process.state)}
        percent = "" if process.progression is None else f" {process.progression:.0f} %"
        show(value, f"{event.status:<11} {process.name or event.name or event.uuid}{percent} (now {process.state})")

    def log(outcome: Outcome) -> None:
        if not outcome.acted:
            show({"dropped": outcome.reason, "status": outcome.status}, f"dropped     {outcome.reason}")

    with Client(address, keys[0], identity=identity) as client:
        listener = Listener(Receiver(keys, client, act), port=port, path=path, log=log)
        show({"listening": listener.url, "api": address}, f"Listening on {listener.url} for {address}. Ctrl-C stops.")
        try:
            listener.serve()
        except KeyboardInterrupt:
            show({"stopped": True}, "Stopped.")
