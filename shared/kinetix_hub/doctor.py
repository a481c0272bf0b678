"""Checks of the hub and its surroundings: one row each, with the next step."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from kinetix_core.command_line.shell import quote
from kinetix_core.io import paths
from kinetix_core.protocol.hub.answers import Check, Cure, DoctorReport, SetAside
from kinetix_core.protocol.hub.enumerations import CheckState, ConnectionState, Remedy
from kinetix_core.protocol.hub.models import Connection, Profile
from kinetix_core.protocol.local.models import Readiness
from kinetix_core.values.errors import mask
from kinetix_core.values.wording import worded
from kinetix_hub.services import local_state
from kinetix_hub.services.local_state import LocalDamage, LocalReport
from kinetix_hub.services.port import Temporary

if TYPE_CHECKING:
    from kinetix_hub.hub import Hub
    from kinetix_hub.services.local_process import LocalService

_LOW_DISK = 1024**3
_FIX = "kinetix doctor --fix"
_INSTALL = "uv tool install 'kinetix-bridge[local]'"
_MOVE_ASIDE = "Set the damaged data aside and start empty, or restore your own backup first."
_DELETE = "Delete it when you miss nothing."
# What only a damaged file held → what to do about it, and the command that does it.
_LOST: dict[str, tuple[str, str, str]] = {
    "hub.db": (
        "the history of jobs and what was not done yet; the emotes were found again in the library",
        f"Make again what was under way. {_DELETE}",
        "",
    ),
    "profiles.json": ("your own profiles", f"Set them again. {_DELETE}", "kinetix profile set"),
    "keys.json": ("keys that no keyring keeps", f"Give them again. {_DELETE}", "kinetix profile key"),
    "targets.json": ("which projects are kept in sync", f"Add them again. {_DELETE}", "kinetix sync add"),
    "local.db": (
        "worlds, keys, players and processes of Kinetix Local; its files are kept beside it",
        f"Put both back from a copy, or bring in an export. {_DELETE}",
        "kinetix local import",
    ),
    "secret": ("the seals of keys", f"Webhooks need new keys. {_DELETE}", "kinetix local key create"),
}


def check(
    name: str, state: CheckState, text: str, next_step: str = "", *, remedy: Remedy | None = None, command: str = ""
) -> Check:
    """Return a row of the report, with private paths and keys masked."""
    return Check(name=name, state=state, text=mask(text), next_step=mask(next_step), remedy=remedy, command=command)


def examine(hub: Hub) -> DoctorReport:
    """Run every check; nothing is changed. Blocks."""
    profile = hub.profiles.active
    row = next(row for row in hub.connections.profiles() if row.active)
    problems, report = hub.repair.look(), local_state.examine(hub.home)
    connection = hub.connections.check() if profile.kind != "local" or hub.local.info() else hub.connections.state
    checks = [
        _connection(connection),
        _key(row, hub.keys.ring_state),
        *([capture_row(report)] if profile.kind == "local" else []),
        _database(hub),
        *(
            check(
                "local state",
                CheckState.ERROR,
                worded(
                    "{file} is damaged: {reason}. Lost with it: {lost}.",
                    file=row.name,
                    reason=row.reason,
                    lost=row.lost,
                ),
                _MOVE_ASIDE,
                remedy=Remedy.FIX,
                command=_FIX,
            )
            for row in _damage(report)
        ),
        *storage_rows(hub.local),
        *set_aside_rows(hub.home),
        _disk(hub),
        check(
            "library",
            CheckState.WARNING if problems else CheckState.OK,
            worded("{count} of {all} emotes have a problem.", count=len(problems), all=hub.library.index.count())
            if problems
            else _size(hub.library.index.count(), hub.library.index.bytes_used()),
            "Repair the library." if problems else "",
            remedy=Remedy.FIX if problems else None,
            command=_FIX if problems else "",
        ),
        *(
            check("sync", CheckState.ERROR, why, "Reinstall Kinetix Bridge; the rest works without it.")
            for why in (hub.sync.failure,)
            if why
        ),
        *(
            check(
                "sync",
                CheckState.ERROR,
                worded("Not synced: {project}. {reason}", project=target.project, reason=target.error.title),
                target.error.next_step,
            )
            for state in hub.sync.snapshot().values()
            for target in state.targets
            if target.error is not None
        ),
    ]
    return DoctorReport(
        checks=checks,
        problems=problems,
        connection=connection,
        key_source=row.key_source,
        emotes=hub.library.index.count(),
        library_bytes=hub.library.index.bytes_used(),
        library_limit=hub.evictor.limit,
        log=str(paths.logs() / "hub.log"),
    )


def _connection(found: Connection) -> Check:
    good = found.state in (ConnectionState.READY, ConnectionState.STARTING)
    return check(
        "service",
        CheckState.OK if good else CheckState.ERROR,
        f"{found.profile}: {found.state if good else found.message or found.state}",
        found.next_step,
        remedy=Remedy.ENTER_KEY if found.state in (ConnectionState.NO_KEY, ConnectionState.BAD_KEY) else None,
        command=found.command,
    )


def _key(row: Profile, ring_state: str) -> Check:
    if ring_state == "locked":
        return check(
            "key",
            CheckState.OK if row.has_key else CheckState.WARNING,
            "The system's keyring is locked or does not answer.",
            "" if row.has_key else "Unlock the keyring, or enter the key again to store it in a private file.",
            remedy=None if row.has_key else Remedy.ENTER_KEY,
        )
    if row.has_key:
        return check("key", CheckState.OK, f"from {row.key_source}")
    return check(
        "key",
        CheckState.ERROR,
        worded("The profile “{profile}” has no key.", profile=row.name),
        "Enter the key from Kinetix, or use another profile.",
        remedy=Remedy.ENTER_KEY,
        command=f"kinetix profile key {quote(row.name)}",
    )


def capture_row(report: LocalReport | None) -> Check:
    """Return whether clips can be captured on this machine; `report` is None without Kinetix Local."""
    if report is None:
        return check(
            "capture",
            CheckState.WARNING,
            "Kinetix Local is not installed here: no clip can be captured on this machine.",
            "Install the complete add-on file, or use a profile with a key.",
            remedy=Remedy.INSTALL,
            command=_INSTALL,
        )
    if (problem := report.capture) is not None:
        remedy = Remedy.INSTALL if problem.command else None
        return check(
            "capture", CheckState.WARNING, problem.title, problem.next_step, remedy=remedy, command=problem.command
        )
    return check("capture", CheckState.OK, "on this machine")


def _database(hub: Hub) -> Check:
    verdict = hub.database.check()
    if verdict != "ok":
        return check(
            "database",
            CheckState.ERROR,
            worded("The file with the list of jobs is damaged: {reason}.", reason=verdict),
            "Restart Kinetix to move the file aside and rebuild it.",
            remedy=Remedy.RESTART,
            command="kinetix hub restart",
        )
    return check("database", CheckState.OK, "sound")


def set_aside_rows(home: Path) -> list[Check]:
    """Return the damaged files that were moved aside and still exist."""
    rows = []
    for folder in ("hub", "godot", "local"):
        for path in sorted((home / folder).glob("*.damaged-*")):
            name = path.name.partition(".damaged-")[0]
            if name not in _LOST:
                continue  # goes along with another one
            lost, next_step, command = _LOST[name]
            rows.append(
                check(
                    "set aside",
                    CheckState.WARNING,
                    worded("{file} was damaged and is kept as {kept}. Lost: {lost}.", file=name, kept=path, lost=lost),
                    next_step,
                    command=command,
                )
            )
    return rows


def cure(hub: Hub) -> list[Cure]:
    """Repair the library, and move other damaged files aside. Returns one row per repair. Blocks."""
    done = hub.repair.fix()
    if _damage(local_state.examine(hub.home)):
        hub.local.stop()  # no file is moved that a service has open
        for row in _damage(local_state.examine(hub.home, fix=True)):
            kept = f"Lost with it: {row.lost}. Kept as {', '.join(row.moved_to)}." if row.moved_to else row.reason
            done.append(
                SetAside(emote_id=None, name=row.name, code="movedAside", fixed=bool(row.moved_to), detail=mask(kept))
            )
    return done


def _damage(report: LocalReport | None) -> list[LocalDamage]:
    return [] if report is None else report.damage


def storage_rows(local: LocalService) -> list[Check]:
    """Return a row if the running service reports that its object storage is impaired."""
    try:
        found = local.administer("GET", "/_local/readyz")
        impaired = [] if found is None else Readiness.model_validate(found).impaired
    except (Temporary, ValueError):  # another row says so
        return []
    if not impaired:
        return []
    said = worded("The object storage of Kinetix Local is impaired ({parts}).", parts=", ".join(impaired))
    wait = "Contact the storage's administrator. Captures wait until the storage works again."
    return [check("storage", CheckState.WARNING, said, wait, command="kinetix local doctor")]


def _size(emotes: int, used: int) -> str:
    return f"{emotes} {'emote' if emotes == 1 else 'emotes'}, {used / 1e6:.1f} MB"


def _disk(hub: Hub) -> Check:
    free = shutil.disk_usage(hub.home).free
    text = worded("{gb} GB free", gb=f"{free / 1e9:.1f}")
    if free < _LOW_DISK:
        return check("disk", CheckState.WARNING, text, "Free some space.")
    return check("disk", CheckState.OK, text)
