# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts in other languages: the add-on's own from `locale/*.json`, {English: translation}, and the hub's from the core."""

from __future__ import annotations

import json
from pathlib import Path

from kinetix_core.translations import messages
from kinetix_core.values.wording import Worded

from .blender import OWN_WORDS, pgettext_iface

# Blender's names of a language, which differ between its versions.
_NAMES = {
    "de": ("de_DE", "de"),
    "fr": ("fr_FR", "fr"),
    "ja": ("ja_JP", "ja"),
    "zh_CN": ("zh_HANS", "zh_CN"),
}


def _table() -> dict[str, dict[tuple[str, str], str]]:
    table: dict[str, dict[tuple[str, str], str]] = {}
    hub_texts = messages()
    for file in sorted((Path(__file__).parent / "locale").glob("*.json")):
        texts = hub_texts[file.stem] | json.loads(file.read_text(encoding="utf-8"))
        language: dict[tuple[str, str], str] = {}
        for english, translated in texts.items():
            # Buttons are looked up in the context "Operator", the names of our properties in our own, everything else in "*".
            for context in ("*", "Operator", OWN_WORDS):
                language[(context, english)] = translated
        table.update(dict.fromkeys(_NAMES.get(file.stem, (file.stem,)), language))
    return table


TABLE = _table()


def translated(sentence: str) -> str:
    """Translate a message; one with names or numbers is looked up by the sentence around them."""
    return sentence.in_other_words(pgettext_iface) if isinstance(sentence, Worded) else pgettext_iface(sentence)
