"""Check the style of documents, message catalogues and docstrings: `make lint`.

Ceilings are the present counts and only fall: lower them when a count does.
"""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OPENINGS_AT_MOST = 20  # of docstrings
BANNED_IN_MESSAGES_AT_MOST = 17
ERRORS_WITHOUT_NEXT_STEP_AT_MOST = 2  # a cancellation, and a failure in the published server's words
WORDS_OF_A_SENTENCE = 25
WORDS_AT_MOST = 35_000
GUIDE_WORDS_AT_MOST = 12_000

GUIDE = re.compile(r"docs/(tutorials/|how-to/|explanation/|(index|blender|godot|refine|good-clips|privacy)\.md)")
PANELS = ("docs/blender.md", "docs/godot.md", "docs/tutorials/blender.md")
"""Pages in which every word in italics is a label of the product, or a path through the host's menus."""
CATALOGUES = (
    "blender_addon/kinetix_emotes/locale/de.json",
    "godot_bridge/addons/kinetix_emotes/editor/locale/de.json",
    "shared/kinetix_core/translations/de.json",
)
_OPENING = re.compile(r"(?:What|Who|How|Of|As|With|Where|Whether)\b")
_BANNED = re.compile(
    r"\b(?:tells?|told|looks? at|looked at|lets? go|takes? along|comes? into|hands over|handed (?:over|on)|is asked for|hears? of"
    r"|somebody|whoever|all the same|so that there|there is no such thing|until now|no longer)\b",
    re.IGNORECASE,
)
_TIED_LIST = re.compile(r"^(?![-*|#>\s]|\d+\. ).+\n(?:[-*]|1\.) .*", re.MULTILINE)  # the site shows it as a paragraph
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def listed(pattern: str) -> list[str]:
    found = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    return [name for name in found.stdout.splitlines() if (ROOT / name).is_file()]


def openings() -> Iterator[str]:
    """Yield each docstring that begins with a banned word, as file and line."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for name in listed("*.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, kinds) and _OPENING.match(ast.get_docstring(node) or ""):
                yield f"{name}:{getattr(node, 'lineno', 1)}"


def without_next_step() -> Iterator[str]:
    """Yield each place of the product that says an error has no next step."""
    for name in listed("*.py"):
        if not name.startswith("tests/"):
            text = (ROOT / name).read_text(encoding="utf-8")
            yield from re.findall(r"\bnext_step=\"\"[,)]", text)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a page: of paragraphs, list items and table cells, without code and addresses."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", _FENCED.sub("", text))
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-|#>]|\d+\. ))", text):
        for cell in block.split(" | ") if block.lstrip().startswith("|") else [block]:
            yield from re.split(r"(?<=[.!?:;])[*”]*\s+", " ".join(cell.split()))


def problems(name: str, text: str) -> Iterator[str]:
    """Yield what is wrong with a page."""
    unfenced = _FENCED.sub("", text)
    plain = re.sub(r"`[^`\n]*`|“[^”]*”|\*[^*\n]+\*", "", unfenced)
    yield from (f"{name}: no blank line before the list: {line}" for line in _TIED_LIST.findall(unfenced))
    yield from (f"{name}: “{found[0]}”" for found in _BANNED.finditer(plain))
    if GUIDE.match(name):
        for sentence in sentences(text):
            words = re.findall(r"[\w’'-]+", re.sub(r"`[^`]*`", "x", sentence))
            if len(words) > WORDS_OF_A_SENTENCE:
                yield f"{name}: {len(words)} words: {sentence}"
        quotes = re.findall(r"^\| “(.+?)” \|", text, re.MULTILINE)
        if name in PANELS:
            quotes += [label for label in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", text) if "›" not in label]
        for quoted in quotes:
            if quoted not in messages():
                yield f"{name}: the product has no text “{quoted}”"


@functools.cache
def messages() -> set[str]:
    """Return the English texts of the message catalogues."""
    return {text for name in CATALOGUES for text in json.loads((ROOT / name).read_text(encoding="utf-8"))}


def main() -> int:
    documents = [name for name in listed("*.md") if "LICENSE" not in name]
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in documents}
    found = [problem for name, text in texts.items() for problem in problems(name, text)]
    words = {name: len(text.split()) for name, text in texts.items()}
    guide = sum(count for name, count in words.items() if GUIDE.match(name))
    counts = [
        ("words in documents", sum(words.values()), WORDS_AT_MOST),
        ("words in the guide", guide, GUIDE_WORDS_AT_MOST),
        ("words in README.md", words["README.md"], 600),
        ("docstrings with a banned opening", len(list(openings())), OPENINGS_AT_MOST),
        ("errors without a next step", len(list(without_next_step())), ERRORS_WITHOUT_NEXT_STEP_AT_MOST),
        (
            "messages with a banned word",
            sum(bool(_BANNED.search(text)) for text in messages()),
            BANNED_IN_MESSAGES_AT_MOST,
        ),
    ]
    found += [f"{count} {what}; at most {most} are allowed" for what, count, most in counts if count > most]
    print("\n".join(found), end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
