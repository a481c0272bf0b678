"""`kinetix profile`: the services and their keys."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from kinetix_core.protocol.hub.answers import KeptKey, ProfileList
from kinetix_core.protocol.hub.bodies import ClipLengthBody, KeyBody, ProfileBody
from kinetix_core.protocol.hub.enumerations import KeySource, ProfileKind
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Connection, Profile
from kinetix_core.values.clip_length import LONGEST_SECONDS, MIN_SECONDS, SHORTEST_SECONDS
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import ProfileName
from kinetix_hub.cli.show import json_option, listed, parsed, result


@click.group()
def profile() -> None:
    """Choose between this machine, the cloud, staging and services of your own."""


def _show(found: ProfileList, as_json: bool) -> None:
    listed("profiles", found.profiles, as_json, ["", "name", "kind", "address", "user", "key"], _row)


def _row(found: Profile) -> Sequence[str]:
    key = found.key_source if found.has_key else "none"
    return "→" if found.active else "", found.name, found.kind, found.url or "this machine", found.user, key


@profile.command("list")
@json_option
def list_profiles(as_json: bool) -> None:
    """Show all profiles and the sources of their keys; never a key."""
    _show(connect().get(ProfileList, "/profiles"), as_json)


@profile.command("set")
@click.argument("name", callback=parsed(ProfileName))
@click.option("--kind", type=click.Choice([kind.value for kind in ProfileKind]), required=True, help="Kind of service.")
@click.option("--url", default="", help="Address of a custom service.")
@click.option("--user", default="", help="User of the game who owns the emotes.")
@json_option
def set_profile(name: str, kind: str, url: str, user: str, as_json: bool) -> None:
    """Create or change a profile."""
    body = ProfileBody(kind=ProfileKind(kind), url=url, user=user)
    _show(connect().ask(ProfileList, "PUT", f"/profiles/{name}", body), as_json)


@profile.command()
@click.argument("name", callback=parsed(ProfileName))
@json_option
def use(name: str, as_json: bool) -> None:
    """Make NAME the active profile."""
    _show(connect().post(ProfileList, f"/profiles/{name}/activate"), as_json)


@profile.command()
@click.argument("name", callback=parsed(ProfileName))
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove a profile and its key."""
    hub = connect()
    hub.delete(ProfileList, f"/profiles/{name}/key")
    _show(hub.delete(ProfileList, f"/profiles/{name}"), as_json)


@profile.command("clip-length")
@click.argument("seconds", type=click.FloatRange(MIN_SECONDS, LONGEST_SECONDS), required=False)
@click.option(
    "--least",
    type=click.FloatRange(SHORTEST_SECONDS, MIN_SECONDS),
    metavar="SECONDS",
    help=f"Shortest clip: 1 second at first, {SHORTEST_SECONDS:g} at least.",
)
@json_option
def clip_length(seconds: float | None, least: float | None, as_json: bool) -> None:
    """Set the longest clip that becomes one emote.

    10 seconds by default, 60 at most. Applies to captures on this machine.
    """
    if seconds is None and least is None:
        raise click.UsageError("Give SECONDS or --least SECONDS.")
    body = ClipLengthBody(min_seconds=least, max_seconds=seconds)
    found = connect().ask(Connection, "PUT", "/connection/clip-length", body)
    line = f"[green]✓[/] Clips of {found.min_seconds:g} to {found.max_seconds:g} s can become emotes on this machine."
    result(found, line, as_json)


@profile.command()
@click.argument("name", callback=parsed(ProfileName))
@click.option("--forget", is_flag=True, help="Remove the key.")
@json_option
def key(name: str, forget: bool, as_json: bool) -> None:
    """Store the key of a profile. It is asked for, or read from standard input; never given as an argument."""
    hub = connect()
    if forget:
        _show(hub.delete(ProfileList, f"/profiles/{name}/key"), as_json)
        return
    secret = click.prompt("Key", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not secret.strip():
        raise InputError("No key was given.", code="badKeyText", next_step="Paste the key, or pipe it in.")
    found = hub.ask(KeptKey, "PUT", f"/profiles/{name}/key", KeyBody(key=secret.strip()))
    where = "the system's keyring" if found.key_source is KeySource.KEYRING else "a file that only you can read"
    result(found, f"[green]✓[/] The key of {name} is stored in {where}.", as_json)
