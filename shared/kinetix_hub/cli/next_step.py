"""Output of `kinetix` alone: the next step on this machine, derived from files. It starts nothing."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.io import paths


@dataclass(frozen=True)
class NextStep:
    sentence: str
    commands: tuple[tuple[str, str], ...]  # what to type, and what it does


_INSTALL = NextStep(
    "The capture is not installed. Install it, or use a key of the Kinetix cloud.",
    (
        ("pip install 'kinetix-bridge[local]'", "capture on this machine"),
        ("kinetix profile key cloud", "use the cloud instead"),
    ),
)
_FIRST = NextStep(
    "Create your first emote from a short clip: one person, full body, steady camera.",
    (("kinetix emote create CLIP", "from a video file"), ("kinetix emote phone", "film with a phone")),
)
_SEE = NextStep(
    "See your emotes on a character.",
    (
        ("kinetix emote watch", "play them in the browser"),
        ("kinetix sync add PROJECT", "sync a Godot project"),
        ("kinetix retarget EMOTE CHARACTER -o OUT.glb", "retarget one onto a character"),
    ),
)
_GO_ON = NextStep(
    "Your Godot projects follow the library. Create the next emote.",
    (("kinetix emote create CLIP", "from a video file"), ("kinetix sync list", "state of the projects")),
)


def next_step() -> NextStep:
    if _has_emotes(paths.library()):
        return _GO_ON if _has_targets(paths.home() / "godot" / "targets.json") else _SEE
    return _FIRST if importlib.util.find_spec("kinetix_local") is not None else _INSTALL


def _has_emotes(library: Path) -> bool:
    return library.is_dir() and any(library.glob("[!.]*/*.glb"))


def _has_targets(file: Path) -> bool:
    try:
        return bool(json.loads(file.read_bytes()))
    except (OSError, ValueError):
        return False  # none, or damaged, which the doctor tells
