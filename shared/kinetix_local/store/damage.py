"""Damage to the state of one service: found before it does harm, told with what is lost, and moved aside when a person says so.

A service never starts on a damaged state and never makes a new one in its place by itself: the files of a lost database would
be nobody's, and deleted a day later.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.io.damage import DamagedState, set_aside

DATABASE, FILES, SECRET = "local.db", "files", "secret"
_SECRET = re.compile(r"[0-9a-f]{64}\s*")
_FIX = "`kinetix doctor --fix` moves it aside and starts anew; or put back a copy of your own first."


@dataclass(frozen=True)
class Damage:
    """`name` of the file in the service's folder, what is wrong with it, and what a new one will not have."""

    name: str
    reason: str
    lost: str

    def error(self) -> DamagedState:
        return DamagedState(
            f"{self.name} of Kinetix Local is damaged: {self.reason}.",
            code="localDamaged",
            detail=f"Lost with it: {self.lost}.",
            next_step=_FIX,
        )


_WORLDS = "worlds, keys, players with their bags, and processes. The files of emotes are kept, and so is the library of the hub"
_SEALS = "the seals of the keys. Keys go on working, but webhooks are signed again only with new keys (`kinetix local key create`)"


def check(folder: Path, *, own_database: bool, thorough: bool = False) -> None:
    """Raises DamagedState. `thorough` reads the whole database."""
    for damage in look(folder, own_database=own_database, thorough=thorough):
        raise damage.error()


def look(folder: Path, *, own_database: bool = True, thorough: bool = True) -> list[Damage]:
    """Return the damage in a service's folder; a folder without a service is sound.

    Args:
        own_database: the database is the file in this folder, not on a server.
        thorough: read the whole database.
    """
    found = []
    if own_database and (reason := _database(folder, thorough)):
        found.append(Damage(DATABASE, reason, _WORLDS))
    if (folder / SECRET).exists() and (reason := _secret(folder / SECRET)):
        found.append(Damage(SECRET, reason, _SEALS))
    return found


def move_aside(folder: Path, damage: Damage) -> list[Path]:
    """Keep what is damaged under another name, with what only it can name. No service may run. Returns the new places."""
    places = [folder / damage.name]
    if damage.name == DATABASE:
        places.append(folder / FILES)
    return [set_aside(place, companions=("-wal", "-shm")) for place in places if place.exists()]


def _database(folder: Path, thorough: bool) -> str | None:
    file = folder / DATABASE
    if not file.exists():
        return "it is gone, and files of emotes are here without it" if _has_files(folder / FILES) else None
    if not file.stat().st_size:
        return "it is empty"
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=10)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if thorough else "ok"
    except sqlite3.OperationalError as error:
        return str(error) if "malformed" in str(error) else None  # locked, or a full disk: nothing is damaged
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if verdict == "ok" else str(verdict).splitlines()[0]


def _has_files(place: Path) -> bool:
    return any(path.is_file() for path in place.glob("[0-9a-f][0-9a-f]/*"))


def _secret(file: Path) -> str | None:
    text = file.read_bytes()[:200].decode("latin-1")
    if not text.strip():
        return "it is empty"
    return None if _SECRET.fullmatch(text) else "it is not the 64 hex digits that it was"
