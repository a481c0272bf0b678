"""`kinetix uninstall`: what was made on this machine goes, after asking. The program itself goes the way it came."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import click

from kinetix_core import paths
from kinetix_core.errors import KinetixError
from kinetix_core.hub_protocol.client import find
from kinetix_core.process_lock import ProcessLock
from kinetix_hub import link
from kinetix_hub.cli.completion import installed_files
from kinetix_hub.cli.show import console
from kinetix_hub.keys import ring
from kinetix_hub.keys.profiles import Profiles

__all__ = ["uninstall"]


@dataclass(frozen=True)
class _Part:
    """Something of ours on the disk, in words for a person."""

    path: Path
    what: str
    is_work: bool = False
    """A person made it: it stays unless all is to go."""


def _parts() -> list[_Part]:
    home = paths.home()
    found = [
        _Part(home / "hub", "jobs, profiles and keys"),
        _Part(home / "godot", "which Godot projects follow the library"),
        _Part(home / "logs", "logs"),
        _Part(paths.runtimes(), "what the Blender add-on unpacked"),
        _Part(paths.cache(), "the capture models and other copies"),
        *(_Part(file, "completion by the Tab key") for file in installed_files()),
        _Part(paths.local(), "Kinetix Local: worlds, players and their emotes", is_work=True),
        _Part(paths.library(), "the emote library", is_work=True),
    ]
    return [part for part in found if part.path.exists() or part.path.is_symlink()]


@click.command()
@click.option("--all", "everything", is_flag=True, help="The library and Kinetix Local's worlds as well.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def uninstall(everything: bool, yes: bool) -> None:
    """Remove what Kinetix Bridge made on this machine, after asking; --all takes the library along."""
    found = _parts()
    going = [part for part in found if everything or not part.is_work]
    staying = [part for part in found if part not in going]
    if not going:
        console.print("[green]✓[/] There is nothing to remove.")
    else:
        console.print("This goes:" if yes else "This would go:")
        _list(going)
    if staying:
        console.print("This stays:")
        _list(staying)
    if going and (yes or click.confirm("Remove it?", default=False)):
        _remove(going)
        console.print("[green]✓[/] removed. Emotes in Godot projects and .blend files are untouched.")
    console.print(
        "The program goes the way it came: uv tool uninstall kinetix-bridge, or pipx; in Blender and Godot remove the add-on.",
        soft_wrap=True,
    )


def _list(parts: list[_Part]) -> None:
    for part in parts:
        console.print(f"  {part.path}  ({part.what}, {_size(part.path) / 1e6:.1f} MB)", markup=False, soft_wrap=True)


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(_size(inside) for inside in path.iterdir())


def _remove(parts: list[_Part]) -> None:
    running = find()
    if running is not None:
        link.stop(running)
    if not _is_free(paths.local() / "serve.lock"):
        raise KinetixError(
            "Kinetix Local still runs.",
            code="localRuns",
            next_step="End the `kinetix local serve` that you started, then try again. Nothing was removed.",
        )
    _forget_keys()
    for part in parts:
        if part.path.is_symlink() or part.path.is_file():
            part.path.unlink()  # what a link leads to is not ours
        else:
            shutil.rmtree(part.path)
    home = paths.home()
    if home.is_dir() and not any(home.iterdir()):
        home.rmdir()


def _is_free(lock: Path) -> bool:
    if not lock.exists():
        return True
    with ProcessLock(lock).probe() as free:
        return free


def _forget_keys() -> None:
    """Takes the keys out of the system's keyring. One that is locked keeps them, and that is said."""
    file = paths.hub_folder() / "profiles.json"
    if not file.exists():
        return
    for profile in Profiles(file).all():
        if profile.kind == "local":
            continue
        try:
            ring.ask("delete", profile.name)
        except ring.RingTimeout:
            console.print("[yellow]![/] The system's keyring is locked; what it keeps for kinetix-bridge stays there.")
            return
