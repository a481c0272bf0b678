"""Translations of the messages of hub, capture and sync, one table {English: translation} a language.

A language is here if it has a file, and every front end has the same. Both editors read the tables: Blender's add-on has a copy
of this package, Godot's links to the files. The key of a sentence with values is its template
(kinetix_core/values/wording.py).
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path

from kinetix_core.values.wording import Worded

__all__ = ["language", "languages", "messages", "translated"]

_FOLDER = Path(__file__).parent
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides, as for gettext


def languages() -> list[str]:
    """Return the languages besides English, as “de” or “pt_BR”."""
    return sorted(file.stem for file in _FOLDER.glob("*.json"))


def messages() -> dict[str, dict[str, str]]:
    """The tables by their language."""
    return {name: _table(name) for name in languages()}


def language(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the language that the environment chooses, None for English; regions share one: “pt” is “pt_BR”."""
    chosen = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    known = {name[:2]: name for name in languages()}
    codes = [locale[:2].lower() for locale in chosen.split(":")]
    return next((known.get(code) for code in codes if code in known or code == "en"), None)


def translated(message: str) -> str:
    """Return a message in the language that the environment chooses."""
    name = language()
    table = _table(name) if name else {}
    if isinstance(message, Worded):
        return message.in_other_words(lambda text: table.get(text, text))
    return table.get(message, message)


@functools.cache
def _table(name: str) -> dict[str, str]:
    table: dict[str, str] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return table
